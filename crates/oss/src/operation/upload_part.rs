//! `oss:PutObject` by `UploadPart`: sends a part of an upload.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_attributes::{announced, put_needs};
use super::put_object::PutObjectReply;
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::code;
use crate::document::parse_md5;
use crate::error::ObjectError;
use crate::index::UploadPlace;
use crate::record::Part;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::{Claims, parse_crc64};

/// Sends a part of an upload, in the place of the one that had its number.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UploadPart {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// The upload.
    #[api(query = "uploadId", chars(1, 128))]
    pub(crate) upload_id: String,
    /// The part's place among the others.
    #[api(query = "partNumber", range(1, 10000))]
    pub(crate) part_number: u32,
    /// The MD5 of the body.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the body.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<String>,
}

impl Authorize for UploadPart {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        put_needs(scope, &self.bucket, &self.key, None)
    }
}

impl Operation for UploadPart {
    type Reply = PutObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "UploadPart").errors(&[
        &code::ENTITY_TOO_LARGE,
        &code::HEADER_NOT_IMPLEMENTED,
        &code::INCOMPLETE_BODY,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_CRC64,
        &code::INVALID_DIGEST,
        &code::INVALID_OBJECT_NAME,
        &code::MISSING_CONTENT_LENGTH,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_UPLOAD_OF_PART,
        &code::OBJECT_NAME_TOO_LONG,
        &code::REQUEST_TIMEOUT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_crc64(self.hash_crc64ecma.as_deref())?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for UploadPart {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "uploadId");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PutObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        announced(call.head, &call.body)?;
        let claims = Claims {
            md5: parse_md5(asked.content_md5.as_deref())?,
            crc64: parse_crc64(asked.hash_crc64ecma.as_deref())?,
            sha256: call.signed_sha256,
            lengths: call.lengths,
        };
        let place = UploadPlace { bucket: bucket.id.clone(), key, id: asked.upload_id.clone() };
        let part = async {
            // Before the body, which may be long.
            let upload = inner.objects.index.upload(&place).await?;
            let encryption = upload.attributes.encryption;
            let received = inner.objects.receive(call.body, &claims, encryption).await?;
            let (number, now) = (asked.part_number, call.context.now);
            let part = inner.objects.put_part(place, upload.id, number, received, now).await?;
            Ok((part, encryption))
        };
        let (part, encryption) = part.await.map_err(refused)?;
        Ok(Answer::new(200, reply(&part).encrypted(encryption)))
    }
}

/// An error of an upload in the words of its parts.
pub(super) fn refused(error: ObjectError) -> ApiError {
    match error {
        ObjectError::NoSuchUpload => ApiError::new(&code::NO_SUCH_UPLOAD_OF_PART),
        other => other.into(),
    }
}

fn reply(part: &Part) -> PutObjectReply {
    PutObjectReply::of(&part.md5, part.crc64, None)
}
