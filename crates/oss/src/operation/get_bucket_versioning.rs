//! `oss:GetBucketVersioning`: whether writes keep what they replace.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::views::VersioningConfiguration;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells whether writes keep what they replace.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketVersioning {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// Whether they do.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketVersioningReply {
    /// The document.
    pub(crate) versioning_configuration: VersioningConfiguration,
}

impl Authorize for GetBucketVersioning {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketVersioning", scope, &self.bucket)]
    }
}

impl Operation for GetBucketVersioning {
    type Reply = GetBucketVersioningReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketVersioning")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketVersioning {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "versioning");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let status = call.on.0.versioning;
        let versioning_configuration = VersioningConfiguration { status };
        Ok(Answer::new(200, GetBucketVersioningReply { versioning_configuration }))
    }
}
