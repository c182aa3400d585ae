//! The fabric service: starts instances, hands out their sockets, stops them.

mod running;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rolecall_types::InstanceId;

use crate::dns::{DnsSockets, Zone};
use crate::files::{InstanceFiles, machine_ca_bundle, private_folder};
use crate::handover;
use crate::holder;
use crate::process::HolderRef;
use crate::spawner::Spawner;
use running::{InstanceFolder, Running};

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
    /// Who holds its namespaces: what [`exec`](crate::exec()) needs.
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
        let running = Running::new(child, control, folder);
        let (instance, running) = tokio::task::spawn_blocking(move || running.make(spec, files))
            .await
            .map_err(silent)??;
        reserved.fill(running);
        Ok(instance)
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
mod tests;
