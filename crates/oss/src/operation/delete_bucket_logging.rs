//! `oss:DeleteBucketLogging`: ends the access log of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Ends the access log of the bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketLogging {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketLogging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketLogging", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketLogging {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketLogging")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketLogging {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "logging");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let unset = |bucket: &mut Bucket| bucket.configuration.logging = None;
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
