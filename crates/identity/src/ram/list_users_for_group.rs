//! `ram:ListUsersForGroup`: lists the members of a group in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, UserName, time};
use serde::{Deserialize, Serialize};

use super::{Ram, code, group_arn};
use crate::paging;
use crate::record::{GroupRecord, MemberRecord, UserRecord, named_by_record};

/// Lists a group's members.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersForGroup {
    /// The group's name.
    pub group_name: GroupName,
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most members to answer; 100 where nothing is said.
    #[api(range(1, 1000))]
    pub max_items: Option<i64>,
}

/// A page of members.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersForGroupReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The members.
    #[api(item = "User")]
    pub users: Vec<MemberView>,
}

/// A member of a group.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MemberView {
    /// Its name, as it was given.
    pub user_name: UserName,
    /// The name to show.
    pub display_name: String,
    /// Since when it is in the group.
    pub join_date: String,
}

impl Authorize for ListUsersForGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListUsersForGroup", group_arn(scope, &self.group_name))]
    }
}

impl Operation for ListUsersForGroup {
    type Reply = ListUsersForGroupReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListUsersForGroup")
        .errors(&[&code::INVALID_MARKER, &code::ENTITY_NOT_EXIST_GROUP]);
}

impl Handle<ListUsersForGroup> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListUsersForGroup>,
    ) -> Result<ListUsersForGroupReply, ApiError> {
        let account = &call.scope().account;
        let group = GroupRecord::find(transaction, account, &call.group_name).await?;
        let folded = group.name.folded();
        let leading = [account.as_str(), &folded];
        let asked = (call.marker.as_deref(), call.max_items);
        let all = |_: &MemberRecord| true;
        let page = paging::asked(transaction, &leading, asked, all).await?;
        let mut users = Vec::new();
        for MemberRecord(member) in &page.items {
            let user = named_by_record::<UserRecord>(transaction, account, &member.user).await?;
            users.push(MemberView {
                user_name: user.name,
                display_name: user.display_name,
                join_date: time::seconds(member.joined_at),
            });
        }
        Ok(ListUsersForGroupReply { is_truncated: page.more, marker: page.marker(), users })
    }
}
