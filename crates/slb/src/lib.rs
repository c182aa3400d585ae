//! SLB: load balancers, their listeners and backend servers. API version 2014-05-15.
//!
//! A load balancer is one record ([`LoadBalancerRecord`]), with its listeners and its groups of
//! servers, so that calls on it meet. [`Balancers`] keeps all of them in memory, and an [`Engine`]
//! lets their listeners listen.
//!
//! What is other products' comes in by [ports](Servers): instances, addresses of vSwitches, and
//! sockets in VPCs.

mod balancers;
pub mod code;
mod engine;
pub mod operation;
mod ports;
pub mod record;

use std::sync::Arc;

use rolecall_gate::ResourceTags;
use rolecall_store::{Reader, StoreError};

pub use balancers::{BalancerMap, Balancers};
pub use engine::Engine;
pub use operation::{OPERATIONS, SlbHandlers, routes};
pub use ports::{Addresses, Later, Network, NoAddress, Server, Servers, TakenAddress};
pub use record::LoadBalancerRecord;

/// Carries out the operations of SLB.
pub struct Slb {
    pub(crate) servers: Arc<dyn Servers>,
    pub(crate) addresses: Arc<dyn Addresses>,
    pub(crate) engine: Arc<Engine>,
}

impl std::fmt::Debug for Slb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slb").finish_non_exhaustive()
    }
}

impl Slb {
    /// Operations on these instances and vSwitches, whose listeners `engine` opens.
    pub fn new(
        servers: Arc<dyn Servers>,
        addresses: Arc<dyn Addresses>,
        engine: Arc<Engine>,
    ) -> Self {
        Self { servers, addresses, engine }
    }
}

/// Watches the tags of load balancers.
pub async fn watch_tags(tags: &mut ResourceTags, reader: &Reader) -> Result<(), StoreError> {
    tags.watch::<LoadBalancerRecord>(reader).await
}
