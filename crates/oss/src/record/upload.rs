//! What the index keeps of uploads by parts. The bytes of parts are elsewhere, in blobs.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{Random, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Attributes, BucketId, Piece};
use crate::text::ObjectKey;

/// The id of an upload: 128 random bits in 32 upper-case hexadecimal digits, as the vendor's are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct UploadId(String);

impl UploadId {
    /// A fresh id.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(random.text(b"0123456789ABCDEF", 32))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An upload that has begun and is neither completed nor aborted: all that its object will have
/// beside its bytes. Its place holds bucket and key, so its id means nothing under another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) bucket: BucketId,
    pub(crate) key: ObjectKey,
    pub(crate) id: UploadId,
    pub(crate) initiated: Timestamp,
    /// What its beginner said of the object.
    pub(crate) attributes: Attributes,
}

impl Record for Upload {
    const TABLE: &'static str = "oss-upload";
    const VERSION: u32 = 1;
}

impl Keyed for Upload {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.bucket.as_str(), self.key.as_str(), self.id.as_str()])
    }
}

/// A part of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) upload: UploadId,
    /// Its place in the object, from 1 to [`PART_NUMBER_MAX`].
    pub(crate) number: u32,
    /// Its bytes. An empty part has no piece.
    pub(crate) pieces: Vec<Piece>,
    /// Its length in bytes.
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    /// The CRC-64/XZ of its bytes.
    pub(crate) crc64: u64,
    pub(crate) modified: Timestamp,
}

/// The most parts of an upload, and the highest number that one may have. Source: the page
/// "Limits" of OSS.
pub(crate) const PART_NUMBER_MAX: u32 = 10_000;

impl Part {
    /// What changes with its bytes: its MD5 in upper-case hexadecimal.
    pub(crate) fn etag(&self) -> String {
        format!("{:032X}", u128::from_be_bytes(self.md5))
    }

    /// The last part of its place that sorts as its number does.
    pub(crate) fn place(number: u32) -> String {
        format!("{number:05}")
    }
}

impl Record for Part {
    const TABLE: &'static str = "oss-part";
    const VERSION: u32 = 1;
}

impl Keyed for Part {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.upload.as_str(), &Self::place(self.number)])
    }
}
