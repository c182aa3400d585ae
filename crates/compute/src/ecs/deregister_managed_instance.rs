//! `ecs:DeregisterManagedInstance`: ends the management of a server.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ManagedInstanceId;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, ManagedInstanceView, code, resource};
use crate::{ActivationRecord, ManagedInstanceRecord, client_token, records};

/// Ends the management of a server: it is forgotten, and is none of the account's any more.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeregisterManagedInstance {
    /// The server.
    pub instance_id: ManagedInstanceId,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The server as it was.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeregisterManagedInstanceReply {
    /// The server as it was.
    pub instance: ManagedInstanceView,
}

impl Authorize for DeregisterManagedInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = resource(scope, format!("instance/{}", self.instance_id));
        vec![Need::on("ecs:DeregisterManagedInstance", instance)]
    }
}

impl Operation for DeregisterManagedInstance {
    type Reply = DeregisterManagedInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DeregisterManagedInstance").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
    ]);
}

impl Handle<DeregisterManagedInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeregisterManagedInstance>,
    ) -> Result<DeregisterManagedInstanceReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let (scope, id) = (&context.scope, call.instance_id.as_str());
        let found = records::find::<ManagedInstanceRecord>(transaction, scope, id).await?;
        let instance = found.ok_or_else(|| ApiError::new(&code::INVALID_INSTANCE_ID_NOT_FOUND))?;
        let activation = instance.activation_id.as_str();
        let activation = records::find::<ActivationRecord>(transaction, scope, activation).await?;
        if let Some(mut activation) = activation {
            activation.deregistered = activation.deregistered.saturating_add(1);
            records::put(transaction, &activation)?;
        }
        records::delete::<ManagedInstanceRecord>(transaction, scope, id);
        let reply = DeregisterManagedInstanceReply { instance: ManagedInstanceView::new(instance) };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
