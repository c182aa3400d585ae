//! `ram:ListPoliciesForRole`: lists the policies that a role holds.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, RoleName};
use serde::{Deserialize, Serialize};

use super::{AttachedPolicyView, Ram, attached_policies, code};
use crate::record::{HolderKind, RoleRecord};

/// Lists the policies of a role.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForRole {
    /// The role's name.
    pub role_name: RoleName,
}

/// The policies of a role.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForRoleReply {
    /// The policies.
    #[api(item = "Policy")]
    pub policies: Vec<AttachedPolicyView>,
}

impl Authorize for ListPoliciesForRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on(
            "ram:ListPoliciesForRole",
            Arn::role(&scope.account, self.role_name.as_str()),
        )]
    }
}

impl Operation for ListPoliciesForRole {
    type Reply = ListPoliciesForRoleReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListPoliciesForRole").errors(&[&code::ENTITY_NOT_EXIST_ROLE]);
}

impl Handle<ListPoliciesForRole> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListPoliciesForRole>,
    ) -> Result<ListPoliciesForRoleReply, ApiError> {
        let account = &call.scope().account;
        let role = RoleRecord::find(transaction, account, &call.role_name).await?;
        let name = role.name.folded();
        let policies = attached_policies(transaction, account, HolderKind::Role, &name).await?;
        Ok(ListPoliciesForRoleReply { policies })
    }
}
