//! Security groups: what may go to an instance and from it, as rules of nftables on its wire.
//!
//! Every packet is judged by the connection that it belongs to, not by itself: by the addresses
//! and ports with which the connection began. So an answer passes where its question did, and a
//! change of the rules binds at once, old connections too: those that stay allowed go on, and
//! the others stand still.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use rolecall_types::SecurityGroupId;

use crate::holder::{UPLINK, WIRE};
use crate::{BALANCER_ADDRESS, Block, service_addresses};

/// What may reach an instance, and what it may reach. It binds what goes through its VPC; the
/// services at 100.100.0.0/16 are its own and are always reached.
///
/// The default is that of a group with no rules and no other members: nothing comes in, and
/// everything goes out. Source: the ECS page on security groups, basic security groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firewall {
    /// Connections that others begin.
    pub ingress: Policy,
    /// Connections that the instance begins.
    pub egress: Policy,
    /// The private addresses of the members of each group that a rule names.
    pub groups: BTreeMap<SecurityGroupId, BTreeSet<Ipv4Addr>>,
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// In any order: the lowest priority is asked first, and of one priority what drops.
    pub rules: Vec<Rule>,
    /// What becomes of a connection that no rule matches.
    pub otherwise: Verdict,
}

/// A rule of a security group. Source: ECS `AuthorizeSecurityGroup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// 1 to 100, and more for what the cloud asks last; the lowest wins.
    pub priority: u16,
    /// What becomes of a connection that it matches.
    pub verdict: Verdict,
    /// Who is at the other end.
    pub peer: Peer,
    /// What is spoken.
    pub protocol: Protocol,
}

/// What becomes of a connection. What drops comes first, as in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It gets no answer.
    Drop,
    /// It goes through.
    Accept,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Who has an address of the block.
    Block(Block),
    /// Whoever is in the group.
    Group(SecurityGroupId),
}

/// What is spoken. Ports are those of who is called, first and last of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Everything.
    All,
    /// TCP to these ports.
    Tcp(u16, u16),
    /// UDP to these ports.
    Udp(u16, u16),
    /// ICMP.
    Icmp,
    /// GRE.
    Gre,
}

impl Default for Firewall {
    fn default() -> Self {
        let nothing = |otherwise| Policy { rules: Vec::new(), otherwise };
        Self {
            ingress: nothing(Verdict::Drop),
            egress: nothing(Verdict::Accept),
            groups: BTreeMap::new(),
        }
    }
}

/// Which ends of a connection are ours and the peer's, in nftables' words.
struct Direction {
    chain: &'static str,
    ours: &'static str,
    peers: &'static str,
}

const INGRESS: Direction = Direction { chain: "inward", ours: "daddr", peers: "saddr" };
const EGRESS: Direction = Direction { chain: "outward", ours: "saddr", peers: "daddr" };

impl Firewall {
    /// The rules of a wire, to be read by `nft`: they replace all that is there, in one step.
    ///
    /// What is not the instance's is dropped before it is looked at: packets from it under
    /// another address than its own, and from its VPC all but those of the VPC's addresses and of
    /// load balancers to its own one. So nobody but the instance reaches the services on its wire.
    pub(crate) fn render(&self, own: Ipv4Addr, vpc: Block) -> String {
        let services: Vec<_> = service_addresses().map(|address| address.to_string()).collect();
        let services = services.join(", ");
        let numbers: BTreeMap<_, _> = self.groups.keys().zip(0_usize..).collect();
        let mut text =
            "table inet rolecall\ndelete table inet rolecall\ntable inet rolecall {\n".to_owned();
        for (id, number) in &numbers {
            text += &set(*number, self.groups.get(*id).into_iter().flatten());
        }
        let _ = write!(
            text,
            "chain prerouting {{
type filter hook prerouting priority raw; policy drop;
iifname {WIRE} ip saddr {own} accept
iifname {UPLINK} ip saddr {vpc} ip saddr != {own} ip daddr {own} accept
iifname {UPLINK} ip saddr {BALANCER_ADDRESS} ip daddr {own} accept
}}
chain input {{
type filter hook input priority filter; policy drop;
iifname {WIRE} ip daddr {{ {services} }} accept
}}
chain forward {{
type filter hook forward priority filter; policy drop;
ct state invalid drop
ct state related meta l4proto icmp accept
iifname {UPLINK} oifname {WIRE} jump connections
iifname {WIRE} oifname {UPLINK} jump connections
}}
chain connections {{
ct original ip saddr {BALANCER_ADDRESS} accept
"
        );
        for Direction { chain, ours, .. } in [INGRESS, EGRESS] {
            let _ = writeln!(text, "ct original ip {ours} {own} goto {chain}");
        }
        text += "}\n";
        for (direction, policy) in [(INGRESS, &self.ingress), (EGRESS, &self.egress)] {
            let _ = writeln!(text, "chain {} {{", direction.chain);
            let mut rules: Vec<_> = policy.rules.iter().collect();
            rules.sort_by_key(|rule| (rule.priority, rule.verdict));
            for rule in rules {
                text += &rule.render(&direction, &numbers);
            }
            let _ = writeln!(text, "{}\n}}", policy.otherwise.word());
        }
        text += "}\n";
        text
    }
}

/// The addresses of a group's members.
fn set<'a>(number: usize, members: impl Iterator<Item = &'a Ipv4Addr>) -> String {
    let members: Vec<_> = members.map(Ipv4Addr::to_string).collect();
    let elements = match members.as_slice() {
        [] => String::new(),
        some => format!("elements = {{ {} }}\n", some.join(", ")),
    };
    format!("set group{number} {{\ntype ipv4_addr\n{elements}}}\n")
}

