//! `ram:ListPoliciesForUser`: lists the policies that a user holds.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{AttachedPolicyView, Ram, attached_policies, code, user_arn};
use crate::record::{HolderKind, UserRecord};

/// Lists the policies of a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForUser {
    /// The user's name.
    pub user_name: UserName,
}

/// The policies of a user.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForUserReply {
    /// The policies.
    #[api(item = "Policy")]
    pub policies: Vec<AttachedPolicyView>,
}

impl Authorize for ListPoliciesForUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListPoliciesForUser", user_arn(scope, &self.user_name))]
    }
}

impl Operation for ListPoliciesForUser {
    type Reply = ListPoliciesForUserReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListPoliciesForUser").errors(&[&code::ENTITY_NOT_EXIST_USER]);
}

impl Handle<ListPoliciesForUser> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListPoliciesForUser>,
    ) -> Result<ListPoliciesForUserReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let name = user.name.folded();
        let policies = attached_policies(transaction, account, HolderKind::User, &name).await?;
        Ok(ListPoliciesForUserReply { policies })
    }
}
