//! Listeners as they are answered.

use rolecall_api::Shape;
use rolecall_gate::resource::tag::EcsTag;
use rolecall_types::{LoadBalancerId, ServerGroupId};
use serde::Serialize;

use super::view::switch;
use crate::LoadBalancerRecord;
use crate::record::{
    HttpSettings, Listener, ListenerStatus, ProbeMethod, ProbeType, Scheduler, StickySession,
    TcpSettings,
};

/// A listener of TCP. What is not kept here has the value of a listener without it: no access
/// control list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TcpListenerView {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    pub listener_port: i64,
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
    /// For how many seconds a client's address leads to the same server.
    pub persistence_timeout: i64,
    /// How long a connection may stand still, in seconds.
    pub established_timeout: i64,
    /// Whether connections to a server that was removed end in time.
    pub connection_drain: String,
    /// In how many seconds.
    pub connection_drain_timeout: Option<i64>,
    /// Whether the server is told the client by the PROXY protocol.
    pub proxy_protocol_v2_enabled: bool,
    /// Whether servers are looked at. Requests call it `HealthCheckSwitch`.
    pub health_check: String,
    /// What a probe speaks.
    pub health_check_type: ProbeType,
    /// The port that is looked at; absent for the server's own.
    pub health_check_connect_port: Option<i64>,
    /// How long an answer may take, in seconds.
    pub health_check_connect_timeout: i64,
    /// The pause between two probes, in seconds.
    pub health_check_interval: i64,
    /// After how many good probes a server is good again.
    pub healthy_threshold: i64,
    /// After how many bad probes a server is bad.
    pub unhealthy_threshold: i64,
    /// The page that is asked for.
    #[serde(rename = "HealthCheckURI")]
    pub health_check_uri: String,
    /// The host that is asked for.
    pub health_check_domain: String,
    /// The statuses that are good.
    pub health_check_http_code: String,
    /// How a page is asked for.
    pub health_check_method: ProbeMethod,
    /// Whether an access control list holds: `off`.
    pub acl_status: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

/// A listener of HTTP. What is not kept here has the value of a listener without it: no access
/// control list, no rules.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HttpListenerView {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    pub listener_port: i64,
    /// `running` or `stopped`.
    pub status: ListenerStatus,
    /// Always `on`.
    pub security_status: String,
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
    /// Whether a client comes back to the server of its first request.
    pub sticky_session: String,
    /// By whose cookie it does; absent where it does not.
    pub sticky_session_type: Option<String>,
    /// How long the cookie of the load balancer lives, in seconds.
    pub cookie_timeout: Option<i64>,
    /// The name of the server's cookie.
    pub cookie: Option<String>,
    /// Whether answers may be compressed.
    pub gzip: String,
    /// Whether `X-Forwarded-For` tells the client's address.
    pub x_forwarded_for: String,
    /// Whether `SLB-IP` tells the load balancer's address.
    #[serde(rename = "XForwardedFor_SLBIP")]
    pub forwarded_ip: String,
    /// Whether `SLB-ID` tells its id.
    #[serde(rename = "XForwardedFor_SLBID")]
    pub forwarded_id: String,
    /// Whether `X-Forwarded-Proto` tells what the client speaks.
    #[serde(rename = "XForwardedFor_proto")]
    pub forwarded_proto: String,
    /// Whether `X-Forwarded-Port` tells the listener's port.
    #[serde(rename = "XForwardedFor_SLBPORT")]
    pub forwarded_port: String,
    /// Whether `X-Forwarded-Client-srcport` tells the client's port.
    #[serde(rename = "XForwardedFor_ClientSrcPort")]
    pub forwarded_client_port: String,
    /// How long a client may say nothing between two requests, in seconds.
    pub idle_timeout: i64,
    /// How long a server may take to answer, in seconds.
    pub request_timeout: i64,
    /// Whether requests are sent on to another listener.
    pub listener_forward: String,
    /// The port of the other listener.
    pub forward_port: Option<i64>,
    /// Whether servers are looked at.
    pub health_check: String,
    /// What a probe speaks: `http`.
    pub health_check_type: ProbeType,
    /// The port that is looked at; absent for the server's own.
    pub health_check_connect_port: Option<i64>,
    /// How long an answer may take, in seconds.
    pub health_check_timeout: i64,
    /// The pause between two probes, in seconds.
    pub health_check_interval: i64,
    /// After how many good probes a server is good again.
    pub healthy_threshold: i64,
    /// After how many bad probes a server is bad.
    pub unhealthy_threshold: i64,
    /// The page that is asked for.
    #[serde(rename = "HealthCheckURI")]
    pub health_check_uri: String,
    /// The host that is asked for.
    pub health_check_domain: String,
    /// The statuses that are good.
    pub health_check_http_code: String,
    /// How a page is asked for.
    pub health_check_method: ProbeMethod,
    /// Whether an access control list holds: `off`.
    pub acl_status: String,
    /// Its rules; there are none.
    #[api(item = "Rule")]
    pub rules: Vec<String>,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

