//! `ecs:ListTagResources`: lists tags of resources.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code};
use crate::page::Asked;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::tagged::{RESOURCES_MAX, ResourceType, TagResource};

/// The most tags of a part.
const PART: i64 = 50;

/// Lists the tags of resources of a kind: of those that are named, and of those that carry all the
/// tags that are named. Where tags are named, only those are told.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagResources {
    /// `instance`, `securitygroup` or `keypair`.
    #[api(
        choices("instance", "securitygroup", "keypair"),
        invalid = &code::INVALID_RESOURCE_TYPE_NOT_FOUND
    )]
    pub resource_type: ResourceType,
    /// The resources' ids; key pairs by their names.
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
        let needs = self.resource_type.needs("ecs:ListTagResources", scope, &self.resource_id);
        let tagged = |need: Need| need.with_request_tags(tag::requested(&self.tag));
        needs.into_iter().map(tagged).collect()
    }
}

impl Operation for ListTagResources {
    type Reply = ListTagResourcesReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "ListTagResources")
        .errors(&[&code::INVALID_RESOURCE_TYPE_NOT_FOUND, &shared::INVALID_TAG_COUNT]);
}

impl Handle<ListTagResources> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListTagResources>,
    ) -> Result<ListTagResourcesReply, ApiError> {
        let (scope, kind) = (&context.scope, call.resource_type);
        let found = kind.list(transaction, scope, &call.resource_id, &call.tag).await?;
        let placed = found.into_iter().map(|row| (row.place(), row)).collect();
        let (results, token) = (Some(PART), call.next_token.as_deref());
        let page = Asked::Token { results, token }.cut(placed, |(place, _)| place.as_str())?;
        Ok(ListTagResourcesReply {
            tag_resources: page.items.into_iter().map(|(_, row)| row).collect(),
            next_token: page.next_token,
        })
    }
}
