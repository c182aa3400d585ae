//! Identifiers that the service gives.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::{SmolStr, format_smolstr};

use crate::{Random, RegionId};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The random characters of a resource id, behind its prefix and the region's code.
/// Source: ids in the samples of the ECS and VPC pages.
const RESOURCE_ID_RANDOM: usize = 17;

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! resource_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        text_type! { $(#[$doc])* $name }

        impl $name {
            /// What each such id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id of a region.
            pub fn generate(random: &dyn Random, region: &RegionId) -> Self {
                let text = random.text(LOWER, RESOURCE_ID_RANDOM);
                Self(format_smolstr!("{}{}{text}", $prefix, code(region)))
            }

            /// Takes a text of the form of such an id: the prefix, then up to 60 lower-case
            /// letters and digits.
            pub fn parse(text: &str) -> Option<Self> {
                let rest = text.strip_prefix($prefix)?;
                let well_formed = (1..=60).contains(&rest.len())
                    && rest.bytes().all(|byte| LOWER.contains(&byte));
                well_formed.then(|| Self(text.into()))
            }
        }
    };
}

resource_id! {
    /// An ECS instance's id, such as `i-bp13znx0m0me8cquu1ab`.
    InstanceId, "i-"
}
resource_id! {
    /// A VPC's id.
    VpcId, "vpc-"
}
resource_id! {
    /// A vSwitch's id.
    VSwitchId, "vsw-"
}
resource_id! {
    /// A VPC's router's id.
    VRouterId, "vrt-"
}
resource_id! {
    /// A route table's id.
    RouteTableId, "vtb-"
}
resource_id! {
    /// A security group's id.
    SecurityGroupId, "sg-"
}
resource_id! {
    /// A network interface's id.
    NetworkInterfaceId, "eni-"
}
resource_id! {
    /// The id of a rule of a security group.
    SecurityGroupRuleId, "sgr-"
}
resource_id! {
    /// A load balancer's id.
    LoadBalancerId, "lb-"
}
resource_id! {
    /// The id of a group of a load balancer's backend servers.
    ServerGroupId, "rsp-"
}
resource_id! {
    /// A key pair's id.
    KeyPairId, "ssh-"
}
resource_id! {
    /// The id of a server that ECS manages and does not run.
    ManagedInstanceId, "mi-"
}

/// A short code of a region, as ids carry it: `bp1` for `cn-hangzhou`, else drawn from its letters.
fn code(region: &RegionId) -> String {
    if region.as_str() == "cn-hangzhou" {
        return "bp1".to_owned();
    }
    let sum = region
        .as_str()
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let letter = |at: u32| {
        let index = usize::try_from(at % 26).unwrap_or(0);
        char::from(LOWER.get(index).copied().unwrap_or(b'a'))
    };
    [letter(sum), letter(sum / 26), letter(sum / 676)].iter().collect()
}

/// An account's id: 16 decimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; ACCOUNT_DIGITS]);

const ACCOUNT_DIGITS: usize = 16;

impl AccountId {
    /// Takes 16 decimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes().try_into().ok()?;
        Self::is_one(text).then_some(Self(digits))
    }

    /// Whether a text is an account's id.
    pub fn is_one(text: &str) -> bool {
        text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// A fresh account id; its first digit is 1, as the vendor's mostly are.
    pub fn generate(random: &dyn Random) -> Self {
        let mut digits = [b'1'; ACCOUNT_DIGITS];
        let drawn = random.text(DIGITS, ACCOUNT_DIGITS - 1);
        for (digit, drawn) in digits.iter_mut().skip(1).zip(drawn.bytes()) {
            *digit = drawn;
        }
        Self(digits)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Digits are text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountId").field(&self.as_str()).finish()
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an account's id"))
    }
}

text_type! {
    /// The id of a user or a role: 18 decimal digits, never used twice. Who deletes a role and
    /// makes one of the same name gets another id, so that old sessions do not come back to life.
    PrincipalId
}

