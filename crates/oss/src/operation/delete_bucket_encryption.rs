//! `oss:DeleteBucketEncryption`: encrypts new objects no longer.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Lets new objects that ask for nothing themselves be as they are sent.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucketEncryption {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucketEncryption {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucketEncryption", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucketEncryption {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucketEncryption")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for DeleteBucketEncryption {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "encryption");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let unset = |bucket: &mut Bucket| bucket.configuration.encryption = None;
        inner.objects.index.configure(&call.on.0, unset).await?;
        Ok(Answer::new(204, Done {}))
    }
}
