//! `ram:TagResources`: gives tags to roles or to custom policies.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::tagged::{ResourceType, Tagged};
use super::{Ram, code};
use crate::tag::{self, TagParameter};

/// Gives tags: to all that are named, or, where one of them cannot have them, to none.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagResources {
    /// `role` or `policy`.
    #[api(choices("role", "policy"))]
    pub resource_type: ResourceType,
    /// The names of roles, or of custom policies.
    #[api(items(1, 50), required, chars(1, 128))]
    pub resource_names: Vec<String>,
    /// The tags. A key that a resource has gets the new value.
    #[api(items(1, 20), required)]
    pub tag: Vec<TagParameter>,
}

/// The resources have the tags.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct TagResourcesReply {}

impl Authorize for TagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = |name: &String| {
            let resource = self.resource_type.arn(scope, name);
            Need::on("ram:TagResources", resource).with_request_tags(tag::requested(&self.tag))
        };
        self.resource_names.iter().map(need).collect()
    }
}

impl Operation for TagResources {
    type Reply = TagResourcesReply;
    const SPEC: Spec = Spec::write(Product::Ram, "TagResources").errors(&[
        &code::INVALID_TAG,
        &code::ENTITY_NOT_EXIST_ROLE,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::LIMIT_EXCEEDED_TAG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.resource_type.validate(&self.resource_names)?;
        tag::validate_new(&self.tag)
    }
}

impl Handle<TagResources> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<TagResources>,
    ) -> Result<TagResourcesReply, ApiError> {
        let (account, kind) = (&call.scope().account, call.resource_type);
        for name in &call.resource_names {
            let mut tagged = Tagged::find(transaction, account, kind, name).await?;
            tag::give(tagged.tags_mut(), &call.tag)?;
            tagged.put(transaction)?;
        }
        Ok(TagResourcesReply {})
    }
}
