//! `oss:GetBucketLogging`: where the access log of a bucket goes.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::BucketLoggingStatus;
use crate::service::Inner;

/// Tells where the access log of the bucket goes.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLogging {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLoggingReply {
    /// The document.
    pub(crate) bucket_logging_status: BucketLoggingStatus,
}

impl Authorize for GetBucketLogging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketLogging", scope, &self.bucket)]
    }
}

impl Operation for GetBucketLogging {
    type Reply = GetBucketLoggingReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketLogging")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketLogging {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "logging");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let logging_enabled = call.on.0.configuration.logging.clone();
        let bucket_logging_status = BucketLoggingStatus { logging_enabled };
        Ok(Answer::new(200, GetBucketLoggingReply { bucket_logging_status }))
    }
}
