//! The networks of VPCs, as the server holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rolecall_types::VpcId;
use tokio::net::TcpSocket;

use super::child::{self, Control};
use super::{FabricError, VpcSpec, silent};
use crate::Block;
use crate::handover::{InVpc, Order};

/// The network of a VPC. It ends with the last instance in it, and with who uses it besides.
#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) namespace: OwnedFd,
    /// The fabric's user namespace, where it has one.
    pub(super) user: Option<Arc<OwnedFd>>,
    /// Who works in it for us.
    keeper: Mutex<Child>,
    control: Control,
}

impl Drop for Vpc {
    fn drop(&mut self) {
        self.control.close();
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = keeper.kill().and_then(|()| keeper.wait()) {
            tracing::warn!(keeper = keeper.id(), %error, "could not end the keeper of a VPC");
        }
    }
}

/// How many sockets are fetched at once, for those who connect next.
const SOCKETS: usize = 8;

/// The network of a VPC, for who connects and listens in it without being one of its instances.
/// Their address is [`BALANCER_ADDRESS`](crate::BALANCER_ADDRESS), or one that is held.
#[derive(Debug)]
pub struct VpcNetwork {
    vpc: Arc<Vpc>,
    spare: Mutex<Vec<OwnedFd>>,
    held: Mutex<BTreeSet<Ipv4Addr>>,
}

impl VpcNetwork {
    pub(super) fn new(vpc: Arc<Vpc>) -> Self {
        Self { vpc, spare: Mutex::default(), held: Mutex::default() }
    }

    /// A socket of TCP in the VPC.
    pub async fn socket(&self) -> io::Result<TcpSocket> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let socket = if let Some(socket) = spare {
            socket
        } else {
            let mut more = self.ask(InVpc::Sockets(SOCKETS)).await?;
            let socket = more.pop().ok_or_else(|| io::Error::other("it sent no socket"))?;
            self.spare.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
            socket
        };
        Ok(TcpSocket::from_std_stream(TcpStream::from(socket)))
    }

    /// Takes an address of the VPC, to listen on. No instance may have it.
    pub async fn hold(&self, address: Ipv4Addr) -> io::Result<()> {
        if !self.held().insert(address) {
            return Ok(());
        }
        let held = self.ask(InVpc::Hold(address)).await;
        if held.is_err() {
            self.held().remove(&address);
        }
        held.map(drop)
    }

    /// Gives up all addresses that are held but these.
    pub async fn hold_only(&self, addresses: &[Ipv4Addr]) -> io::Result<()> {
        let is_due = |address: &Ipv4Addr| !addresses.contains(address);
        let due: Vec<_> = self.held().iter().copied().filter(is_due).collect();
        for address in due {
            self.ask(InVpc::GiveUp(address)).await?;
            self.held().remove(&address);
        }
        Ok(())
    }

    async fn ask(&self, order: InVpc) -> io::Result<Vec<OwnedFd>> {
        let control = self.vpc.control.clone();
        let asked = move || control.ask::<OwnedFd>(&order, &[]);
        let answer = tokio::task::spawn_blocking(asked).await.map_err(io::Error::other)?;
        answer.map(|(_, descriptors)| descriptors).map_err(io::Error::other)
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<Ipv4Addr>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        VpcSpec { id, block }: &VpcSpec,
        program: &Path,
        folder: &Path,
    ) -> Result<Arc<Vpc>, FabricError> {
        if let Some(vpc) = self.known.get(id).and_then(Weak::upgrade) {
            return Ok(vpc);
        }
        self.known.retain(|_, vpc| vpc.strong_count() > 0);
        let vpc = Arc::new(self.make(id, *block, program, folder)?);
        self.known.insert(id.clone(), Arc::downgrade(&vpc));
        Ok(vpc)
    }

    fn make(
        &mut self,
        id: &VpcId,
        block: Block,
        program: &Path,
        folder: &Path,
    ) -> Result<Vpc, FabricError> {
        let (mut keeper, control) = child::start(program, folder, &[id.as_str()])
            .map_err(|source| FabricError::Spawn { source })?;
        let user: Vec<_> = self.user.as_deref().into_iter().collect();
        let made = control.ask(&Order::Network(block), &user);
        if made.is_err() {
            // It ends by itself, and is waited for.
            let _killed = keeper.kill();
            keeper.wait().map_err(silent)?;
        }
        let mut namespaces = made?.1.into_iter();
        let namespace = namespaces.next().ok_or_else(|| silent("it sent no namespace"))?;
        if let Some(user) = namespaces.next() {
            self.user = Some(Arc::new(user));
        }
        Ok(Vpc { namespace, user: self.user.clone(), keeper: Mutex::new(keeper), control })
    }
}
