//! `oss:GetBucketPolicy`: the policy of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_gate::Body;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::Bucket;
use crate::service::Inner;

/// Tells a bucket's policy, as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketPolicy {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// The policy is the body.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct GetBucketPolicyReply {
    /// JSON.
    #[api(header = "content-type")]
    pub(crate) content_type: String,
}

impl Authorize for GetBucketPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketPolicy", scope, &self.bucket)]
    }
}

impl Operation for GetBucketPolicy {
    type Reply = GetBucketPolicyReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketPolicy").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_BUCKET_POLICY,
    ]);
}

impl Serve for GetBucketPolicy {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "policy");

    async fn serve(
        _: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetBucketPolicyReply>, ApiError> {
        let TheBucket(bucket) = &call.on;
        let policy = bucket.configuration.policy.clone();
        let policy = policy.ok_or_else(|| no_policy(bucket))?;
        let reply = GetBucketPolicyReply { content_type: "application/json".to_owned() };
        Ok(Answer { body: Body::full(policy), ..Answer::new(200, reply) })
    }
}

fn no_policy(bucket: &Bucket) -> ApiError {
    ApiError::new(&code::NO_SUCH_BUCKET_POLICY).element("BucketName", bucket.name.as_str())
}
