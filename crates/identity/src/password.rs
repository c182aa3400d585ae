//! Passwords as requests carry them.

use std::fmt;

use rolecall_api::{Kind, Shape};
use rolecall_types::{Secret, TextRule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A password in a request: up to 128 characters, of which the account's policy takes fewer. It is
/// masked in audit records, and `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Secret<String>);

impl Password {
    /// Takes custody of a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text.into()))
    }

    /// The password as a secret.
    pub(crate) fn secret(&self) -> &Secret<String> {
        &self.0
    }
}

impl Shape for Password {
    const KIND: Kind = Kind::Text(TextRule::length(1, 128));
    const SECRET: bool = true;
}

/// The wire's spelling, for requests that are sent.
impl Serialize for Password {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
