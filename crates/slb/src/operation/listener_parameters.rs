//! What requests say of listeners.

use rolecall_api::{ApiError, Shape, code as common};
use rolecall_gate::resource::tag::Tag;
use rolecall_types::ServerGroupId;
use serde::{Deserialize, Serialize};

use super::health_parameters::{HealthParameters, set};
use crate::record::{
    HealthCheck, HttpSettings, Listener, ListenerId, ListenerStatus, ProbeType, Protocol, Redirect,
    Scheduler, Settings, StickySession, TcpSettings,
};
use crate::{LoadBalancerRecord, code};

/// What listeners of every protocol have.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerParameters {
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
    /// The group of servers. Default: the servers of the load balancer itself.
    pub v_server_group_id: Option<ServerGroupId>,
    /// Whether an access control list holds: `off`.
    #[api(choices("off"))]
    pub acl_status: Option<String>,
}

/// What a listener of TCP does with connections.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TcpParameters {
    /// How a server is chosen. Default `wrr`.
    #[api(choices("wrr", "rr", "wlc", "sch", "tch"))]
    pub scheduler: Option<Scheduler>,
    /// For how many seconds a client's address leads to the same server; 0, the default, for not
    /// at all.
    #[api(range(0, 3_600))]
    pub persistence_timeout: Option<i64>,
    /// How long a connection may stand still, in seconds. Default 900.
    #[api(range(10, 900))]
    pub established_timeout: Option<i64>,
    /// Whether connections to a server that was removed end in time. Default `off`.
    #[api(choices("on", "off"))]
    pub connection_drain: Option<String>,
    /// In how many seconds.
    #[api(range(10, 900))]
    pub connection_drain_timeout: Option<i64>,
    /// Whether the server is told the client by the PROXY protocol, version 2. Default false.
    pub proxy_protocol_v2_enabled: Option<bool>,
}

/// What a listener of HTTP does with requests.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HttpParameters {
    /// How a server is chosen. Default `wrr`.
    #[api(choices("wrr", "rr", "wlc"))]
    pub scheduler: Option<Scheduler>,
    /// Whether a client comes back to the server of its first request. Default `off`.
    #[api(choices("on", "off"))]
    pub sticky_session: Option<String>,
    /// By whose cookie it does: that of the load balancer, or the server's.
    #[api(choices("insert", "server"))]
    pub sticky_session_type: Option<String>,
    /// How long the cookie of the load balancer lives, in seconds.
    #[api(range(1, 86_400))]
    pub cookie_timeout: Option<i64>,
    /// The name of the server's cookie.
    #[api(chars(1, 200))]
    pub cookie: Option<String>,
    /// Whether answers may be compressed. Default `on`.
    #[api(choices("on", "off"))]
    pub gzip: Option<String>,
    /// Whether `X-Forwarded-For` tells the client's address: always.
    #[api(choices("on"))]
    pub x_forwarded_for: Option<String>,
    /// Whether `SLB-IP` tells the load balancer's address. Default `off`.
    #[serde(rename = "XForwardedFor_SLBIP")]
    #[api(choices("on", "off"))]
    pub forwarded_ip: Option<String>,
    /// Whether `SLB-ID` tells its id. Default `off`.
    #[serde(rename = "XForwardedFor_SLBID")]
    #[api(choices("on", "off"))]
    pub forwarded_id: Option<String>,
    /// Whether `X-Forwarded-Proto` tells what the client speaks. Default `off`.
    #[serde(rename = "XForwardedFor_proto")]
    #[api(choices("on", "off"))]
    pub forwarded_proto: Option<String>,
    /// Whether `X-Forwarded-Port` tells the listener's port. Default `off`.
    #[serde(rename = "XForwardedFor_SLBPORT")]
    #[api(choices("on", "off"))]
    pub forwarded_port: Option<String>,
    /// Whether `X-Forwarded-Client-srcport` tells the client's port. Default `off`.
    #[serde(rename = "XForwardedFor_ClientSrcPort")]
    #[api(choices("on", "off"))]
    pub forwarded_client_port: Option<String>,
    /// How long a client may say nothing between two requests, in seconds. Default 15.
    #[api(range(1, 60))]
    pub idle_timeout: Option<i64>,
    /// How long a server may take to answer, in seconds. Default 60.
    #[api(range(1, 180))]
    pub request_timeout: Option<i64>,
}

