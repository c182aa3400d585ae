//! `ecs:RebootInstance`: reboots an instance.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::life::{self, Deed};
use crate::ecs::{Ecs, code};

/// Stops an instance that runs, and starts it anew.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RebootInstance {
    /// The instance.
    pub instance_id: InstanceId,
    /// Whether it loses its power instead of being shut down. It always does here.
    pub force_stop: Option<bool>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instance runs anew.
#[derive(Debug, Serialize, Shape)]
pub struct RebootInstanceReply {}

impl Authorize for RebootInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:RebootInstance", instance)]
    }
}

impl Operation for RebootInstance {
    type Reply = RebootInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "RebootInstance").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INCORRECT_INSTANCE_STATUS,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<RebootInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RebootInstance>,
    ) -> Result<RebootInstanceReply, ApiError> {
        let deed = Deed::Reboot;
        life::one(context, transaction, &call.instance_id, deed, call.dry_run).await?;
        Ok(RebootInstanceReply {})
    }
}
