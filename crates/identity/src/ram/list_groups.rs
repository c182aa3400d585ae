//! `ram:ListGroups`: lists the account's groups in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{GroupView, Ram, code};
use crate::paging;
use crate::record::GroupRecord;

/// Lists groups.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroups {
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most groups to answer; 100 where nothing is said.
    #[api(range(1, 100))]
    pub max_items: Option<i64>,
}

/// A page of groups.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The groups.
    #[api(item = "Group")]
    pub groups: Vec<GroupView>,
}

impl Authorize for ListGroups {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListGroups", Arn::ram(scope.account.as_str(), "group/*"))]
    }
}

impl Operation for ListGroups {
    type Reply = ListGroupsReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListGroups").errors(&[&code::INVALID_MARKER]);
}

impl Handle<ListGroups> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListGroups>,
    ) -> Result<ListGroupsReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let asked = (call.marker.as_deref(), call.max_items);
        let all = |_: &GroupRecord| true;
        let page = paging::asked(transaction, &leading, asked, all).await?;
        Ok(ListGroupsReply {
            is_truncated: page.more,
            marker: page.marker(),
            groups: page.items.iter().map(GroupView::whole).collect(),
        })
    }
}
