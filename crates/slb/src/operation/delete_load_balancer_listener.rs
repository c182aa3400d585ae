//! `slb:DeleteLoadBalancerListener`: deletes a listener.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::Protocol;
use crate::{Slb, code};

/// Deletes a listener, whether it runs or not. What it forwards ends.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLoadBalancerListener {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// What it speaks. Needed only where one port has two listeners.
    #[api(choices("tcp", "http"))]
    pub listener_protocol: Option<Protocol>,
}

/// The listener is gone.
#[derive(Debug, Serialize, Shape)]

pub struct DeleteLoadBalancerListenerReply {}

impl Authorize for DeleteLoadBalancerListener {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:DeleteLoadBalancerListener", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for DeleteLoadBalancerListener {
    type Reply = DeleteLoadBalancerListenerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "DeleteLoadBalancerListener").errors(&[
        &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
        &code::LISTENER_NOT_FOUND,
        &code::TOO_MANY_LISTENERS,
    ]);
}

impl Handle<DeleteLoadBalancerListener> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteLoadBalancerListener>,
    ) -> Result<DeleteLoadBalancerListenerReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let place = find::listener(&record, call.listener_port, call.listener_protocol)?;
        record.listeners.remove(place);
        records::put(transaction, &record)?;
        Ok(DeleteLoadBalancerListenerReply {})
    }
}
