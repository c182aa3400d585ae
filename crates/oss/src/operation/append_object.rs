//! `oss:PutObject` by `AppendObject`: writes at the end of an object.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_attributes::{ObjectAttributes, announced};
use super::object_reply::version_header;
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::code;
use crate::document::parse_md5;
use crate::metadata::metadata;
use crate::objects::Append;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::{Claims, parse_crc64};

/// Writes at the end of an object that was written so from its beginning, or begins one.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AppendObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Where its end is, in bytes: of two who append at one place, one does. 0 begins it.
    #[api(query = "position", range(0, i64::MAX))]
    pub(crate) position: u64,
    /// The MD5 of the body.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the body.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<String>,
    /// What is said of the object: it counts where this begins one.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct AppendObjectReply {
    /// What changes with its bytes.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// The CRC-64/XZ of all its bytes.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: u64,
    /// Where its end is now, in bytes.
    #[api(header = "x-oss-next-append-position")]
    pub(crate) next_append_position: u64,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// `null`, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
}

impl Authorize for AppendObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.attributes.needs(scope, &self.bucket, &self.key)
    }
}

impl Operation for AppendObject {
    type Reply = AppendObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "AppendObject")
        .errors(&[
            &code::ENTITY_TOO_LARGE,
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
            &code::OBJECT_NOT_APPENDABLE,
            &code::POSITION_NOT_EQUAL_TO_LENGTH,
            &code::REQUEST_TIMEOUT,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        self.attributes.validate()?;
        parse_crc64(self.hash_crc64ecma.as_deref())?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for AppendObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("POST", "append");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<AppendObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        announced(call.head, &call.body)?;
        let attributes = asked.attributes.resolve(&bucket, metadata(call.head)?)?;
        let claims = Claims {
            md5: parse_md5(asked.content_md5.as_deref())?,
            crc64: parse_crc64(asked.hash_crc64ecma.as_deref())?,
            sha256: call.signed_sha256,
            lengths: call.lengths,
        };
        let (position, now) = (asked.position, call.context.now);
        let append = Append { bucket, key, position, attributes, now };
        // What cannot be appended is not received; what was meanwhile is refused in the end.
        let found = inner.objects.index.find(&append.bucket, &append.key, None).await?;
        append.check(found.as_ref())?;
        let encryption = append.encryption(found.as_ref());
        let received = inner.objects.receive(call.body, &claims, encryption).await?;
        let bucket = append.bucket.clone();
        let object = inner.objects.append(append, received).await?;
        let reply = AppendObjectReply {
            etag: format!("\"{}\"", object.etag),
            hash_crc64ecma: object.crc64,
            next_append_position: object.size,
            server_side_encryption: object.encryption.map(|it| it.as_str().to_owned()),
            version_id: version_header(&bucket, &object.version),
        };
        Ok(Answer::new(200, reply))
    }
}
