//! `slb:DescribeHealthStatus`: tells which servers answer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, LoadBalancerId};
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::view::address_of;
use crate::record::{BackendServer, Listener, Protocol};
use crate::{Slb, code};

/// Tells of the servers of listeners whether they answer.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeHealthStatus {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// The listener's port. Default: all.
    #[api(range(1, 65_535))]
    pub listener_port: Option<i64>,
    /// What the listener speaks.
    #[api(choices("tcp", "http"))]
    pub listener_protocol: Option<Protocol>,
}

/// The servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeHealthStatusReply {
    /// The servers of each listener.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<HealthView>,
}

impl Authorize for DescribeHealthStatus {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:DescribeHealthStatus", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for DescribeHealthStatus {
    type Reply = DescribeHealthStatusReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeHealthStatus")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND, &code::CHECKED_LISTENER_NOT_FOUND]);
}

impl Handle<DescribeHealthStatus> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeHealthStatus>,
    ) -> Result<DescribeHealthStatusReply, ApiError> {
        let id = &call.load_balancer_id;
        let record = find::balancer_record(transaction, &context.scope, id).await?;
        let listeners: Vec<&Listener> = record
            .listeners
            .iter()
            .filter(|listener| {
                call.listener_port.is_none_or(|port| port == i64::from(listener.id.port))
                    && call.listener_protocol.is_none_or(|it| it == listener.id.protocol)
            })
            .collect();
        if listeners.is_empty() && call.listener_port.is_some() {
            return Err(ApiError::new(&code::CHECKED_LISTENER_NOT_FOUND));
        }
        let of_one = |listener: &&Listener| {
            let view = |(server, port): (&BackendServer, u16)| HealthView {
                server_id: server.server_id.clone(),
                server_ip: address_of(self.servers.as_ref(), &record, &server.server_id),
                port: port.into(),
                listener_port: listener.id.port.into(),
                protocol: listener.id.protocol,
                server_health_status: self
                    .engine
                    .health(&record.id, listener.id, &server.server_id, port)
                    .as_str()
                    .to_owned(),
                kind: "ecs".to_owned(),
            };
            record.targets(listener).into_iter().map(view).collect::<Vec<_>>()
        };
        let backend_servers = listeners.iter().flat_map(of_one).collect();
        Ok(DescribeHealthStatusReply { backend_servers })
    }
}

/// A server of a listener.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HealthView {
    /// The instance.
    pub server_id: InstanceId,
    /// Its address; empty where there is no such instance any more.
    pub server_ip: String,
    /// Its port.
    pub port: i64,
    /// The listener's port.
    pub listener_port: i64,
    /// What the listener speaks.
    pub protocol: Protocol,
    /// `normal` where it answers, `abnormal` where it does not, and `unavailable` where nobody has
    /// looked.
    pub server_health_status: String,
    /// Always `ecs`.
    #[serde(rename = "Type")]
    pub kind: String,
}
