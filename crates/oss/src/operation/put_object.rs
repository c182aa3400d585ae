//! `oss:PutObject`: writes an object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_crypto::RequestHead;
use rolecall_gate::Body;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::Answer;
use crate::code::{self, header_not_implemented};
use crate::document::parse_md5;
use crate::index::Overwrite;
use crate::metadata::metadata;
use crate::record::{ContentHeaders, Object, ObjectAcl, ObjectKind, StorageClass, VersionId};
use crate::service::Inner;
use crate::text::{ObjectKey, Octets};
use crate::upload::{Claims, MD5_BYTES, parse_crc64};

/// The type of an object whose writer gives none. Source: OSS `PutObject`.
pub(super) const CONTENT_TYPE_DEFAULT: &[u8] = b"application/octet-stream";

/// Writes an object in one request, in the place of the one that was there.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// The MD5 of the body.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the body.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<String>,
    /// Only if there is no object of this key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// Where it is kept; `Standard` is served.
    #[api(
        header = "x-oss-storage-class",
        choices("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
    )]
    pub(crate) storage_class: Option<String>,
    /// Who may use it without being allowed by a policy; what is not public is served.
    #[api(
        header = "x-oss-object-acl",
        choices("default", "private", "public-read", "public-read-write")
    )]
    pub(crate) object_acl: Option<String>,
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

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct PutObjectReply {
    /// The MD5 of the body, in hexadecimal.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// The MD5 of the body, in Base64.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the body.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: u64,
    /// The id of the version, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
}

impl Authorize for PutObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        put_needs(scope, &self.bucket, &self.key, self.object_acl.as_deref())
    }
}

impl Operation for PutObject {
    type Reply = PutObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "PutObject")
        .errors(&[
            &code::ENTITY_TOO_LARGE,
            &code::FILE_ALREADY_EXISTS,
            &code::HEADER_NOT_IMPLEMENTED,
            &code::INCOMPLETE_BODY,
            &code::INVALID_ARGUMENT,
            &code::INVALID_BUCKET_NAME,
            &code::INVALID_CRC64,
            &code::INVALID_DIGEST,
            &code::INVALID_OBJECT_NAME,
            &code::MISSING_CONTENT_LENGTH,
            &code::NO_SUCH_BUCKET,
            &code::OBJECT_NAME_TOO_LONG,
            &code::REQUEST_TIMEOUT,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        storage_class(self.storage_class.as_deref())?;
        object_acl(self.object_acl.as_deref())?;
        parse_crc64(self.hash_crc64ecma.as_deref())?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("PUT");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PutObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        announced(call.head, &call.body)?;
        let acl = object_acl(asked.object_acl.as_deref())?;
        let metadata = metadata(call.head)?;
        let claims = Claims {
            md5: parse_md5(asked.content_md5.as_deref())?,
            crc64: parse_crc64(asked.hash_crc64ecma.as_deref())?,
            sha256: call.signed_sha256,
        };
        let received = inner.objects.receive(call.body, &claims).await?;
        let object = Object {
            bucket: bucket.id.clone(),
            key,
            pieces: Vec::new(),
            size: received.size,
            etag: format!("{:032X}", u128::from_be_bytes(received.md5)),
            crc64: received.crc64,
            kind: ObjectKind::Normal,
            storage_class: storage_class(asked.storage_class.as_deref())?,
            acl,
            headers: asked.content_headers(),
            metadata,
            modified: call.context.now,
            version: VersionId::default(),
            ordinal: 0,
            tags: Vec::new(),
        };
        let overwrite = overwrite(asked.forbid_overwrite);
        let sums = (received.md5, received.crc64);
        let version = inner.objects.put(bucket, object, received, overwrite).await?;
        let reply = PutObjectReply::of(&sums.0, sums.1, version);
        Ok(Answer::new(200, reply))
    }
}

impl PutObject {
    fn content_headers(&self) -> ContentHeaders {
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

impl PutObjectReply {
    /// The sums of a body that was received.
    pub(super) fn of(md5: &[u8; MD5_BYTES], crc64: u64, version: Option<VersionId>) -> Self {
        Self {
            etag: format!("\"{:032X}\"", u128::from_be_bytes(*md5)),
            content_md5: Some(STANDARD.encode(md5)),
            hash_crc64ecma: crc64,
            version_id: version.map(|version| version.as_str().to_owned()),
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

/// Who may use the object. What is public is not served.
pub(super) fn object_acl(asked: Option<&str>) -> Result<ObjectAcl, ApiError> {
    match asked {
        None | Some("default") => Ok(ObjectAcl::Default),
        Some("private") => Ok(ObjectAcl::Private),
        Some(_) => Err(header_not_implemented("x-oss-object-acl")),
    }
}

/// Where the object is kept. One class is served.
pub(super) fn storage_class(asked: Option<&str>) -> Result<StorageClass, ApiError> {
    match asked {
        None | Some("Standard") => Ok(StorageClass::Standard),
        Some(_) => Err(header_not_implemented("x-oss-storage-class")),
    }
}

/// Whether the object may take the place of another.
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
