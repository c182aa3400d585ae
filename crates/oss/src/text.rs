//! The texts of requests that have rules of their own: keys and header values.

use std::borrow::Cow;
use std::fmt;

use rolecall_api::{ApiError, Kind, Shape};
use rolecall_types::TextRule;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::code;

/// The longest key, in bytes. Source: the page "Object naming conventions" of OSS.
pub const KEY_BYTES_MAX: usize = 1023;

/// An object's key: 1 to 1,023 bytes of UTF-8 that begin with neither `/` nor `\`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ObjectKey(String);

impl ObjectKey {
    /// Checks and takes a key.
    pub(crate) fn new(text: &str) -> Result<Self, ApiError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(ApiError::new(&code::OBJECT_NAME_TOO_LONG));
        }
        if text.is_empty() || text.starts_with(['/', '\\']) {
            return Err(ApiError::new(&code::INVALID_OBJECT_NAME));
        }
        Ok(Self(text.to_owned()))
    }

    /// The key as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Shape for ObjectKey {
    const KIND: Kind = Kind::Text(TextRule::length(1, KEY_BYTES_MAX));
}

/// The longest header value that is kept, in bytes. Limit ours: as for all user metadata.
const OCTETS_MAX: usize = 8192;

/// A header's value: bytes without control characters. It is serialized as ISO-8859-1 text, one
/// character a byte, so that records show what is readable and lose nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Octets(Vec<u8>);

impl Octets {
    /// Takes a value, unless it would end its header line.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        bytes.iter().all(|byte| may_stand(char::from(*byte))).then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Shape for Octets {
    const KIND: Kind = Kind::Text(TextRule { min: 0, max: OCTETS_MAX, allows: may_stand });
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&latin1(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        latin1_bytes(text)
            .ok()
            .filter(|bytes| bytes.iter().all(|byte| may_stand(char::from(*byte))))
            .map(Self)
            .ok_or_else(|| de::Error::custom("not a header's value"))
    }
}

/// Bytes as ISO-8859-1 text.
pub(crate) fn latin1_text(bytes: &[u8]) -> String {
    latin1(bytes).into_owned()
}

/// The same, where it can be as it lies.
pub(crate) fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly all are ASCII, which is UTF-8 as it is.
    match str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
        Some(text) => Cow::Borrowed(text),
        None => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The bytes of a text as ISO-8859-1, or else as UTF-8.
pub(crate) fn latin1_bytes(text: String) -> Result<Vec<u8>, Vec<u8>> {
    if text.is_ascii() {
        return Ok(text.into_bytes());
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|it| u8::try_from(it).ok()).collect();
    bytes.ok_or_else(|| text.into_bytes())
}

/// A text of a query that becomes a header of the answer: no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct HeaderText(String);

impl HeaderText {
    /// The bytes of the header.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Shape for HeaderText {
    const KIND: Kind =
        Kind::Text(TextRule { min: 1, max: OCTETS_MAX, allows: |c| !c.is_control() });
}

/// Whether a character of ISO-8859-1 may stand in a header's value. Source: RFC 9110, section 5.5.
fn may_stand(character: char) -> bool {
    u8::try_from(character).is_ok() && (character == '\t' || !character.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_length_in_bytes_and_a_first_character() {
        let check = |text: &str| ObjectKey::new(text).map_err(|error| error.message());
        let too_long = Err("The Length of Object name must be less than 1024.".to_owned());
        assert!(check(&"k".repeat(KEY_BYTES_MAX)).is_ok());
        assert!(check(&"中".repeat(341)).is_ok());
        assert_eq!(check(&"k".repeat(KEY_BYTES_MAX + 1)), too_long);
        assert_eq!(check(&"中".repeat(342)), too_long);
        for wrong in ["", "/k", "\\invalid-object-name"] {
            assert_eq!(check(wrong), Err("The specified object is not valid.".to_owned()));
        }
        for odd in ["..", "a/../b", "a//b", "\0\n\x7f", ".", "k/", " "] {
            assert!(check(odd).is_ok(), "{odd:?}");
        }
    }

    #[test]
    fn octets_keep_their_bytes_and_cannot_end_a_line() {
        let bytes: Vec<u8> = (0x20..=0xFF).filter(|byte| *byte != 0x7F).collect();
        let octets = Octets::new(&bytes).unwrap();
        let json = serde_json::to_string(&octets).unwrap();
        assert_eq!(serde_json::from_str::<Octets>(&json).unwrap(), octets);
        for wrong in [&b"a\r\nb"[..], b"\0", b"\n", b"\x7f", b"\x1b[0m"] {
            assert_eq!(Octets::new(wrong), None);
        }
        assert!(serde_json::from_str::<Octets>("\"\u{100}\"").is_err());
    }
}
