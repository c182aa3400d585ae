//! `oss:GetBucketCors`: who may use a bucket from the pages of other sites.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::CorsConfiguration;
use crate::service::Inner;

/// Tells from which other sites pages may use the bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketCors {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketCorsReply {
    /// The document.
    #[serde(rename = "CORSConfiguration")]
    pub(crate) cors_configuration: CorsConfiguration,
}

impl Authorize for GetBucketCors {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketCors", scope, &self.bucket)]
    }
}

impl Operation for GetBucketCors {
    type Reply = GetBucketCorsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketCors").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_CORS_CONFIGURATION,
    ]);
}

impl Serve for GetBucketCors {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "cors");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let found = call.on.0.configuration.cors.clone();
        let cors_configuration =
            found.ok_or_else(|| ApiError::new(&code::NO_SUCH_CORS_CONFIGURATION))?;
        Ok(Answer::new(200, GetBucketCorsReply { cors_configuration }))
    }
}
