//! `oss:PutObject`: writes an object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::callback_fields::{CallbackHeaders, CallbackQuery};
use super::object_attributes::{ObjectAttributes, announced, overwrite};
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::callback::Facts;
use crate::code;
use crate::document::parse_md5;
use crate::metadata::metadata;
use crate::record::{Encryption, Object, VersionId};
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::{Claims, MD5_BYTES, parse_crc64};

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
    /// What is said of it.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
    /// What is sent when it is stored.
    #[serde(flatten)]
    pub(crate) callback: CallbackHeaders,
    /// The same, in the query of a signed URL.
    #[serde(flatten)]
    pub(crate) callback_query: CallbackQuery,
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
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// The id of the version, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
}

impl Authorize for PutObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.attributes.needs(scope, &self.bucket, &self.key)
    }
}

impl Operation for PutObject {
    type Reply = PutObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "PutObject").errors(&[
        &code::CALLBACK_FAILED,
        &code::ENTITY_TOO_LARGE,
        &code::FILE_ALREADY_EXISTS,
        &code::HEADER_NOT_IMPLEMENTED,
        &code::INCOMPLETE_BODY,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_CRC64,
        &code::INVALID_DIGEST,
        &code::INVALID_ENCRYPTION_ALGORITHM,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_TAG,
        &code::MISSING_CONTENT_LENGTH,
        &code::NO_SUCH_BUCKET,
        &code::OBJECT_NAME_TOO_LONG,
        &code::PUBLIC_ACCESS_BLOCKED,
        &code::REQUEST_TIMEOUT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.attributes.validate()?;
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
        let parameters = asked.callback.with(&asked.callback_query, call.head)?;
        let callback = inner.callback(&parameters, call.context)?;
        let attributes = asked.attributes.resolve(&bucket, metadata(call.head)?)?;
        let claims = Claims {
            md5: parse_md5(asked.content_md5.as_deref())?,
            crc64: parse_crc64(asked.hash_crc64ecma.as_deref())?,
            sha256: call.signed_sha256,
            lengths: call.lengths,
        };
        let encryption = attributes.encryption;
        let received = inner.objects.receive(call.body, &claims, encryption).await?;
        let content = received.content();
        let object = Object::new(&bucket.id, key, attributes, content, call.context.now);
        let overwrite = overwrite(asked.forbid_overwrite);
        let sums = (received.md5, received.crc64);
        let facts = Facts::of(&bucket, &object, call.context, "PutObject");
        let version = inner.objects.put(bucket.clone(), object, received, overwrite).await?;
        let facts = facts.stored_as(version.clone());
        let reply = PutObjectReply::of(&sums.0, sums.1, version).encrypted(encryption);
        match callback {
            Some(callback) => {
                Ok(Answer::relaying(reply, inner.call_back(&callback, &bucket, facts).await?))
            }
            None => Ok(Answer::new(200, reply)),
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
            server_side_encryption: None,
            version_id: version.map(|version| version.as_str().to_owned()),
        }
    }

    /// The same of a body that is kept encrypted, or is not.
    pub(super) fn encrypted(self, encryption: Option<Encryption>) -> Self {
        Self { server_side_encryption: encryption.map(|it| it.as_str().to_owned()), ..self }
    }
}
