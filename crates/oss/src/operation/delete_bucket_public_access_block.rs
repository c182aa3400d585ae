//! `oss:DeleteBucketPublicAccessBlock`: ends a block of public access to a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Ends a block of public access to a bucket. That there is none is no error.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketPublicAccessBlock {
    /// Its name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketPublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketPublicAccessBlock", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketPublicAccessBlock {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketPublicAccessBlock")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketPublicAccessBlock {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "publicAccessBlock");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let set = |bucket: &mut Bucket| bucket.configuration.block_public_access = false;
        inner.objects.index.configure(&call.on.0, set).await?;
        Ok(Answer::new(204, Done {}))
    }
}
