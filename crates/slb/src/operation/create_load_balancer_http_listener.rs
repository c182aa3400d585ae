//! `slb:CreateLoadBalancerHTTPListener`: makes a listener that speaks HTTP.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{code as shared, records};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::health_parameters::{HealthParameters, HttpHealthParameters};
use super::listener_parameters::{
    HttpParameters, ListenerParameters, New, check_backend, redirect,
};
use crate::record::{Protocol, Settings};
use crate::{Slb, code};

/// Makes a listener that speaks HTTP. It listens once it is started.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoadBalancerHTTPListener {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
    /// Megabits per second, or -1 for no bound. Default -1.
    #[api(range(-1, 5_120))]
    pub bandwidth: Option<i64>,
    /// The port of the servers; where a group is named, that says it.
    #[api(range(1, 65_535))]
    pub backend_server_port: Option<i64>,
    /// Whether servers are looked at.
    #[api(choices("on", "off"))]
    pub health_check: String,
    /// Whether requests are sent on to a listener of HTTPS. Default `off`.
    #[api(choices("on", "off"))]
    pub listener_forward: Option<String>,
    /// The port of that listener.
    #[api(range(1, 65_535))]
    pub forward_port: Option<i64>,
    /// What every listener has.
    #[serde(flatten)]
    pub common: ListenerParameters,
    /// How servers are looked at.
    #[serde(flatten)]
    pub health: HealthParameters,
    /// How servers are looked at, by listeners of this protocol.
    #[serde(flatten)]
    pub own_health: HttpHealthParameters,
    /// What is done with what comes in.
    #[serde(flatten)]
    pub own: HttpParameters,
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The listener is made.
#[derive(Debug, Serialize, Shape)]

pub struct CreateLoadBalancerHTTPListenerReply {}

impl Authorize for CreateLoadBalancerHTTPListener {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need =
            Need::on("slb:CreateLoadBalancerHTTPListener", balancer(scope, &self.load_balancer_id));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateLoadBalancerHTTPListener {
    type Reply = CreateLoadBalancerHTTPListenerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "CreateLoadBalancerHTTPListener")
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
        .stored_only(&["Bandwidth", "Gzip"]);
}

impl Handle<CreateLoadBalancerHTTPListener> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateLoadBalancerHTTPListener>,
    ) -> Result<CreateLoadBalancerHTTPListenerReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let new = New {
            port: call.listener_port,
            protocol: Protocol::Http,
            backend_port: call.backend_server_port,
            bandwidth: call.bandwidth.unwrap_or(-1),
            common: &call.common,
            health: &call.health,
            tags: tag::given(&call.tag)?,
        };
        let mut listener = new.listener(&record)?;
        call.own.apply(&mut listener)?;
        call.own_health.apply(&mut listener.health_check);
        listener.health_check.on = call.health_check == "on";
        if let Settings::Http(settings) = &mut listener.settings {
            settings.redirect = redirect(call.listener_forward.as_deref(), call.forward_port)?;
        }
        check_backend(&listener)?;
        record.listeners.push(listener);
        record.listeners.sort_by_key(|listener| listener.id);
        records::put(transaction, &record)?;
        Ok(CreateLoadBalancerHTTPListenerReply {})
    }
}
