//! `oss:ListObjects` (`GetBucket`): the objects of a bucket, page by page from a marker.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_list::{ListBucketResult, MAX_KEYS_DEFAULT, Spelling, read_page};
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::listing::Listing;
use crate::service::Inner;

/// Lists the objects of a bucket in the order of their keys' bytes.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjects {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The version of the listing; this one is 1.
    #[api(query = "list-type", choices("1"))]
    pub(crate) list_type: Option<String>,
    /// Only keys that begin with this.
    #[api(query = "prefix", chars(0, 1023))]
    pub(crate) prefix: Option<String>,
    /// Only entries that sort behind this.
    #[api(query = "marker", chars(0, 1023))]
    pub(crate) marker: Option<String>,
    /// Keys that go on behind it are folded into common prefixes.
    #[api(query = "delimiter", chars(0, 1023))]
    pub(crate) delimiter: Option<String>,
    /// The most entries of one answer.
    #[api(query = "max-keys", range(1, 1000))]
    pub(crate) max_keys: Option<usize>,
    /// `url`: names are percent-encoded.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
}

/// The objects.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjectsReply {
    /// The document.
    pub(crate) list_bucket_result: ListBucketResult,
}

impl Authorize for ListObjects {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![
            on_bucket("oss:ListObjects", scope, &self.bucket)
                .with("oss:Prefix", self.prefix.as_deref().unwrap_or_default())
                .with("oss:Delimiter", self.delimiter.as_deref().unwrap_or_default()),
        ]
    }
}

impl Operation for ListObjects {
    type Reply = ListObjectsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListObjects")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for ListObjects {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::plain("GET");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListObjectsReply>, ApiError> {
        let (asked, TheBucket(bucket)) = (&call.permit, &call.on);
        let spelling = Spelling::of(asked.encoding_type.as_deref());
        let listing = Listing {
            prefix: asked.prefix.as_deref().unwrap_or_default(),
            delimiter: asked.delimiter.as_deref().unwrap_or_default(),
            limit: asked.max_keys.unwrap_or(MAX_KEYS_DEFAULT),
        };
        let marker = asked.marker.as_deref().unwrap_or_default();
        let owner = Some(&bucket.owner);
        let (common, next) = read_page(inner, bucket, &listing, marker, spelling, owner).await?;
        let list_bucket_result = ListBucketResult {
            marker: Some(spelling.spell(marker)),
            next_marker: next.map(|next| spelling.spell(&next)),
            ..common
        };
        Ok(Answer::new(200, ListObjectsReply { list_bucket_result }))
    }
}
