//! Rules of security groups as requests write them.

use rolecall_api::{ApiError, Code, code as common};
use rolecall_gate::Context;
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, SecurityGroupId, SecurityGroupRuleId};

use crate::ecs::{code, find};
use crate::text::looks_like_address;
use crate::{
    Cidr, Direction, NicType, Peer, Ports, Protocol, RulePolicy, SecurityGroupRecord,
    SecurityGroupRule, records,
};

/// The most rules of a security group. Source: "Limits" of the ECS pages.
const RULES_MAX: usize = 200;
/// The weakest priority. Source: ECS `AuthorizeSecurityGroup`.
const PRIORITY_MAX: u8 = 100;
/// The most characters of a rule's description. Source: as above.
const DESCRIPTION_MAX: usize = 512;
/// How a protocol without ports writes them.
const NO_PORTS: &str = "-1/-1";

/// A rule in a request, whichever operation it is of: all of it as it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) protocol: Option<&'a str>,
    pub(super) ports: Option<&'a str>,
    pub(super) block: Option<&'a str>,
    pub(super) group: Option<&'a SecurityGroupId>,
    pub(super) policy: Option<&'a str>,
    pub(super) priority: Option<&'a str>,
    pub(super) nic_type: Option<&'a str>,
    pub(super) description: Option<&'a str>,
}

/// What a call needs that gives a group rules: a check for each rule, since a condition on
/// protocols or addresses must bite where one rule does what it is about, whatever the others do.
pub(super) fn needs(
    action: &'static str,
    group: &Arn,
    written: Vec<Written<'_>>,
    direction: Direction,
) -> Vec<Need> {
    if written.is_empty() {
        return vec![Need::on(action, group.clone())];
    }
    written.into_iter().map(|rule| rule.need(action, group.clone(), direction)).collect()
}

/// Gives a group the rules that are written: all, or none where one of them is wrong.
pub(super) async fn give(
    context: &Context,
    transaction: &mut Transaction,
    group: &SecurityGroupId,
    written: Vec<Written<'_>>,
    direction: Direction,
) -> Result<(), ApiError> {
    let mut group = find::security_group(transaction, &context.scope, group).await?;
    if written.is_empty() {
        return Err(missing("Permissions"));
    }
    for written in written {
        let rule = written.read(context, &group, direction)?;
        check_peer(context, transaction, &group, &rule).await?;
        if !group.rules.iter().any(|known| known.says_as(&rule)) {
            group.rules.push(rule);
        }
    }
    if group.rules.len() > RULES_MAX {
        return Err(ApiError::new(&code::AUTHORIZATION_LIMIT_EXCEED));
    }
    records::put(transaction, &group)
}

