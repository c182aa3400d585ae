//! `ram:UpdateGroup`: changes what a group is called and what is said of it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::GroupName;
use serde::{Deserialize, Serialize};

use super::{GroupView, Ram, code, group_arn};
use crate::record::GroupRecord;

/// Changes a group; what is not given stays as it is. Under another name it keeps its id, its
/// members and its policies.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateGroup {
    /// The group's name.
    pub group_name: GroupName,
    /// Its new name, unique in the account whatever its case.
    pub new_group_name: Option<GroupName>,
    /// Remarks.
    #[api(chars(1, 128))]
    pub new_comments: Option<String>,
}

/// The group as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateGroupReply {
    /// The group.
    pub group: GroupView,
}

impl Authorize for UpdateGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UpdateGroup", group_arn(scope, &self.group_name))]
    }
}

impl Operation for UpdateGroup {
    type Reply = UpdateGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdateGroup")
        .errors(&[&code::ENTITY_NOT_EXIST_GROUP, &code::ENTITY_ALREADY_EXISTS_GROUP]);
}

impl Handle<UpdateGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateGroup>,
    ) -> Result<UpdateGroupReply, ApiError> {
        let account = &call.scope().account;
        let mut group = GroupRecord::find(transaction, account, &call.group_name).await?;
        if let Some(name) = &call.new_group_name {
            group.rename(transaction, name).await?;
        }
        if let Some(comments) = &call.new_comments {
            group.comments.clone_from(comments);
        }
        group.updated_at = context.now;
        group.put(transaction)?;
        Ok(UpdateGroupReply { group: GroupView::whole(&group) })
    }
}
