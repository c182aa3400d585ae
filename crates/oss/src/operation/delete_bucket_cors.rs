//! `oss:DeleteBucketCors`: forgets who may use a bucket from other sites.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Lets no page of another site use the bucket any more.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketCors {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketCors {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketCors", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketCors {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketCors")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketCors {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "cors");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let unset = |bucket: &mut Bucket| bucket.configuration.cors = None;
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