impl TcpListenerView {
    /// A listener with its settings.
    pub(super) fn of(
        record: &LoadBalancerRecord,
        listener: &Listener,
        settings: &TcpSettings,
    ) -> Self {
        let check = &listener.health_check;
        Self {
            load_balancer_id: record.id.clone(),
            listener_port: listener.id.port.into(),
            status: listener.status,
            backend_server_port: listener.backend_port.map(Into::into),
            v_server_group_id: listener.group.clone(),
            bandwidth: listener.bandwidth,
            scheduler: listener.scheduler,
            description: listener.description.clone(),
            persistence_timeout: settings.persistence_timeout.into(),
            established_timeout: settings.established_timeout.into(),
            connection_drain: switch(settings.connection_drain.is_some()),
            connection_drain_timeout: settings.connection_drain.map(Into::into),
            proxy_protocol_v2_enabled: settings.proxy_protocol,
            health_check: switch(check.on),
            health_check_type: check.probe,
            health_check_connect_port: check.connect_port.map(Into::into),
            health_check_connect_timeout: check.timeout.into(),
            health_check_interval: check.interval.into(),
            healthy_threshold: check.healthy_threshold.into(),
            unhealthy_threshold: check.unhealthy_threshold.into(),
            health_check_uri: check.uri.clone(),
            health_check_domain: check.domain.clone(),
            health_check_http_code: check.codes_text(),
            health_check_method: check.method,
            acl_status: switch(false),
            tags: EcsTag::all(&listener.tags),
        }
    }
}

impl HttpListenerView {
    /// A listener with its settings.
    pub(super) fn of(
        record: &LoadBalancerRecord,
        listener: &Listener,
        settings: &HttpSettings,
    ) -> Self {
        let check = &listener.health_check;
        let (sticky, timeout, cookie) = match &settings.sticky {
            StickySession::Off => (None, None, None),
            StickySession::Insert(seconds) => (Some("insert"), Some((*seconds).into()), None),
            StickySession::Server(name) => (Some("server"), None, Some(name.clone())),
        };
        Self {
            load_balancer_id: record.id.clone(),
            listener_port: listener.id.port.into(),
            status: listener.status,
            security_status: switch(true),
            backend_server_port: listener.backend_port.map(Into::into),
            v_server_group_id: listener.group.clone(),
            bandwidth: listener.bandwidth,
            scheduler: listener.scheduler,
            description: listener.description.clone(),
            sticky_session: switch(sticky.is_some()),
            sticky_session_type: sticky.map(str::to_owned),
            cookie_timeout: timeout,
            cookie,
            gzip: switch(settings.gzip),
            x_forwarded_for: switch(settings.forwarded_for),
            forwarded_ip: switch(settings.forwarded_ip),
            forwarded_id: switch(settings.forwarded_id),
            forwarded_proto: switch(settings.forwarded_proto),
            forwarded_port: switch(settings.forwarded_port),
            forwarded_client_port: switch(settings.forwarded_client_port),
            idle_timeout: settings.idle_timeout.into(),
            request_timeout: settings.request_timeout.into(),
            listener_forward: switch(settings.redirect.is_some()),
            forward_port: settings.redirect.as_ref().map(|redirect| redirect.port.into()),
            health_check: switch(check.on),
            health_check_type: check.probe,
            health_check_connect_port: check.connect_port.map(Into::into),
            health_check_timeout: check.timeout.into(),
            health_check_interval: check.interval.into(),
            healthy_threshold: check.healthy_threshold.into(),
            unhealthy_threshold: check.unhealthy_threshold.into(),
            health_check_uri: check.uri.clone(),
            health_check_domain: check.domain.clone(),
            health_check_http_code: check.codes_text(),
            health_check_method: check.method,
            acl_status: switch(false),
            rules: Vec::new(),
            tags: EcsTag::all(&listener.tags),
        }
    }
}
