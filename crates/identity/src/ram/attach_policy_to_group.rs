//! `ram:AttachPolicyToGroup`: gives a group and so its members a policy, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, PolicyName};
use serde::{Deserialize, Serialize};

use super::{Ram, attachment, code, group_arn, policy_arn};
use crate::record::{GroupRecord, HolderKind, PolicyType};

/// Attaches a policy to a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachPolicyToGroup {
    /// The group's name.
    pub group_name: GroupName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The group holds the policy.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct AttachPolicyToGroupReply {}

impl Authorize for AttachPolicyToGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:AttachPolicyToGroup";
        vec![
            Need::on(ACTION, group_arn(scope, &self.group_name)),
            Need::on(ACTION, policy_arn(scope, self.policy_type, &self.policy_name)),
        ]
    }
}

impl Operation for AttachPolicyToGroup {
    type Reply = AttachPolicyToGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "AttachPolicyToGroup").errors(&[
        &code::ENTITY_NOT_EXIST_GROUP,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_ALREADY_EXISTS_GROUP_POLICY,
        &code::LIMIT_EXCEEDED_GROUP_POLICY,
    ]);
}

impl Handle<AttachPolicyToGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AttachPolicyToGroup>,
    ) -> Result<AttachPolicyToGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        let holder = (HolderKind::Group, (account.clone(), group.name.folded()));
        let policy = (call.policy_type, &call.policy_name);
        let attachment = attachment(transaction, holder, policy, context.now).await?;
        attachment.add(transaction).await?;
        Ok(AttachPolicyToGroupReply {})
    }
}
