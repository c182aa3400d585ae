//! `vpc:ModifyVSwitchAttribute`: changes what is said of a vSwitch.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VSwitchId;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::vpc::{Vpc, check_text, resource};
use crate::{VSwitchRecord, records};

/// Changes a vSwitch. What is not named stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVSwitchAttribute {
    /// The vSwitch.
    pub v_switch_id: VSwitchId,
    /// Its name.
    #[api(chars(1, 128))]
    pub v_switch_name: Option<String>,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
}

/// The vSwitch is changed.
#[derive(Debug, Serialize, Shape)]
pub struct ModifyVSwitchAttributeReply {}

impl Authorize for ModifyVSwitchAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let named = resource(scope, format!("vswitch/{}", self.v_switch_id));
        vec![Need::on("vpc:ModifyVSwitchAttribute", named)]
    }
}

impl Operation for ModifyVSwitchAttribute {
    type Reply = ModifyVSwitchAttributeReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "ModifyVSwitchAttribute")
        .errors(&[&shared::INVALID_V_SWITCH_ID_NOT_FOUND]);
}

impl Handle<ModifyVSwitchAttribute> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifyVSwitchAttribute>,
    ) -> Result<ModifyVSwitchAttributeReply, ApiError> {
        let (name, description) = (&call.v_switch_name, &call.description);
        check_text("VSwitchName", name.as_deref())?;
        check_text("Description", description.as_deref())?;
        let id = call.v_switch_id.as_str();
        let found = records::find::<VSwitchRecord>(transaction, &context.scope, id).await?;
        let mut record =
            found.ok_or_else(|| ApiError::new(&shared::INVALID_V_SWITCH_ID_NOT_FOUND))?;
        if let Some(name) = name {
            record.name.clone_from(name);
        }
        if let Some(description) = description {
            record.description.clone_from(description);
        }
        records::put(transaction, &record)?;
        Ok(ModifyVSwitchAttributeReply {})
    }
}