impl PrincipalId {
    /// Takes up to 20 decimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed =
            (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| Self(text.into()))
    }

    /// A fresh id: `3` for roles and `2` for users in the samples of the vendor's pages.
    pub fn generate(random: &dyn Random, first_digit: char) -> Self {
        Self(format_smolstr!("{first_digit}{}", random.text(DIGITS, 17)))
    }
}

text_type! {
    /// The public half of an AccessKey pair.
    AccessKeyId
}

impl AccessKeyId {
    /// What ids of permanent keys begin with.
    pub const PERMANENT_PREFIX: &'static str = "LTAI";
    /// What ids of session keys begin with.
    pub const SESSION_PREFIX: &'static str = "STS.";
    /// The most characters that we look at. Clients do not check the length.
    pub const MAX_LENGTH: usize = 128;

    /// A fresh id of a permanent key: `LTAI` and 20 letters and digits.
    pub fn generate(random: &dyn Random) -> Self {
        Self(format_smolstr!("{}{}", Self::PERMANENT_PREFIX, random.text(MIXED, 20)))
    }

    /// Takes an id as a client sends it: 1 to 128 letters, digits and `._-`.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        well_formed.then(|| Self(text.into()))
    }

    /// Whether it is the id of a session's key.
    pub fn is_session(&self) -> bool {
        self.0.starts_with(Self::SESSION_PREFIX)
    }
}

text_type! {
    /// What an answer is known by: an upper-case UUID (version 4), or of the object service its
    /// own form.
    RequestId
}

impl RequestId {
    /// A fresh id.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 16];
        random.fill(&mut bytes);
        let value = u128::from_be_bytes(bytes);
        // Version 4 and the RFC 9562 variant, in their places.
        let value = value & !(0xF_u128 << 76) | 4_u128 << 76;
        let value = value & !(0b11_u128 << 62) | 0b10_u128 << 62;
        let mut text = [b'-'; 36];
        let digits = value.to_be_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
        let places = text.iter_mut().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
        for ((_, place), digit) in places.zip(digits) {
            *place = HEX.get(usize::from(digit)).copied().unwrap_or(b'0');
        }
        Self(std::str::from_utf8(&text).unwrap_or_default().into())
    }

    /// A fresh id of an answer of the object service: 24 upper-case hexadecimal digits.
    pub fn of_objects(random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 12];
        random.fill(&mut bytes);
        let mut text = [b'0'; 24];
        let digits = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
        for (place, digit) in text.iter_mut().zip(digits) {
            *place = HEX.get(usize::from(digit)).copied().unwrap_or(b'0');
        }
        Self(std::str::from_utf8(&text).unwrap_or_default().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn generated_ids_have_their_form() {
        let random = SeededRandom::new(3);
        let region = RegionId::find("cn-hangzhou").unwrap();
        let id = InstanceId::generate(&random, &region);
        assert!(id.as_str().starts_with("i-bp1"), "{id}");
        assert_eq!(InstanceId::parse(id.as_str()), Some(id));
        let account = AccountId::generate(&random);
        assert_eq!(AccountId::parse(account.as_str()), Some(account));
        let request = RequestId::generate(&random);
        assert_eq!(request.as_str().len(), 36);
        assert_eq!(request.as_str().as_bytes()[14], b'4');
        let request = RequestId::of_objects(&random);
        assert_eq!(request.as_str().len(), 24);
        assert!(request.as_str().bytes().all(|byte| HEX.contains(&byte)), "{request}");
        assert_ne!(request, RequestId::of_objects(&random));
    }

    #[test]
    fn foreign_forms_are_refused() {
        for wrong in ["", "i-", "i-A", "vpc-1", "i-1/2", "i-1\n"] {
            assert_eq!(InstanceId::parse(wrong), None, "{wrong:?}");
        }
        for wrong in ["123", "100000000000000x", "10000000000000000", "１２３４５６"] {
            assert_eq!(AccountId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(AccessKeyId::parse("a b"), None);
        assert!(AccessKeyId::parse("STS.abc").is_some_and(|id| id.is_session()));
    }
}
