//! `slb:DescribeLoadBalancerListeners`: lists listeners.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::page::Asked;
use rolecall_gate::resource::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{code as shared, records};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{LoadBalancerId, ServerGroupId};
use serde::{Deserialize, Serialize};

use super::find;
use super::listener_view::{HttpListenerView, TcpListenerView};
use crate::record::{Listener, ListenerStatus, Protocol, Scheduler, Settings};
use crate::{LoadBalancerRecord, Slb};

/// The most listeners of a part where the caller names no number. Source: SLB
/// `DescribeLoadBalancerListeners`.
const PART: i64 = 20;

/// Lists listeners of the region, of load balancers that are named or of all.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancerListeners {
    /// The load balancers.
    #[api(items(1, 10))]
    pub load_balancer_id: Vec<String>,
    /// What they speak.
    #[api(choices("tcp", "http"))]
    pub listener_protocol: Option<Protocol>,
    /// Their port.
    #[api(range(1, 65_535))]
    pub listener_port: Option<i64>,
    /// What they are for.
    pub description: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The most listeners of a part; default 20.
    #[api(range(1, 100))]
    pub max_results: Option<i64>,
    /// Where the part begins: what the one before answered.
    pub next_token: Option<String>,
}

/// A part of the listeners.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancerListenersReply {
    /// The listeners, in the order of load balancers and ports.
    pub listeners: Vec<ListenerView>,
    /// How many match.
    pub total_count: i64,
    /// The most listeners of a part.
    pub max_results: i64,
    /// What asks for the next part; empty at the end.
    pub next_token: String,
}

impl Authorize for DescribeLoadBalancerListeners {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let needs = find::each("slb:DescribeLoadBalancerListeners", scope, &self.load_balancer_id);
        let tags = || tag::requested(&self.tag);
        needs.into_iter().map(|need| need.with_request_tags(tags())).collect()
    }
}

impl Operation for DescribeLoadBalancerListeners {
    type Reply = DescribeLoadBalancerListenersReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeLoadBalancerListeners")
        .errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeLoadBalancerListeners> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeLoadBalancerListeners>,
    ) -> Result<DescribeLoadBalancerListenersReply, ApiError> {
        let all = records::list::<LoadBalancerRecord>(transaction, &context.scope).await?;
        let named = |record: &&LoadBalancerRecord| {
            let ids = &call.load_balancer_id;
            ids.is_empty() || ids.iter().any(|id| id == record.id.as_str())
        };
        let fits = |listener: &&Listener| {
            call.listener_protocol.is_none_or(|protocol| protocol == listener.id.protocol)
                && call.listener_port.is_none_or(|port| port == i64::from(listener.id.port))
                && call.description.as_ref().is_none_or(|text| *text == listener.description)
                && tag::carries(&listener.tags, &call.tag)
        };
        let of_one = |record: &LoadBalancerRecord| {
            let found = record.listeners.iter().filter(fits);
            let placed = found.map(|listener| {
                let id = listener.id;
                let place = format!("{}\n{:05}{}", record.id, id.port, id.protocol);
                (place, ListenerView::of(record, listener))
            });
            placed.collect::<Vec<_>>()
        };
        let placed = all.iter().filter(named).flat_map(of_one).collect();
        let asked = Asked::Token {
            results: Some(call.max_results.unwrap_or(PART)),
            token: call.next_token.as_deref(),
        };
        let page = asked.cut(placed, |(place, _)| place.as_str())?;
        Ok(DescribeLoadBalancerListenersReply {
            listeners: page.items.into_iter().map(|(_, view)| view).collect(),
            total_count: page.total,
            max_results: page.size,
            next_token: page.next_token,
        })
    }
}

/// A listener of a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerView {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    pub listener_port: i64,
    /// What it speaks.
    pub listener_protocol: Protocol,
    /// `running` or `stopped`.
    pub status: ListenerStatus,
    /// The port of the servers; absent where a group says it.
    pub backend_server_port: Option<i64>,
    /// The group of servers.
    pub v_server_group_id: Option<ServerGroupId>,
    /// Megabits per second; -1 for no bound.
    pub bandwidth: i64,
    /// How a server is chosen.
    pub scheduler: Scheduler,
    /// What it is for.
    pub description: String,
    /// Whether an access control list holds: `off`.
    pub acl_status: String,
    /// What it is as a listener of TCP.
    #[serde(rename = "TCPListenerConfig")]
    pub tcp_listener_config: Option<TcpListenerView>,
    /// What it is as a listener of HTTP.
    #[serde(rename = "HTTPListenerConfig")]
    pub http_listener_config: Option<HttpListenerView>,
    /// Its tags.
    pub tags: Vec<EcsTag>,
}

impl ListenerView {
    fn of(record: &LoadBalancerRecord, listener: &Listener) -> Self {
        let (tcp, http) = match &listener.settings {
            Settings::Tcp(settings) => {
                (Some(TcpListenerView::of(record, listener, settings)), None)
            }
            Settings::Http(settings) => {
                (None, Some(HttpListenerView::of(record, listener, settings)))
            }
        };
        Self {
            load_balancer_id: record.id.clone(),
            listener_port: listener.id.port.into(),
            listener_protocol: listener.id.protocol,
            status: listener.status,
            backend_server_port: listener.backend_port.map(Into::into),
            v_server_group_id: listener.group.clone(),
            bandwidth: listener.bandwidth,
            scheduler: listener.scheduler,
            description: listener.description.clone(),
            acl_status: "off".to_owned(),
            tcp_listener_config: tcp,
            http_listener_config: http,
            tags: EcsTag::all(&listener.tags),
        }
    }
}
