//! The fabric service: starts instances, hands out their sockets, stops them.

mod child;
mod error;
mod running;
mod vpc;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::libc;
use rolecall_types::{InstanceId, VpcId};

use crate::dns::{DnsSockets, Zone};
use crate::files::{InstanceFiles, private_folder};
use crate::handover::{self, Change};
use crate::process::{HolderRef, Inside, NamespaceId};
use crate::trust::Trust;
use crate::{Block, Firewall};
pub use error::FabricError;
use running::{InstanceFolder, Running};
pub use vpc::VpcNetwork;
use vpc::Vpcs;

/// The longest host name. Source: sethostname(2).
const HOSTNAME_LENGTH_MAX: usize = 64;

/// A VPC may have any block that shares no address with these. Source: the VPC page "VPC and
/// vSwitch", custom blocks.
const RESERVED: [([u8; 4], u8); 5] = [
    ([0, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([224, 0, 0, 0], 3),
];

/// Makes instances and keeps them. Dropping it ends them all.
#[derive(Debug)]
pub struct Fabric {
    folder: PathBuf,
    holder_program: PathBuf,
    trust: Trust,
    /// `None` stands for one that is being made.
    running: Mutex<BTreeMap<InstanceId, Option<Running>>>,
    vpcs: Arc<Mutex<Vpcs>>,
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
    /// The hardware address of its network interface.
    pub hardware_address: [u8; 6],
    /// The VPC that it stands in.
    pub vpc: VpcSpec,
    /// What may reach it, and what it may reach.
    pub firewall: Firewall,
}

/// The VPC of an instance. All instances that name it share its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcSpec {
    /// Its id.
    pub id: VpcId,
    /// Its addresses, of which the instance's is one.
    pub block: Block,
}

/// A running instance: its sockets, which answer it and nobody else. All are non-blocking and are
/// closed when a program is executed.
#[derive(Debug)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Who holds its namespaces: what [`exec`](crate::exec()) needs; none where it was adopted.
    pub holder: Option<HolderRef>,
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

impl Fabric {
    /// A fabric that keeps the instances' files in the folder `fabric` of `data`; instances trust
    /// what the machine trusts and `ca_certificate` (PEM) besides. No instance outlives its
    /// server, so the programs that an earlier one left in its instances are ended, and its files
    /// removed; nobody else may use the folder. Blocks.
    pub fn new(data: &Path, ca_certificate: &str) -> Result<Self, FabricError> {
        let folder = data.join("fabric");
        clear(&folder)?;
        private_folder(&folder)
            .map_err(|source| FabricError::Folder { path: folder.clone(), source })?;
        Ok(Self {
            folder,
            holder_program: PathBuf::from("/proc/self/exe"),
            trust: Trust::with(ca_certificate),
            running: Mutex::default(),
            vpcs: Arc::default(),
        })
    }

    /// Lets another program be the holder; it must give the subcommand to [`crate::holder::main`].
    #[must_use]
    pub fn with_holder_program(mut self, program: PathBuf) -> Self {
        self.holder_program = program;
        self
    }

    /// Makes an instance. Nothing remains of one that fails, or whose future is dropped.
    pub async fn start(&self, spec: InstanceSpec) -> Result<Instance, FabricError> {
        self.make(spec, None).await
    }

    /// Makes an instance of a network namespace that there is, such as a container's: puts its
    /// interface there and answers it. What runs there goes on when the instance is stopped; the
    /// interface is taken away then. The file may be `/proc/PID/ns/net`, or one that `ip netns`
    /// has made. Needs root.
    ///
    /// The namespaces in which we are ourselves, or the machine's first process, are refused, and
    /// those of instances. There must be no `eth0` yet.
    pub async fn adopt(&self, spec: InstanceSpec, path: &Path) -> Result<Instance, FabricError> {
        let failed = |source| FabricError::Namespace { path: path.to_owned(), source };
        // A file of another kind must not keep us waiting.
        let namespace: OwnedFd = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)
            .map_err(failed)?
            .into();
        let id = NamespaceId::of(&namespace).map_err(failed)?;
        let refused = |reason| Err(FabricError::Adoption { reason });
        for path in ["/proc/self/ns/net", "/proc/1/ns/net"] {
            // That of the first process is a secret to all but root, who alone can adopt.
            let known = std::fs::File::open(path).map(OwnedFd::from);
            if known.is_ok_and(|known| NamespaceId::of(&known).is_ok_and(|known| known == id)) {
                return refused("it is the machine's own");
            }
        }
        if !nix::unistd::geteuid().is_root() {
            return refused("only a server of root's can put an interface there");
        }
        let taken = |running: &Option<Running>| {
            running.as_ref().is_some_and(|running| running.namespaces.contains(&id))
        };
        if self.running().values().any(taken) {
            return refused("it belongs to an instance already");
        }
        self.make(spec, Some(namespace)).await
    }

    async fn make(
        &self,
        spec: InstanceSpec,
        adopted: Option<OwnedFd>,
    ) -> Result<Instance, FabricError> {
        check(&spec)?;
        let nft = child::find_nft()?;
        let reserved = Reservation::new(self, &spec.id)?;
        let folder = InstanceFolder(self.folder.join(spec.id.as_str()));
        let write = || {
            private_folder(&folder.0)?;
            InstanceFiles::write(&folder.0, &spec, &self.trust)
        };
        let files =
            write().map_err(|source| FabricError::Folder { path: folder.0.clone(), source })?;
        let (program, vpcs) = (self.holder_program.clone(), Arc::clone(&self.vpcs));
        let make = move || {
            let mut vpcs = vpcs.lock().unwrap_or_else(PoisonError::into_inner);
            let vpc = vpcs.get(&spec.vpc, &program, &folder.0)?;
            drop(vpcs);
            if adopted.is_some() && vpc.user.is_some() {
                let reason = "the server has no right outside of its user namespace";
                return Err(FabricError::Adoption { reason });
            }
            Running::start(&program, folder, vpc, &spec.id)?.make(
                spec,
                files,
                adopted.as_ref(),
                nft,
            )
        };
        let (instance, running) = tokio::task::spawn_blocking(make).await.map_err(silent)??;
        reserved.fill(running);
        Ok(instance)
    }

    /// The network of a VPC, made where no instance is in it yet. It stays as long as it is used.
    pub async fn vpc(&self, spec: VpcSpec) -> Result<VpcNetwork, FabricError> {
        check_block(spec.block)?;
        let (program, folder) = (self.holder_program.clone(), self.folder.clone());
        let vpcs = Arc::clone(&self.vpcs);
        let get = move || {
            let mut vpcs = vpcs.lock().unwrap_or_else(PoisonError::into_inner);
            vpcs.get(&spec, &program, &folder)
        };
        let vpc = tokio::task::spawn_blocking(get).await.map_err(silent)??;
        Ok(VpcNetwork::new(vpc))
    }

    /// Lets other rules hold for a running instance, in one step and for connections that there
    /// are too: those that stay allowed go on.
    pub async fn set_firewall(
        &self,
        id: &InstanceId,
        firewall: &Firewall,
    ) -> Result<(), FabricError> {
        let place = |running: &Running| (running.control.clone(), running.place);
        let found = self.running().get(id).and_then(Option::as_ref).map(place);
        let (control, (address, vpc)) =
            found.ok_or_else(|| FabricError::NotRunning { id: id.clone() })?;
        let rules = firewall.render(address, vpc);
        let change = move || {
            let file = handover::file(&rules).map_err(silent)?;
            control.ask(&Change::Rules, &[file])
        };
        tokio::task::spawn_blocking(change).await.map_err(silent)??;
        Ok(())
    }

    /// Ends an instance with all processes in it and removes its files; false when it did not run,
    /// or is still being made.
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

fn silent(reason: impl std::fmt::Display) -> FabricError {
    FabricError::Silent { reason: reason.to_string() }
}

/// Ends what an earlier server left in its instances, and removes its files.
fn clear(folder: &Path) -> Result<(), FabricError> {
    let failed = |source| FabricError::Folder { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(failed)?,
    };
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        Inside::of_folder(&path)
            .and_then(|inside| inside.end_all())
            .map_err(|source| FabricError::Leftovers { path, source })?;
    }
    std::fs::remove_dir_all(folder).map_err(failed)
}

/// Names and addresses become lines of files and routes, so their form is checked first.
fn check(spec: &InstanceSpec) -> Result<(), FabricError> {
    let name = &spec.hostname;
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    if !letters || !(1..=HOSTNAME_LENGTH_MAX).contains(&name.len()) {
        return Err(FabricError::Hostname { hostname: name.clone() });
    }
    let (address, prefix_length, vpc) = (spec.private_address, spec.prefix_length, spec.vpc.block);
    check_block(vpc)?;
    let lengths = vpc.prefix_length()..=30;
    if !lengths.contains(&prefix_length) || !vpc.contains(address) {
        return Err(FabricError::Address { address, prefix_length, vpc });
    }
    Ok(())
}

/// A VPC's block shares nothing with those that are reserved, and is no larger than it may be.
fn check_block(vpc: Block) -> Result<(), FabricError> {
    let is_reserved = RESERVED
        .iter()
        .filter_map(|(first, length)| Block::new(Ipv4Addr::from(*first), *length))
        .any(|reserved| reserved.overlaps(vpc));
    if is_reserved || vpc.prefix_length() < 8 {
        let (address, prefix_length) = (vpc.first(), vpc.prefix_length());
        return Err(FabricError::Address { address, prefix_length, vpc });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