/// Takes rules of a direction from a group: those with these ids, and those that say what is
/// written.
pub(super) async fn take(
    context: &Context,
    transaction: &mut Transaction,
    group: &SecurityGroupId,
    (ids, written): (&[SecurityGroupRuleId], Vec<Written<'_>>),
    direction: Direction,
) -> Result<(), ApiError> {
    let mut group = find::security_group(transaction, &context.scope, group).await?;
    if ids.is_empty() && written.is_empty() {
        return Err(missing("Permissions"));
    }
    group.rules.retain(|rule| rule.direction != direction || !ids.contains(&rule.id));
    for written in written {
        let revoked = written.read(context, &group, direction)?;
        group.rules.retain(|rule| !rule.says_as(&revoked));
    }
    records::put(transaction, &group)
}

impl Written<'_> {
    /// Whether anything was written.
    pub(super) fn is_some(&self) -> bool {
        let texts = [self.protocol, self.ports, self.block, self.policy, self.priority];
        let more = [self.nic_type, self.description];
        texts.iter().chain(&more).any(Option::is_some) || self.group.is_some()
    }

    /// What a call with this rule needs: the action on the group, told what the rule opens.
    fn need(&self, action: &'static str, group: Arn, direction: Direction) -> Need {
        let mut need = Need::on(action, group);
        if let Some(protocol) = self.protocol {
            need = need.with("ecs:SecurityGroupIpProtocols", protocol.to_ascii_uppercase());
        }
        match (direction, self.block) {
            (Direction::Ingress, Some(block)) => {
                need.with("ecs:SecurityGroupSourceCidrIps", spelt_out(block))
            }
            _ => need,
        }
    }

    /// Reads it. Whether the group that it names is there is not yet looked at.
    fn read(
        &self,
        context: &Context,
        group: &SecurityGroupRecord,
        direction: Direction,
    ) -> Result<SecurityGroupRule, ApiError> {
        let refuse = |code: &'static Code| ApiError::new(code);
        let protocol = self.protocol.ok_or_else(|| missing("IpProtocol"))?;
        let protocol =
            Protocol::parse(protocol).ok_or_else(|| refuse(&code::INVALID_IP_PROTOCOL))?;
        let policy = self.policy.map_or(Some(RulePolicy::Accept), RulePolicy::parse);
        let policy = policy.ok_or_else(|| refuse(&code::INVALID_POLICY_MALFORMED))?;
        let priority = self.priority.map_or(Some(1), read_priority);
        let priority = priority.ok_or_else(|| refuse(&code::INVALID_PRIORITY))?;
        let description = self.description.unwrap_or_default();
        if description.chars().count() > DESCRIPTION_MAX || looks_like_address(description) {
            return Err(refuse(&code::INVALID_RULE_DESCRIPTION_MALFORMED));
        }
        Ok(SecurityGroupRule {
            id: SecurityGroupRuleId::generate(context.random.as_ref(), &context.scope.region),
            direction,
            protocol,
            ports: self.read_ports(protocol, direction)?,
            peer: self.read_peer(direction)?,
            policy,
            priority,
            nic_type: self.read_nic_type(group)?,
            description: description.to_owned(),
            created_at: context.now,
        })
    }

    fn read_ports(
        &self,
        protocol: Protocol,
        direction: Direction,
    ) -> Result<Option<Ports>, ApiError> {
        let text = match self.ports {
            Some(text) => text,
            None if protocol.has_ports() => return Err(missing("PortRange")),
            None => NO_PORTS,
        };
        if (text == NO_PORTS) == protocol.has_ports() {
            return Err(ApiError::new(if Ports::parse(text).is_some() || text == NO_PORTS {
                &code::PROTOCOL_AND_PORTS_MISMATCH
            } else {
                malformed_ports(direction)
            }));
        }
        if !protocol.has_ports() {
            return Ok(None);
        }
        let ports = Ports::parse(text).ok_or_else(|| ApiError::new(malformed_ports(direction)))?;
        Ok(Some(ports))
    }

    /// Where both are named, the addresses count. Source: ECS `AuthorizeSecurityGroup`.
    fn read_peer(&self, direction: Direction) -> Result<Peer, ApiError> {
        let (malformed, missing) = match direction {
            Direction::Ingress => {
                (&code::INVALID_SOURCE_CIDR_IP_MALFORMED, &code::MISSING_PARAMETER_SOURCE)
            }
            Direction::Egress => {
                (&code::INVALID_DEST_CIDR_IP_MALFORMED, &code::MISSING_PARAMETER_DEST)
            }
        };
        match (self.block, self.group) {
            (Some(text), _) => {
                let block = spelt_out(text).parse::<Cidr>();
                block.map(Peer::Block).map_err(|_| ApiError::new(malformed))
            }
            (None, Some(group)) => Ok(Peer::Group(group.clone())),
            (None, None) => Err(ApiError::new(missing)),
        }
    }

    fn read_nic_type(&self, group: &SecurityGroupRecord) -> Result<NicType, ApiError> {
        let in_vpc = group.vpc_id.is_some();
        let default = if in_vpc { NicType::Intranet } else { NicType::Internet };
        let asked = self.nic_type.map_or(Some(default), NicType::parse);
        match asked {
            Some(NicType::Internet) if in_vpc => {
                Err(ApiError::new(&code::INVALID_NIC_TYPE_MISMATCH))
            }
            Some(asked) => Ok(asked),
            None => Err(ApiError::new(&code::INVALID_NIC_TYPE)),
        }
    }
}

/// Rules as one call writes them: a list, or one in the old spelling, at the top.
pub(super) fn written<'a>(
    listed: impl Iterator<Item = Written<'a>>,
    at_top: Written<'a>,
) -> Vec<Written<'a>> {
    listed.chain(Some(at_top).filter(Written::is_some)).collect()
}

/// Checks that the group that a rule names is there, and in the same network.
async fn check_peer(
    context: &Context,
    transaction: &mut Transaction,
    group: &SecurityGroupRecord,
    rule: &SecurityGroupRule,
) -> Result<(), ApiError> {
    let Peer::Group(id) = &rule.peer else { return Ok(()) };
    let (not_found, mismatch) = match rule.direction {
        Direction::Ingress => {
            (&code::INVALID_SOURCE_GROUP_ID_NOT_FOUND, &code::INVALID_SOURCE_GROUP_ID_MISMATCH)
        }
        Direction::Egress => {
            (&code::INVALID_DEST_GROUP_ID_NOT_FOUND, &code::INVALID_DEST_GROUP_ID_MISMATCH)
        }
    };
    let scope = &context.scope;
    let peer = records::find::<SecurityGroupRecord>(transaction, scope, id.as_str()).await?;
    let peer = peer.ok_or_else(|| ApiError::new(not_found))?;
    if peer.vpc_id != group.vpc_id {
        return Err(ApiError::new(mismatch));
    }
    Ok(())
}

fn missing(name: &str) -> ApiError {
    ApiError::of(&common::MISSING_PARAMETER, name)
}

/// The vendor has a code of each direction.
fn malformed_ports(direction: Direction) -> &'static Code {
    match direction {
        Direction::Ingress => &code::INVALID_IP_PROTOCOL_MALFORMED,
        Direction::Egress => &code::INVALID_PORT_RANGE_MALFORMED,
    }
}

/// A single address as the block that it is.
fn spelt_out(block: &str) -> String {
    if block.contains('/') { block.to_owned() } else { format!("{block}/32") }
}

fn read_priority(text: &str) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse::<u8>().ok()).flatten()?;
    (1..=PRIORITY_MAX).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities() {
        for (text, expected) in [
            ("1", Some(1)),
            ("100", Some(100)),
            ("0", None),
            ("101", None),
            ("", None),
            ("+1", None),
        ] {
            assert_eq!(read_priority(text), expected, "{text}");
        }
    }

    #[test]
    fn an_address_is_a_block() {
        assert_eq!(spelt_out("10.0.0.1"), "10.0.0.1/32");
        assert_eq!(spelt_out("0.0.0.0/0"), "0.0.0.0/0");
    }
}
