//! `ram:DetachPolicyFromRole`: takes a policy from a role, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, PolicyName, RoleName};
use serde::{Deserialize, Serialize};

use super::{Ram, attachment, code, policy_arn};
use crate::record::{HolderKind, PolicyType, RoleRecord};

/// Detaches a policy from a role.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachPolicyFromRole {
    /// The role's name.
    pub role_name: RoleName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The role holds the policy no more.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DetachPolicyFromRoleReply {}

impl Authorize for DetachPolicyFromRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:DetachPolicyFromRole";
        vec![
            Need::on(ACTION, Arn::role(&scope.account, self.role_name.as_str())),
            Need::on(ACTION, policy_arn(scope, self.policy_type, &self.policy_name)),
        ]
    }
}

impl Operation for DetachPolicyFromRole {
    type Reply = DetachPolicyFromRoleReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DetachPolicyFromRole").errors(&[
        &code::ENTITY_NOT_EXIST_ROLE,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_ROLE_POLICY,
    ]);
}

impl Handle<DetachPolicyFromRole> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DetachPolicyFromRole>,
    ) -> Result<DetachPolicyFromRoleReply, ApiError> {
        let account = &call.scope().account;
        let role = RoleRecord::find(transaction, account, &call.role_name).await?;
        let holder = (HolderKind::Role, (account.clone(), role.name.folded()));
        let policy = (call.policy_type, &call.policy_name);
        let attachment = attachment(transaction, holder, policy, context.now).await?;
        attachment.remove(transaction).await?;
        Ok(DetachPolicyFromRoleReply {})
    }
}
