//! `oss:DeleteBucketPolicy`: takes the policy of a bucket away.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Takes a bucket's policy away. That there is none is no error.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketPolicy {
    /// Its name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketPolicy", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketPolicy {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketPolicy")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketPolicy {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "policy");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let unset = |bucket: &mut Bucket| bucket.configuration.policy = None;
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
