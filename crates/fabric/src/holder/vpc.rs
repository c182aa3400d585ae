//! The network of a VPC: a namespace with a bridge, into which the wires of its instances are
//! plugged.

use std::fs;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};

use super::links::{self, Links};
use super::{Failure, Step};

/// The bridge's name in its namespace.
pub(super) const BRIDGE: &str = "vpc0";

/// Makes a VPC's network in the user namespace `user`, where the fabric has one already, and
/// returns its namespace, followed by the user namespace where one had to be made. Descriptors
/// keep both: they end with the server, which is then the only one to hold them.
pub(super) fn make(user: Option<&OwnedFd>) -> Result<Vec<OwnedFd>, Failure> {
    let made = match user {
        Some(user) => {
            setns(user, CloneFlags::CLONE_NEWUSER).step("enter the fabric's user namespace")?;
            unshare(CloneFlags::CLONE_NEWNET).step("make a network namespace")?;
            None
        }
        None => leave_machine()?,
    };
    let runtime = links::runtime().step("start a runtime")?;
    let here = Links::here(&runtime).step("open a netlink socket")?;
    here.bridge(BRIDGE).step("make the bridge of a VPC")?;
    let network = links::current_namespace().step("open the namespace of a VPC")?;
    Ok([network].into_iter().chain(made).collect())
}

/// Makes a network namespace, and a user namespace around it where that needs one.
fn leave_machine() -> Result<Option<OwnedFd>, Failure> {
    match unshare(CloneFlags::CLONE_NEWNET) {
        Ok(()) => return Ok(None),
        Err(Errno::EPERM) => {}
        Err(errno) => return Err(errno).step("make a network namespace"),
    }
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    let both = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET;
    unshare(both).step("make a user namespace")?;
    // The caller is root here: the programs that set the networks up keep their rights.
    map_user((0, 0), (uid, gid))?;
    let user = fs::File::open("/proc/self/ns/user").step("open the fabric's user namespace")?;
    Ok(Some(user.into()))
}

/// Gives our user namespace its one user and one group: `inside` is what the namespace outside
/// knows as `outside`.
pub(super) fn map_user(inside: (u32, u32), outside: (u32, u32)) -> Result<(), Failure> {
    // `setgroups` must be given up before the map of the groups.
    fs::write("/proc/self/setgroups", "deny").step("give up supplementary groups")?;
    fs::write("/proc/self/uid_map", format!("{} {} 1", inside.0, outside.0))
        .step("map the user")?;
    fs::write("/proc/self/gid_map", format!("{} {} 1", inside.1, outside.1)).step("map the group")
}
