//! What the writer of an object says of it beside its bytes: the same for every way of writing one.

use rolecall_api::{ApiError, Scope, Shape};
use rolecall_crypto::RequestHead;
use rolecall_gate::Body;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::on_object;
use crate::code::{self, header_not_implemented, invalid_argument};
use crate::index::Overwrite;
use crate::record::{Attributes, Bucket, ContentHeaders, Encryption, ObjectAcl, StorageClass};
use crate::tags::{OBJECT_TAGS, Tag};
use crate::text::{ObjectKey, Octets};

/// The type of an object whose writer gives none. Source: OSS `PutObject`.
const CONTENT_TYPE_DEFAULT: &[u8] = b"application/octet-stream";

/// What the writer of an object says of it. User metadata is beside it, for its headers have no
/// names of their own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ObjectAttributes {
    /// Where it is kept; `Standard` and `IA` are served.
    #[api(
        header = "x-oss-storage-class",
        choices("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
    )]
    pub(crate) storage_class: Option<String>,
    /// Who may use it without being allowed by a policy.
    #[api(
        header = "x-oss-object-acl",
        choices("default", "private", "public-read", "public-read-write")
    )]
    pub(crate) object_acl: Option<String>,
    /// Its tags, as a query: `key=value&…`.
    #[api(header = "x-oss-tagging")]
    pub(crate) tagging: Option<String>,
    /// How its bytes are encrypted on the disk; `AES256` is served.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// Given back with it.
    #[api(header = "content-type")]
    pub(crate) content_type: Option<Octets>,
    /// Given back with it.
    #[api(header = "cache-control")]
    pub(crate) cache_control: Option<Octets>,
    /// Given back with it.
    #[api(header = "content-disposition")]
    pub(crate) content_disposition: Option<Octets>,
    /// Given back with it.
    #[api(header = "content-encoding")]
    pub(crate) content_encoding: Option<Octets>,
    /// Given back with it.
    #[api(header = "content-language")]
    pub(crate) content_language: Option<Octets>,
    /// Given back with it.
    #[api(header = "expires")]
    pub(crate) expires: Option<Octets>,
}

impl ObjectAttributes {
    /// Checks what the limits of single fields cannot say.
    pub(super) fn validate(&self) -> Result<(), ApiError> {
        self.class()?;
        self.acl()?;
        self.encryption()?;
        self.tags().map(drop)
    }

    /// What the writer must be allowed.
    pub(super) fn needs(&self, scope: &Scope, bucket: &BucketName, key: &ObjectKey) -> Vec<Need> {
        let mut needs = put_needs(scope, bucket, key, self.object_acl.as_deref());
        if self.tagging.is_some() {
            needs.push(on_object("oss:PutObjectTagging", scope, bucket, key));
        }
        // What is no list of tags is refused before anything is decided.
        for (name, value) in self.tags().unwrap_or_default() {
            let key = format!("oss:RequestObjectTag/{name}");
            needs = needs.into_iter().map(|need| need.with(key.clone(), value.clone())).collect();
        }
        needs
    }

    /// How many needs these are.
    pub(super) fn needs_count(&self) -> usize {
        if self.tagging.is_some() { 2 } else { 1 }
    }

    /// The attributes, where the bucket's own stand for what is not said.
    pub(super) fn resolve(
        &self,
        bucket: &Bucket,
        metadata: Vec<(String, Octets)>,
    ) -> Result<Attributes, ApiError> {
        Ok(Attributes {
            storage_class: self.class()?.unwrap_or(bucket.storage_class),
            acl: self.acl()?,
            headers: self.content_headers(),
            metadata,
            tags: self.tags()?,
            encryption: self.encryption()?.or(Encryption::by_default(bucket)),
        })
    }

    /// Where it is kept, if that is said.
    pub(super) fn class(&self) -> Result<Option<StorageClass>, ApiError> {
        let Some(name) = self.storage_class.as_deref() else { return Ok(None) };
        let class = StorageClass::parse(name);
        class.map(Some).ok_or_else(|| header_not_implemented("x-oss-storage-class"))
    }

    /// Who may use it.
    pub(super) fn acl(&self) -> Result<ObjectAcl, ApiError> {
        object_acl(self.object_acl.as_deref())
    }

    /// How its bytes are encrypted.
    pub(super) fn encryption(&self) -> Result<Option<Encryption>, ApiError> {
        Encryption::asked(self.server_side_encryption.as_deref())
    }

    /// Its tags.
    pub(super) fn tags(&self) -> Result<Vec<Tag>, ApiError> {
        self.tagging.as_deref().map_or(Ok(Vec::new()), |sent| OBJECT_TAGS.parse(sent))
    }

    /// The headers that are given back with it.
    pub(super) fn content_headers(&self) -> ContentHeaders {
        ContentHeaders {
            content_type: self.content_type.clone().or_else(|| Octets::new(CONTENT_TYPE_DEFAULT)),
            cache_control: self.cache_control.clone(),
            content_disposition: self.content_disposition.clone(),
            content_encoding: self.content_encoding.clone(),
            content_language: self.content_language.clone(),
            expires: self.expires.clone(),
        }
    }
}

/// What whoever writes an object, or a part of one, must be allowed.
pub(super) fn put_needs(
    scope: &Scope,
    bucket: &BucketName,
    key: &ObjectKey,
    acl: Option<&str>,
) -> Vec<Need> {
    let need = on_object("oss:PutObject", scope, bucket, key);
    vec![match acl {
        Some(acl) => need.with("oss:x-oss-object-acl", acl),
        None => need,
    }]
}

/// Who may use an object, by `x-oss-object-acl`.
pub(super) fn object_acl(asked: Option<&str>) -> Result<ObjectAcl, ApiError> {
    let Some(text) = asked else { return Ok(ObjectAcl::Default) };
    ObjectAcl::parse(text).ok_or_else(|| {
        invalid_argument("no such object access control exists", "x-oss-object-acl", text)
    })
}

/// Whether an object may take the place of another, by `x-oss-forbid-overwrite`.
pub(super) fn overwrite(forbidden: Option<bool>) -> Overwrite {
    match forbidden {
        Some(true) => Overwrite::Forbidden,
        Some(false) | None => Overwrite::Allowed,
    }
}

/// An upload tells its length, or that it comes in chunks, even where it is empty.
pub(super) fn announced(head: &RequestHead, body: &Body) -> Result<(), ApiError> {
    let told = head.has_header("content-length") || head.has_header("transfer-encoding");
    match body.length() {
        Some(0) if !told => Err(ApiError::new(&code::MISSING_CONTENT_LENGTH)),
        _ => Ok(()),
    }
}
