//! What surrounds an instance, in the fabric's words: its VPC, and what its security groups allow.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use rolecall_api::ApiError;
use rolecall_compute::{
    self as compute, Cidr, Direction, InstanceMap, InstanceRecord, Instances, NetworkInterface,
    RulePolicy, SecurityGroupRule,
};
use rolecall_fabric::{Block, Firewall, Peer, Policy, Protocol, Rule, Verdict, VpcSpec};
use rolecall_types::SecurityGroupId;

use crate::fleet::NOT_POSSIBLE;

/// The priority of what a group says without a rule: after every rule, which have 1 to 100.
const AFTER_ALL_RULES: u16 = 101;

/// What the security groups of an instance allow, among all instances as they are now.
///
/// The rules of all its groups are asked together. Where none fits, the members of a basic group
/// reach each other; then nobody comes in, and everything goes out of a basic group. Source: the
/// ECS page on basic and advanced security groups.
pub(crate) fn firewall(instance: &InstanceRecord, instances: &Instances) -> Firewall {
    let (all, groups) = (instances.all(), instances.groups_of(instance));
    let direction = |direction: Direction| {
        let mut rules: Vec<_> = groups
            .iter()
            .flat_map(|group| &group.rules)
            .filter(|rule| rule.direction == direction)
            .filter_map(translated)
            .collect();
        for group in groups.iter().filter(|group| group.inner_policy() == RulePolicy::Accept) {
            rules.push(Rule {
                priority: AFTER_ALL_RULES,
                verdict: Verdict::Accept,
                peer: Peer::Group(group.id.clone()),
                protocol: Protocol::All,
            });
        }
        let accepts = |policy| policy == RulePolicy::Accept;
        // Every group has its say: what one of them lets through without a rule goes through.
        let accepted = groups.iter().any(|group| accepts(group.default_policy(direction)));
        Policy { rules, otherwise: if accepted { Verdict::Accept } else { Verdict::Drop } }
    };
    let (ingress, egress) = (direction(Direction::Ingress), direction(Direction::Egress));
    let named = ingress.rules.iter().chain(&egress.rules).filter_map(|rule| match &rule.peer {
        Peer::Group(id) => Some((id.clone(), members(id, &all))),
        Peer::Block(_) => None,
    });
    let groups: BTreeMap<_, _> = named.collect();
    Firewall { ingress, egress, groups }
}

/// The private addresses of a group's members.
fn members(id: &SecurityGroupId, all: &InstanceMap) -> BTreeSet<Ipv4Addr> {
    let members = all.values().filter(|instance| instance.security_groups.contains(id));
    members.filter_map(|instance| Some(instance.network.as_ref()?.private_address)).collect()
}

fn translated(rule: &SecurityGroupRule) -> Option<Rule> {
    let peer = match &rule.peer {
        compute::Peer::Block(cidr) => Peer::Block(block(*cidr)?),
        compute::Peer::Group(id) => Peer::Group(id.clone()),
    };
    let (first, last) = rule.ports.map_or((0, u16::MAX), |ports| (ports.first, ports.last));
    let protocol = match rule.protocol {
        compute::Protocol::All => Protocol::All,
        compute::Protocol::Tcp => Protocol::Tcp(first, last),
        compute::Protocol::Udp => Protocol::Udp(first, last),
        compute::Protocol::Icmp => Protocol::Icmp,
        compute::Protocol::Gre => Protocol::Gre,
    };
    let verdict = match rule.policy {
        RulePolicy::Accept => Verdict::Accept,
        RulePolicy::Drop => Verdict::Drop,
    };
    Some(Rule { priority: rule.priority.into(), verdict, peer, protocol })
}

/// The VPC of an instance.
pub(crate) fn vpc(network: &NetworkInterface) -> Result<VpcSpec, ApiError> {
    let block = block(network.vpc_block)
        .ok_or_else(|| ApiError::of(&NOT_POSSIBLE, "its VPC has no addresses"))?;
    Ok(VpcSpec { id: network.vpc_id.clone(), block })
}

/// Every block has a first address, and so a block of the fabric's.
fn block(cidr: Cidr) -> Option<Block> {
    Block::new(cidr.address(0)?, cidr.prefix_length())
}

/// The hardware address of an instance's interface, out of the text of its record.
pub(crate) fn hardware_address(network: &NetworkInterface) -> Result<[u8; 6], ApiError> {
    network
        .hardware_address()
        .ok_or_else(|| ApiError::of(&NOT_POSSIBLE, "its interface has no hardware address"))
}
