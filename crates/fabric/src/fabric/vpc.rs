//! The networks of VPCs, as the server holds them.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Weak};

use rolecall_types::VpcId;

use super::{FabricError, child, silent};
use crate::handover::Order;

/// The network of a VPC. It ends with the last instance in it.
#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) namespace: OwnedFd,
    /// The fabric's user namespace, where it has one.
    pub(super) user: Option<Arc<OwnedFd>>,
}

/// The networks of all VPCs that have an instance here, and the user namespace around them.
#[derive(Debug, Default)]
pub(super) struct Vpcs {
    known: BTreeMap<VpcId, Weak<Vpc>>,
    user: Option<Arc<OwnedFd>>,
}

impl Vpcs {
    /// The network of a VPC, made where it is not there. Blocks.
    pub(super) fn get(
        &mut self,
        id: &VpcId,
        program: &Path,
        folder: &Path,
    ) -> Result<Arc<Vpc>, FabricError> {
        if let Some(vpc) = self.known.get(id).and_then(Weak::upgrade) {
            return Ok(vpc);
        }
        self.known.retain(|_, vpc| vpc.strong_count() > 0);
        let vpc = Arc::new(self.make(id, program, folder)?);
        self.known.insert(id.clone(), Arc::downgrade(&vpc));
        Ok(vpc)
    }

    fn make(&mut self, id: &VpcId, program: &Path, folder: &Path) -> Result<Vpc, FabricError> {
        let (mut maker, control) = child::start(program, folder, &[id.as_str()])
            .map_err(|source| FabricError::Spawn { source })?;
        let user: Vec<_> = self.user.as_deref().into_iter().collect();
        let made = control.ask(&Order::Network, &user);
        // It has nothing more to do, and ends by itself if it has not been of use.
        let _killed = maker.kill();
        maker.wait().map_err(silent)?;
        let mut namespaces = made?.1.into_iter();
        let namespace = namespaces.next().ok_or_else(|| silent("it sent no namespace"))?;
        if let Some(user) = namespaces.next() {
            self.user = Some(Arc::new(user));
        }
        Ok(Vpc { namespace, user: self.user.clone() })
    }
}
