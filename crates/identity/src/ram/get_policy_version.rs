//! `ram:GetPolicyVersion`: shows one version of a policy.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Policy, PolicyVersionView, Ram, code, policy_arn, version_id};
use crate::record::{PolicyType, VersionId};

/// Shows a version of a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersion {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
    /// The version, as `v1`.
    #[api(chars(1, 16), invalid = &code::INVALID_VERSION_ID)]
    pub version_id: String,
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersionReply {
    /// The version.
    pub policy_version: PolicyVersionView,
}

impl Authorize for GetPolicyVersion {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, self.policy_type, &self.policy_name);
        vec![Need::on("ram:GetPolicyVersion", policy)]
    }
}

impl Operation for GetPolicyVersion {
    type Reply = GetPolicyVersionReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetPolicyVersion").errors(&[
        &code::INVALID_VERSION_ID,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_POLICY_VERSION,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version_id(&self.version_id).map(drop)
    }
}

impl Handle<GetPolicyVersion> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetPolicyVersion>,
    ) -> Result<GetPolicyVersionReply, ApiError> {
        let (account, name) = (&call.scope().account, &call.policy_name);
        let id = version_id(&call.version_id)?;
        let policy_version = match Policy::find(transaction, account, call.policy_type, name)
            .await?
        {
            Policy::System(policy) if id == VersionId::FIRST => PolicyVersionView::system(policy),
            Policy::System(_) => {
                return Err(ApiError::new(&code::ENTITY_NOT_EXIST_POLICY_VERSION));
            }
            Policy::Custom(policy) => {
                let version = policy.find_version(transaction, id).await?;
                PolicyVersionView::custom(&version, policy.default.id)
            }
        };
        Ok(GetPolicyVersionReply { policy_version })
    }
}
