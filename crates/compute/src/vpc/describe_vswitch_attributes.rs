//! `vpc:DescribeVSwitchAttributes`: tells everything about one vSwitch.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VSwitchId;
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::vpc::{VSwitchView, Vpc, resource};
use crate::{VSwitchRecord, records};

/// Tells everything about a vSwitch.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVSwitchAttributes {
    /// The vSwitch.
    pub v_switch_id: VSwitchId,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

impl Authorize for DescribeVSwitchAttributes {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let v_switch = resource(scope, format!("vswitch/{}", self.v_switch_id));
        vec![Need::on("vpc:DescribeVSwitchAttributes", v_switch)]
    }
}

impl Operation for DescribeVSwitchAttributes {
    type Reply = VSwitchView;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeVSwitchAttributes")
        .errors(&[&shared::INVALID_V_SWITCH_ID_NOT_FOUND, &shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeVSwitchAttributes> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVSwitchAttributes>,
    ) -> Result<VSwitchView, ApiError> {
        let id = call.v_switch_id.as_str();
        let found = records::find::<VSwitchRecord>(transaction, &context.scope, id).await?;
        let v_switch =
            found.ok_or_else(|| ApiError::new(&shared::INVALID_V_SWITCH_ID_NOT_FOUND))?;
        end_dry_run(call.dry_run)?;
        Ok(VSwitchView::new(v_switch))
    }
}
