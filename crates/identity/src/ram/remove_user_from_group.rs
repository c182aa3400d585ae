//! `ram:RemoveUserFromGroup`: takes a user out of a group, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, UserName};
use serde::{Deserialize, Serialize};

use super::{Ram, code, group_arn, membership, user_arn};

/// Takes a user out of a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveUserFromGroup {
    /// The user's name.
    pub user_name: UserName,
    /// The group's name.
    pub group_name: GroupName,
}

/// The user is in the group no more.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct RemoveUserFromGroupReply {}

impl Authorize for RemoveUserFromGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:RemoveUserFromGroup";
        vec![
            Need::on(ACTION, user_arn(scope, &self.user_name)),
            Need::on(ACTION, group_arn(scope, &self.group_name)),
        ]
    }
}

impl Operation for RemoveUserFromGroup {
    type Reply = RemoveUserFromGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "RemoveUserFromGroup").errors(&[
        &code::ENTITY_NOT_EXIST_GROUP,
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_NOT_EXIST_USER_GROUP,
    ]);
}

impl Handle<RemoveUserFromGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RemoveUserFromGroup>,
    ) -> Result<RemoveUserFromGroupReply, ApiError> {
        let (account, names) = (&call.scope().account, (&call.user_name, &call.group_name));
        let membership = membership(transaction, account, names, context.now).await?;
        membership.remove(transaction).await?;
        Ok(RemoveUserFromGroupReply {})
    }
}