impl ListenerParameters {
    /// Changes what is given. A group that is named must be one of the load balancer's.
    pub(super) fn apply(
        &self,
        record: &LoadBalancerRecord,
        listener: &mut Listener,
    ) -> Result<(), ApiError> {
        if let Some(description) = &self.description {
            listener.description.clone_from(description);
        }
        if let Some(id) = &self.v_server_group_id {
            let known = record.group(id).is_some();
            known.then_some(()).ok_or_else(|| ApiError::new(&code::SERVER_GROUP_NOT_FOUND))?;
            listener.group = Some(id.clone());
        }
        Ok(())
    }
}

impl TcpParameters {
    /// Changes what is given.
    pub(super) fn apply(&self, listener: &mut Listener) {
        listener.scheduler = self.scheduler.unwrap_or(listener.scheduler);
        let Settings::Tcp(settings) = &mut listener.settings else { return };
        set(&mut settings.persistence_timeout, self.persistence_timeout);
        set(&mut settings.established_timeout, self.established_timeout);
        let mut drain = settings.connection_drain.unwrap_or(DRAIN_DEFAULT);
        set(&mut drain, self.connection_drain_timeout);
        let is_on = self.connection_drain.as_ref().map(|switch| switch == "on");
        settings.connection_drain =
            is_on.unwrap_or(settings.connection_drain.is_some()).then_some(drain);
        settings.proxy_protocol = self.proxy_protocol_v2_enabled.unwrap_or(settings.proxy_protocol);
    }
}

/// How long connections to a server that was removed go on, in seconds, where nobody says it.
/// Source: SLB `CreateLoadBalancerTCPListener`.
const DRAIN_DEFAULT: u32 = 300;

impl HttpParameters {
    /// Changes what is given.
    pub(super) fn apply(&self, listener: &mut Listener) -> Result<(), ApiError> {
        listener.scheduler = self.scheduler.unwrap_or(listener.scheduler);
        let Settings::Http(settings) = &mut listener.settings else { return Ok(()) };
        self.stick(settings)?;
        for (place, switch) in [
            (&mut settings.gzip, &self.gzip),
            (&mut settings.forwarded_ip, &self.forwarded_ip),
            (&mut settings.forwarded_id, &self.forwarded_id),
            (&mut settings.forwarded_proto, &self.forwarded_proto),
            (&mut settings.forwarded_port, &self.forwarded_port),
            (&mut settings.forwarded_client_port, &self.forwarded_client_port),
        ] {
            if let Some(switch) = switch {
                *place = switch == "on";
            }
        }
        set(&mut settings.idle_timeout, self.idle_timeout);
        set(&mut settings.request_timeout, self.request_timeout);
        Ok(())
    }

