//! `oss:ListMultipartUploads`: the uploads of a bucket that have begun and not ended.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_list::{CommonPrefix, Spelling};
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::listing::uploads::{UploadListing, UploadPage, list_uploads};
use crate::record;
use crate::service::Inner;

/// The entries of one answer where the request gives no number. Source: OSS
/// `ListMultipartUploads`.
const MAX_UPLOADS_DEFAULT: usize = 1_000;

/// Lists the uploads that have begun and not ended, in the order of their keys, then of their ids.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListMultipartUploads {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// Only keys that begin with this.
    #[api(query = "prefix", chars(0, 1023))]
    pub(crate) prefix: Option<String>,
    /// Keys that go on behind it are folded into common prefixes.
    #[api(query = "delimiter", chars(0, 1023))]
    pub(crate) delimiter: Option<String>,
    /// Only keys that sort behind this.
    #[api(query = "key-marker", chars(0, 1023))]
    pub(crate) key_marker: Option<String>,
    /// Of the key of the marker, uploads whose ids sort behind this as well.
    #[api(query = "upload-id-marker", chars(0, 128))]
    pub(crate) upload_id_marker: Option<String>,
    /// The most entries of one answer.
    #[api(query = "max-uploads", range(1, 1000))]
    pub(crate) max_uploads: Option<usize>,
    /// `url`: names are percent-encoded.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
}

/// The uploads.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListMultipartUploadsReply {
    /// The document.
    pub(crate) list_multipart_uploads_result: ListMultipartUploadsResult,
}

/// A page of the uploads of a bucket.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListMultipartUploadsResult {
    /// `url` where names are percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// The bucket.
    pub(crate) bucket: String,
    /// As it was asked.
    pub(crate) key_marker: String,
    /// As it was asked.
    pub(crate) upload_id_marker: String,
    /// Where more follow: the key, or common prefix, that this page ends with.
    pub(crate) next_key_marker: String,
    /// Where more follow: the upload that this page ends with.
    pub(crate) next_upload_id_marker: String,
    /// As it was asked.
    pub(crate) delimiter: String,
    /// As it was asked.
    pub(crate) prefix: String,
    /// As it was asked, or the default.
    pub(crate) max_uploads: usize,
    /// Whether more follow.
    pub(crate) is_truncated: bool,
    /// The uploads.
    pub(crate) upload: Vec<ListedUpload>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<CommonPrefix>,
}

/// An upload in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedUpload {
    /// The object's key.
    pub(crate) key: String,
    /// What its parts are sent with.
    pub(crate) upload_id: String,
    /// Where the object will be kept.
    pub(crate) storage_class: String,
    /// When it began.
    pub(crate) initiated: String,
}

impl ListedUpload {
    fn of(upload: &record::Upload, spelling: Spelling) -> Self {
        Self {
            key: spelling.spell(upload.key.as_str()),
            upload_id: upload.id.as_str().to_owned(),
            storage_class: upload.attributes.storage_class.as_str().to_owned(),
            initiated: time::milliseconds(upload.initiated),
        }
    }
}

impl Authorize for ListMultipartUploads {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![
            on_bucket("oss:ListMultipartUploads", scope, &self.bucket)
                .with("oss:Prefix", self.prefix.as_deref().unwrap_or_default())
                .with("oss:Delimiter", self.delimiter.as_deref().unwrap_or_default()),
        ]
    }
}

impl Operation for ListMultipartUploads {
    type Reply = ListMultipartUploadsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListMultipartUploads").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
    ]);
}

impl Serve for ListMultipartUploads {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "uploads");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListMultipartUploadsReply>, ApiError> {
        let (asked, TheBucket(bucket)) = (&call.permit, &call.on);
        let spelling = Spelling::of(asked.encoding_type.as_deref());
        let text = |asked: &Option<String>| asked.as_deref().unwrap_or_default().to_owned();
        let listing = UploadListing {
            prefix: text(&asked.prefix),
            delimiter: text(&asked.delimiter),
            key_marker: text(&asked.key_marker),
            upload_id_marker: text(&asked.upload_id_marker),
            limit: asked.max_uploads.unwrap_or(MAX_UPLOADS_DEFAULT),
        };
        let mut scan = inner.objects.index.uploads(&bucket.id).await?;
        let UploadPage { uploads, common_prefixes, next } =
            list_uploads(&mut scan, &listing).await?;
        let is_truncated = next.is_some();
        let (next_key, next_id) = next.unwrap_or_default();
        let list_multipart_uploads_result = ListMultipartUploadsResult {
            encoding_type: asked.encoding_type.clone(),
            bucket: bucket.name.to_string(),
            key_marker: spelling.spell(&listing.key_marker),
            upload_id_marker: listing.upload_id_marker,
            next_key_marker: spelling.spell(&next_key),
            next_upload_id_marker: next_id,
            delimiter: spelling.spell(&listing.delimiter),
            prefix: spelling.spell(&listing.prefix),
            max_uploads: listing.limit,
            is_truncated,
            upload: uploads.iter().map(|upload| ListedUpload::of(upload, spelling)).collect(),
            common_prefixes: common_prefixes
                .iter()
                .map(|prefix| CommonPrefix { prefix: spelling.spell(prefix) })
                .collect(),
        };
        Ok(Answer::new(200, ListMultipartUploadsReply { list_multipart_uploads_result }))
    }
}
