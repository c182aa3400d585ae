//! Names that people give: of users, roles, policies, sessions and buckets.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, StrExt};

/// What a text may be: its length in characters, and its characters.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Whether a character may stand in the text.
    pub allows: fn(char) -> bool,
}

impl TextRule {
    /// Any text of `min` to `max` characters.
    pub const fn length(min: usize, max: usize) -> Self {
        Self { min, max, allows: |_| true }
    }

    /// Checks a text against the rule: first its length, then its characters.
    pub fn check(&self, text: &str) -> Result<(), NameError> {
        let length = text.chars().count();
        if length < self.min || length > self.max {
            return Err(NameError::Length { min: self.min, max: self.max });
        }
        text.chars().all(self.allows).then_some(()).ok_or(NameError::Characters)
    }
}

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Too short or too long.
    #[error("must have {min} to {max} characters")]
    Length {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// Holds a character that the rule does not allow.
    #[error("holds a character that is not allowed here")]
    Characters,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal, $allows:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// Which texts are such names.
            pub const RULE: TextRule = TextRule { min: $min, max: $max, allows: $allows };

            /// Checks and takes a name.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                Self::RULE.check(&text)?;
                Ok(Self(text.into()))
            }

            /// The name as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name in lower case, under which it is unique.
            pub fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A RAM user's name: 1 to 64 letters, digits, periods, underscores and hyphens. Unique in an
    /// account whatever its case. Source: RAM `CreateUser`.
    UserName, 1..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}
name! {
    /// A RAM group's name: as a user's. Source: RAM `CreateGroup`.
    GroupName, 1..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}
name! {
    /// A RAM role's name: 1 to 64 letters, digits, periods and hyphens. Unique in an account
    /// whatever its case. Source: RAM `CreateRole`.
    RoleName, 1..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}
name! {
    /// A policy's name: 1 to 128 letters, digits and hyphens. Source: RAM `CreatePolicy`.
    PolicyName, 1..=128, |c| c.is_ascii_alphanumeric() || c == '-'
}
name! {
    /// A virtual MFA device's name: 1 to 64 letters, digits, periods and hyphens. Source: RAM
    /// `CreateVirtualMFADevice`.
    MfaDeviceName, 1..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}
name! {
    /// A role session's name: 2 to 64 letters, digits and `.@-_`. Source: STS `AssumeRole`.
    SessionName, 2..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-' | '_')
}

/// A name in lower case, as maps of what is in memory have it: of up to 23 bytes it needs no memory
/// of its own, and of a longer one a clone shares it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folded(SmolStr);

impl Folded {
    /// A name, whatever its case, in lower case.
    pub fn of(name: &str) -> Self {
        Self(name.to_ascii_lowercase_smolstr())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an identity provider: 1 to 128 letters, digits and `.-_`, first and last a letter or
/// a digit. Source: IMS `CreateOIDCProvider`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderName(String);

impl ProviderName {
    /// Length and characters of a provider's name; its ends have a rule of their own.
    pub const RULE: TextRule = TextRule {
        min: 1,
        max: 128,
        allows: |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
    };

    /// Checks and takes a name.
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        Self::RULE.check(&text)?;
        let special = |c: char| !c.is_ascii_alphanumeric();
        if text.starts_with(special) || text.ends_with(special) {
            return Err(NameError::Characters);
        }
        Ok(Self(text))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case, under which it is unique.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bucket's name: 3 to 63 of `a-z0-9-`, first and last a letter or digit. Source: OSS
/// `PutBucket`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BucketName(String);

impl BucketName {
    /// Length and characters of a bucket's name; its ends have a rule of their own.
    pub const RULE: TextRule = TextRule {
        min: 3,
        max: 63,
        allows: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
    };

    /// Checks and takes a name.
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        Self::RULE.check(&text)?;
        if text.starts_with('-') || text.ends_with('-') {
            return Err(NameError::Characters);
        }
        Ok(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names() {
        assert_eq!(RoleName::new("Web.Reader-1").unwrap().folded(), "web.reader-1");
        assert_eq!(RoleName::new(""), Err(NameError::Length { min: 1, max: 64 }));
        assert_eq!(RoleName::new("a".repeat(65)), Err(NameError::Length { min: 1, max: 64 }));
        assert!(RoleName::new("a".repeat(64)).is_ok());
        for wrong in ["a_b", "a b", "a/b", "rôle", "a\0"] {
            assert_eq!(RoleName::new(wrong), Err(NameError::Characters), "{wrong}");
        }
    }

    #[test]
    fn provider_names() {
        for right in ["a", "Idp-1.example_x", &"a".repeat(128)] {
            assert!(ProviderName::new(right).is_ok(), "{right}");
        }
        for wrong in ["", "-a", "a.", "_", "a/b", "a b", &"a".repeat(129)] {
            assert!(ProviderName::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bucket_names() {
        assert!(BucketName::new("my-bucket-1").is_ok());
        for wrong in ["ab", "-ab", "ab-", "Abc", "a_b", "a.b", &"a".repeat(64)] {
            assert!(BucketName::new(wrong).is_err(), "{wrong}");
        }
    }
}
