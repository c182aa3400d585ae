//! `ram:AttachPolicyToUser`: gives a user a policy, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{PolicyName, UserName};
use serde::{Deserialize, Serialize};

use super::{Ram, attachment, code, policy_arn, user_arn};
use crate::record::{HolderKind, PolicyType, UserRecord};

/// Attaches a policy to a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachPolicyToUser {
    /// The user's name.
    pub user_name: UserName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The user holds the policy.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct AttachPolicyToUserReply {}

impl Authorize for AttachPolicyToUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:AttachPolicyToUser";
        vec![
            Need::on(ACTION, user_arn(scope, &self.user_name)),
            Need::on(ACTION, policy_arn(scope, self.policy_type, &self.policy_name)),
        ]
    }
}

impl Operation for AttachPolicyToUser {
    type Reply = AttachPolicyToUserReply;
    const SPEC: Spec = Spec::write(Product::Ram, "AttachPolicyToUser").errors(&[
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_ALREADY_EXISTS_USER_POLICY,
        &code::LIMIT_EXCEEDED_USER_POLICY,
    ]);
}

impl Handle<AttachPolicyToUser> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AttachPolicyToUser>,
    ) -> Result<AttachPolicyToUserReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let holder = (HolderKind::User, (account.clone(), user.name.folded()));
        let policy = (call.policy_type, &call.policy_name);
        let attachment = attachment(transaction, holder, policy, context.now).await?;
        attachment.add(transaction).await?;
        Ok(AttachPolicyToUserReply {})
    }
}
