//! `ecs:ModifySecurityGroupAttribute`: changes what is said of a security group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::SecurityGroupId;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, resource};
use crate::records;
use crate::text::{is_ecs_description, is_ecs_name};

/// Changes a security group. What is not named stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifySecurityGroupAttribute {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// Its name.
    #[api(invalid = &code::INVALID_SECURITY_GROUP_NAME_MALFORMED)]
    pub security_group_name: Option<String>,
    /// What it is for.
    #[api(invalid = &code::INVALID_DESCRIPTION_MALFORMED)]
    pub description: Option<String>,
}

/// The security group is changed.
#[derive(Debug, Serialize, Shape)]
pub struct ModifySecurityGroupAttributeReply {}

impl Authorize for ModifySecurityGroupAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        vec![Need::on("ecs:ModifySecurityGroupAttribute", group)]
    }
}

impl Operation for ModifySecurityGroupAttribute {
    type Reply = ModifySecurityGroupAttributeReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "ModifySecurityGroupAttribute").errors(&[
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::INVALID_SECURITY_GROUP_NAME_MALFORMED,
        &code::INVALID_DESCRIPTION_MALFORMED,
    ]);
}

impl Handle<ModifySecurityGroupAttribute> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifySecurityGroupAttribute>,
    ) -> Result<ModifySecurityGroupAttributeReply, ApiError> {
        let (name, description) = (&call.security_group_name, &call.description);
        if name.as_deref().is_some_and(|name| !is_ecs_name(name)) {
            return Err(ApiError::new(&code::INVALID_SECURITY_GROUP_NAME_MALFORMED));
        }
        if description.as_deref().is_some_and(|text| !is_ecs_description(text)) {
            return Err(ApiError::new(&code::INVALID_DESCRIPTION_MALFORMED));
        }
        let (scope, id) = (&context.scope, &call.security_group_id);
        let mut group = find::security_group(transaction, scope, id).await?;
        if let Some(name) = name {
            group.name.clone_from(name);
        }
        if let Some(description) = description {
            group.description.clone_from(description);
        }
        records::put(transaction, &group)?;
        Ok(ModifySecurityGroupAttributeReply {})
    }
}
