//! `ram:ListUsers`: lists the account's RAM users in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Ram, UserView, code};
use crate::paging;
use crate::record::UserRecord;

/// Lists users.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsers {
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most users to answer; 100 where nothing is said.
    #[api(range(1, 1000))]
    pub max_items: Option<i64>,
}

/// A page of users.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The users.
    #[api(item = "User")]
    pub users: Vec<UserView>,
}

impl Authorize for ListUsers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListUsers", Arn::ram(scope.account.as_str(), "user/*"))]
    }
}

impl Operation for ListUsers {
    type Reply = ListUsersReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListUsers").errors(&[&code::INVALID_MARKER]);
}

impl Handle<ListUsers> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListUsers>,
    ) -> Result<ListUsersReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let asked = (call.marker.as_deref(), call.max_items);
        let all = |_: &UserRecord| true;
        let page = paging::asked(transaction, &leading, asked, all).await?;
        Ok(ListUsersReply {
            is_truncated: page.more,
            marker: page.marker(),
            users: page.items.iter().map(UserView::listed).collect(),
        })
    }
}
