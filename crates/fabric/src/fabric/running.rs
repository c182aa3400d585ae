//! A holder's process from its start to its end.

use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use super::{FabricError, Instance, InstanceSpec, silent};
use crate::dns::{DnsSockets, Zone};
use crate::files::InstanceFiles;
use crate::handover::{self, Order, Report};
use crate::process::{HolderRef, NamespaceId, Process, kill_all_inside};

/// How long a holder may take to make an instance, in seconds. It takes some milliseconds.
const START_SECONDS_MAX: i64 = 20;

/// How often the processes of an instance are looked for while it is stopped: one may fork while
/// we look, but not outrun a scan that finds nobody.
const STOP_ROUNDS_MAX: usize = 500;

/// The pause between two looks.
const STOP_PAUSE: Duration = Duration::from_millis(2);

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

/// A holder's process and what ends with it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    control: OwnedFd,
    /// The instance's network namespace, once it is made.
    inside: Option<NamespaceId>,
    /// Removed last, after `Drop` has ended the processes that use it.
    _folder: InstanceFolder,
}

impl Running {
    /// A holder that waits for its order on the other end of `control`.
    pub(super) fn new(child: Child, control: OwnedFd, folder: InstanceFolder) -> Self {
        Self { child, control, inside: None, _folder: folder }
    }

    /// Gives the order and takes the sockets. Blocks.
    pub(super) fn make(
        mut self,
        spec: InstanceSpec,
        files: InstanceFiles,
    ) -> Result<(Instance, Self), FabricError> {
        let order = Order {
            hostname: spec.hostname.clone(),
            private_address: spec.private_address,
            prefix_length: spec.prefix_length,
            mounts: files.mounts,
            loopback_dns: !files.has_resolver,
        };
        let patience = TimeVal::seconds(START_SECONDS_MAX);
        let answer = setsockopt(&self.control, sockopt::ReceiveTimeout, &patience)
            .map_err(io::Error::from)
            .and_then(|()| handover::send(self.control.as_fd(), &order, &[]))
            .and_then(|()| handover::receive::<Report>(self.control.as_fd()))
            .map_err(silent)?;
        let sockets = match answer {
            Some((Report::Ready, sockets)) => sockets,
            Some((Report::Failed { step, reason, advice }, _)) => {
                return Err(FabricError::Holder { step, reason, advice });
            }
            None => return Err(silent("it ended")),
        };
        let holder = self.identify(files.ca_bundle).map_err(silent)?;
        let zone = Zone::new(&spec.hostname, spec.private_address);
        let instance = Sockets(sockets.into_iter()).instance(spec, holder, zone).map_err(silent)?;
        Ok((instance, self))
    }

    fn identify(&mut self, ca_bundle: PathBuf) -> io::Result<HolderRef> {
        let gone = || io::Error::other("it ended");
        let pid = self.child.id();
        let process = Process::open(pid)?.ok_or_else(gone)?;
        let start_ticks = process.start_ticks()?.ok_or_else(gone)?;
        self.inside = Some(process.namespace_id("net")?);
        Ok(HolderRef { pid, start_ticks, ca_bundle })
    }

    /// Ends the holder and every process inside. Blocks.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        let Some(inside) = self.inside.take() else { return Ok(()) };
        for _ in 0..STOP_ROUNDS_MAX {
            if kill_all_inside(inside)? == 0 {
                return Ok(());
            }
            std::thread::sleep(STOP_PAUSE);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "some processes do not end"))
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
        holder: HolderRef,
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
