//! `ecs:DeleteInstance`: deletes an instance.

use std::slice;

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::{Ecs, code, release};

/// Deletes an instance.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteInstance {
    /// The instance.
    pub instance_id: InstanceId,
    /// Whether to delete it while it runs.
    pub force: Option<bool>,
    /// Whether it then loses its power instead of being shut down. It always does here.
    pub force_stop: Option<bool>,
    /// Whether to delete it during its subscription. It has none here.
    pub terminate_subscription: Option<bool>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instance is gone.
#[derive(Debug, Serialize, Shape)]
pub struct DeleteInstanceReply {}

impl Authorize for DeleteInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:DeleteInstance", instance)]
    }
}

impl Operation for DeleteInstance {
    type Reply = DeleteInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DeleteInstance").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INCORRECT_INSTANCE_STATUS,
        &code::INCORRECT_INSTANCE_STATUS_INITIALIZING,
        &code::DELETION_PROTECTION,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<DeleteInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteInstance>,
    ) -> Result<DeleteInstanceReply, ApiError> {
        let (scope, ids) = (&context.scope, slice::from_ref(&call.instance_id));
        let instances = release::check(transaction, scope, ids, call.force == Some(true)).await?;
        end_dry_run(call.dry_run)?;
        release::delete(transaction, scope, &instances).await?;
        Ok(DeleteInstanceReply {})
    }
}
