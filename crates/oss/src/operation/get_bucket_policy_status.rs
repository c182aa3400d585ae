//! `oss:GetBucketPolicyStatus`: whether the policy of a bucket is public.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells whether a bucket's policy allows anything to everybody; a bucket without a policy does
/// not.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketPolicyStatus {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// Whether it is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketPolicyStatusReply {
    /// The document.
    pub(crate) policy_status: PolicyStatus,
}

/// Whether a policy is public.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyStatus {
    /// Whether it allows something to everybody, and no condition keeps it to some who are known.
    pub(crate) is_public: bool,
}

impl Authorize for GetBucketPolicyStatus {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketPolicyStatus", scope, &self.bucket)]
    }
}

impl Operation for GetBucketPolicyStatus {
    type Reply = GetBucketPolicyStatusReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketPolicyStatus")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketPolicyStatus {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "policyStatus");

    async fn serve(
        _: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetBucketPolicyStatusReply>, ApiError> {
        let is_public = call.on.0.policy().is_some_and(|policy| policy.parts.is_some());
        let policy_status = PolicyStatus { is_public };
        Ok(Answer::new(200, GetBucketPolicyStatusReply { policy_status }))
    }
}
