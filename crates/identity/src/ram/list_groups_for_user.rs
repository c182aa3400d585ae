//! `ram:ListGroupsForUser`: lists the groups that a user is in.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, PrincipalId, UserName, time};
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::{GroupRecord, Membership, UserRecord, named_by_record};

/// Lists a user's groups.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUser {
    /// The user's name.
    pub user_name: UserName,
}

/// A user's groups.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUserReply {
    /// The groups.
    #[api(item = "Group")]
    pub groups: Vec<JoinedGroupView>,
}

/// A group that a user is in.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct JoinedGroupView {
    /// Its name, as it was given.
    pub group_name: GroupName,
    /// Its id.
    pub group_id: PrincipalId,
    /// Remarks.
    pub comments: String,
    /// Since when the user is in it.
    pub join_date: String,
}

impl Authorize for ListGroupsForUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListGroupsForUser", user_arn(scope, &self.user_name))]
    }
}

impl Operation for ListGroupsForUser {
    type Reply = ListGroupsForUserReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListGroupsForUser").errors(&[&code::ENTITY_NOT_EXIST_USER]);
}

impl Handle<ListGroupsForUser> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListGroupsForUser>,
    ) -> Result<ListGroupsForUserReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let mut groups = Vec::new();
        for joined in Membership::of_user(transaction, account, &user.name.folded()).await? {
            let group = named_by_record::<GroupRecord>(transaction, account, &joined.group).await?;
            groups.push(JoinedGroupView {
                group_name: group.name,
                group_id: group.id,
                comments: group.comments,
                join_date: time::seconds(joined.joined_at),
            });
        }
        Ok(ListGroupsForUserReply { groups })
    }
}
