//! A process held by its folder in `/proc`, so that a number used again is not mistaken for it.

use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::libc;
use nix::sys::stat::{FileStat, Mode, fstatat, stat};
use serde::{Deserialize, Serialize};

use crate::files::COVERS;

/// How often the processes of an instance are looked for while it is ended: one may fork while we
/// look, but not outrun a scan that finds nobody.
const END_ROUNDS_MAX: usize = 500;

/// The pause between two looks.
const END_PAUSE: Duration = Duration::from_millis(2);

/// What another process needs to enter an instance: who holds its namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderRef {
    /// The holder's process id.
    pub pid: u32,
    /// When it started, in clock ticks since boot; tells it from a later process of that number.
    pub start_ticks: u64,
    /// The certificate bundle, local CA included, as a path inside the instance.
    pub ca_bundle: PathBuf,
}

/// A process's folder in `/proc`. It stays bound to that process: when the process ends, every
/// use fails, even if the number is given to another.
#[derive(Debug)]
pub(crate) struct Process {
    folder: OwnedFd,
}

impl Process {
    /// The process of that number, `None` when there is none.
    pub(crate) fn open(pid: u32) -> io::Result<Option<Self>> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        match nix::fcntl::open(format!("/proc/{pid}").as_str(), flags, Mode::empty()) {
            Ok(folder) => Ok(Some(Self { folder })),
            Err(Errno::ENOENT | Errno::ESRCH) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The process that `holder` means, `None` when it has ended.
    pub(crate) fn of_holder(holder: &HolderRef) -> io::Result<Option<Self>> {
        let Some(process) = Self::open(holder.pid)? else { return Ok(None) };
        let same = process.start_ticks()? == Some(holder.start_ticks);
        Ok(same.then_some(process))
    }

    /// When it started, in clock ticks since boot; `None` when it has ended.
    pub(crate) fn start_ticks(&self) -> io::Result<Option<u64>> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let mut text = String::new();
        let read = openat(&self.folder, "stat", flags, Mode::empty())
            .map_err(io::Error::from)
            .and_then(|file| std::fs::File::from(file).read_to_string(&mut text));
        match read {
            Ok(_) => start_ticks(&text).map(Some).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "/proc/PID/stat has an unknown form")
            }),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One of its namespaces, `net` for example.
    pub(crate) fn namespace(&self, kind: &str) -> io::Result<OwnedFd> {
        let path = format!("ns/{kind}");
        Ok(openat(&self.folder, path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?)
    }

    /// The identity of one of its namespaces.
    pub(crate) fn namespace_id(&self, kind: &str) -> io::Result<NamespaceId> {
        let path = format!("ns/{kind}");
        let stat = fstatat(&self.folder, path.as_str(), nix::fcntl::AtFlags::empty())?;
        Ok(NamespaceId::from(stat))
    }

    /// The file that it sees at an absolute path.
    fn file(&self, path: &str) -> io::Result<FileId> {
        let path = format!("root{path}");
        let stat = fstatat(&self.folder, path.as_str(), nix::fcntl::AtFlags::empty())?;
        Ok(FileId::from(stat))
    }

    /// Kills exactly this process; one that has ended already is no error.
    #[expect(unsafe_code, reason = "neither std nor nix signals a process by its descriptor")]
    pub(crate) fn kill(&self) -> io::Result<()> {
        let folder = self.folder.as_fd().as_raw_fd();
        let no_info = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: the call reads its four arguments only; the descriptor is open as long as
        // `self.folder` is borrowed, a null `siginfo_t` and zero flags are what
        // pidfd_send_signal(2)
        // documents, and a folder of /proc is taken as a pidfd since Linux 5.1.
        let result = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, folder, libc::SIGKILL, no_info, 0)
        };
        match Errno::result(result) {
            Ok(_) | Err(Errno::ESRCH) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Names a namespace as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamespaceId {
    device: libc::dev_t,
    inode: libc::ino_t,
}

impl NamespaceId {
    /// The namespace behind a descriptor.
    pub(crate) fn of(namespace: &OwnedFd) -> io::Result<Self> {
        Ok(Self::from(nix::sys::stat::fstat(namespace)?))
    }
}

impl From<FileStat> for NamespaceId {
    fn from(stat: FileStat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }
}

/// What a process of an instance is known by: the instance's network namespace, and the
/// instance's files in the places of the machine's. A program may leave the one for a namespace
/// of its own, and has the other still.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    network: Option<NamespaceId>,
    /// Places, and the files that are there inside.
    files: Vec<(&'static str, FileId)>,
}

/// Names a file as long as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: libc::dev_t,
    inode: libc::ino_t,
}

