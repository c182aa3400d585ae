//! `slb:StopLoadBalancerListener`: stops a listener.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::{ListenerStatus, Protocol};
use crate::{Slb, code};

/// Stops a listener: it listens no longer, and what it forwards ends.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct StopLoadBalancerListener {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// What it speaks. Needed only where one port has two listeners.
    #[api(choices("tcp", "http"))]
    pub listener_protocol: Option<Protocol>,
}

/// The listener is stopped.
#[derive(Debug, Serialize, Shape)]

pub struct StopLoadBalancerListenerReply {}

impl Authorize for StopLoadBalancerListener {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:StopLoadBalancerListener", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for StopLoadBalancerListener {
    type Reply = StopLoadBalancerListenerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "StopLoadBalancerListener").errors(&[
        &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
        &code::LISTENER_NOT_FOUND,
        &code::TOO_MANY_LISTENERS,
        &code::LISTENER_STATUS_NOT_SUPPORT,
    ]);
}

impl Handle<StopLoadBalancerListener> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<StopLoadBalancerListener>,
    ) -> Result<StopLoadBalancerListenerReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let place = find::listener(&record, call.listener_port, call.listener_protocol)?;
        let listener = record.listeners.get_mut(place);
        let listener = listener.filter(|listener| listener.status == ListenerStatus::Running);
        let unfit = || ApiError::new(&code::LISTENER_STATUS_NOT_SUPPORT);
        listener.ok_or_else(unfit)?.status = ListenerStatus::Stopped;
        records::put(transaction, &record)?;
        Ok(StopLoadBalancerListenerReply {})
    }
}
