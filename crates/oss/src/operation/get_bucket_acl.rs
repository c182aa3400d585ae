//! `oss:GetBucketAcl`: who may use a bucket without being allowed by a policy.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::views::AccessControlPolicy;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells who may use a bucket without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketAcl {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// Who may.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketAclReply {
    /// The document.
    pub(crate) access_control_policy: AccessControlPolicy,
}

impl Authorize for GetBucketAcl {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketAcl", scope, &self.bucket)]
    }
}

impl Operation for GetBucketAcl {
    type Reply = GetBucketAclReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketAcl")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketAcl {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "acl");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<GetBucketAclReply>, ApiError> {
        let TheBucket(bucket) = &call.on;
        let access_control_policy = AccessControlPolicy::of(&bucket.owner, bucket.acl.as_str());
        Ok(Answer::new(200, GetBucketAclReply { access_control_policy }))
    }
}