    /// Changes how clients come back. What is switched on must be whole.
    fn stick(&self, settings: &mut HttpSettings) -> Result<(), ApiError> {
        match self.sticky_session.as_deref() {
            None => return Ok(()),
            Some("on") => {}
            Some(_) => {
                settings.sticky = StickySession::Off;
                return Ok(());
            }
        }
        let missing = |parameter: &str| ApiError::of(&common::MISSING_PARAMETER, parameter);
        settings.sticky = match self.sticky_session_type.as_deref() {
            None => return Err(missing("StickySessionType")),
            Some("insert") => {
                let seconds = self.cookie_timeout.ok_or_else(|| missing("CookieTimeout"))?;
                StickySession::Insert(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
            Some(_) => {
                let name = self.cookie.clone().ok_or_else(|| missing("Cookie"))?;
                // What ends a cookie's name, or begins one of ours.
                let is_token =
                    name.bytes().all(|byte| byte.is_ascii_graphic() && !b",;=$".contains(&byte));
                if !is_token || name.starts_with('$') {
                    return Err(ApiError::of(&common::INVALID_PARAMETER, "Cookie"));
                }
                StickySession::Server(name)
            }
        };
        Ok(())
    }
}

/// What a call that makes a listener says of it, besides what its protocol needs.
pub(super) struct New<'a> {
    pub(super) port: i64,
    pub(super) protocol: Protocol,
    pub(super) backend_port: Option<i64>,
    pub(super) bandwidth: i64,
    pub(super) common: &'a ListenerParameters,
    pub(super) health: &'a HealthParameters,
    pub(super) tags: Vec<Tag>,
}

/// The most listeners of a load balancer. Source: "Limits" of the SLB pages.
const LISTENERS_MAX: usize = 50;

impl New<'_> {
    /// The listener that is asked for, stopped, with what its protocol has where nothing is said.
    pub(super) fn listener(&self, record: &LoadBalancerRecord) -> Result<Listener, ApiError> {
        let wrong = |parameter: &str| ApiError::of(&common::INVALID_PARAMETER, parameter);
        let port = u16::try_from(self.port).map_err(|_| wrong("ListenerPort"))?;
        // All protocols that there are here share the ports of TCP.
        if record.listeners.iter().any(|listener| listener.id.port == port) {
            return Err(ApiError::new(&code::LISTENER_ALREADY_EXISTS));
        }
        if record.listeners.len() >= LISTENERS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_LISTENER));
        }
        let backend_port = self.backend_port.map(u16::try_from).transpose();
        let (probe, settings) = match self.protocol {
            Protocol::Tcp => (ProbeType::Tcp, Settings::Tcp(TcpSettings::default())),
            Protocol::Http => (ProbeType::Http, Settings::Http(HttpSettings::default())),
        };
        let mut listener = Listener {
            id: ListenerId { port, protocol: self.protocol },
            status: ListenerStatus::Stopped,
            backend_port: backend_port.map_err(|_| wrong("BackendServerPort"))?,
            group: None,
            bandwidth: self.bandwidth,
            scheduler: Scheduler::Wrr,
            description: String::new(),
            health_check: HealthCheck::new(probe),
            settings,
            tags: self.tags.clone(),
        };
        self.common.apply(record, &mut listener)?;
        self.health.apply(&mut listener.health_check)?;
        if listener.group.is_some() {
            listener.backend_port = None;
        }
        Ok(listener)
    }
}

/// A listener must know the port of its servers, unless it forwards nothing to them.
pub(super) fn check_backend(listener: &Listener) -> Result<(), ApiError> {
    if listener.group.is_none() && listener.backend_port.is_none() && listener.redirect().is_none()
    {
        return Err(ApiError::of(&common::MISSING_PARAMETER, "BackendServerPort"));
    }
    Ok(())
}

/// Where a listener sends requests on to, by what its maker says.
pub(super) fn redirect(
    forward: Option<&str>,
    port: Option<i64>,
) -> Result<Option<Redirect>, ApiError> {
    if forward != Some("on") {
        return Ok(None);
    }
    let port = port.ok_or_else(|| ApiError::of(&common::MISSING_PARAMETER, "ForwardPort"))?;
    let port = u16::try_from(port);
    let port = port.map_err(|_| ApiError::of(&common::INVALID_PARAMETER, "ForwardPort"))?;
    Ok(Some(Redirect { port }))
}

/// What a call that changes a listener says of its group, besides the group itself.
pub(super) fn leave_group(
    switch: Option<&str>,
    group: Option<&ServerGroupId>,
    listener: &mut Listener,
) -> Result<(), ApiError> {
    match (switch, group) {
        (Some("off"), Some(_)) => Err(ApiError::of(&common::INVALID_PARAMETER, "VServerGroup")),
        // Back to the servers of the load balancer, for whom it must know the port.
        (Some("off"), None) => {
            listener.group = None;
            check_backend(listener)
        }
        (Some("on"), None) if listener.group.is_none() => {
            Err(ApiError::of(&common::MISSING_PARAMETER, "VServerGroupId"))
        }
        _ => Ok(()),
    }
}
