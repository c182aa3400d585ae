//! The routes of the gate: every operation with its handler.

use std::sync::Arc;

use rolecall_compute::{Ecs, Vpc, ecs, vpc};
use rolecall_crypto::KeyRing;
use rolecall_gate::Route;
use rolecall_identity::{SessionBook, SignIns, ims, ram, sts};
use rolecall_slb::Slb;

/// Every operation that is served, with its handler.
pub(crate) fn routes(
    key_ring: &Arc<KeyRing>,
    sessions: &SessionBook,
    sign_ins: Arc<SignIns>,
    slb: Slb,
) -> Vec<Box<dyn Route>> {
    let ram = ram::Ram::new(sign_ins, Arc::clone(key_ring));
    let mut routes = ram::routes(&Arc::new(ram));
    routes.extend(ims::routes(&Arc::new(ims::Ims)));
    let sts = sts::Sts::new(Arc::clone(key_ring), sessions.clone());
    routes.extend(sts::routes(&Arc::new(sts)));
    routes.extend(ecs::routes(&Arc::new(Ecs)));
    routes.extend(vpc::routes(&Arc::new(Vpc)));
    routes.extend(rolecall_slb::routes(&Arc::new(slb)));
    routes
}
