//! `oss:GetBucketWebsite`: a bucket as a site.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::WebsiteConfiguration;
use crate::service::Inner;

/// Tells how the bucket is a site.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketWebsite {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketWebsiteReply {
    /// The document.
    pub(crate) website_configuration: WebsiteConfiguration,
}

impl Authorize for GetBucketWebsite {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketWebsite", scope, &self.bucket)]
    }
}

impl Operation for GetBucketWebsite {
    type Reply = GetBucketWebsiteReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketWebsite").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_WEBSITE_CONFIGURATION,
    ]);
}

impl Serve for GetBucketWebsite {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "website");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let found = call.on.0.configuration.website.clone();
        let website_configuration =
            found.ok_or_else(|| ApiError::new(&code::NO_SUCH_WEBSITE_CONFIGURATION))?;
        Ok(Answer::new(200, GetBucketWebsiteReply { website_configuration }))
    }
}
