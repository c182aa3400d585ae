//! `HeadBucket`: whether there is a bucket, and where.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells whether there is a bucket, and where. The vendor's protocol has it for clients of
/// Amazon's; it needs the same permission as `GetBucketInfo`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HeadBucket {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// Where it is.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct HeadBucketReply {
    /// Its region, behind `oss-`.
    #[api(header = "x-oss-bucket-region")]
    pub(crate) region: String,
}

impl Authorize for HeadBucket {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketInfo", scope, &self.bucket)]
    }
}

impl Operation for HeadBucket {
    type Reply = HeadBucketReply;
    const SPEC: Spec = Spec::read(Product::Oss, "HeadBucket")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for HeadBucket {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::plain("HEAD");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let region = format!("oss-{}", call.on.0.region);
        Ok(Answer::new(200, HeadBucketReply { region }))
    }
}
