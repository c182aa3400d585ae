//! `oss:GetBucketTags`: the tags of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::tagging::Tagging;

/// Tells the tags of the bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketTags {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketTagsReply {
    /// The document.
    pub(crate) tagging: Tagging,
}

impl Authorize for GetBucketTags {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketTagging", scope, &self.bucket)]
    }
}

impl Operation for GetBucketTags {
    type Reply = GetBucketTagsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketTags")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketTags {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "tagging");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let tagging = Tagging::of(&call.on.0.configuration.tags);
        Ok(Answer::new(200, GetBucketTagsReply { tagging }))
    }
}
