//! `ecs:DeleteInstances`: deletes several instances, or none.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::client_token;
use crate::code as shared;
use crate::ecs::{Ecs, code, instances, release};

/// Deletes up to 100 instances: all, or none where one cannot be deleted.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteInstances {
    /// The instances.
    #[api(items(1, 100), required)]
    pub instance_id: Vec<InstanceId>,
    /// Whether to delete those that run.
    pub force: Option<bool>,
    /// Whether those that run lose their power instead of being shut down. They always do here.
    pub force_stop: Option<bool>,
    /// Whether to delete those with a running subscription. There are none here.
    pub terminate_subscription: Option<bool>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instances are gone.
#[derive(Debug, Serialize, Deserialize, Shape)]
pub struct DeleteInstancesReply {}

impl Authorize for DeleteInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instances = instances(scope, &self.instance_id).into_iter();
        instances.map(|instance| Need::on("ecs:DeleteInstances", instance)).collect()
    }
}

impl Operation for DeleteInstances {
    type Reply = DeleteInstancesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DeleteInstances").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INCORRECT_INSTANCE_STATUS,
        &code::INCORRECT_INSTANCE_STATUS_INITIALIZING,
        &code::DELETION_PROTECTION,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
        &code::DRY_RUN_SUCCESS,
    ]);
}

impl Handle<DeleteInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteInstances>,
    ) -> Result<DeleteInstancesReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let (scope, force) = (&context.scope, call.force == Some(true));
        let instances = release::check(transaction, scope, &call.instance_id, force).await?;
        if call.dry_run == Some(true) {
            return Err(ApiError::new(&code::DRY_RUN_SUCCESS));
        }
        release::delete(transaction, scope, &instances).await?;
        let reply = DeleteInstancesReply {};
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
