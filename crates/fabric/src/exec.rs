//! Runs a command inside an instance, in place of the process that asks.

mod environment;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::unistd::{Gid, Uid, User, geteuid, initgroups, setgid, setuid};

pub use environment::{Environment, REMOVED_PREFIXES, REMOVED_VARIABLES, instance_environment};

use crate::process::{HolderRef, Process, is_gone};

/// What lies in a home folder and holds a person's own cloud credentials. An instance sees each as
/// empty, so that a program inside cannot take them for its role's. Sources: the CLI, the SDKs'
/// credentials file, ossutil, and osscmd.
pub const MASKED_HOME_ENTRIES: [&str; 4] =
    [".aliyun", ".alibabacloud", ".ossutilconfig", ".osscredentials"];

/// The size of the file system that covers a folder: 253 pages, which nobody else would choose.
const MASK_BYTES: u64 = 253 * 4096;

/// The namespaces of an instance, in the order of entering: the user namespace gives the right to
/// enter the others.
const NAMESPACES: [(&str, CloneFlags); 4] = [
    ("user", CloneFlags::CLONE_NEWUSER),
    ("net", CloneFlags::CLONE_NEWNET),
    ("mnt", CloneFlags::CLONE_NEWNS),
    ("uts", CloneFlags::CLONE_NEWUTS),
];

/// A command to run inside.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program, looked for in the `PATH` of `environment` when it has no slash.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The user to become, by name; `None` keeps the caller's. Another user needs root.
    pub user: Option<String>,
    /// The caller's environment, of which [`instance_environment`] makes the command's.
    pub environment: Vec<(OsString, OsString)>,
}

