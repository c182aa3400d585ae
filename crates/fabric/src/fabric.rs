//! The fabric service: starts instances, hands out their sockets, stops them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use rolecall_types::InstanceId;

use crate::dns::{DnsSockets, Zone};
use crate::files::{InstanceFiles, machine_ca_bundle, private_folder};
use crate::handover::{self, Order, Report};
use crate::holder;
use crate::process::{HolderRef, NamespaceId, Process, kill_all_inside};
use crate::spawner::Spawner;

/// How long a holder may take to make an instance, in seconds. It takes some milliseconds.
const START_SECONDS_MAX: i64 = 20;

/// How often the processes of an instance are looked for while it is stopped: one may fork while
/// we look, but not outrun a scan that finds nobody.
const STOP_ROUNDS_MAX: usize = 500;

/// The pause between two looks.
const STOP_PAUSE: Duration = Duration::from_millis(2);

/// The longest host name. Source: sethostname(2).
const HOSTNAME_LENGTH_MAX: usize = 64;

/// Makes instances and keeps them. Dropping it ends them all.
#[derive(Debug)]
pub struct Fabric {
    folder: PathBuf,
    holder_program: PathBuf,
    ca_bundle: Vec<u8>,
    /// `None` stands for one that is being made.
    running: Mutex<BTreeMap<InstanceId, Option<Running>>>,
    spawner: Spawner,
}

/// What an instance is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceSpec {
    /// Its id, which names its folder too.
    pub id: InstanceId,
    /// Its host name: 1 to 64 letters, digits, `-` and `.`.
    pub hostname: String,
    /// The primary private address of its network interface.
    pub private_address: Ipv4Addr,
    /// The length of its vSwitch's prefix, 8 to 30 bits.
    pub prefix_length: u8,
}

/// A running instance: its sockets, which answer it and nobody else. All are non-blocking and are
/// closed when a program is executed.
#[derive(Debug)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Who holds its namespaces: what [`exec`](crate::exec) needs.
    pub holder: HolderRef,
    /// Its private address: the peer of every connection on these sockets.
    pub private_address: Ipv4Addr,
    /// `http://100.100.100.200`.
    pub metadata: TcpListener,
    /// The API without TLS, port 80.
    pub http: TcpListener,
    /// The API with TLS, port 443.
    pub https: TcpListener,
    /// The name servers' sockets.
    pub dns: DnsSockets,
    /// What the name servers answer.
    pub zone: Zone,
}

/// Why an instance could not be made or ended.
#[derive(Debug, thiserror::Error)]
pub enum FabricError {
    /// The folder for instances could not be made, read or removed.
    #[error("could not prepare the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A host name that no machine may have.
    #[error("{hostname:?} is no host name: it takes 1 to 64 letters, digits, `-` and `.`")]
    Hostname {
        /// The name.
        hostname: String,
    },
    /// A private address that no instance may have.
    #[error("{address}/{prefix_length} is no private address of an instance")]
    Address {
        /// The address.
        address: Ipv4Addr,
        /// The length of its prefix.
        prefix_length: u8,
    },
    /// The instance runs already.
    #[error("the instance {id} runs already")]
    AlreadyRunning {
        /// Its id.
        id: InstanceId,
    },
    /// The holder's process or its socket could not be made.
    #[error("could not start the holder of an instance")]
    Spawn {
        /// What the system said.
        source: io::Error,
    },
    /// The holder ended, or fell silent, before it reported.
    #[error("the holder of an instance did not report: {reason}")]
    Silent {
        /// What was seen.
        reason: String,
    },
    /// The holder could not make the instance.
    #[error("could not {step}: {reason}{}{advice}", if advice.is_empty() { "" } else { "; " })]
    Holder {
        /// The step that failed.
        step: String,
        /// What the system said.
        reason: String,
        /// What to do about it, or nothing.
        advice: String,
    },
    /// The instance's processes could not be ended.
    #[error("could not end the processes of the instance {id}")]
    Stop {
        /// Its id.
        id: InstanceId,
        /// What the system said.
        source: io::Error,
    },
}

impl Fabric {
    /// A fabric that keeps the instances' files in the folder `fabric` of `data`; instances trust
    /// what the machine trusts and `ca_certificate` (PEM) besides. No instance outlives its
    /// server, so what an earlier one left in that folder is removed.
    pub fn new(data: &Path, ca_certificate: &str) -> Result<Self, FabricError> {
        let folder = data.join("fabric");
        let prepare = || -> io::Result<()> {
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            private_folder(&folder)?;
            Ok(())
        };
        prepare().map_err(|source| FabricError::Folder { path: folder.clone(), source })?;
        let mut ca_bundle = machine_ca_bundle();
        ca_bundle.extend_from_slice(b"\n");
        ca_bundle.extend_from_slice(ca_certificate.as_bytes());
        Ok(Self {
            folder,
            holder_program: PathBuf::from("/proc/self/exe"),
            ca_bundle,
            running: Mutex::default(),
            spawner: Spawner::new().map_err(|source| FabricError::Spawn { source })?,
        })
    }

    /// Lets another program be the holder; it must give the subcommand to [`holder::main`].
    #[must_use]
    pub fn with_holder_program(mut self, program: PathBuf) -> Self {
        self.holder_program = program;
        self
    }

