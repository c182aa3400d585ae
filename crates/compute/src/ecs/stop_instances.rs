//! `ecs:StopInstances`: stops several instances.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::StoppedMode;
use crate::ecs::life::{self, Batch, BatchOptimization, Deed, InstanceResponse};
use crate::ecs::{Ecs, code, instances};

/// Stops up to 100 instances that run.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StopInstances {
    /// The instances.
    #[api(items(1, 100), required)]
    pub instance_id: Vec<InstanceId>,
    /// Whether they lose their power instead of being shut down. They always do here.
    pub force_stop: Option<bool>,
    /// What would be charged while they stand still. It is kept and answered. Default
    /// `KeepCharging`.
    #[api(choices("KeepCharging", "StopCharging"))]
    pub stopped_mode: Option<StoppedMode>,
    /// What becomes of the others where one fails. Default `AllTogether`.
    #[api(choices("AllTogether", "SuccessFirst"))]
    pub batch_optimization: Option<BatchOptimization>,
    /// Whether only to check. With `SuccessFirst` a check always succeeds.
    pub dry_run: Option<bool>,
}

/// What became of each instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StopInstancesReply {
    /// One response for each instance, in the order of the request.
    #[api(item = "InstanceResponse")]
    pub instance_responses: Vec<InstanceResponse>,
}

impl Authorize for StopInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instances = instances(scope, &self.instance_id).into_iter();
        instances.map(|instance| Need::on("ecs:StopInstances", instance)).collect()
    }
}

impl Operation for StopInstances {
    type Reply = StopInstancesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "StopInstances")
        .errors(&[
            &code::INVALID_INSTANCE_ID_NOT_FOUND,
            &code::INCORRECT_INSTANCE_STATUS,
            &code::DRY_RUN_SUCCESS,
        ])
        .stored_only(&["StoppedMode"]);
}

impl Handle<StopInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<StopInstances>,
    ) -> Result<StopInstancesReply, ApiError> {
        let deed = Deed::Stop(call.stopped_mode.unwrap_or(StoppedMode::KeepCharging));
        let batch = Batch { optimization: call.batch_optimization, dry_run: call.dry_run };
        let done = life::many(context, transaction, &call.instance_id, deed, batch).await?;
        Ok(StopInstancesReply { instance_responses: done })
    }
}