impl From<FileStat> for FileId {
    fn from(stat: FileStat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }
}

impl Inside {
    /// The instance whose namespaces are those of a process, and whose files lie in a folder.
    pub(crate) fn of(pid: u32, folder: &Path) -> io::Result<Self> {
        let process = Process::open(pid)?.ok_or(Errno::ESRCH)?;
        let network = Some(process.namespace_id("net")?);
        Ok(Self { network, ..Self::of_folder(folder)? })
    }

    /// The instance whose files lie in a folder.
    pub(crate) fn of_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for (file, target) in COVERS {
            match stat(&folder.join(file)) {
                Ok(found) => files.push((target, FileId::from(found))),
                Err(Errno::ENOENT | Errno::ENOTDIR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(Self { network: None, files })
    }

    /// Kills every process inside until there is none. Blocks.
    pub(crate) fn end_all(&self) -> io::Result<()> {
        for _ in 0..END_ROUNDS_MAX {
            if self.kill_all()? == 0 {
                return Ok(());
            }
            std::thread::sleep(END_PAUSE);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "some processes do not end"))
    }

    /// Kills every process inside, and returns how many there were.
    ///
    /// A process that we may not look at belongs to someone else, so it cannot be inside. Our own
    /// namespace is refused, whatever the caller believes: in it are all processes of the machine.
    fn kill_all(&self) -> io::Result<usize> {
        let own = Process::open(std::process::id())?.ok_or(Errno::ESRCH)?;
        if self.has(&own) {
            return Err(io::Error::other("this is where we are ourselves, not an instance"));
        }
        let mut killed = 0_usize;
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(Some(process)) = Process::open(pid) else { continue };
            if self.has(&process) {
                process.kill()?;
                killed = killed.saturating_add(1);
            }
        }
        Ok(killed)
    }

    fn has(&self, process: &Process) -> bool {
        let network = self
            .network
            .is_some_and(|network| process.namespace_id("net").is_ok_and(|found| found == network));
        network
            || self
                .files
                .iter()
                .any(|(target, file)| process.file(target).is_ok_and(|found| found == *file))
    }
}

/// Whether the process has ended: one that nobody has waited for yet has no namespaces any more.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ESRCH | libc::ENOENT))
}

/// The 22nd field of `/proc/PID/stat`. The second one is the program's name in parentheses and may
/// hold anything, parentheses too, so counting begins after the last of them.
fn start_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_ticks_are_found_behind_any_name() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        for name in ["sh", "a b", ") S 1 (", "((", "))"] {
            assert_eq!(start_ticks(&format!("12 ({name}) {rest}")), Some(4711), "{name}");
        }
        assert_eq!(start_ticks("12 (sh) S 1"), None);
        assert_eq!(start_ticks(""), None);
    }

    #[test]
    fn a_holder_is_known_by_number_and_start() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let start_ticks = Process::open(child.id()).unwrap().unwrap().start_ticks().unwrap();
        let mut holder = HolderRef {
            pid: child.id(),
            start_ticks: start_ticks.unwrap(),
            ca_bundle: PathBuf::new(),
        };
        assert!(Process::of_holder(&holder).unwrap().is_some());
        holder.start_ticks += 1;
        assert!(Process::of_holder(&holder).unwrap().is_none());
        holder.start_ticks -= 1;

        let held = Process::of_holder(&holder).unwrap().unwrap();
        held.kill().unwrap();
        child.wait().unwrap();
        assert!(Process::of_holder(&holder).unwrap().is_none());
        assert_eq!(held.start_ticks().unwrap(), None);
        held.kill().unwrap();
    }

    #[test]
    fn our_own_namespace_is_never_emptied() {
        let empty = tempfile::tempdir().unwrap();
        let own = Inside::of(std::process::id(), empty.path()).unwrap();
        assert!(own.files.is_empty());
        assert!(own.end_all().is_err());
    }

    #[test]
    fn a_process_is_known_by_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hosts"), "").unwrap();
        let theirs = Inside::of_folder(folder.path()).unwrap();
        let own = Process::open(std::process::id()).unwrap().unwrap();
        assert_eq!(theirs.files.len(), 1);
        assert!(!theirs.has(&own));
        let ours =
            Inside { network: None, files: vec![("/etc/hosts", own.file("/etc/hosts").unwrap())] };
        assert!(ours.has(&own));
        assert!(ours.end_all().is_err());
    }
}
