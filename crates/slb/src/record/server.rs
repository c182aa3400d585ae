//! Backend servers.

use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

/// An instance that traffic is forwarded to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendServer {
    /// The instance.
    pub server_id: InstanceId,
    /// The port, in a group; otherwise the listener says it.
    pub port: Option<u16>,
    /// Its share of the traffic, 0 to 100; with 0 nothing new goes there.
    pub weight: u8,
    /// What it is for; empty where nobody said.
    pub description: String,
}
