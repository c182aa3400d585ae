//! `ram:UntagResources`: takes tags from roles or from custom policies.

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::tagged::{ResourceType, Tagged};
use super::{Ram, code};

/// Takes tags from all that are named. A key that a resource does not have is no fault.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResources {
    /// `role` or `policy`.
    #[api(choices("role", "policy"))]
    pub resource_type: ResourceType,
    /// The names of roles, or of custom policies.
    #[api(items(1, 50), required, chars(1, 128))]
    pub resource_names: Vec<String>,
    /// The keys of the tags to take.
    #[api(items(1, 20), chars(1, 128))]
    pub tag_keys: Vec<String>,
    /// Whether to take all tags. Counts only where no keys are given.
    pub all: Option<bool>,
}

/// The resources have the tags no more.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct UntagResourcesReply {}

impl Authorize for UntagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need =
            |name: &String| Need::on("ram:UntagResources", self.resource_type.arn(scope, name));
        self.resource_names.iter().map(need).collect()
    }
}

impl Operation for UntagResources {
    type Reply = UntagResourcesReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UntagResources")
        .errors(&[&code::ENTITY_NOT_EXIST_ROLE, &code::ENTITY_NOT_EXIST_POLICY]);

    fn validate(&self) -> Result<(), ApiError> {
        self.resource_type.validate(&self.resource_names)?;
        if self.tag_keys.is_empty() && self.all != Some(true) {
            return Err(ApiError::of(&common::MISSING, "TagKeys"));
        }
        Ok(())
    }
}

impl Handle<UntagResources> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UntagResources>,
    ) -> Result<UntagResourcesReply, ApiError> {
        let (account, kind) = (&call.scope().account, call.resource_type);
        for name in &call.resource_names {
            let mut tagged = Tagged::find(transaction, account, kind, name).await?;
            let keys = &call.tag_keys;
            tagged.tags_mut().retain(|tag| !keys.is_empty() && !keys.contains(&tag.key));
            tagged.put(transaction)?;
        }
        Ok(UntagResourcesReply {})
    }
}
