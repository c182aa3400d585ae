//! `slb:UntagResources`: takes tags from load balancers.

use rolecall_api::code as common;
use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::code as shared;
use rolecall_gate::resource::tag::TAGS_MAX;
use rolecall_gate::resource::tagged::{Change, edit};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::find::{self, RESOURCES_MAX};
use crate::{LoadBalancerRecord, Slb};

/// Takes tags: from all that are named, or, where one of them is not there, from none.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResources {
    /// The kind: `instance`.
    #[api(choices("instance"))]
    pub resource_type: String,
    /// The load balancers.
    #[api(items(1, RESOURCES_MAX), required)]
    pub resource_id: Vec<String>,
    /// The tags' keys.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag_key: Vec<String>,
    /// Whether to take all tags; only where no key is named.
    pub all: Option<bool>,
}

/// The resources do not have the tags.
#[derive(Debug, Serialize, Shape)]

pub struct UntagResourcesReply {}

impl Authorize for UntagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::each("slb:UntagResources", scope, &self.resource_id)
    }
}

impl Operation for UntagResources {
    type Reply = UntagResourcesReply;

    const SPEC: Spec = Spec::write(Product::Slb, "UntagResources")
        .errors(&[&shared::INVALID_RESOURCE_ID_NOT_FOUND, &shared::INVALID_TAG_COUNT]);
}

impl Handle<UntagResources> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UntagResources>,
    ) -> Result<UntagResourcesReply, ApiError> {
        let change = match (call.tag_key.as_slice(), call.all) {
            ([], Some(true)) => Change::TakeAll,
            ([], _) => return Err(ApiError::of(&common::MISSING_PARAMETER, "TagKey")),
            (keys, _) => Change::Take(keys),
        };
        for id in &call.resource_id {
            edit::<LoadBalancerRecord>(transaction, &context.scope, id, change).await?;
        }
        Ok(UntagResourcesReply {})
    }
}
