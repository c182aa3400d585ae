//! Listeners.

use std::fmt;

use rolecall_api::{Kind, Shape};
use rolecall_gate::resource::tag::Tag;
use rolecall_types::{ServerGroupId, TextRule};
use serde::{Deserialize, Serialize};

use super::{HealthCheck, HttpSettings, Redirect};

/// A port of a load balancer, and what is done with what comes in there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// What it is known by.
    pub id: ListenerId,
    /// Whether it listens.
    pub status: ListenerStatus,
    /// The port of the servers; none where a group says it.
    pub backend_port: Option<u16>,
    /// The group of servers; none for those of the load balancer itself.
    pub group: Option<ServerGroupId>,
    /// Megabits per second, or -1 for no bound; kept and answered.
    pub bandwidth: i64,
    /// How servers are chosen.
    pub scheduler: Scheduler,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// How servers are looked at.
    pub health_check: HealthCheck,
    /// What its protocol needs.
    pub settings: Settings,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// What a listener is known by within its load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListenerId {
    /// Its port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    #[serde(rename = "tcp")]
    Tcp,
    /// HTTP.
    #[serde(rename = "http")]
    Http,
}

/// Whether a listener listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListenerStatus {
    /// It does.
    #[serde(rename = "running")]
    Running,
    /// It does not.
    #[serde(rename = "stopped")]
    Stopped,
}

/// How a server is chosen. Source: SLB `CreateLoadBalancerTCPListener`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheduler {
    /// In turn, by weight.
    #[serde(rename = "wrr")]
    Wrr,
    /// In turn.
    #[serde(rename = "rr")]
    Rr,
    /// The one with the fewest connections for its weight.
    #[serde(rename = "wlc")]
    Wlc,
    /// By the client's address.
    #[serde(rename = "sch")]
    Sch,
    /// By both addresses and ports of the connection.
    #[serde(rename = "tch")]
    Tch,
}

/// What one protocol needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settings {
    /// Of TCP.
    Tcp(TcpSettings),
    /// Of HTTP.
    Http(HttpSettings),
}

/// What a listener of TCP does with connections. Source: SLB `CreateLoadBalancerTCPListener`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpSettings {
    /// For how many seconds a client's address leads to the same server; 0 for not at all.
    pub persistence_timeout: u32,
    /// How long a connection may stand still, in seconds.
    pub established_timeout: u32,
    /// Within how many seconds connections to a server that was removed end; none for no bound.
    pub connection_drain: Option<u32>,
    /// Whether the server is told the client by the PROXY protocol, version 2.
    pub proxy_protocol: bool,
}

impl Default for TcpSettings {
    fn default() -> Self {
        Self {
            persistence_timeout: 0,
            established_timeout: 900,
            connection_drain: None,
            proxy_protocol: false,
        }
    }
}

impl Listener {
    /// Where its requests are sent on to, if they are.
    pub fn redirect(&self) -> Option<&Redirect> {
        match &self.settings {
            Settings::Http(settings) => settings.redirect.as_ref(),
            Settings::Tcp(_) => None,
        }
    }
}

macro_rules! words {
    ($($kind:ty),+) => {
        $(impl Shape for $kind {
            const KIND: Kind = Kind::Text(TextRule::length(1, 16));
        })+
    };
}

words! { Protocol, Scheduler, ListenerStatus }

impl Protocol {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Http => "http",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
