//! The network of a VPC: a namespace with a bridge, into which the wires of its instances are
//! plugged.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::{fs, io};

use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::unistd::{getegid, geteuid};

use super::links::{self, Links};
use super::{Failure, Step, tell};
use crate::handover::{self, InVpc, MAX_SOCKETS};
use crate::{BALANCER_ADDRESS, Block};

/// The bridge's name in its namespace.
pub(super) const BRIDGE: &str = "vpc0";

/// The bridge's own hardware address. Without it, the bridge would have that of one of its ports,
/// and another one whenever an instance comes or goes. No wire has it.
const HARDWARE_ADDRESS: [u8; 6] = [2, 1, 0, 0, 0, 1];

/// Makes a VPC's network and works in it until the server goes.
pub(super) fn keep(server: BorrowedFd<'_>, block: Block, user: Option<&OwnedFd>) -> io::Result<()> {
    let made = make(block, user);
    let is_made = made.is_ok();
    tell(server, made)?;
    while let Some((order, _)) = handover::receive::<InVpc>(server)?.filter(|_| is_made) {
        let done = match order {
            InVpc::Sockets(count) => sockets(count).step("make sockets in a VPC"),
            InVpc::Hold(address) => change(|here, device| here.address(device, address, 32))
                .step("take an address of a VPC"),
            InVpc::GiveUp(address) => change(|here, device| here.take_address(device, address))
                .step("give up an address of a VPC"),
        };
        tell(server, done)?;
    }
    Ok(())
}

/// Sockets of TCP, which stay in this network wherever they go.
fn sockets(count: usize) -> io::Result<Vec<OwnedFd>> {
    let one = |_| {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        Ok(socket(AddressFamily::Inet, SockType::Stream, flags, None)?)
    };
    (0..count.min(MAX_SOCKETS)).map(one).collect()
}

/// Changes something of the bridge.
fn change(work: impl FnOnce(&Links<'_>, u32) -> io::Result<()>) -> io::Result<Vec<OwnedFd>> {
    let runtime = links::runtime()?;
    work(&Links::here(&runtime)?, if_nametoindex(BRIDGE)?)?;
    Ok(Vec::new())
}

/// Makes a VPC's network in the user namespace `user`, where the fabric has one already, and
/// returns its namespace, followed by the user namespace where one had to be made. Descriptors
/// keep both: they end with the server, which is then the only one to hold them.
fn make(block: Block, user: Option<&OwnedFd>) -> Result<Vec<OwnedFd>, Failure> {
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
    let stand = || {
        let device = if_nametoindex(BRIDGE)?;
        here.hardware_address(BRIDGE, HARDWARE_ADDRESS)?;
        here.address(device, BALANCER_ADDRESS, 32)?;
        // What load balancers send comes from there, whatever other addresses they have.
        here.route(device, block, Some(BALANCER_ADDRESS))
    };
    stand().step("stand in a VPC")?;
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
