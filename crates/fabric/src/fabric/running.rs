//! A holder's process from its start to its end.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use rolecall_types::InstanceId;

use super::child::{self, Control};
use super::vpc::Vpc;
use super::{FabricError, Instance, InstanceSpec, silent};
use crate::Block;
use crate::dns::{DnsSockets, Zone};
use crate::files::InstanceFiles;
use crate::handover::{self, Order, WireOrder};
use crate::process::{HolderRef, Inside, NamespaceId, Process};

/// How often and with which pauses a keeper is looked at that was told to end.
const END_ROUNDS_MAX: usize = 1_000;
const END_PAUSE: Duration = Duration::from_millis(2);

/// An instance's files, removed when dropped.
#[derive(Debug)]
pub(super) struct InstanceFolder(pub(super) PathBuf);

impl Drop for InstanceFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "could not remove an instance's files");
        }
    }
}

/// The process that keeps an instance's wire, and what ends with it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) control: Control,
    /// The instance's address, and its VPC's.
    pub(super) place: (Ipv4Addr, Block),
    /// The network namespaces that are the instance's, its VPC's and its wire's.
    pub(super) namespaces: Vec<NamespaceId>,
    /// What its processes are known by, once it is made.
    inside: Option<Inside>,
    vpc: Arc<Vpc>,
    /// Removed last, after `Drop` has ended the processes that use it.
    folder: InstanceFolder,
}

impl Running {
    /// A keeper that waits for its order. Blocks.
    pub(super) fn start(
        program: &Path,
        folder: InstanceFolder,
        vpc: Arc<Vpc>,
        id: &InstanceId,
    ) -> Result<Self, FabricError> {
        let (child, control) = child::start(program, &folder.0, &[id.as_str(), "wire"])
            .map_err(|source| FabricError::Spawn { source })?;
        let place = (Ipv4Addr::UNSPECIFIED, Block::single(Ipv4Addr::UNSPECIFIED));
        Ok(Self { child, control, place, namespaces: Vec::new(), inside: None, vpc, folder })
    }

    /// Gives the order and takes the sockets. Blocks.
    pub(super) fn make(
        mut self,
        spec: InstanceSpec,
        files: InstanceFiles,
        adopted: Option<&OwnedFd>,
        nft: PathBuf,
    ) -> Result<(Instance, Self), FabricError> {
        self.place = (spec.private_address, spec.vpc.block);
        let rules = spec.firewall.render(spec.private_address, spec.vpc.block);
        let rules = handover::file(&rules).map_err(silent)?;
        let order = Order::Wire(WireOrder {
            id: spec.id.to_string(),
            hostname: spec.hostname.clone(),
            private_address: spec.private_address,
            prefix_length: spec.prefix_length,
            vpc: spec.vpc.block,
            hardware_address: spec.hardware_address,
            mounts: files.mounts,
            loopback_dns: !files.has_resolver && adopted.is_none(),
            adopted: adopted.is_some(),
            nft,
        });
        let mut descriptors = vec![rules.as_fd(), self.vpc.namespace.as_fd()];
        descriptors.extend(adopted.or(self.vpc.user.as_deref()).map(AsFd::as_fd));
        let (pid, sockets) = self.control.ask(&order, &descriptors)?;
        let identify = |pid| self.identify(pid, files.ca_bundle);
        let holder = pid.map(identify).transpose().map_err(silent)?;
        self.claim(adopted, holder.as_ref()).map_err(silent)?;
        let zone = Zone::new(&spec.hostname, spec.private_address);
        let instance = Sockets(sockets.into_iter()).instance(spec, holder, zone).map_err(silent)?;
        Ok((instance, self))
    }

    fn identify(&mut self, pid: u32, ca_bundle: PathBuf) -> io::Result<HolderRef> {
        let gone = || io::Error::other("it ended");
        let process = Process::open(pid)?.ok_or_else(gone)?;
        let start_ticks = process.start_ticks()?.ok_or_else(gone)?;
        self.inside = Some(Inside::of(pid, &self.folder.0)?);
        Ok(HolderRef { pid, start_ticks, ca_bundle })
    }

    /// Notes which network namespaces are in use by this instance.
    fn claim(&mut self, adopted: Option<&OwnedFd>, holder: Option<&HolderRef>) -> io::Result<()> {
        let gone = || io::Error::other("it ended");
        for pid in holder.map(|holder| holder.pid).into_iter().chain([self.child.id()]) {
            let process = Process::open(pid)?.ok_or_else(gone)?;
            self.namespaces.push(process.namespace_id("net")?);
        }
        for namespace in adopted.into_iter().chain([&self.vpc.namespace]) {
            self.namespaces.push(NamespaceId::of(namespace)?);
        }
        Ok(())
    }

    /// Ends the keeper and every process inside. Blocks.
    pub(super) fn end(&mut self) -> io::Result<()> {
        // It ends what is inside, and waits for its own child, which nobody else would do.
        self.control.close();
        for _ in 0..END_ROUNDS_MAX {
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(END_PAUSE);
        }
        self.child.kill()?;
        self.child.wait()?;
        self.inside.take().map_or(Ok(()), |inside| inside.end_all())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(holder = self.child.id(), %error, "could not end an instance");
        }
    }
}

/// The sockets of a report, in their order.
struct Sockets(std::vec::IntoIter<OwnedFd>);

impl Sockets {
    fn instance(
        mut self,
        spec: InstanceSpec,
        holder: Option<HolderRef>,
        zone: Zone,
    ) -> io::Result<Instance> {
        let (metadata, http, https) = (self.tcp()?, self.tcp()?, self.tcp()?);
        let mut dns = DnsSockets::default();
        while self.0.len() > 0 {
            dns.udp.push(self.udp()?);
            dns.tcp.push(self.tcp()?);
        }
        let InstanceSpec { id, private_address, .. } = spec;
        Ok(Instance { id, holder, private_address, metadata, http, https, dns, zone })
    }

    fn tcp(&mut self) -> io::Result<TcpListener> {
        let listener = TcpListener::from(self.take()?);
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    fn udp(&mut self) -> io::Result<UdpSocket> {
        let socket = UdpSocket::from(self.take()?);
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn take(&mut self) -> io::Result<OwnedFd> {
        self.0.next().ok_or_else(|| io::Error::other("it sent too few sockets"))
    }
}
