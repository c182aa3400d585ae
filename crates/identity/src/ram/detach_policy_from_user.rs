//! `ram:DetachPolicyFromUser`: takes a policy from a user, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{PolicyName, UserName};
use serde::{Deserialize, Serialize};

use super::{Ram, attachment, code, policy_arn, user_arn};
use crate::record::{HolderKind, PolicyType, UserRecord};

/// Detaches a policy from a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachPolicyFromUser {
    /// The user's name.
    pub user_name: UserName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The user holds the policy no more.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DetachPolicyFromUserReply {}

impl Authorize for DetachPolicyFromUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:DetachPolicyFromUser";
        vec![
            Need::on(ACTION, user_arn(scope, &self.user_name)),
            Need::on(ACTION, policy_arn(scope, self.policy_type, &self.policy_name)),
        ]
    }
}

impl Operation for DetachPolicyFromUser {
    type Reply = DetachPolicyFromUserReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DetachPolicyFromUser").errors(&[
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::ENTITY_NOT_EXIST_USER_POLICY,
    ]);
}

impl Handle<DetachPolicyFromUser> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DetachPolicyFromUser>,
    ) -> Result<DetachPolicyFromUserReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let holder = (HolderKind::User, (account.clone(), user.name.folded()));
        let policy = (call.policy_type, &call.policy_name);
        let attachment = attachment(transaction, holder, policy, context.now).await?;
        attachment.remove(transaction).await?;
        Ok(DetachPolicyFromUserReply {})
    }
}
