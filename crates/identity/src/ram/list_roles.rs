//! `ram:ListRoles`: lists the account's roles in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Ram, RoleView, code};
use crate::paging;
use crate::record::RoleRecord;
use crate::tag::{self, TagParameter};

/// Lists roles.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListRoles {
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most roles to answer; 100 where nothing is said.
    #[api(range(1, 1000))]
    pub max_items: Option<i64>,
    /// Only roles that have all of these tags.
    #[api(items(1, 20))]
    pub tag: Vec<TagParameter>,
}

/// A page of roles.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The roles.
    #[api(item = "Role")]
    pub roles: Vec<RoleView>,
}

impl Authorize for ListRoles {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ram:ListRoles", Arn::ram(scope.account.as_str(), "role/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for ListRoles {
    type Reply = ListRolesReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListRoles").errors(&[&code::INVALID_MARKER, &code::INVALID_TAG]);

    fn validate(&self) -> Result<(), ApiError> {
        tag::validate(&self.tag)
    }
}

impl Handle<ListRoles> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListRoles>,
    ) -> Result<ListRolesReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let asked = (call.marker.as_deref(), call.max_items);
        let keep = |role: &RoleRecord| tag::has_all(&role.tags, &call.tag);
        let page = paging::asked(transaction, &leading, asked, keep).await?;
        Ok(ListRolesReply {
            is_truncated: page.more,
            marker: page.marker(),
            roles: page.items.iter().map(RoleView::listed).collect(),
        })
    }
}
