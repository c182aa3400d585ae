//! `ram:ListPoliciesForGroup`: lists the policies that a group holds.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::GroupName;
use serde::{Deserialize, Serialize};

use super::{AttachedPolicyView, Ram, attached_policies, code, group_arn};
use crate::record::{GroupRecord, HolderKind};

/// Lists a group's policies.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForGroup {
    /// The group's name.
    pub group_name: GroupName,
}

/// A group's policies.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesForGroupReply {
    /// The policies.
    #[api(item = "Policy")]
    pub policies: Vec<AttachedPolicyView>,
}

impl Authorize for ListPoliciesForGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListPoliciesForGroup", group_arn(scope, &self.group_name))]
    }
}

impl Operation for ListPoliciesForGroup {
    type Reply = ListPoliciesForGroupReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListPoliciesForGroup").errors(&[&code::ENTITY_NOT_EXIST_GROUP]);
}

impl Handle<ListPoliciesForGroup> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListPoliciesForGroup>,
    ) -> Result<ListPoliciesForGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        let (kind, name) = (HolderKind::Group, group.name.folded());
        let policies = attached_policies(transaction, account, kind, &name).await?;
        Ok(ListPoliciesForGroupReply { policies })
    }
}
