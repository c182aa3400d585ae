//! `ecs:RebootInstances`: reboots several instances.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::ecs::life::{self, Batch, BatchOptimization, Deed, InstanceResponse};
use crate::ecs::{Ecs, code, instances};

/// Stops up to 100 instances that run, and starts them anew.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RebootInstances {
    /// The instances.
    #[api(items(1, 100), required)]
    pub instance_id: Vec<InstanceId>,
    /// Whether they lose their power instead of being shut down. They always do here.
    pub force_reboot: Option<bool>,
    /// What becomes of the others where one fails. Default `AllTogether`.
    #[api(choices("AllTogether", "SuccessFirst"))]
    pub batch_optimization: Option<BatchOptimization>,
    /// Whether only to check. With `SuccessFirst` a check always succeeds.
    pub dry_run: Option<bool>,
}

/// What became of each instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RebootInstancesReply {
    /// One response for each instance, in the order of the request.
    #[api(item = "InstanceResponse")]
    pub instance_responses: Vec<InstanceResponse>,
}

impl Authorize for RebootInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instances = instances(scope, &self.instance_id).into_iter();
        instances.map(|instance| Need::on("ecs:RebootInstances", instance)).collect()
    }
}

impl Operation for RebootInstances {
    type Reply = RebootInstancesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "RebootInstances").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INCORRECT_INSTANCE_STATUS,
        &code::DRY_RUN_SUCCESS,
    ]);
}

impl Handle<RebootInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RebootInstances>,
    ) -> Result<RebootInstancesReply, ApiError> {
        let deed = Deed::Reboot;
        let batch = Batch { optimization: call.batch_optimization, dry_run: call.dry_run };
        let done = life::many(context, transaction, &call.instance_id, deed, batch).await?;
        Ok(RebootInstancesReply { instance_responses: done })
    }
}
