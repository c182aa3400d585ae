//! What the answers about an object have in common.

use rolecall_api::{ApiError, Shape};
use rolecall_types::time;
use serde::Serialize;

use crate::code;
use crate::conditional::Outcome;
use crate::metadata::METADATA_PREFIX;
use crate::record::{Bucket, Encryption, Object, ObjectKind, VersionId};
use crate::text::Octets;

/// An object, as headers.
#[derive(Debug, Clone, Default, Serialize, Shape)]
pub(crate) struct ObjectReply {
    /// What changes with its bytes.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// When it was written.
    #[api(header = "last-modified")]
    pub(crate) last_modified: String,
    /// The CRC-64/XZ of all its bytes.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<u64>,
    /// The MD5 of all its bytes, if they were sent at once.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// How it came to be.
    #[api(header = "x-oss-object-type")]
    pub(crate) object_type: Option<&'static str>,
    /// Which version it is, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
    /// Where it is kept.
    #[api(header = "x-oss-storage-class")]
    pub(crate) storage_class: Option<&'static str>,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<&'static str>,
    /// That ranges may be asked for.
    #[api(header = "accept-ranges")]
    pub(crate) accept_ranges: Option<&'static str>,
    /// How many tags it has, if any.
    #[api(header = "x-oss-tagging-count")]
    pub(crate) tagging_count: Option<usize>,
    /// Where the end of an object is that was written by appending, in bytes.
    #[api(header = "x-oss-next-append-position")]
    pub(crate) next_append_position: Option<u64>,
    /// Which bytes these are, if not all.
    #[api(header = "content-range")]
    pub(crate) content_range: Option<String>,
    /// As it was written.
    #[api(header = "content-type")]
    pub(crate) content_type: Option<Octets>,
    /// As it was written.
    #[api(header = "cache-control")]
    pub(crate) cache_control: Option<Octets>,
    /// As it was written.
    #[api(header = "content-disposition")]
    pub(crate) content_disposition: Option<Octets>,
    /// As it was written.
    #[api(header = "content-encoding")]
    pub(crate) content_encoding: Option<Octets>,
    /// As it was written.
    #[api(header = "content-language")]
    pub(crate) content_language: Option<Octets>,
    /// As it was written.
    #[api(header = "expires")]
    pub(crate) expires: Option<Octets>,
}

impl ObjectReply {
    /// What tells one state of an object from another: all that a 304 has.
    pub(super) fn state(bucket: &Bucket, object: &Object) -> Self {
        Self {
            version_id: version_header(bucket, &object.version),
            etag: format!("\"{}\"", object.etag),
            last_modified: time::http_date(object.modified),
            ..Self::default()
        }
    }

    /// Everything but the user metadata, whose headers have no names of their own.
    pub(super) fn full(bucket: &Bucket, object: &Object) -> Self {
        let headers = object.headers.clone();
        Self {
            hash_crc64ecma: Some(object.crc64),
            content_md5: object.content_md5(),
            object_type: Some(object.told_kind().as_str()),
            storage_class: Some(object.storage_class.as_str()),
            server_side_encryption: object.encryption.map(Encryption::as_str),
            tagging_count: Some(object.tags.len()).filter(|count| *count > 0),
            next_append_position: (object.told_kind() == ObjectKind::Appendable)
                .then_some(object.size),
            accept_ranges: Some("bytes"),
            content_type: headers.content_type,
            cache_control: headers.cache_control,
            content_disposition: headers.content_disposition,
            content_encoding: headers.content_encoding,
            content_language: headers.content_language,
            expires: headers.expires,
            ..Self::state(bucket, object)
        }
    }
}

/// The header `x-oss-version-id`: only a bucket that has or had versioning tells it.
pub(super) fn version_header(bucket: &Bucket, version: &VersionId) -> Option<String> {
    bucket.versioning.is_some().then(|| version.as_str().to_owned())
}

/// The user metadata of an object, as headers.
pub(super) fn metadata_headers(object: &Object) -> Vec<(String, Vec<u8>)> {
    let header = |(name, value): &(String, Octets)| {
        (format!("{METADATA_PREFIX}{name}"), value.as_bytes().to_vec())
    };
    object.metadata.iter().map(header).collect()
}

/// The conditions' outcome as an error, where it is one; whether the client has the object already.
pub(super) fn not_modified(outcome: Outcome) -> Result<bool, ApiError> {
    match outcome {
        Outcome::Holds => Ok(false),
        Outcome::NotModified => Ok(true),
        Outcome::Failed(header) => {
            Err(ApiError::new(&code::PRECONDITION_FAILED).element("Condition", header))
        }
    }
}
