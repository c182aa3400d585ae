//! The rules of security groups.

use std::fmt;

use rolecall_types::{SecurityGroupId, SecurityGroupRuleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Cidr;

/// A rule of a security group: what becomes of some traffic of the group's members.
///
/// Of the rules that fit, the one with the lowest priority number decides; of two with the same
/// number, the one that drops. Source: ECS `AuthorizeSecurityGroup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// Its id.
    pub id: SecurityGroupRuleId,
    /// Which way the traffic goes.
    pub direction: Direction,
    /// Its protocol.
    pub protocol: Protocol,
    /// The ports that it goes to; every one where the protocol has none.
    pub ports: Option<Ports>,
    /// Where it comes from on its way in, or goes to on its way out.
    pub peer: Peer,
    /// What becomes of it.
    pub policy: RulePolicy,
    /// 1 to 100; the lowest is the strongest.
    pub priority: u8,
    /// Of the classic network's two interfaces, which one; a VPC's is always `intranet`.
    pub nic_type: NicType,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which way traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// To the members of the group.
    Ingress,
    /// From them.
    Egress,
}

/// A protocol that rules know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// GRE.
    Gre,
    /// Every protocol.
    All,
}

/// Ports from the first to the last, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The first, at least 1.
    pub first: u16,
    /// The last, not below the first.
    pub last: u16,
}

/// Where traffic comes from, or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Peer {
    /// Addresses.
    Block(Cidr),
    /// The members of a security group of the same account, region and VPC.
    Group(SecurityGroupId),
}

/// What becomes of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RulePolicy {
    /// It passes.
    Accept,
    /// It is dropped without an answer.
    Drop,
}

/// A network interface of the classic network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NicType {
    /// The public one.
    Internet,
    /// The private one.
    Intranet,
}

impl SecurityGroupRule {
    /// Whether two rules say the same of the same traffic, whatever they are called.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        self.direction == other.direction
            && self.protocol == other.protocol
            && self.ports == other.ports
            && self.peer == other.peer
            && self.policy == other.policy
            && self.priority == other.priority
            && self.nic_type == other.nic_type
    }
}

impl Direction {
    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

impl Protocol {
    /// Reads a protocol's name, whatever its case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Tcp, Self::Udp, Self::Icmp, Self::Gre, Self::All];
        all.into_iter().find(|protocol| protocol.as_str().eq_ignore_ascii_case(text))
    }

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Icmp => "ICMP",
            Self::Gre => "GRE",
            Self::All => "ALL",
        }
    }

    /// Whether its rules name ports.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

impl Ports {
    /// Reads `22/80`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u16>().ok()).flatten()
        };
        let (first, last) = text.split_once('/')?;
        let (first, last) = (number(first)?, number(last)?);
        (1 <= first && first <= last).then_some(Self { first, last })
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.last)
    }
}

impl RulePolicy {
    /// Reads a policy, whatever its case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let both = [Self::Accept, Self::Drop];
        both.into_iter().find(|policy| policy.as_str().eq_ignore_ascii_case(text))
    }

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "Accept",
            Self::Drop => "Drop",
        }
    }
}

impl NicType {
    /// Reads a kind of interface.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Internet, Self::Intranet].into_iter().find(|kind| kind.as_str() == text)
    }

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Intranet => "intranet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_one_spelling() {
        for (text, expected) in [
            ("22/22", Some((22, 22))),
            ("1/65535", Some((1, 65_535))),
            ("0/22", None),
            ("80/22", None),
            ("1/65536", None),
            ("22", None),
            ("22/", None),
            ("/22", None),
            ("-1/-1", None),
            ("+1/22", None),
            ("1/2/3", None),
        ] {
            let ports = Ports::parse(text);
            assert_eq!(ports.map(|ports| (ports.first, ports.last)), expected, "{text}");
            assert!(ports.is_none_or(|ports| ports.to_string() == text), "{text}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_answered() {
        for (text, expected) in [("tcp", "TCP"), ("All", "ALL"), ("GRE", "GRE"), ("icmp", "ICMP")] {
            assert_eq!(Protocol::parse(text).map(Protocol::as_str), Some(expected));
        }
        assert_eq!(Protocol::parse("6"), None);
        assert_eq!(RulePolicy::parse("ACCEPT"), Some(RulePolicy::Accept));
        assert_eq!(RulePolicy::parse("deny"), None);
        assert_eq!(NicType::parse("Internet"), None);
    }
}
