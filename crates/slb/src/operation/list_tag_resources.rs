//! `slb:ListTagResources`: lists tags of load balancers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::code as shared;
use rolecall_gate::resource::page::Asked;
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::tagged::{TagResource, gather, rows};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::find::{self, RESOURCES_MAX};
use crate::{LoadBalancerRecord, Slb};

/// The most tags of a part.
const PART: i64 = 50;

/// Lists the tags of load balancers: of those that are named, and of those that carry all the tags
/// that are named. Where tags are named, only those are told.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagResources {
    /// The kind: `instance`.
    #[api(choices("instance"))]
    pub resource_type: String,
    /// The load balancers.
    #[api(items(1, RESOURCES_MAX))]
    pub resource_id: Vec<String>,
    /// The tags. One without a value asks for the key alone.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Where the part begins: what the one before answered.
    pub next_token: Option<String>,
}

/// A part of the tags.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagResourcesReply {
    /// Resources with their tags, in the order of ids and keys.
    #[api(item = "TagResource")]
    pub tag_resources: Vec<TagResource>,
    /// What asks for the next part; empty at the end.
    pub next_token: String,
}

impl Authorize for ListTagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let tags = || tag::requested(&self.tag);
        let needs = find::each("slb:ListTagResources", scope, &self.resource_id).into_iter();
        needs.map(|need| need.with_request_tags(tags())).collect()
    }
}

impl Operation for ListTagResources {
    type Reply = ListTagResourcesReply;

    const SPEC: Spec =
        Spec::read(Product::Slb, "ListTagResources").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<ListTagResources> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListTagResources>,
    ) -> Result<ListTagResourcesReply, ApiError> {
        let all = gather::<LoadBalancerRecord>(transaction, &context.scope).await?;
        let found = rows("instance", all, &call.resource_id, &call.tag);
        let placed = found.into_iter().map(|row| (row.place(), row)).collect();
        let asked = Asked::Token { results: Some(PART), token: call.next_token.as_deref() };
        let page = asked.cut(placed, |(place, _)| place.as_str())?;
        Ok(ListTagResourcesReply {
            tag_resources: page.items.into_iter().map(|(_, row)| row).collect(),
            next_token: page.next_token,
        })
    }
}
