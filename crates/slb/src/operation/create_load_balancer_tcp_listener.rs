//! `slb:CreateLoadBalancerTCPListener`: makes a listener that speaks TCP.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{code as shared, records};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::health_parameters::{HealthParameters, TcpHealthParameters};
use super::listener_parameters::{ListenerParameters, New, TcpParameters, check_backend};
use crate::record::Protocol;
use crate::{Slb, code};

/// Makes a listener that speaks TCP. It listens once it is started.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoadBalancerTCPListener {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// Megabits per second, or -1 for no bound.
    #[api(range(-1, 5_120))]
    pub bandwidth: i64,
    /// The port of the servers; where a group is named, that says it.
    #[api(range(1, 65_535))]
    pub backend_server_port: Option<i64>,
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
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The listener is made.
#[derive(Debug, Serialize, Shape)]

pub struct CreateLoadBalancerTCPListenerReply {}

impl Authorize for CreateLoadBalancerTCPListener {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need =
            Need::on("slb:CreateLoadBalancerTCPListener", balancer(scope, &self.load_balancer_id));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateLoadBalancerTCPListener {
    type Reply = CreateLoadBalancerTCPListenerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "CreateLoadBalancerTCPListener")
        .errors(&[
            &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
            &code::LISTENER_ALREADY_EXISTS,
            &code::QUOTA_EXCEEDED_LISTENER,
            &code::SERVER_GROUP_NOT_FOUND,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
        ])
        .stored_only(&["Bandwidth"]);
}

impl Handle<CreateLoadBalancerTCPListener> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateLoadBalancerTCPListener>,
    ) -> Result<CreateLoadBalancerTCPListenerReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let new = New {
            port: call.listener_port,
            protocol: Protocol::Tcp,
            backend_port: call.backend_server_port,
            bandwidth: call.bandwidth,
            common: &call.common,
            health: &call.health,
            tags: tag::given(&call.tag)?,
        };
        let mut listener = new.listener(&record)?;
        call.own.apply(&mut listener);
        call.own_health.apply(&mut listener.health_check);
        check_backend(&listener)?;
        record.listeners.push(listener);
        record.listeners.sort_by_key(|listener| listener.id);
        records::put(transaction, &record)?;
        Ok(CreateLoadBalancerTCPListenerReply {})
    }
}
