//! `vpc:UnTagResources`: takes tags from resources.

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::tag::TAGS_MAX;
use crate::tagged::{Change, RESOURCES_MAX, ResourceType};
use crate::vpc::Vpc;

/// Takes tags: from all that are named, or, where one of them is not there, from none. A resource
/// without such a tag stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UnTagResources {
    /// `VPC` or `VSWITCH`.
    #[api(choices("VPC", "VSWITCH"))]
    pub resource_type: ResourceType,
    /// The resources' ids.
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
pub struct UnTagResourcesReply {}

impl Authorize for UnTagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.resource_type.needs("vpc:UnTagResources", scope, &self.resource_id)
    }
}

impl Operation for UnTagResources {
    type Reply = UnTagResourcesReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "UnTagResources")
        .errors(&[&shared::INVALID_RESOURCE_ID_NOT_FOUND, &shared::INVALID_TAG_COUNT]);
}

impl Handle<UnTagResources> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UnTagResources>,
    ) -> Result<UnTagResourcesReply, ApiError> {
        let change = match (call.tag_key.as_slice(), call.all) {
            ([], Some(true)) => Change::TakeAll,
            ([], _) => return Err(ApiError::of(&common::MISSING_PARAMETER, "TagKey")),
            (keys, _) => Change::Take(keys),
        };
        let (scope, ids) = (&context.scope, &call.resource_id);
        call.resource_type.change(transaction, scope, ids, change).await?;
        Ok(UnTagResourcesReply {})
    }
}
