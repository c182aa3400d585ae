//! `ram:DeleteRole`: removes a role and with it every session of it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, RoleName};
use serde::{Deserialize, Serialize};

use super::{Ram, code};
use crate::record::RoleRecord;

/// Removes a role that holds no policy. Its sessions end at once; instances that wear it keep its
/// name and get no more credentials.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRole {
    /// The role's name.
    pub role_name: RoleName,
}

/// The role is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteRoleReply {}

impl Authorize for DeleteRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteRole", Arn::role(&scope.account, self.role_name.as_str()))]
    }
}

impl Operation for DeleteRole {
    type Reply = DeleteRoleReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteRole")
        .errors(&[&code::ENTITY_NOT_EXIST_ROLE, &code::DELETE_CONFLICT_ROLE_POLICY]);
}

impl Handle<DeleteRole> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteRole>,
    ) -> Result<DeleteRoleReply, ApiError> {
        let role = RoleRecord::find(transaction, &call.scope().account, &call.role_name).await?;
        role.remove(transaction).await?;
        Ok(DeleteRoleReply {})
    }
}
