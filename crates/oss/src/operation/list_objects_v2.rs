//! `oss:ListObjects` by `ListObjectsV2`: the objects of a bucket, page by page with a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_list::{ListBucketResult, MAX_KEYS_DEFAULT, Spelling, read_page};
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::checksum::Crc64;
use crate::code::{self, invalid_argument};
use crate::listing::Listing;
use crate::record::BucketId;
use crate::service::Inner;

/// Lists the objects of a bucket in the order of their keys' bytes.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjectsV2 {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// Only keys that begin with this.
    #[api(query = "prefix", chars(0, 1023))]
    pub(crate) prefix: Option<String>,
    /// Keys that go on behind it are folded into common prefixes.
    #[api(query = "delimiter", chars(0, 1023))]
    pub(crate) delimiter: Option<String>,
    /// Only entries that sort behind this.
    #[api(query = "start-after", chars(0, 1023))]
    pub(crate) start_after: Option<String>,
    /// Where an earlier answer ended; it counts more than `start-after`.
    #[api(query = "continuation-token", chars(0, 2048))]
    pub(crate) continuation_token: Option<String>,
    /// The most entries of one answer.
    #[api(query = "max-keys", range(1, 1000))]
    pub(crate) max_keys: Option<usize>,
    /// `url`: names are percent-encoded.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
    /// Whether each object's owner is told.
    #[api(query = "fetch-owner")]
    pub(crate) fetch_owner: Option<bool>,
}

/// The objects.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjectsV2Reply {
    /// The document.
    pub(crate) list_bucket_result: ListBucketResult,
}

impl Authorize for ListObjectsV2 {
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

impl Operation for ListObjectsV2 {
    type Reply = ListObjectsV2Reply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListObjectsV2").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
    ]);
}

impl Serve for ListObjectsV2 {
    type On = TheBucket;
    const SELECTOR: Selector =
        Selector { method: "GET", parameter: Some(("list-type", "2")), header: None };

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListObjectsV2Reply>, ApiError> {
        let (asked, TheBucket(bucket)) = (&call.permit, &call.on);
        let spelling = Spelling::of(asked.encoding_type.as_deref());
        let begun = match &asked.continuation_token {
            Some(token) => Some(open_token(&bucket.id, token)?),
            None => asked.start_after.clone(),
        };
        let listing = Listing {
            prefix: asked.prefix.as_deref().unwrap_or_default(),
            delimiter: asked.delimiter.as_deref().unwrap_or_default(),
            limit: asked.max_keys.unwrap_or(MAX_KEYS_DEFAULT),
        };
        let owner = asked.fetch_owner.unwrap_or_default().then_some(&bucket.owner);
        let marker = begun.as_deref().unwrap_or_default();
        let (common, next) = read_page(inner, bucket, &listing, marker, spelling, owner).await?;
        let entries = common.contents.len().saturating_add(common.common_prefixes.len());
        let list_bucket_result = ListBucketResult {
            start_after: asked.start_after.as_deref().map(|after| spelling.spell(after)),
            continuation_token: asked.continuation_token.clone(),
            next_continuation_token: next.map(|next| make_token(&bucket.id, &next)),
            key_count: Some(entries),
            ..common
        };
        Ok(Answer::new(200, ListObjectsV2Reply { list_bucket_result }))
    }
}

/// The number of bytes of the checksum that a token begins with.
const SUM_BYTES: usize = 8;

/// A token: the last entry of a page behind a checksum, so that one of another bucket, or a garbled
/// one, is told from a good one. It guards nothing: `start-after` does the same.
fn make_token(bucket: &BucketId, entry: &str) -> String {
    let mut bytes = sum(bucket, entry).to_vec();
    bytes.extend_from_slice(entry.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open_token(bucket: &BucketId, token: &str) -> Result<String, ApiError> {
    let entry = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
        let (claimed, entry) = bytes.split_first_chunk::<SUM_BYTES>()?;
        let entry = String::from_utf8(entry.to_vec()).ok()?;
        (*claimed == sum(bucket, &entry)).then_some(entry)
    });
    let message = "The specified continuation-token is not valid.";
    entry.ok_or_else(|| invalid_argument(message, "continuation-token", token))
}

fn sum(bucket: &BucketId, entry: &str) -> [u8; SUM_BYTES] {
    let mut sum = Crc64::new();
    sum.update(bucket.as_str().as_bytes());
    sum.update(entry.as_bytes());
    sum.finish().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    #[test]
    fn a_token_is_opened_for_its_bucket_alone() {
        let random = SeededRandom::new(1);
        let (bucket, other) = (BucketId::generate(&random), BucketId::generate(&random));
        for entry in ["a", "a/b\u{1}中", &"k".repeat(1023)] {
            let token = make_token(&bucket, entry);
            assert!(token.len() <= 2048);
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            assert_eq!(open_token(&bucket, &token).unwrap(), entry);
            assert!(open_token(&other, &token).is_err());
            assert!(open_token(&bucket, &format!("{token}A")).is_err());
        }
        for wrong in ["", "a", "!", "AAAAAAAAAAA", "中"] {
            let error = open_token(&bucket, wrong).unwrap_err();
            assert_eq!(error.name(), "InvalidArgument", "{wrong}");
        }
    }
}
