//! `ecs:TagResources`: gives tags to resources.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code};
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::tagged::{Change, RESOURCES_MAX, ResourceType};

/// Gives tags: to all that are named, or, where one of them cannot have them, to none.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagResources {
    /// `instance`, `securitygroup` or `keypair`.
    #[api(
        choices("instance", "securitygroup", "keypair"),
        invalid = &code::INVALID_RESOURCE_TYPE_NOT_FOUND
    )]
    pub resource_type: ResourceType,
    /// The resources' ids; key pairs by their names.
    #[api(items(1, RESOURCES_MAX), required)]
    pub resource_id: Vec<String>,
    /// The tags. A key that a resource has gets the new value.
    #[api(items(1, TAGS_MAX), required, invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The resources have the tags.
#[derive(Debug, Serialize, Shape)]
pub struct TagResourcesReply {}

impl Authorize for TagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let needs = self.resource_type.needs("ecs:TagResources", scope, &self.resource_id);
        let tagged = |need: Need| need.with_request_tags(tag::requested(&self.tag));
        needs.into_iter().map(tagged).collect()
    }
}

impl Operation for TagResources {
    type Reply = TagResourcesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "TagResources").errors(&[
        &code::INVALID_RESOURCE_TYPE_NOT_FOUND,
        &shared::INVALID_RESOURCE_ID_NOT_FOUND,
        &shared::INVALID_TAG_COUNT,
        &shared::INVALID_TAG_KEY_MALFORMED,
        &shared::INVALID_TAG_VALUE_MALFORMED,
        &shared::DUPLICATE_TAG_KEY,
    ]);
}

impl Handle<TagResources> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<TagResources>,
    ) -> Result<TagResourcesReply, ApiError> {
        let (scope, ids, change) = (&context.scope, &call.resource_id, Change::Give(&call.tag));
        call.resource_type.change(transaction, scope, ids, change).await?;
        Ok(TagResourcesReply {})
    }
}