impl Rule {
    /// One line, or none where a group is named that has no members.
    fn render(&self, direction: &Direction, groups: &BTreeMap<&SecurityGroupId, usize>) -> String {
        let peers = direction.peers;
        let peer = match &self.peer {
            Peer::Block(block) if block.prefix_length() == 0 => String::new(),
            Peer::Block(block) => format!("ct original ip {peers} {block} "),
            Peer::Group(id) => match groups.get(id) {
                Some(number) => format!("ct original ip {peers} @group{number} "),
                None => return String::new(),
            },
        };
        let protocol = match self.protocol {
            Protocol::All => String::new(),
            Protocol::Tcp(first, last) => ports("tcp", first, last),
            Protocol::Udp(first, last) => ports("udp", first, last),
            Protocol::Icmp => "meta l4proto icmp ".to_owned(),
            Protocol::Gre => "meta l4proto gre ".to_owned(),
        };
        format!("{protocol}{peer}{}\n", self.verdict.word())
    }
}

fn ports(protocol: &str, first: u16, last: u16) -> String {
    format!("meta l4proto {protocol} ct original proto-dst {first}-{last} ")
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Accept => "accept",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str) -> SecurityGroupId {
        SecurityGroupId::parse(id).unwrap()
    }

    fn chain<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
        let start = format!("chain {name} {{");
        text.lines().skip_while(|line| *line != start).skip(1).take_while(|l| *l != "}").collect()
    }

    fn render(firewall: &Firewall) -> String {
        let block = Block::new(Ipv4Addr::new(192, 168, 0, 0), 16).unwrap();
        firewall.render(Ipv4Addr::new(192, 168, 0, 7), block)
    }

    #[test]
    fn without_rules_nothing_comes_in_and_everything_goes_out() {
        let text = render(&Firewall::default());
        assert_eq!(chain(&text, "inward"), ["drop"]);
        assert_eq!(chain(&text, "outward"), ["accept"]);
        assert!(!text.contains("set "), "{text}");
    }

    /// Each of these is held a second time by what comes behind it, so that no test from outside
    /// would miss one.
    #[test]
    fn a_wire_hears_its_own_alone() {
        let text = render(&Firewall::default());
        assert_eq!(
            chain(&text, "prerouting"),
            [
                "type filter hook prerouting priority raw; policy drop;",
                "iifname wire0 ip saddr 192.168.0.7 accept",
                "iifname uplink0 ip saddr 192.168.0.0/16 ip saddr != 192.168.0.7 \
                 ip daddr 192.168.0.7 accept",
                "iifname uplink0 ip saddr 100.64.0.1 ip daddr 192.168.0.7 accept",
            ]
        );
        let input = chain(&text, "input");
        let services = "100.100.100.200, 100.100.0.1, 100.100.2.136, 100.100.2.138";
        assert_eq!(input.len(), 2);
        assert!(input[0].ends_with("policy drop;"), "{input:?}");
        assert_eq!(input[1], format!("iifname wire0 ip daddr {{ {services} }} accept"));
        let forward = chain(&text, "forward");
        assert!(forward[0].ends_with("policy drop;"), "{forward:?}");
        assert_eq!(
            chain(&text, "connections"),
            [
                "ct original ip saddr 100.64.0.1 accept",
                "ct original ip daddr 192.168.0.7 goto inward",
                "ct original ip saddr 192.168.0.7 goto outward",
            ]
        );
    }

    #[test]
    fn rules_stand_in_the_order_of_their_priority_and_drops_before_accepts() {
        let everyone = Block::new(Ipv4Addr::UNSPECIFIED, 0).unwrap();
        let rule = |priority, verdict, peer, protocol| Rule { priority, verdict, peer, protocol };
        let (web, known) = (group("sg-web"), group("sg-known"));
        let firewall = Firewall {
            ingress: Policy {
                rules: vec![
                    rule(100, Verdict::Accept, Peer::Group(known.clone()), Protocol::All),
                    rule(1, Verdict::Accept, Peer::Block(everyone), Protocol::Tcp(22, 22)),
                    rule(1, Verdict::Drop, Peer::Group(web.clone()), Protocol::Udp(1, 9)),
                    rule(2, Verdict::Drop, Peer::Group(group("sg-unknown")), Protocol::All),
                ],
                otherwise: Verdict::Drop,
            },
            egress: Policy {
                rules: vec![
                    rule(1, Verdict::Accept, Peer::Group(web.clone()), Protocol::Icmp),
                    rule(1, Verdict::Drop, Peer::Block(everyone), Protocol::Gre),
                ],
                otherwise: Verdict::Accept,
            },
            groups: BTreeMap::from([
                (known, BTreeSet::new()),
                (web, BTreeSet::from([Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1)])),
            ]),
        };
        let text = render(&firewall);
        assert_eq!(
            chain(&text, "inward"),
            [
                "meta l4proto udp ct original proto-dst 1-9 ct original ip saddr @group1 drop",
                "meta l4proto tcp ct original proto-dst 22-22 accept",
                "ct original ip saddr @group0 accept",
                "drop",
            ]
        );
        assert_eq!(
            chain(&text, "outward"),
            [
                "meta l4proto gre drop",
                "meta l4proto icmp ct original ip daddr @group1 accept",
                "accept",
            ]
        );
        assert!(text.contains("set group0 {\ntype ipv4_addr\n}"), "{text}");
        assert!(text.contains("elements = { 10.0.0.1, 10.0.0.2 }"), "{text}");
    }
}
