//! `oss:DeleteBucketLifecycle`: leaves objects as they are.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::service::Inner;

/// Leaves objects as they are, however old they become.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketLifecycle {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketLifecycle {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketLifecycle", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketLifecycle {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketLifecycle")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketLifecycle {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "lifecycle");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        inner.objects.index.unset_lifecycle(&call.on.0).await?;
        Ok(Answer::new(204, Done {}))
    }
}
