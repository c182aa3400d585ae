//! What listeners that speak HTTP do with requests.

use serde::{Deserialize, Serialize};

/// What a listener that speaks HTTP does with requests. Source: SLB
/// `CreateLoadBalancerHTTPListener`, defaults and ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's switches, each on its own")]
pub struct HttpSettings {
    /// How a client comes back to its server.
    pub sticky: StickySession,
    /// Whether answers may be compressed; kept and answered.
    pub gzip: bool,
    /// Whether `X-Forwarded-For` tells the client's address.
    pub forwarded_for: bool,
    /// Whether `SLB-ID` tells the load balancer.
    pub forwarded_id: bool,
    /// Whether `SLB-IP` tells its address.
    pub forwarded_ip: bool,
    /// Whether `X-Forwarded-Proto` tells what the client speaks.
    pub forwarded_proto: bool,
    /// Whether `X-Forwarded-Port` tells the listener's port.
    pub forwarded_port: bool,
    /// Whether `X-Forwarded-Client-srcport` tells the client's port.
    pub forwarded_client_port: bool,
    /// How long a client may say nothing between two requests, in seconds.
    pub idle_timeout: u16,
    /// How long a server may take to answer, in seconds.
    pub request_timeout: u16,
    /// Where requests are sent on to instead of being forwarded.
    pub redirect: Option<Redirect>,
}

/// How a client comes back to the server of its first request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StickySession {
    /// It does not.
    Off,
    /// By a cookie of ours, which lives this many seconds.
    Insert(u32),
    /// By a cookie of this name that the server sets.
    Server(String),
}

/// A redirection to HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The port.
    pub port: u16,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            sticky: StickySession::Off,
            gzip: true,
            forwarded_for: true,
            forwarded_id: false,
            forwarded_ip: false,
            forwarded_proto: false,
            forwarded_port: false,
            forwarded_client_port: false,
            idle_timeout: 15,
            request_timeout: 60,
            redirect: None,
        }
    }
}
