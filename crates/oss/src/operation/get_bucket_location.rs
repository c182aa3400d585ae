//! `oss:GetBucketLocation`: the region of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells the region of a bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLocation {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// Where the bucket is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketLocationReply {
    /// The region, behind `oss-`.
    pub(crate) location_constraint: String,
}

impl Authorize for GetBucketLocation {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketLocation", scope, &self.bucket)]
    }
}

impl Operation for GetBucketLocation {
    type Reply = GetBucketLocationReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketLocation")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketLocation {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "location");

    async fn serve(
        _: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetBucketLocationReply>, ApiError> {
        let TheBucket(bucket) = &call.on;
        let location_constraint = format!("oss-{}", bucket.region);
        Ok(Answer::new(200, GetBucketLocationReply { location_constraint }))
    }
}