/// Why a command did not start. The caller is then in an unusable mixture of namespaces and must
/// exit.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The instance has ended.
    #[error("the instance does not run any more")]
    Gone,
    /// A namespace could not be entered.
    #[error("could not enter the instance's {kind} namespace{}", advice(source))]
    Namespace {
        /// Which one: `user`, `net`, `mnt` or `uts`.
        kind: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The caller's credentials could not be hidden from the instance.
    #[error("could not hide {} from the instance", path.display())]
    Mask {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The working folder could not be found again inside.
    #[error("could not keep the working folder")]
    WorkingFolder {
        /// What the system said.
        source: io::Error,
    },
    /// The machine knows no such user.
    #[error("there is no user {name:?}")]
    UnknownUser {
        /// The name.
        name: String,
    },
    /// The caller may not become that user.
    #[error("could not become the user {name:?}; only root can become another user")]
    User {
        /// The name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The instance's cable could not be given to a virtual machine.
    #[error("could not give the instance's network to a virtual machine")]
    Machine {
        /// What the system said.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("could not run {}", program.display())]
    Program {
        /// The program.
        program: OsString,
        /// What the system said; `NotFound` when there is none of that name.
        source: io::Error,
    },
}

/// Replaces this process by a command inside the instance, so that exit status, signals, terminal
/// and working folder are the command's own. Returns only when that failed.
///
/// The process must have one thread: no runtime may have been started. Whoever started the server
/// may do this, and root.
pub fn exec(holder: &HolderRef, command: Command) -> ExecError {
    match enter(holder, &command) {
        Ok(user) => replace(command, user, &holder.ca_bundle),
        Err(error) => error,
    }
}

/// Replaces this process, which is inside already, and has become `user` if one was asked for.
pub(crate) fn replace(command: Command, user: Option<User>, ca_bundle: &Path) -> ExecError {
    let environment = instance_environment(command.environment, ca_bundle);
    let identity = user.map(|user| {
        let name = OsString::from(user.name);
        [("HOME", user.dir.into_os_string()), ("USER", name.clone()), ("LOGNAME", name)]
    });
    // `exec` also gives the program the signal dispositions that it would have from a shell.
    let source = std::process::Command::new(&command.program)
        .args(command.arguments)
        .env_clear()
        .envs(environment.variables)
        .envs(identity.into_iter().flatten())
        .exec();
    ExecError::Program { program: command.program, source }
}

/// Goes inside, and returns the user that it became if one was asked for.
pub(crate) fn enter(holder: &HolderRef, command: &Command) -> Result<Option<User>, ExecError> {
    let user = command.user.as_deref().map(find_user).transpose()?;
    let failed = |source| ExecError::WorkingFolder { source };
    let working_folder = std::env::current_dir().map_err(failed)?;
    for (kind, flag, namespace) in open_namespaces(holder)? {
        let failed = |errno: nix::Error| ExecError::Namespace { kind, source: errno.into() };
        setns(namespace, flag).map_err(failed)?;
    }
    hide_credentials(user.as_ref(), &command.environment)?;
    // Before it becomes another user, who might not find the way there.
    std::env::set_current_dir(&working_folder).map_err(failed)?;
    if let Some(user) = &user {
        become_user(user).map_err(|source| ExecError::User { name: user.name.clone(), source })?;
    }
    Ok(user)
}

fn find_user(name: &str) -> Result<User, ExecError> {
    let found = User::from_name(name).ok().flatten();
    found.ok_or_else(|| ExecError::UnknownUser { name: name.to_owned() })
}

/// The namespaces that differ from ours, opened while we still see the machine's `/proc`.
fn open_namespaces(
    holder: &HolderRef,
) -> Result<Vec<(&'static str, CloneFlags, OwnedFd)>, ExecError> {
    let first = |source| ExecError::Namespace { kind: "user", source };
    let process = Process::of_holder(holder).map_err(first)?.ok_or(ExecError::Gone)?;
    let own = Process::open(std::process::id()).map_err(first)?.ok_or(ExecError::Gone)?;
    let mut namespaces = Vec::new();
    for (kind, flag) in NAMESPACES {
        let failed = |source| match source {
            // It has ended while we looked.
            error if is_gone(&error) => ExecError::Gone,
            source => ExecError::Namespace { kind, source },
        };
        // An instance of root's has the machine's user namespace, and nobody may enter their own.
        let theirs = process.namespace_id(kind).map_err(failed)?;
        if theirs != own.namespace_id(kind).map_err(failed)? {
            namespaces.push((kind, flag, process.namespace(kind).map_err(failed)?));
        }
    }
    Ok(namespaces)
}

/// Covers what the command's user has in [`MASKED_HOME_ENTRIES`], in this instance only and until
/// it ends. A folder may be written to anew.
fn hide_credentials(
    user: Option<&User>,
    environment: &[(OsString, OsString)],
) -> Result<(), ExecError> {
    let named = || environment.iter().find(|(name, _)| name == "HOME").map(|(_, home)| home.into());
    let Some(home) = user.map(|user| user.dir.clone()).or_else(named) else { return Ok(()) };
    let (uid, gid) = match user {
        Some(user) => (user.uid, user.gid),
        None => (geteuid(), nix::unistd::getegid()),
    };
    for entry in MASKED_HOME_ENTRIES {
        let path: PathBuf = home.join(entry);
        match mask(&path, uid, gid) {
            // What the caller cannot see, the command cannot see either, if it is the same user.
            Err(error) if user.is_none() && error.kind() == ErrorKind::PermissionDenied => {}
            result => result.map_err(|source| ExecError::Mask { path, source })?,
        }
    }
    Ok(())
}

fn mask(path: &Path, uid: Uid, gid: Gid) -> io::Result<()> {
    let none = None::<&str>;
    let file_type = match path.metadata() {
        Ok(metadata) => metadata.file_type(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if file_type.is_dir() && !is_mask(path)? {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        let options = format!("mode=0700,size={MASK_BYTES},uid={uid},gid={gid}");
        mount(Some("rolecall"), path, Some("tmpfs"), flags, Some(options.as_str()))?;
    } else if file_type.is_file() {
        mount(Some("/dev/null"), path, none, MsFlags::MS_BIND, none)?;
    }
    Ok(())
}

/// Whether an earlier command of this instance has covered the folder: told by the odd size.
fn is_mask(folder: &Path) -> io::Result<bool> {
    let found = statfs(folder)?;
    let block = u64::try_from(found.block_size()).unwrap_or(0);
    Ok(found.filesystem_type() == TMPFS_MAGIC
        && found.blocks().checked_mul(block) == Some(MASK_BYTES))
}

fn become_user(user: &User) -> io::Result<()> {
    if user.uid == geteuid() {
        return Ok(());
    }
    let name = std::ffi::CString::new(OsString::from(&user.name).into_vec())?;
    initgroups(&name, user.gid)?;
    setgid(user.gid)?;
    setuid(user.uid)?;
    Ok(())
}

fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => {
            "; only root and the user who started the server may enter its instances"
        }
        Some(libc::EINVAL) => "; a process with several threads cannot enter",
        _ => "",
    }
}
