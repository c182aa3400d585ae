//! An instance's own namespaces: its network, its mounts and its name. The process that makes them
//! waits in them, so that others can enter.

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use nix::unistd::sethostname;

use super::vpc::map_user;
use super::{Failure, Step};
use crate::handover::InsideOrder;

/// Leaves the namespaces of the wire's keeper for those of the instance.
///
/// Where the fabric has a user namespace, the instance gets one of its own below it. So no program
/// inside has a right over another instance's, though all belong to one user.
pub(super) fn make(order: &InsideOrder) -> Result<(), Failure> {
    let namespaces = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
    match order.user {
        None => unshare(namespaces).step("make the instance's namespaces")?,
        Some(user) => {
            unshare(namespaces | CloneFlags::CLONE_NEWUSER)
                .step("make the instance's user namespace")?;
            // The caller has its own numbers again.
            map_user(user, (0, 0))?;
        }
    }
    // After the credentials changed, which would clear it; and the end of the socket tells us too.
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).step("bind the holder's life to the wire's")?;
    sethostname(&order.hostname).step("set the host name")?;
    cover_files(order)
}

fn cover_files(order: &InsideOrder) -> Result<(), Failure> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .step("make the mounts private")?;
    for file in &order.mounts {
        mount(Some(file.file.as_str()), file.target.as_str(), none, MsFlags::MS_BIND, none)
            .step("mount the instance's files")?;
    }
    std::env::set_current_dir("/").step("leave the instance's folder")
}
