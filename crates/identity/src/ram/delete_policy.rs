//! `ram:DeletePolicy`: removes a custom policy that nobody holds.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, policy_arn};
use crate::record::{PolicyRecord, PolicyType};

/// Removes a custom policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicy {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// Whether to remove its other versions first; without it they are in the way.
    pub cascading_delete: Option<bool>,
}

/// The policy is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeletePolicyReply {}

impl Authorize for DeletePolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, PolicyType::Custom, &self.policy_name);
        vec![Need::on("ram:DeletePolicy", policy)]
    }
}

impl Operation for DeletePolicy {
    type Reply = DeletePolicyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeletePolicy").errors(&[
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::DELETE_CONFLICT_POLICY_USER,
        &code::DELETE_CONFLICT_POLICY_GROUP,
        &code::DELETE_CONFLICT_POLICY_ROLE,
        &code::DELETE_CONFLICT_POLICY_VERSION,
    ]);
}

impl Handle<DeletePolicy> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeletePolicy>,
    ) -> Result<DeletePolicyReply, ApiError> {
        let account = &call.scope().account;
        let policy = PolicyRecord::find(transaction, account, &call.policy_name).await?;
        if call.cascading_delete == Some(true) {
            for version in policy.other_versions(transaction).await? {
                policy.remove_other(transaction, version.id);
            }
        }
        policy.remove(transaction).await?;
        Ok(DeletePolicyReply {})
    }
}
