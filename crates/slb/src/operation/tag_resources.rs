//! `slb:TagResources`: gives tags to load balancers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::code as shared;
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::tagged::{Change, edit};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::find::{self, RESOURCES_MAX};
use crate::{LoadBalancerRecord, Slb};

/// Gives tags: to all that are named, or, where one of them cannot have them, to none.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagResources {
    /// The kind: `instance`.
    #[api(choices("instance"))]
    pub resource_type: String,
    /// The load balancers.
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
        let tags = || tag::requested(&self.tag);
        let needs = find::each("slb:TagResources", scope, &self.resource_id).into_iter();
        needs.map(|need| need.with_request_tags(tags())).collect()
    }
}

impl Operation for TagResources {
    type Reply = TagResourcesReply;

    const SPEC: Spec = Spec::write(Product::Slb, "TagResources").errors(&[
        &shared::INVALID_RESOURCE_ID_NOT_FOUND,
        &shared::INVALID_TAG_COUNT,
        &shared::INVALID_TAG_KEY_MALFORMED,
        &shared::INVALID_TAG_VALUE_MALFORMED,
        &shared::DUPLICATE_TAG_KEY,
    ]);
}

impl Handle<TagResources> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<TagResources>,
    ) -> Result<TagResourcesReply, ApiError> {
        for id in &call.resource_id {
            let change = Change::Give(&call.tag);
            edit::<LoadBalancerRecord>(transaction, &context.scope, id, change).await?;
        }
        Ok(TagResourcesReply {})
    }
}
