//! `vpc:DeleteVSwitch`: deletes a vSwitch that no instance uses.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VSwitchId;
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::vpc::{Vpc, resource};
use crate::{VSwitchRecord, VpcRecord, records};

/// Deletes a vSwitch without instances.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVSwitch {
    /// The vSwitch.
    pub v_switch_id: VSwitchId,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The vSwitch is gone.
#[derive(Debug, Serialize, Shape)]
pub struct DeleteVSwitchReply {}

impl Authorize for DeleteVSwitch {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let v_switch = resource(scope, format!("vswitch/{}", self.v_switch_id));
        vec![Need::on("vpc:DeleteVSwitch", v_switch)]
    }
}

impl Operation for DeleteVSwitch {
    type Reply = DeleteVSwitchReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "DeleteVSwitch").errors(&[
        &shared::INVALID_V_SWITCH_ID_NOT_FOUND,
        &shared::DEPENDENCY_VIOLATION,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<DeleteVSwitch> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteVSwitch>,
    ) -> Result<DeleteVSwitchReply, ApiError> {
        let (scope, id) = (&context.scope, call.v_switch_id.as_str());
        let found = records::find::<VSwitchRecord>(transaction, scope, id).await?;
        let v_switch =
            found.ok_or_else(|| ApiError::new(&shared::INVALID_V_SWITCH_ID_NOT_FOUND))?;
        if v_switch.addresses.in_use() > 0 {
            return Err(ApiError::new(&shared::DEPENDENCY_VIOLATION));
        }
        end_dry_run(call.dry_run)?;
        records::delete::<VSwitchRecord>(transaction, scope, id);
        let vpc_id = v_switch.vpc_id.as_str();
        if let Some(mut vpc) = records::find::<VpcRecord>(transaction, scope, vpc_id).await? {
            vpc.v_switch_ids.retain(|known| *known != v_switch.id);
            records::put(transaction, &vpc)?;
        }
        Ok(DeleteVSwitchReply {})
    }
}
