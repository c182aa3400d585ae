//! `ecs:StartInstance`: starts an instance.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::life::{self, Deed};
use crate::ecs::{Ecs, code};

/// Starts an instance that stands still. It is made anew: what ran in it before is gone, what it is
/// stays.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StartInstance {
    /// The instance.
    pub instance_id: InstanceId,
    /// Whether to make local disks anew. There are none here.
    pub init_local_disk: Option<bool>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instance runs.
#[derive(Debug, Serialize, Shape)]
pub struct StartInstanceReply {}

impl Authorize for StartInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:StartInstance", instance)]
    }
}

impl Operation for StartInstance {
    type Reply = StartInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "StartInstance").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INCORRECT_INSTANCE_STATUS,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<StartInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<StartInstance>,
    ) -> Result<StartInstanceReply, ApiError> {
        let deed = Deed::Start;
        life::one(context, transaction, &call.instance_id, deed, call.dry_run).await?;
        Ok(StartInstanceReply {})
    }
}
