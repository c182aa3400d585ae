//! What the index keeps of an object. Its bytes are elsewhere, in blobs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use rolecall_crypto::DataKeySeed;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BucketId, Encryption, ObjectAcl, StorageClass, VersionId};
use crate::blobs::BlobId;
use crate::tags::Tag;
use crate::text::{ObjectKey, Octets};

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
    /// Which version of its key it is.
    #[serde(default)]
    pub(crate) version: VersionId,
    /// Its place among the versions of its key: each has a greater one than those before it. 0 as
    /// long as there is one at most.
    #[serde(default)]
    pub(crate) ordinal: u64,
    /// Of a link the object that it stands for; it has no bytes of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<ObjectKey>,
    /// The tags, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// How its bytes are encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<Encryption>,
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
    /// The object of a writer's attributes and content. Which version it is, the index decides.
    pub(crate) fn new(
        bucket: &BucketId,
        key: ObjectKey,
        attributes: Attributes,
        content: Content,
        modified: Timestamp,
    ) -> Self {
        let Attributes { storage_class, acl, headers, metadata, tags, encryption } = attributes;
        let Content { pieces, size, etag, crc64, kind } = content;
        let (bucket, version, ordinal) = (bucket.clone(), VersionId::default(), 0);
        Self {
            bucket,
            key,
            pieces,
            size,
            etag,
            crc64,
            kind,
            storage_class,
            acl,
            headers,
            metadata,
            modified,
            version,
            ordinal,
            target: None,
            tags,
            encryption,
        }
    }

    /// A link to another object of its bucket.
    pub(crate) fn link(
        bucket: &BucketId,
        key: ObjectKey,
        attributes: Attributes,
        target: ObjectKey,
        modified: Timestamp,
    ) -> Self {
        let digest: [u8; 16] = Md5::digest(target.as_str()).into();
        let content = Content {
            pieces: Vec::new(),
            size: 0,
            etag: format!("{:032X}", u128::from_be_bytes(digest)),
            crc64: 0,
            kind: ObjectKind::Symlink,
        };
        let target = Some(target);
        // It has no bytes that the bucket's rule could be about.
        Self { target, encryption: None, ..Self::new(bucket, key, attributes, content, modified) }
    }

    /// The object with other attributes and the same bytes, encrypted as they are.
    pub(crate) fn with(self, attributes: Attributes, modified: Timestamp) -> Self {
        let Attributes { storage_class, acl, headers, metadata, tags, encryption: _ } = attributes;
        Self { storage_class, acl, headers, metadata, modified, tags, ..self }
    }

    /// The link as it is read: the bytes of its target with what is said of the link.
    pub(crate) fn standing_for(self, target: Self) -> Self {
        let Self { pieces, size, etag, crc64, kind, modified, encryption, .. } = target;
        let modified = modified.max(self.modified);
        Self { pieces, size, etag, crc64, kind, modified, encryption, ..self }
    }

    /// How it came to be, as it is told: a link that is read is still one.
    pub(crate) fn told_kind(&self) -> ObjectKind {
        if self.target.is_some() { ObjectKind::Symlink } else { self.kind }
    }

    /// The value of `Content-MD5`, which only an object that was sent whole has.
    pub(crate) fn content_md5(&self) -> Option<String> {
        if self.kind != ObjectKind::Normal {
            return None;
        }
        let digits = self.etag.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes.map(|bytes| STANDARD.encode(bytes))
    }
}

/// What the writer of an object says of it beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) storage_class: StorageClass,
    pub(crate) acl: ObjectAcl,
    pub(crate) headers: ContentHeaders,
    /// User metadata: names in lower case, without `x-oss-meta-`.
    pub(crate) metadata: Vec<(String, Octets)>,
    pub(crate) tags: Vec<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<Encryption>,
}

/// The bytes of an object: where they are, and what was computed of them.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) kind: ObjectKind,
}

/// A run of an object's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) blob: BlobId,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// The key that its blob is encrypted with, as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<DataKeySeed>,
}

/// How an object came to be: `x-oss-object-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectKind {
    /// By one request.
    Normal,
    /// From the parts of an upload.
    Multipart,
    /// Piece by piece, each at the end.
    Appendable,
    /// As a name of another object.
    Symlink,
}

impl ObjectKind {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multipart => "Multipart",
            Self::Appendable => "Appendable",
            Self::Symlink => "Symlink",
        }
    }
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
