//! What the index keeps of versions: their ids, delete markers, and what is not the current object.
//!
//! [`Object`]'s table holds what a read without a version's id gets. Every other version of its
//! key, and every delete marker, is here, newest first; a bucket that never had versioning has
//! nothing here.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{Random, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BucketId, Object};
use crate::text::ObjectKey;

/// The digits of an ordinal in an id and in a key.
const ORDINAL_DIGITS: usize = 16;

/// The random digits of an id.
const RANDOM_DIGITS: usize = 32;

/// The id of a version: `null` for what is written without versioning, otherwise its ordinal
/// among the versions of its key and 128 random bits, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct VersionId(String);

impl Default for VersionId {
    fn default() -> Self {
        Self("null".to_owned())
    }
}

impl VersionId {
    /// A fresh id.
    pub(crate) fn generate(ordinal: u64, random: &dyn Random) -> Self {
        Self(format!("{ordinal:016x}{}", random.text(b"0123456789abcdef", RANDOM_DIGITS)))
    }

    /// The id that is so written, if any version could have it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let fits = text.len() == ORDINAL_DIGITS.saturating_add(RANDOM_DIGITS) && digits(text);
        (fits || text == "null").then(|| Self(text.to_owned()))
    }

    /// Whether it is the one of what is written without versioning.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::default()
    }

    /// Its place among the versions of its key, which `null` does not tell.
    pub(crate) fn ordinal(&self) -> Option<u64> {
        u64::from_str_radix(self.0.get(..ORDINAL_DIGITS)?, 16).ok()
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// That a key was deleted while its bucket kept versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeleteMarker {
    pub(crate) bucket: BucketId,
    pub(crate) key: ObjectKey,
    pub(crate) version: VersionId,
    /// Its place among the versions of its key.
    pub(crate) ordinal: u64,
    pub(crate) modified: Timestamp,
}

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Version {
    /// An object.
    Object(Box<Object>),
    /// That it was deleted.
    Marker(DeleteMarker),
}

impl Version {
    /// Its id.
    pub(crate) fn id(&self) -> &VersionId {
        match self {
            Self::Object(object) => &object.version,
            Self::Marker(marker) => &marker.version,
        }
    }

    /// Its place among the versions of its key.
    pub(crate) fn ordinal(&self) -> u64 {
        match self {
            Self::Object(object) => object.ordinal,
            Self::Marker(marker) => marker.ordinal,
        }
    }

    /// When it was written.
    pub(crate) fn modified(&self) -> Timestamp {
        match self {
            Self::Object(object) => object.modified,
            Self::Marker(marker) => marker.modified,
        }
    }

    /// Its key.
    pub(crate) fn object_key(&self) -> &ObjectKey {
        match self {
            Self::Object(object) => &object.key,
            Self::Marker(marker) => &marker.key,
        }
    }

    fn bucket(&self) -> &BucketId {
        match self {
            Self::Object(object) => &object.bucket,
            Self::Marker(marker) => &marker.bucket,
        }
    }
}

impl Record for Version {
    const TABLE: &'static str = "oss-version";
    const VERSION: u32 = 1;
}

impl Keyed for Version {
    fn key(&self) -> Key {
        let newest_first = newest_first(self.ordinal());
        Key::of::<Self>(&[self.bucket().as_str(), self.object_key().as_str(), &newest_first])
    }
}

/// The part of a key that sorts the versions of an object, the newest first.
pub(crate) fn newest_first(ordinal: u64) -> String {
    format!("{:016x}", u64::MAX.saturating_sub(ordinal))
}

/// Where among the versions of a key the one named `null` is, while it is not the current object.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NullVersion {
    pub(crate) bucket: BucketId,
    pub(crate) key: ObjectKey,
    pub(crate) ordinal: u64,
}

impl Record for NullVersion {
    const TABLE: &'static str = "oss-null-version";
    const VERSION: u32 = 1;
}

impl Keyed for NullVersion {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.bucket.as_str(), self.key.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    #[test]
    fn an_id_tells_its_ordinal_and_fits_the_vendors_length() {
        let random = SeededRandom::new(1);
        for ordinal in [0, 1, 255, u64::MAX] {
            let id = VersionId::generate(ordinal, &random);
            assert!(id.as_str().len() <= 64);
            assert_ne!(id, VersionId::generate(ordinal, &random));
            assert_eq!(VersionId::parse(id.as_str()), Some(id.clone()));
            assert_eq!(id.ordinal(), Some(ordinal));
            assert!(!id.is_null());
        }
        let null = VersionId::parse("null").unwrap();
        assert!(null.is_null() && null.ordinal().is_none());
    }

    #[test]
    fn what_no_version_could_have_is_no_id() {
        let good = VersionId::generate(7, &SeededRandom::new(1));
        for wrong in ["", "Null", "NULL", " null", "0", &good.as_str().to_uppercase(), "中"] {
            assert_eq!(VersionId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(VersionId::parse(&format!("{}0", good.as_str())), None);
    }

    #[test]
    fn newer_versions_sort_first() {
        assert!(newest_first(2) < newest_first(1));
        assert!(newest_first(u64::MAX) < newest_first(u64::MAX - 1));
        assert!(newest_first(256) < newest_first(255));
    }
}