    /// Makes an instance. Nothing remains of one that fails, or whose future is dropped.
    pub async fn start(&self, spec: InstanceSpec) -> Result<Instance, FabricError> {
        check(&spec)?;
        let reserved = Reservation::new(self, &spec.id)?;
        let folder = InstanceFolder(self.folder.join(spec.id.as_str()));
        let write = || {
            private_folder(&folder.0)?;
            InstanceFiles::write(&folder.0, &spec, &self.ca_bundle)
        };
        let files =
            write().map_err(|source| FabricError::Folder { path: folder.0.clone(), source })?;
        let spawn_failed = |source| FabricError::Spawn { source };
        let (control, theirs) = handover::pair().map_err(spawn_failed)?;
        let command = self.command(&spec, &folder.0, theirs);
        let child = self.spawner.spawn(command).await.map_err(spawn_failed)?;
        let running = Running { child, control, inside: None, _folder: folder };
        let (instance, running) = tokio::task::spawn_blocking(move || running.make(spec, files))
            .await
            .map_err(silent)??;
        reserved.fill(running);
        Ok(instance)
    }

    /// Ends an instance with all processes in it and removes its files; false when it did not run.
    pub async fn stop(&self, id: &InstanceId) -> Result<bool, FabricError> {
        let running = self.running().get_mut(id).and_then(Option::take);
        let Some(mut running) = running else { return Ok(false) };
        // The place stays taken until nothing of the instance is left.
        let _reserved = Reservation { fabric: self, id: id.clone() };
        let end = move || running.end();
        let ended = tokio::task::spawn_blocking(end).await.map_err(silent)?;
        ended.map_err(|source| FabricError::Stop { id: id.clone(), source })?;
        Ok(true)
    }

    fn command(&self, spec: &InstanceSpec, folder: &Path, control: OwnedFd) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(&self.holder_program);
        command
            .arg(holder::SUBCOMMAND)
            // Read by nobody but the people who list processes.
            .arg(spec.id.as_str())
            .env_clear()
            .current_dir(folder)
            // An interrupt from the terminal is the server's to handle, which ends its holders.
            .process_group(0)
            .stdin(Stdio::from(control))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Option<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of an instance that is being made or ended; given up when dropped unfilled.
struct Reservation<'a> {
    fabric: &'a Fabric,
    id: InstanceId,
}

impl<'a> Reservation<'a> {
    fn new(fabric: &'a Fabric, id: &InstanceId) -> Result<Self, FabricError> {
        match fabric.running().entry(id.clone()) {
            Entry::Occupied(_) => Err(FabricError::AlreadyRunning { id: id.clone() }),
            Entry::Vacant(place) => {
                place.insert(None);
                Ok(Self { fabric, id: id.clone() })
            }
        }
    }

    fn fill(self, running: Running) {
        self.fabric.running().insert(self.id.clone(), Some(running));
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut running = self.fabric.running();
        if running.get(&self.id).is_some_and(Option::is_none) {
            running.remove(&self.id);
        }
    }
}

/// An instance's files, removed when dropped.
#[derive(Debug)]
struct InstanceFolder(PathBuf);

impl Drop for InstanceFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "could not remove an instance's files");
        }
    }
}

/// A holder's process and what ends with it.
#[derive(Debug)]
struct Running {
    child: Child,
    control: OwnedFd,
    /// The instance's network namespace, once it is made.
    inside: Option<NamespaceId>,
    /// Removed last, after `Drop` has ended the processes that use it.
    _folder: InstanceFolder,
}

impl Running {
    /// Gives the order and takes the sockets. Blocks.
    fn make(
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
    fn end(&mut self) -> io::Result<()> {
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

fn silent(reason: impl std::fmt::Display) -> FabricError {
    FabricError::Silent { reason: reason.to_string() }
}

/// Names and addresses become lines of files and routes, so their form is checked first.
fn check(spec: &InstanceSpec) -> Result<(), FabricError> {
    let name = &spec.hostname;
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    if !letters || !(1..=HOSTNAME_LENGTH_MAX).contains(&name.len()) {
        return Err(FabricError::Hostname { hostname: name.clone() });
    }
    let (address, prefix_length) = (spec.private_address, spec.prefix_length);
    let [first, second, ..] = address.octets();
    // A VPC may have any block but these. Source: the VPC page "VPC and vSwitch", custom blocks.
    let reserved = matches!(first, 0 | 127 | 224..=255)
        || (first == 100 && (64..128).contains(&second))
        || (first == 169 && second == 254);
    if reserved || !(8..=30).contains(&prefix_length) {
        return Err(FabricError::Address { address, prefix_length });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rolecall_types::InstanceId;

    use super::*;

    fn accepts(hostname: &str, address: &str, prefix_length: u8) -> bool {
        let spec = InstanceSpec {
            id: InstanceId::parse("i-1").unwrap(),
            hostname: hostname.to_owned(),
            private_address: address.parse().unwrap(),
            prefix_length,
        };
        check(&spec).is_ok()
    }

    #[test]
    fn names_that_would_break_a_file_are_refused() {
        assert!(accepts("web-1.example", "10.0.0.1", 24));
        assert!(accepts(&"a".repeat(64), "10.0.0.1", 24));
        for name in ["", "a b", "a\n6.6.6.6 ram.aliyuncs.com", "a/b", "ä", &"a".repeat(65)] {
            assert!(!accepts(name, "10.0.0.1", 24), "{name:?}");
        }
    }

    #[test]
    fn reserved_addresses_are_refused() {
        for address in ["10.0.0.1", "172.16.0.9", "192.168.255.254", "100.63.0.1", "8.8.8.8"] {
            assert!(accepts("web", address, 24), "{address}");
        }
        for address in ["0.0.0.0", "127.0.0.1", "100.100.100.200", "169.254.1.1", "224.0.0.1"] {
            assert!(!accepts("web", address, 24), "{address}");
        }
        assert!(!accepts("web", "10.0.0.1", 7));
        assert!(!accepts("web", "10.0.0.1", 31));
    }
}
