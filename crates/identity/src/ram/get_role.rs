//! `ram:GetRole`: shows a role with its trust policy.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, RoleName};
use serde::{Deserialize, Serialize};

use super::{Ram, RoleView, code};
use crate::record::RoleRecord;

/// Shows a role.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetRole {
    /// The role's name.
    pub role_name: RoleName,
}

/// A role.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetRoleReply {
    /// The role.
    pub role: RoleView,
}

impl Authorize for GetRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetRole", Arn::role(&scope.account, self.role_name.as_str()))]
    }
}

impl Operation for GetRole {
    type Reply = GetRoleReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetRole").errors(&[&code::ENTITY_NOT_EXIST_ROLE]);
}

impl Handle<GetRole> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetRole>,
    ) -> Result<GetRoleReply, ApiError> {
        let role = RoleRecord::find(transaction, &call.scope().account, &call.role_name).await?;
        Ok(GetRoleReply { role: RoleView::whole(&role) })
    }
}
