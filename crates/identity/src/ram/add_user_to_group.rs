//! `ram:AddUserToGroup`: lets a user into a group, from the next call on.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, UserName};
use serde::{Deserialize, Serialize};

use super::{Ram, code, group_arn, membership, user_arn};

/// Lets a user into a group: whatever the group holds, the user holds.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddUserToGroup {
    /// The user's name.
    pub user_name: UserName,
    /// The group's name.
    pub group_name: GroupName,
}

/// The user is in the group.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct AddUserToGroupReply {}

impl Authorize for AddUserToGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        const ACTION: &str = "ram:AddUserToGroup";
        vec![
            Need::on(ACTION, user_arn(scope, &self.user_name)),
            Need::on(ACTION, group_arn(scope, &self.group_name)),
        ]
    }
}

impl Operation for AddUserToGroup {
    type Reply = AddUserToGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "AddUserToGroup").errors(&[
        &code::ENTITY_NOT_EXIST_GROUP,
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_ALREADY_EXISTS_USER_GROUP,
        &code::LIMIT_EXCEEDED_USER_GROUP,
    ]);
}

impl Handle<AddUserToGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AddUserToGroup>,
    ) -> Result<AddUserToGroupReply, ApiError> {
        let (account, names) = (&call.scope().account, (&call.user_name, &call.group_name));
        let membership = membership(transaction, account, names, context.now).await?;
        membership.add(transaction).await?;
        Ok(AddUserToGroupReply {})
    }
}
