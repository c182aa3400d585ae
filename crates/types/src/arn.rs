//! Alibaba Cloud resource names: `acs:<service>:<region>:<account>:<relative id>`.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{AccountId, InstanceId, RegionId};

/// A resource's name, in its five parts.
///
/// The first four colons part it; the relative id may hold more of them. A part may be empty or
/// `*`; both mean "any" for region and account (RAM's own pages use either).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// The service's RAM code, such as `oss`.
    pub service: SmolStr,
    /// A region's id, `*`, or empty.
    pub region: SmolStr,
    /// The owner's account id, `*`, `system`, or empty.
    pub account: SmolStr,
    /// What the service calls the resource, such as `role/web`.
    pub relative: SmolStr,
}

impl Arn {
    /// Puts a name together.
    pub fn new(
        service: impl Into<SmolStr>,
        region: impl Into<SmolStr>,
        account: impl Into<SmolStr>,
        relative: impl Into<SmolStr>,
    ) -> Self {
        Self {
            service: service.into(),
            region: region.into(),
            account: account.into(),
            relative: relative.into(),
        }
    }

    /// Takes a name apart; `None` where it does not begin with `acs:` or has fewer than five parts.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("acs:")?.splitn(4, ':');
        let (service, region) = (parts.next()?, parts.next()?);
        let (account, relative) = (parts.next()?, parts.next()?);
        Some(Self::new(service, region, account, relative))
    }

    /// The RAM resource `acs:ram:*:<account>:<relative>`, as RAM checks it.
    pub fn ram(account: &str, relative: impl Into<SmolStr>) -> Self {
        Self::new("ram", "*", account, relative)
    }

    /// A role as RAM checks it: `acs:ram:*:<account>:role/<name>`.
    pub fn role(account: &AccountId, name: &str) -> Self {
        Self::ram(account.as_str(), format!("role/{name}"))
    }

    /// An instance: `acs:ecs:<region>:<account>:instance/<id>`.
    pub fn instance(region: &RegionId, account: &AccountId, id: &InstanceId) -> Self {
        Self::new("ecs", region.as_str(), account.as_str(), format!("instance/{id}"))
    }

    /// The name of a role as its owner sees it, in lower case, as the live service answers it:
    /// `acs:ram::<account>:role/<name>`.
    pub fn role_identity(account: &AccountId, name: &str) -> String {
        let mut text = ["acs:ram::", account.as_str(), ":role/", name].concat();
        text.make_ascii_lowercase();
        text
    }

    /// The name of a session of a role, as `GetCallerIdentity` answers it:
    /// `acs:ram::<account>:assumed-role/<role in lower case>/<session>`.
    pub fn assumed_role_identity(account: &AccountId, role: &str, session: &str) -> String {
        format!("acs:ram::{account}:assumed-role/{}/{session}", role.to_ascii_lowercase())
    }

    /// The name of a user: `acs:ram::<account>:user/<name>`.
    pub fn user_identity(account: &AccountId, name: &str) -> String {
        ["acs:ram::", account.as_str(), ":user/", name].concat()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "acs:{}:{}:{}:{}", self.service, self.region, self.account, self.relative)
    }
}

impl Serialize for Arn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Arn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a resource name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relative_id_keeps_its_colons() {
        let text = "acs:oss:*:1234567890123456:bucket/a:b/c";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.relative, "bucket/a:b/c");
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn four_parts_are_no_name() {
        for wrong in ["", "acs", "acs:oss:*:1", "arn:oss:*:1:b", "*"] {
            assert_eq!(Arn::parse(wrong), None, "{wrong}");
        }
    }
}
