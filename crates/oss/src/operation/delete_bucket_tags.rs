//! `oss:DeleteBucketTags`: takes tags from a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Takes the named tags from the bucket, or all of them.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketTags {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The keys of the tags, with commas between them; empty: all tags.
    #[api(query = "tagging")]
    pub(crate) tagging: Option<String>,
}

impl Authorize for DeleteBucketTags {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketTagging", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketTags {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketTags")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketTags {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "tagging");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let keys: Vec<&str> =
            call.permit.tagging.as_deref().unwrap_or_default().split(',').collect();
        let all = keys.iter().all(|key| key.is_empty());
        let unset = |bucket: &mut Bucket| {
            bucket.configuration.tags.retain(|(key, _)| !all && !keys.contains(&key.as_str()));
        };
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
