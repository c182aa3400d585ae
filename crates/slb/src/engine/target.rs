//! The servers of a listener as it forwards to them.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rolecall_types::InstanceId;

use super::health::Health;
use super::http::Client;
use crate::Network;
use crate::record::Vpc;

/// A server's port, with what is known of it. It stays the same while weights change, so that
/// what is known is kept.
pub(super) struct Target {
    server_id: InstanceId,
    vpc: Vpc,
    address: SocketAddrV4,
    network: Arc<dyn Network>,
    health: AtomicU8,
    /// Connections, or requests, that are forwarded there now.
    forwarded: AtomicUsize,
    /// How far its turn has come, in smooth weighted round robin.
    pub(super) turn: AtomicI64,
    client: OnceLock<Client>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A server's port with its weight.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) target: Arc<Target>,
    pub(super) weight: u8,
}

impl Target {
    /// A server of which nothing is known yet.
    pub(super) fn new(
        server_id: InstanceId,
        (vpc, address): (Vpc, Ipv4Addr),
        port: u16,
        network: Arc<dyn Network>,
    ) -> Self {
        Self {
            server_id,
            vpc,
            address: SocketAddrV4::new(address, port),
            network,
            health: AtomicU8::new(Health::Unknown as u8),
            forwarded: AtomicUsize::new(0),
            turn: AtomicI64::new(0),
            client: OnceLock::new(),
        }
    }

    /// Whether it is this port of this server.
    pub(super) fn is(&self, server_id: &InstanceId, port: u16) -> bool {
        self.server_id == *server_id && self.address.port() == port
    }

    /// Whether the server is still where it was.
    pub(super) fn stands(&self, (vpc, address): &(Vpc, Ipv4Addr)) -> bool {
        self.vpc == *vpc && self.address.ip() == address
    }

    pub(super) fn server_id(&self) -> &InstanceId {
        &self.server_id
    }

    pub(super) fn vpc(&self) -> &Vpc {
        &self.vpc
    }

    pub(super) fn address(&self) -> SocketAddrV4 {
        self.address
    }

    pub(super) fn network(&self) -> &Arc<dyn Network> {
        &self.network
    }

    pub(super) fn health(&self) -> Health {
        Health::of(self.health.load(Ordering::Relaxed))
    }

    pub(super) fn set_health(&self, health: Health) {
        self.health.store(health as u8, Ordering::Relaxed);
    }

    /// How many connections, or requests, are forwarded there now.
    pub(super) fn forwarded(&self) -> usize {
        self.forwarded.load(Ordering::Relaxed)
    }

    /// Its connections for HTTP, which are kept for further requests.
    pub(super) fn client(&self) -> &Client {
        self.client.get_or_init(|| super::http::client(self))
    }
}

/// Something that is forwarded to a server, as long as it lives.
#[derive(Debug)]
pub(super) struct Forwarded(Arc<Target>);

impl Forwarded {
    /// Counts one more.
    pub(super) fn to(target: Arc<Target>) -> Self {
        target.forwarded.fetch_add(1, Ordering::Relaxed);
        Self(target)
    }
}

impl std::ops::Deref for Forwarded {
    type Target = Arc<Target>;

    fn deref(&self) -> &Arc<Target> {
        &self.0
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        self.0.forwarded.fetch_sub(1, Ordering::Relaxed);
    }
}
