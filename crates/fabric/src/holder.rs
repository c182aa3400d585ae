//! The process that makes an instance's namespaces and keeps them as long as the server lives.
//!
//! Only a process of one thread can enter a user namespace, and the server has many; so it starts
//! its own program again with the hidden subcommand `fabric-holder`, whose standard input is one
//! end of a pair of sockets. The holder reads an order, makes the namespaces, sends the listening
//! sockets back, and then waits for the other end to close, as it does when the server dies.

mod network;

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use nix::unistd::{getegid, geteuid, sethostname};

use crate::advice;
use crate::handover::{self, Order, Report};

/// The hidden subcommand that the binary gives to [`main`].
pub const SUBCOMMAND: &str = "fabric-holder";

/// The body of the hidden subcommand [`SUBCOMMAND`]; returns when the server has gone.
///
/// The binary must call it first of all: before it starts a thread or a runtime, and before it
/// opens a file, since every descriptor above the standard ones is closed here.
pub fn main() -> ExitCode {
    close_foreign_descriptors();
    match hold(io::stdin().as_fd()) {
        Ok(()) => ExitCode::SUCCESS,
        // There is nobody left to tell: the server has gone, or was never there.
        Err(_) => ExitCode::FAILURE,
    }
}

/// A step that failed.
#[derive(Debug)]
struct Failure {
    step: &'static str,
    source: io::Error,
}

/// Names the step in which an error happened.
trait Step<T> {
    fn step(self, step: &'static str) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, Failure> {
        self.map_err(|error| Failure { step, source: error.into() })
    }
}

fn hold(server: BorrowedFd<'_>) -> io::Result<()> {
    let Some((order, _)) = handover::receive::<Order>(server)? else { return Ok(()) };
    let (report, sockets) = match make(&order) {
        Ok(sockets) => (Report::Ready, sockets),
        Err(Failure { step, source }) => {
            let advice = advice::after(&source);
            let report =
                Report::Failed { step: step.to_owned(), reason: source.to_string(), advice };
            (report, Vec::new())
        }
    };
    handover::send(server, &report, &sockets)?;
    // The server alone is to hold them, so that they end with it.
    drop(sockets);
    while handover::receive::<serde_json::Value>(server)?.is_some() {}
    Ok(())
}

/// Makes the instance and returns its sockets, in the order in which `Instance` takes them.
fn make(order: &Order) -> Result<Vec<OwnedFd>, Failure> {
    enter_namespaces()?;
    // After the credentials changed, which would clear it; and the end of the socket tells us too.
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
        .step("bind the holder's life to the server's")?;
    sethostname(&order.hostname).step("set the host name")?;
    cover_files(order)?;
    network::make(order)
}

/// Leaves the server's namespaces; with a user namespace where that needs one.
fn enter_namespaces() -> Result<(), Failure> {
    let namespaces = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
    match unshare(namespaces) {
        Err(Errno::EPERM) => {}
        other => return other.step("make the namespaces"),
    }
    let (uid, gid) = (geteuid(), getegid());
    unshare(namespaces | CloneFlags::CLONE_NEWUSER).step("make a user namespace")?;
    // The caller keeps its numbers. `setgroups` must be given up before the map of the groups.
    fs::write("/proc/self/setgroups", "deny").step("give up supplementary groups")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1")).step("map the user")?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1")).step("map the group")
}

fn cover_files(order: &Order) -> Result<(), Failure> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .step("make the mounts private")?;
    for file in &order.mounts {
        mount(Some(file.file.as_str()), file.target.as_str(), none, MsFlags::MS_BIND, none)
            .step("mount the instance's files")?;
    }
    std::env::set_current_dir("/").step("leave the instance's folder")
}

/// Closes what the server inherited without knowing, such as its shell's descriptors: a holder
/// lives long and must keep nothing alive but its namespaces.
#[expect(unsafe_code, reason = "neither std nor nix closes a range of descriptors")]
fn close_foreign_descriptors() {
    let first = libc::STDERR_FILENO.unsigned_abs() + 1;
    // SAFETY: `main` is called before anything was opened, so no owner in this process holds a
    // descriptor of this range. The call reads its arguments only. It fails on Linux before 5.9,
    // where foreign descriptors then stay open.
    let _done = unsafe { libc::close_range(first, libc::c_uint::MAX, 0) };
}
