//! `ram:DetachPolicyFromGroup`: takes a policy from a group and its members, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, PolicyName};
use serde::{Deserialize, Serialize};

use super::{Ram, attachment, code, group_arn, policy_arn};
use crate::record::{GroupRecord, HolderKind, PolicyType};

/// Detaches a policy from a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachPolicyFromGroup {
    /// The group's name.
    pub group_name: GroupName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The group holds the policy no more.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DetachPolicyFromGroupReply {}

impl Authorize for DetachPolicyFromGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:DetachPolicyFromGroup";
        vec![
            Need::on(ACTION, group_arn(scope, &self.group_name)),
            Need::on(ACTION, policy_arn(scope, self.policy_type, &self.policy_name)),
        ]
    }
}

impl Operation for DetachPolicyFromGroup {
    type Reply = DetachPolicyFromGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DetachPolicyFromGroup").errors(&[
        &code::ENTITY_NOT_EXIST_GROUP,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_GROUP_POLICY,
    ]);
}

impl Handle<DetachPolicyFromGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DetachPolicyFromGroup>,
    ) -> Result<DetachPolicyFromGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        let holder = (HolderKind::Group, (account.clone(), group.name.folded()));
        let policy = (call.policy_type, &call.policy_name);
        let attachment = attachment(transaction, holder, policy, context.now).await?;
        attachment.remove(transaction).await?;
        Ok(DetachPolicyFromGroupReply {})
    }
}
