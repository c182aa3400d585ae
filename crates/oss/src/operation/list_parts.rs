//! `oss:ListParts`: the parts that an upload has so far.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_list::Spelling;
use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::Answer;
use crate::code;
use crate::index::UploadPlace;
use crate::record;
use crate::service::Inner;
use crate::text::ObjectKey;

/// The entries of one answer where the request gives no number. Source: OSS `ListParts`.
const MAX_PARTS_DEFAULT: usize = 1_000;

/// Lists the parts that an upload has so far, in the order of their numbers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListParts {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// The upload.
    #[api(query = "uploadId", chars(1, 128))]
    pub(crate) upload_id: String,
    /// The most entries of one answer.
    #[api(query = "max-parts", range(1, 1000))]
    pub(crate) max_parts: Option<usize>,
    /// Only parts of higher numbers.
    #[api(query = "part-number-marker", range(0, 4_294_967_295))]
    pub(crate) part_number_marker: Option<u32>,
    /// `url`: the key is percent-encoded in the answer.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
}

/// The parts.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListPartsReply {
    /// The document.
    pub(crate) list_parts_result: ListPartsResult,
}

/// A page of the parts of an upload.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListPartsResult {
    /// `url` where the key is percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// The bucket.
    pub(crate) bucket: String,
    /// The object's key.
    pub(crate) key: String,
    /// The upload.
    pub(crate) upload_id: String,
    /// Where the object will be kept.
    pub(crate) storage_class: String,
    /// As it was asked.
    pub(crate) part_number_marker: u32,
    /// The number of the last part of this page: where the next one begins.
    pub(crate) next_part_number_marker: u32,
    /// As it was asked, or the default.
    pub(crate) max_parts: usize,
    /// Whether more follow.
    pub(crate) is_truncated: bool,
    /// The parts.
    pub(crate) part: Vec<ListedPart>,
}

/// A part in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedPart {
    /// Its number.
    pub(crate) part_number: u32,
    /// When it was sent.
    pub(crate) last_modified: String,
    /// Its MD5, in hexadecimal.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
    /// The CRC-64/XZ of its bytes.
    #[serde(rename = "HashCrc64ecma")]
    pub(crate) hash_crc64ecma: u64,
    /// Its length in bytes.
    pub(crate) size: u64,
}

impl ListedPart {
    fn of(part: &record::Part) -> Self {
        Self {
            part_number: part.number,
            last_modified: time::milliseconds(part.modified),
            etag: format!("\"{}\"", part.etag()),
            hash_crc64ecma: part.crc64,
            size: part.size,
        }
    }
}

impl Authorize for ListParts {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:ListParts", scope, &self.bucket, &self.key)]
    }
}

impl Operation for ListParts {
    type Reply = ListPartsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListParts").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_UPLOAD,
        &code::OBJECT_NAME_TOO_LONG,
    ]);
}

impl Serve for ListParts {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("GET", "uploadId");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListPartsReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let (limit, marker) = (
            asked.max_parts.unwrap_or(MAX_PARTS_DEFAULT),
            asked.part_number_marker.unwrap_or_default(),
        );
        let place = UploadPlace { bucket: bucket.id.clone(), key, id: asked.upload_id.clone() };
        // One more than is shown tells whether more follow.
        let wanted = limit.saturating_add(1);
        let (upload, mut parts) = inner.objects.index.parts(&place, marker, wanted).await?;
        let is_truncated = parts.len() > limit;
        parts.truncate(limit);
        let list_parts_result = ListPartsResult {
            encoding_type: asked.encoding_type.clone(),
            bucket: bucket.name.to_string(),
            key: Spelling::of(asked.encoding_type.as_deref()).spell(upload.key.as_str()),
            upload_id: upload.id.as_str().to_owned(),
            storage_class: upload.attributes.storage_class.as_str().to_owned(),
            part_number_marker: marker,
            next_part_number_marker: parts.last().map_or(marker, |part| part.number),
            max_parts: limit,
            is_truncated,
            part: parts.iter().map(ListedPart::of).collect(),
        };
        Ok(Answer::new(200, ListPartsReply { list_parts_result }))
    }
}
