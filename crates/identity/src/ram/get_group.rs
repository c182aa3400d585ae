//! `ram:GetGroup`: shows a group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::GroupName;
use serde::{Deserialize, Serialize};

use super::{GroupView, Ram, code, group_arn};
use crate::record::GroupRecord;

/// Shows a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroup {
    /// The group's name.
    pub group_name: GroupName,
}

/// A group.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroupReply {
    /// The group.
    pub group: GroupView,
}

impl Authorize for GetGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetGroup", group_arn(scope, &self.group_name))]
    }
}

impl Operation for GetGroup {
    type Reply = GetGroupReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "GetGroup").errors(&[&code::ENTITY_NOT_EXIST_GROUP]);
}

impl Handle<GetGroup> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetGroup>,
    ) -> Result<GetGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        Ok(GetGroupReply { group: GroupView::whole(&group) })
    }
}
