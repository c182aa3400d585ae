//! `oss:ListBuckets` (`GetService`): the buckets of the caller's account.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::time;
use serde::{Deserialize, Serialize};

use super::views::Owner;
use super::{Call, Selector, Serve, TheService, on_account};
use crate::answer::Answer;
use crate::code::{self, invalid_argument};
use crate::index::BUCKETS_MAX;
use crate::record::Bucket;
use crate::service::Inner;

/// The buckets of one answer where the request gives no number. Source: OSS `ListBuckets`.
const MAX_KEYS_DEFAULT: usize = 100;

/// Lists the buckets of the caller's account in the order of their names.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListBuckets {
    /// Only buckets whose names begin with this.
    #[api(query = "prefix")]
    pub(crate) prefix: Option<String>,
    /// Only buckets whose names sort behind this.
    #[api(query = "marker")]
    pub(crate) marker: Option<String>,
    /// The most buckets of one answer.
    #[api(query = "max-keys", range(1, 1000))]
    pub(crate) max_keys: Option<usize>,
    /// Only buckets that have a tag of this key.
    #[api(query = "tag-key")]
    pub(crate) tag_key: Option<String>,
    /// Only buckets whose tag of this key has this value; needs `tag-key`.
    #[api(query = "tag-value")]
    pub(crate) tag_value: Option<String>,
    /// Only buckets that have all these tags, written as `"key":"value","key":"value"`; goes with
    /// neither of the two before.
    #[api(query = "tagging")]
    pub(crate) tagging: Option<String>,
}

/// The buckets.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListBucketsReply {
    /// The document.
    pub(crate) list_all_my_buckets_result: ListAllMyBucketsResult,
}

/// A page of buckets.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAllMyBucketsResult {
    /// As it was asked.
    pub(crate) prefix: String,
    /// As it was asked.
    pub(crate) marker: String,
    /// As it was asked, or the default.
    pub(crate) max_keys: usize,
    /// Whether more follow.
    pub(crate) is_truncated: bool,
    /// Where they do.
    pub(crate) next_marker: Option<String>,
    /// Whose buckets they are.
    pub(crate) owner: Owner,
    /// The buckets.
    pub(crate) buckets: BucketList,
}

/// What wraps the buckets.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketList {
    /// The buckets.
    pub(crate) bucket: Vec<BucketView>,
}

/// A bucket in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketView {
    /// When it was made.
    pub(crate) creation_date: String,
    /// The service's address for callers elsewhere.
    pub(crate) extranet_endpoint: String,
    /// The service's address for callers in the same region.
    pub(crate) intranet_endpoint: String,
    /// Its region, behind `oss-`.
    pub(crate) location: String,
    /// Its name.
    pub(crate) name: String,
    /// Its region.
    pub(crate) region: String,
    /// Where its objects are kept.
    pub(crate) storage_class: String,
}

impl Authorize for ListBuckets {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_account("oss:ListBuckets", scope)]
    }
}

impl Operation for ListBuckets {
    type Reply = ListBucketsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListBuckets").errors(&[&code::INVALID_ARGUMENT]);

    fn validate(&self) -> Result<(), ApiError> {
        self.wanted().map(drop)
    }
}

impl Serve for ListBuckets {
    type On = TheService;
    const SELECTOR: Selector = Selector::plain("GET");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListBucketsReply>, ApiError> {
        let owner = &call.permit.scope().account;
        let prefix = call.permit.prefix.clone().unwrap_or_default();
        let marker = call.permit.marker.clone().unwrap_or_default();
        let max_keys = call.permit.max_keys.unwrap_or(MAX_KEYS_DEFAULT);
        let wanted = max_keys.saturating_add(1);
        let tags = call.permit.wanted()?;
        // An account has few buckets, so that all may be read where not all are wanted.
        let limit = if tags.is_empty() { wanted } else { BUCKETS_MAX };
        let mut found = inner.objects.index.buckets(owner, &prefix, &marker, limit).await?;
        found.retain(|bucket| tags.iter().all(|tag| tag.is_of(bucket)));
        let is_truncated = found.len() > max_keys;
        found.truncate(max_keys);
        let last = found.last().map(|bucket| bucket.name.as_str().to_owned());
        let list_all_my_buckets_result = ListAllMyBucketsResult {
            prefix,
            marker,
            max_keys,
            is_truncated,
            next_marker: last.filter(|_| is_truncated),
            owner: Owner::of(owner),
            buckets: BucketList { bucket: found.iter().map(|it| view(inner, it)).collect() },
        };
        Ok(Answer::new(200, ListBucketsReply { list_all_my_buckets_result }))
    }
}

/// A tag that a bucket must have.
struct WantedTag {
    key: String,
    /// Its value; none: any.
    value: Option<String>,
}

impl WantedTag {
    fn is_of(&self, bucket: &Bucket) -> bool {
        bucket.configuration.tags.iter().any(|(key, value)| {
            *key == self.key && self.value.as_ref().is_none_or(|wanted| wanted == value)
        })
    }
}

impl ListBuckets {
    /// The tags that a bucket must have.
    fn wanted(&self) -> Result<Vec<WantedTag>, ApiError> {
        match (&self.tag_key, &self.tag_value, &self.tagging) {
            (None, None, None) => Ok(Vec::new()),
            (Some(key), value, None) => {
                Ok(vec![WantedTag { key: key.clone(), value: value.clone() }])
            }
            (None, None, Some(text)) => pairs(text)
                .ok_or_else(|| invalid_argument("The tagging is not valid.", "tagging", text)),
            (None, Some(value), None) => {
                let message = "The tag-value must be specified with tag-key.";
                Err(invalid_argument(message, "tag-value", value))
            }
            (_, _, Some(text)) => {
                let message = "The tagging can not be specified with tag-key or tag-value.";
                Err(invalid_argument(message, "tagging", text))
            }
        }
    }
}

/// The tags of a text `"key":"value","key":"value"`: what stands between the braces of a JSON
/// object.
fn pairs(text: &str) -> Option<Vec<WantedTag>> {
    let object: serde_json::Map<_, _> = serde_json::from_str(&format!("{{{text}}}")).ok()?;
    let tag = |(key, value): (String, serde_json::Value)| {
        let value = Some(value.as_str()?.to_owned());
        Some(WantedTag { key, value })
    };
    object.into_iter().map(tag).collect()
}

fn view(inner: &Inner, bucket: &Bucket) -> BucketView {
    BucketView {
        creation_date: time::milliseconds(bucket.created),
        extranet_endpoint: inner.endpoints.extranet().to_owned(),
        intranet_endpoint: inner.endpoints.intranet().to_owned(),
        location: format!("oss-{}", bucket.region),
        name: bucket.name.to_string(),
        region: bucket.region.to_string(),
        storage_class: bucket.storage_class.as_str().to_owned(),
    }
}
