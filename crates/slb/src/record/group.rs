//! Groups of backend servers.

use rolecall_gate::resource::tag::Tag;
use rolecall_types::{ServerGroupId, Timestamp};
use serde::{Deserialize, Serialize};

use super::BackendServer;

/// A vServer group: servers with a port each, for listeners that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerGroup {
    /// Its id.
    pub id: ServerGroupId,
    /// Its name.
    pub name: String,
    /// Its servers; each has a port. One instance may be there several times, by other ports.
    pub servers: Vec<BackendServer>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}
