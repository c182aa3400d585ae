//! `ram:DeletePolicyVersion`: removes a version that does not bind.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, policy_arn, version_id};
use crate::record::{PolicyRecord, PolicyType};

/// Removes a version of a custom policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicyVersion {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The version, as `v1`.
    #[api(chars(1, 16), invalid = &code::INVALID_VERSION_ID)]
    pub version_id: String,
}

/// The version is gone; its number is not used again.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeletePolicyVersionReply {}

impl Authorize for DeletePolicyVersion {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, PolicyType::Custom, &self.policy_name);
        vec![Need::on("ram:DeletePolicyVersion", policy)]
    }
}

impl Operation for DeletePolicyVersion {
    type Reply = DeletePolicyVersionReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeletePolicyVersion").errors(&[
        &code::INVALID_VERSION_ID,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_POLICY_VERSION,
        &code::DELETE_CONFLICT_POLICY_VERSION_DEFAULT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version_id(&self.version_id).map(drop)
    }
}

impl Handle<DeletePolicyVersion> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeletePolicyVersion>,
    ) -> Result<DeletePolicyVersionReply, ApiError> {
        let account = &call.scope().account;
        let mut policy = PolicyRecord::find(transaction, account, &call.policy_name).await?;
        let id = version_id(&call.version_id)?;
        if id == policy.default.id {
            return Err(ApiError::new(&code::DELETE_CONFLICT_POLICY_VERSION_DEFAULT));
        }
        policy.find_version(transaction, id).await?;
        policy.remove_other(transaction, id);
        policy.updated_at = context.now;
        policy.put(transaction)?;
        Ok(DeletePolicyVersionReply {})
    }
}
