//! `ecs:StopInstance`: stops an instance.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::StoppedMode;
use crate::code as shared;
use crate::ecs::life::{self, Deed};
use crate::ecs::{Ecs, code};

/// Stops an instance that runs: its programs end, and nothing answers it any more. Its id, its
/// address, its role, its key pair and its user data stay.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StopInstance {
    /// The instance.
    pub instance_id: InstanceId,
    /// Whether it loses its power instead of being shut down. It always does here.
    pub force_stop: Option<bool>,
    /// Whether to stop it although local disks would be lost. There are none here.
    pub confirm_stop: Option<bool>,
    /// What would be charged while it stands still. It is kept and answered. Default
    /// `KeepCharging`.
    #[api(choices("KeepCharging", "StopCharging"))]
    pub stopped_mode: Option<StoppedMode>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instance stands still.
#[derive(Debug, Serialize, Shape)]
pub struct StopInstanceReply {}

impl Authorize for StopInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:StopInstance", instance)]
    }
}

impl Operation for StopInstance {
    type Reply = StopInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "StopInstance")
        .errors(&[
            &code::INVALID_INSTANCE_ID_NOT_FOUND,
            &code::INCORRECT_INSTANCE_STATUS,
            &shared::DRY_RUN_OPERATION,
        ])
        .stored_only(&["StoppedMode"]);
}

impl Handle<StopInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<StopInstance>,
    ) -> Result<StopInstanceReply, ApiError> {
        let deed = Deed::Stop(call.stopped_mode.unwrap_or(StoppedMode::KeepCharging));
        life::one(context, transaction, &call.instance_id, deed, call.dry_run).await?;
        Ok(StopInstanceReply {})
    }
}
