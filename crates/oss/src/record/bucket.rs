//! What the index keeps of a bucket.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, BucketName, Random, RegionId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BucketAcl, Configuration, Redundancy, StorageClass, Versioning};

/// A bucket's id: 128 random bits. A bucket that is made again under the same name has another, so
/// that whatever is still on its way to the old one misses the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct BucketId(String);

impl BucketId {
    /// A fresh id.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(random.text(b"0123456789abcdef", 32))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bucket. Its name is unique among all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) id: BucketId,
    pub(crate) name: BucketName,
    pub(crate) owner: AccountId,
    pub(crate) region: RegionId,
    pub(crate) created: Timestamp,
    /// The class of objects that ask for none.
    pub(crate) storage_class: StorageClass,
    #[serde(default)]
    pub(crate) redundancy: Redundancy,
    #[serde(default)]
    pub(crate) acl: BucketAcl,
    /// Whether writes keep what they replace. Absent until it is set for the first time, and never
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) versioning: Option<Versioning>,
    /// What its owner has set beyond these.
    #[serde(default)]
    pub(crate) configuration: Configuration,
}

impl Record for Bucket {
    const TABLE: &'static str = "oss-bucket";
    const VERSION: u32 = 1;
}

impl Keyed for Bucket {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.name.as_str()])
    }
}

/// That an account has a bucket: the order in which its buckets are listed, and their number.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OwnedBucket {
    pub(crate) owner: AccountId,
    pub(crate) name: BucketName,
}

impl Record for OwnedBucket {
    const TABLE: &'static str = "oss-owned-bucket";
    const VERSION: u32 = 1;
}

impl Keyed for OwnedBucket {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.owner.as_str(), self.name.as_str()])
    }
}
