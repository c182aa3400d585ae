//! `vpc:ModifyVpcAttribute`: changes what is said of a private network.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VpcId;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::vpc::{Vpc, check_text, resource};
use crate::{VpcRecord, records};

/// Changes a VPC. What is not named stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVpcAttribute {
    /// The VPC.
    pub vpc_id: VpcId,
    /// Its name.
    #[api(chars(1, 128))]
    pub vpc_name: Option<String>,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
}

/// The VPC is changed.
#[derive(Debug, Serialize, Shape)]
pub struct ModifyVpcAttributeReply {}

impl Authorize for ModifyVpcAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let named = resource(scope, format!("vpc/{}", self.vpc_id));
        vec![Need::on("vpc:ModifyVpcAttribute", named)]
    }
}

impl Operation for ModifyVpcAttribute {
    type Reply = ModifyVpcAttributeReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "ModifyVpcAttribute")
        .errors(&[&shared::INVALID_VPC_ID_NOT_FOUND]);
}

impl Handle<ModifyVpcAttribute> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifyVpcAttribute>,
    ) -> Result<ModifyVpcAttributeReply, ApiError> {
        let (name, description) = (&call.vpc_name, &call.description);
        check_text("VpcName", name.as_deref())?;
        check_text("Description", description.as_deref())?;
        let id = call.vpc_id.as_str();
        let found = records::find::<VpcRecord>(transaction, &context.scope, id).await?;
        let mut record = found.ok_or_else(|| ApiError::new(&shared::INVALID_VPC_ID_NOT_FOUND))?;
        if let Some(name) = name {
            record.name.clone_from(name);
        }
        if let Some(description) = description {
            record.description.clone_from(description);
        }
        records::put(transaction, &record)?;
        Ok(ModifyVpcAttributeReply {})
    }
}
