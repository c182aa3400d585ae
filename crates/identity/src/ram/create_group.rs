//! `ram:CreateGroup`: makes a group, which has no members and holds no policies yet.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, GroupName, PrincipalId};
use serde::{Deserialize, Serialize};

use super::{GroupView, Ram, code};
use crate::record::GroupRecord;

/// Makes a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroup {
    /// The group's name, unique in the account whatever its case.
    pub group_name: GroupName,
    /// Remarks.
    #[api(chars(1, 128))]
    pub comments: Option<String>,
}

/// The group that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroupReply {
    /// The group.
    pub group: GroupView,
}

impl Authorize for CreateGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:CreateGroup", Arn::ram(scope.account.as_str(), "group/*"))]
    }
}

impl Operation for CreateGroup {
    type Reply = CreateGroupReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateGroup")
        .errors(&[&code::ENTITY_ALREADY_EXISTS_GROUP, &code::LIMIT_EXCEEDED_GROUP]);
}

impl Handle<CreateGroup> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateGroup>,
    ) -> Result<CreateGroupReply, ApiError> {
        let group = GroupRecord {
            account: call.scope().account.clone(),
            name: call.group_name.clone(),
            id: PrincipalId::generate(context.random.as_ref(), '4'),
            comments: call.comments.clone().unwrap_or_default(),
            created_at: context.now,
            updated_at: context.now,
        };
        group.add(transaction).await?;
        Ok(CreateGroupReply { group: GroupView::made(&group) })
    }
}
