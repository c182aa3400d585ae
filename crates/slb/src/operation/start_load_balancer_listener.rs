//! `slb:StartLoadBalancerListener`: starts a listener.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_gate::{Prepared, store_error};
use rolecall_policy::Need;
use rolecall_store::Store;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::{ListenerStatus, Protocol};
use crate::{Slb, code};

/// Starts a listener. It listens once the call is answered.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StartLoadBalancerListener {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// What it speaks. Needed only where one port has two listeners.
    #[api(choices("tcp", "http"))]
    pub listener_protocol: Option<Protocol>,
}

/// The listener is started.
#[derive(Debug, Serialize, Shape)]

pub struct StartLoadBalancerListenerReply {}

impl Authorize for StartLoadBalancerListener {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:StartLoadBalancerListener", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for StartLoadBalancerListener {
    type Reply = StartLoadBalancerListenerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "StartLoadBalancerListener").errors(&[
        &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
        &code::LISTENER_NOT_FOUND,
        &code::TOO_MANY_LISTENERS,
        &code::LISTENER_STATUS_NOT_SUPPORT,
        &code::LISTENER_PORT_UNAVAILABLE,
    ]);
}

impl Handle<StartLoadBalancerListener> for Slb {
    async fn prepare(
        &self,
        context: &Context,
        store: &Store,
        call: &Permit<StartLoadBalancerListener>,
    ) -> Result<Prepared, ApiError> {
        let mut transaction = store.begin().await.map_err(store_error)?;
        let (scope, id) = (&context.scope, &call.load_balancer_id);
        let record = find::balancer_record(&mut transaction, scope, id).await?;
        let place = find::listener(&record, call.listener_port, call.listener_protocol)?;
        if let Some(listener) = record.listeners.get(place) {
            // Whoever connects after the answer is heard, or told here that nobody can be.
            self.engine.open_ahead(&record, listener).await.map_err(|error| {
                ApiError::of(&code::LISTENER_PORT_UNAVAILABLE, error.to_string()).because(error)
            })?;
        }
        Ok(Prepared::default())
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<StartLoadBalancerListener>,
    ) -> Result<StartLoadBalancerListenerReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let place = find::listener(&record, call.listener_port, call.listener_protocol)?;
        let listener = record.listeners.get_mut(place);
        let listener = listener.filter(|listener| listener.status == ListenerStatus::Stopped);
        let unfit = || ApiError::new(&code::LISTENER_STATUS_NOT_SUPPORT);
        listener.ok_or_else(unfit)?.status = ListenerStatus::Running;
        records::put(transaction, &record)?;
        Ok(StartLoadBalancerListenerReply {})
    }
}
