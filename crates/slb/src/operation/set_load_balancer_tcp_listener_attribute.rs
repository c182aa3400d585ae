//! `slb:SetLoadBalancerTCPListenerAttribute`: changes a listener that speaks TCP.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::health_parameters::{HealthParameters, TcpHealthParameters};
use super::listener_parameters::{ListenerParameters, TcpParameters, leave_group};
use crate::record::Protocol;
use crate::{Slb, code};

/// Changes a listener that speaks TCP: what is given. Connections that there are go on.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetLoadBalancerTCPListenerAttribute {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// Megabits per second, or -1 for no bound.
    #[api(range(-1, 5_120))]
    pub bandwidth: Option<i64>,
    /// Whether its servers are those of a group.
    #[api(choices("on", "off"))]
    pub v_server_group: Option<String>,
    /// What every listener has.
    #[serde(flatten)]
    pub common: ListenerParameters,
    /// How servers are looked at.
    #[serde(flatten)]
    pub health: HealthParameters,
    /// How servers are looked at, by listeners of this protocol.
    #[serde(flatten)]
    pub own_health: TcpHealthParameters,
    /// What is done with what comes in.
    #[serde(flatten)]
    pub own: TcpParameters,
}

/// The listener is changed.
#[derive(Debug, Serialize, Shape)]

pub struct SetLoadBalancerTCPListenerAttributeReply {}

impl Authorize for SetLoadBalancerTCPListenerAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on(
            "slb:SetLoadBalancerTCPListenerAttribute",
            balancer(scope, &self.load_balancer_id),
        )]
    }
}

impl Operation for SetLoadBalancerTCPListenerAttribute {
    type Reply = SetLoadBalancerTCPListenerAttributeReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetLoadBalancerTCPListenerAttribute")
        .errors(&[
            &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
            &code::LISTENER_NOT_FOUND,
            &code::SERVER_GROUP_NOT_FOUND,
        ])
        .stored_only(&["Bandwidth"]);
}

impl Handle<SetLoadBalancerTCPListenerAttribute> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetLoadBalancerTCPListenerAttribute>,
    ) -> Result<SetLoadBalancerTCPListenerAttributeReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let protocol = Some(Protocol::Tcp);
        let place = find::listener(&record, call.listener_port, protocol)?;
        let mut listener = record.listeners.remove(place);
        listener.bandwidth = call.bandwidth.unwrap_or(listener.bandwidth);
        let group = call.common.v_server_group_id.as_ref();
        leave_group(call.v_server_group.as_deref(), group, &mut listener)?;
        call.common.apply(&record, &mut listener)?;
        call.health.apply(&mut listener.health_check)?;
        call.own.apply(&mut listener);
        call.own_health.apply(&mut listener.health_check);
        record.listeners.insert(place, listener);
        records::put(transaction, &record)?;
        Ok(SetLoadBalancerTCPListenerAttributeReply {})
    }
}
