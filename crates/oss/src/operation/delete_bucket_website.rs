//! `oss:DeleteBucketWebsite`: a bucket that is no site any more.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Lets the bucket be a site no longer.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketWebsite {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketWebsite {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketWebsite", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketWebsite {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketWebsite")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketWebsite {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "website");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let unset = |bucket: &mut Bucket| bucket.configuration.website = None;
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
