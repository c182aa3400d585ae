//! `ram:SetDefaultPolicyVersion`: says which version of a custom policy binds.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, policy_arn, version_id};
use crate::record::{PolicyRecord, PolicyType};

/// Makes a version the default one, which binds everybody who holds the policy, at once.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultPolicyVersion {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The version, as `v1`.
    #[api(chars(1, 16), invalid = &code::INVALID_VERSION_ID)]
    pub version_id: String,
}

/// The version binds.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct SetDefaultPolicyVersionReply {}

impl Authorize for SetDefaultPolicyVersion {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, PolicyType::Custom, &self.policy_name);
        vec![Need::on("ram:SetDefaultPolicyVersion", policy)]
    }
}

impl Operation for SetDefaultPolicyVersion {
    type Reply = SetDefaultPolicyVersionReply;
    const SPEC: Spec = Spec::write(Product::Ram, "SetDefaultPolicyVersion").errors(&[
        &code::INVALID_VERSION_ID,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_POLICY_VERSION,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version_id(&self.version_id).map(drop)
    }
}

impl Handle<SetDefaultPolicyVersion> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetDefaultPolicyVersion>,
    ) -> Result<SetDefaultPolicyVersionReply, ApiError> {
        let account = &call.scope().account;
        let mut policy = PolicyRecord::find(transaction, account, &call.policy_name).await?;
        let id = version_id(&call.version_id)?;
        if id != policy.default.id {
            let version = policy.find_version(transaction, id).await?;
            policy.remove_other(transaction, id);
            policy.set_default(transaction, version)?;
            policy.updated_at = context.now;
            policy.put(transaction)?;
        }
        Ok(SetDefaultPolicyVersionReply {})
    }
}
