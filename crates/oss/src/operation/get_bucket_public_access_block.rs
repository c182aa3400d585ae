//! `oss:GetBucketPublicAccessBlock`: whether public access to a bucket is blocked.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::views::PublicAccessBlockReply;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells whether public access to a bucket is blocked by a setting of its own.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketPublicAccessBlock {
    /// Its name.
    pub(crate) bucket: BucketName,
}

impl Authorize for GetBucketPublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketPublicAccessBlock", scope, &self.bucket)]
    }
}

impl Operation for GetBucketPublicAccessBlock {
    type Reply = PublicAccessBlockReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketPublicAccessBlock")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketPublicAccessBlock {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "publicAccessBlock");

    async fn serve(
        _: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PublicAccessBlockReply>, ApiError> {
        let blocked = call.on.0.configuration.block_public_access;
        Ok(Answer::new(200, PublicAccessBlockReply::of(blocked)))
    }
}
