//! `ram:DeleteUser`: removes a RAM user that has neither AccessKeys, a login profile, an MFA device
//! nor policies, and is in no group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::UserRecord;

/// Removes a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteUser {
    /// The user's name.
    pub user_name: UserName,
}

/// The user is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteUserReply {}

impl Authorize for DeleteUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteUser", user_arn(scope, &self.user_name))]
    }
}

impl Operation for DeleteUser {
    type Reply = DeleteUserReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteUser").errors(&[
        &code::ENTITY_NOT_EXIST_USER,
        &code::DELETE_CONFLICT_USER_ACCESS_KEY,
        &code::DELETE_CONFLICT_USER_GROUP,
        &code::DELETE_CONFLICT_USER_POLICY,
        &code::DELETE_CONFLICT_USER_LOGIN_PROFILE,
        &code::DELETE_CONFLICT_USER_MFA_DEVICE,
    ]);
}

impl Handle<DeleteUser> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteUser>,
    ) -> Result<DeleteUserReply, ApiError> {
        let user = UserRecord::find(transaction, &call.scope().account, &call.user_name).await?;
        user.remove(transaction).await?;
        Ok(DeleteUserReply {})
    }
}
