//! `oss:GetBucketLifecycle`: what becomes of objects with time.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::LifecycleConfiguration;
use crate::service::Inner;

/// Tells what becomes of objects with time.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLifecycle {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLifecycleReply {
    /// The document.
    pub(crate) lifecycle_configuration: LifecycleConfiguration,
}

impl Authorize for GetBucketLifecycle {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketLifecycle", scope, &self.bucket)]
    }
}

impl Operation for GetBucketLifecycle {
    type Reply = GetBucketLifecycleReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketLifecycle").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_LIFECYCLE,
    ]);
}

impl Serve for GetBucketLifecycle {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "lifecycle");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let found = inner.objects.index.lifecycle(&call.on.0.id).await?;
        let found = found.ok_or_else(|| ApiError::new(&code::NO_SUCH_LIFECYCLE))?;
        let lifecycle_configuration = found.configuration;
        Ok(Answer::new(200, GetBucketLifecycleReply { lifecycle_configuration }))
    }
}
