//! `ecs:UntagResources`: takes tags from resources.

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code};
use crate::tag::TAGS_MAX;
use crate::tagged::{Change, RESOURCES_MAX, ResourceType};

/// Takes tags: from all that are named, or, where one of them is not there, from none. A resource
/// without such a tag stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResources {
    /// `instance`, `securitygroup` or `keypair`.
    #[api(
        choices("instance", "securitygroup", "keypair"),
        invalid = &code::INVALID_RESOURCE_TYPE_NOT_FOUND
    )]
    pub resource_type: ResourceType,
    /// The resources' ids; key pairs by their names.
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
        self.resource_type.needs("ecs:UntagResources", scope, &self.resource_id)
    }
}

impl Operation for UntagResources {
    type Reply = UntagResourcesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "UntagResources").errors(&[
        &code::INVALID_RESOURCE_TYPE_NOT_FOUND,
        &shared::INVALID_RESOURCE_ID_NOT_FOUND,
        &shared::INVALID_TAG_COUNT,
    ]);
}

impl Handle<UntagResources> for Ecs {
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
        let (scope, ids) = (&context.scope, &call.resource_id);
        call.resource_type.change(transaction, scope, ids, change).await?;
        Ok(UntagResourcesReply {})
    }
}
