//! `ram:DeleteGroup`: removes a group that has neither members nor policies.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::GroupName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, group_arn};
use crate::record::GroupRecord;

/// Removes a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteGroup {
    /// The group's name.
    pub group_name: GroupName,
}

/// The group is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteGroupReply {}

impl Authorize for DeleteGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteGroup", group_arn(scope, &self.group_name))]
    }
}

impl Operation for DeleteGroup {
    type Reply = DeleteGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteGroup").errors(&[
        &code::ENTITY_NOT_EXIST_GROUP,
        &code::DELETE_CONFLICT_GROUP_USER,
        &code::DELETE_CONFLICT_GROUP_POLICY,
    ]);
}

impl Handle<DeleteGroup> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteGroup>,
    ) -> Result<DeleteGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        group.remove(transaction).await?;
        Ok(DeleteGroupReply {})
    }
}
