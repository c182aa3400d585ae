//! `oss:PutObject` by `UploadPartCopy`: makes bytes of an object a part of an upload.

use std::ops::Range;

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_attributes::put_needs;
use super::object_reply::{not_modified, version_header};
use super::upload_part::refused;
use super::{AnObject, Call, Selector, Serve, find_bucket};
use crate::answer::Answer;
use crate::code::{self, invalid_argument};
use crate::copy_source::CopySource;
use crate::index::UploadPlace;
use crate::range::{Ranged, resolve};
use crate::record::{Encryption, Object, Part};
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::Claims;

/// The header that says which bytes are copied.
const RANGE: &str = "x-oss-copy-source-range";

/// Makes bytes of an object a part of an upload, in the place of the one that had its number. Of a
/// link it copies what the link stands for.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UploadPartCopy {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The key of the upload's object.
    pub(crate) key: ObjectKey,
    /// The upload.
    #[api(query = "uploadId", chars(1, 128))]
    pub(crate) upload_id: String,
    /// The part's place among the others.
    #[api(query = "partNumber", range(1, 10000))]
    pub(crate) part_number: u32,
    /// What is copied.
    #[serde(flatten)]
    pub(crate) source: CopySource,
    /// Which of its bytes: `bytes=first-last`. All, where it is absent or not within the source.
    #[api(header = "x-oss-copy-source-range")]
    pub(crate) copy_source_range: Option<String>,
    /// `standard`: a range that is not within the source is refused, as by Amazon's service.
    #[api(header = "x-oss-range-behavior")]
    pub(crate) range_behavior: Option<String>,
}

/// The part that there now is.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UploadPartCopyReply {
    /// The part's `ETag`, which the vendor's clients look for here.
    #[api(header = "etag")]
    #[serde(rename = "ETag")]
    pub(crate) etag: Option<String>,
    /// The CRC-64/XZ of its bytes.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<u64>,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// Which version was copied, of a bucket that has or had versioning.
    #[api(header = "x-oss-copy-source-version-id")]
    pub(crate) copy_source_version_id: Option<String>,
    /// The document.
    pub(crate) copy_part_result: Option<CopyPartResult>,
}

/// The part that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopyPartResult {
    /// When it was written.
    pub(crate) last_modified: String,
    /// What its upload is completed with: the MD5 of its bytes.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
}

impl Authorize for UploadPartCopy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let mut needs = self.source.needs(scope);
        needs.extend(put_needs(scope, &self.bucket, &self.key, None));
        needs
    }
}

impl Operation for UploadPartCopy {
    type Reply = UploadPartCopyReply;
    const SPEC: Spec = Spec::write(Product::Oss, "UploadPartCopy").errors(&[
        &code::ENTITY_TOO_LARGE,
        &code::HEADER_NOT_IMPLEMENTED,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_TARGET_TYPE,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_UPLOAD_OF_PART,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
        &code::PRECONDITION_FAILED,
        &code::SYMLINK_TARGET_NOT_EXIST,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.source.source().map(drop)
    }
}

impl Serve for UploadPartCopy {
    type On = AnObject;
    const SELECTOR: Selector =
        Selector::sub_resource("PUT", "uploadId").with_header("x-oss-copy-source");

    fn source(&self) -> Option<BucketName> {
        self.source.source().ok().map(|source| source.bucket)
    }

    /// The first need is that of the source.
    fn version(&self, need: usize) -> Option<&str> {
        self.source.version().filter(|_| need == 0)
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<UploadPartCopyReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let objects = &inner.objects;
        let place = UploadPlace { bucket: bucket.id.clone(), key, id: asked.upload_id.clone() };
        let upload = objects.index.upload(&place).await.map_err(refused)?;
        let source = asked.source.source()?;
        let from = find_bucket(&objects.index, &source.bucket).await?;
        let choose = |object: &Object| asked.choose(object);
        let (object, chosen, body) =
            objects.read(&from, &source.wanted(), &call.follow, choose).await?;
        let Chosen::Bytes { crc64 } = chosen else {
            return Ok(Answer::new(304, UploadPartCopyReply::default()));
        };
        let claims = Claims { crc64, ..Claims::default() };
        let encryption = upload.attributes.encryption;
        let received = objects.receive(body, &claims, encryption).await?;
        let (number, now) = (asked.part_number, call.context.now);
        let part =
            objects.put_part(place, upload.id, number, received, now).await.map_err(refused)?;
        let copied = version_header(&from, &object.version);
        Ok(Answer::new(200, reply(&part, encryption, copied)))
    }
}

/// What a source comes to under a request's conditions and range.
enum Chosen {
    /// The conditions say that there is nothing new to copy.
    NotModified,
    /// Bytes, and the sum that they must have, where it is known.
    Bytes { crc64: Option<u64> },
}

impl UploadPartCopy {
    fn choose(&self, source: &Object) -> Result<(Chosen, Option<Range<u64>>), ApiError> {
        if not_modified(self.source.check(&source.etag, source.modified))? {
            return Ok((Chosen::NotModified, None));
        }
        let range = self.range(source.size)?;
        let whole = range == (0..source.size);
        let chosen = Chosen::Bytes { crc64: whole.then_some(source.crc64) };
        Ok((chosen, (!range.is_empty()).then_some(range)))
    }

    /// The bytes that are copied of a source of `size` bytes.
    fn range(&self, size: u64) -> Result<Range<u64>, ApiError> {
        let Some(header) = self.copy_source_range.as_deref() else { return Ok(0..size) };
        match resolve(Some(header), false, size) {
            Ranged::Part(range) => Ok(range),
            Ranged::Whole | Ranged::Unsatisfiable => {
                if self.range_behavior.as_deref() != Some("standard") {
                    return Ok(0..size);
                }
                Err(invalid_argument("The range is not within the source.", RANGE, header))
            }
        }
    }
}

fn reply(
    part: &Part,
    encryption: Option<Encryption>,
    copy_source_version_id: Option<String>,
) -> UploadPartCopyReply {
    let etag = format!("\"{}\"", part.etag());
    let result =
        CopyPartResult { last_modified: time::milliseconds(part.modified), etag: etag.clone() };
    UploadPartCopyReply {
        etag: Some(etag),
        hash_crc64ecma: Some(part.crc64),
        server_side_encryption: encryption.map(|it| it.as_str().to_owned()),
        copy_source_version_id,
        copy_part_result: Some(result),
    }
}
