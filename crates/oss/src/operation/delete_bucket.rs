//! `oss:DeleteBucket`: deletes a bucket that is empty.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::service::Inner;

/// Deletes a bucket that is empty.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBucket {
    /// Its name.
    pub(crate) bucket: BucketName,
}

impl Authorize for DeleteBucket {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:DeleteBucket", scope, &self.bucket)]
    }
}

impl Operation for DeleteBucket {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteBucket").errors(&[
        &code::BUCKET_NOT_EMPTY,
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
    ]);
}

impl Serve for DeleteBucket {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::plain("DELETE");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let TheBucket(bucket) = &call.on;
        let named = |error| ApiError::from(error).element("BucketName", bucket.name.as_str());
        inner.objects.index.delete_bucket(bucket).await.map_err(named)?;
        Ok(Answer::new(204, Done {}))
    }
}
