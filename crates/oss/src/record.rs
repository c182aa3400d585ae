//! What the index keeps of buckets and objects. The bytes of objects are elsewhere, in blobs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, BucketName, Random, RegionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::blobs::BlobId;
use crate::text::{ObjectKey, Octets};

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
    pub(crate) storage_class: StorageClass,
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

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) bucket: BucketId,
    pub(crate) key: ObjectKey,
    /// Its bytes, in their order. An empty object has no piece.
    pub(crate) pieces: Vec<Piece>,
    /// Its length in bytes: the sum of its pieces.
    pub(crate) size: u64,
    /// Upper-case hexadecimal; of a [`ObjectKind::Normal`] object its MD5.
    pub(crate) etag: String,
    /// The CRC-64/XZ of its bytes.
    pub(crate) crc64: u64,
    pub(crate) kind: ObjectKind,
    pub(crate) storage_class: StorageClass,
    pub(crate) acl: ObjectAcl,
    pub(crate) headers: ContentHeaders,
    /// User metadata: names in lower case, without `x-oss-meta-`.
    pub(crate) metadata: Vec<(String, Octets)>,
    pub(crate) modified: Timestamp,
}

impl Record for Object {
    const TABLE: &'static str = "oss-object";
    const VERSION: u32 = 1;
}

impl Keyed for Object {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.bucket.as_str(), self.key.as_str()])
    }
}

impl Object {
    /// The value of `Content-MD5`, which only an object that was sent whole has.
    pub(crate) fn content_md5(&self) -> Option<String> {
        let ObjectKind::Normal = self.kind;
        let digits = self.etag.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes.map(|bytes| STANDARD.encode(bytes))
    }
}

/// A run of an object's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) blob: BlobId,
    /// Its length in bytes.
    pub(crate) length: u64,
}

/// How an object came to be: `x-oss-object-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectKind {
    /// By one request.
    Normal,
}

impl ObjectKind {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        let Self::Normal = self;
        "Normal"
    }
}

/// Where the bytes are kept: `x-oss-storage-class`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StorageClass {
    /// On disks that answer at once.
    Standard,
}

impl StorageClass {
    /// The vendor's classes. Source: OSS `PutBucket`.
    pub(crate) const NAMES: &'static [&'static str] =
        &["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        let Self::Standard = self;
        "Standard"
    }
}

/// Who may use an object without being allowed by a policy: `x-oss-object-acl`. The public values
/// of the vendor's are refused until buckets have them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObjectAcl {
    /// As the bucket says.
    #[default]
    Default,
    /// Its owner.
    Private,
}

/// The headers that a client gives an object and gets back with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ContentHeaders {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Octets>,
}
