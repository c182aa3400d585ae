//! `oss:GetBucketReferer`: which pages may link to the objects of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::RefererConfiguration;
use crate::service::Inner;

/// Tells which pages may link to the objects of the bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketReferer {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketRefererReply {
    /// The document.
    pub(crate) referer_configuration: RefererConfiguration,
}

impl Authorize for GetBucketReferer {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketReferer", scope, &self.bucket)]
    }
}

impl Operation for GetBucketReferer {
    type Reply = GetBucketRefererReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketReferer")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketReferer {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "referer");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let referer_configuration = call.on.0.configuration.referer.clone().unwrap_or_default();
        Ok(Answer::new(200, GetBucketRefererReply { referer_configuration }))
    }
}
