//! A process of ours that takes orders, and what it reports.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::socket::{Shutdown, setsockopt, shutdown, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use serde::Serialize;

use super::{FabricError, silent};
use crate::handover::{self, Report};
use crate::holder;

/// How long a holder may take to do what it is told, in seconds. It takes some milliseconds.
const PATIENCE_SECONDS: i64 = 20;

/// Where the program of nftables is beside the places of `PATH`, which lacks them for many users.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

/// Our end of a holder's socket.
#[derive(Debug, Clone)]
pub(super) struct Control(Arc<(Mutex<()>, OwnedFd)>);

impl Control {
    /// Gives an order and takes the report: the process in an instance's namespaces, where the
    /// order made one, and descriptors. Blocks.
    pub(super) fn ask<T: AsFd>(
        &self,
        order: &impl Serialize,
        descriptors: &[T],
    ) -> Result<(Option<u32>, Vec<OwnedFd>), FabricError> {
        let (turn, socket) = &*self.0;
        // Each order is followed by its own report.
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = handover::send(socket.as_fd(), order, descriptors)
            .and_then(|()| handover::receive::<Report>(socket.as_fd()))
            .map_err(silent)?;
        match answer {
            Some((Report::Ready { inside }, descriptors)) => Ok((inside, descriptors)),
            Some((Report::Failed { step, reason, advice }, _)) => {
                Err(FabricError::Holder { step, reason, advice })
            }
            None => Err(silent("it ended")),
        }
    }

    /// Tells the holder that it is to end, as our own end would.
    pub(super) fn close(&self) {
        let (_, socket) = &*self.0;
        // It can have ended before, which is as good.
        let _closed = shutdown(socket.as_fd().as_raw_fd(), Shutdown::Both);
    }
}

/// Starts a holder in a folder; the rest of its arguments are for those who list processes. Blocks.
pub(super) fn start(
    program: &Path,
    folder: &Path,
    arguments: &[&str],
) -> io::Result<(Child, Control)> {
    use std::os::unix::process::CommandExt;
    let (control, theirs) = handover::pair()?;
    setsockopt(&control, sockopt::ReceiveTimeout, &TimeVal::seconds(PATIENCE_SECONDS))?;
    let child = Command::new(program)
        .arg(holder::SUBCOMMAND)
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        // An interrupt from the terminal is the server's to handle, which ends its holders.
        .process_group(0)
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok((child, Control(Arc::new((Mutex::default(), control)))))
}

/// The program of nftables, looked for as a shell would, and where systems keep it.
pub(super) fn find_nft() -> Result<PathBuf, FabricError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM_FOLDERS.map(PathBuf::from));
    find_nft_in(folders).ok_or(FabricError::NoNft)
}

fn find_nft_in(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    // A relative folder of `PATH` would be another one for the keeper.
    let programs = folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join("nft"));
    programs.into_iter().find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_program_on_the_way_is_taken_and_its_lack_named() {
        let (empty, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = || {
            let relative = PathBuf::from("sbin");
            [relative, empty.path().to_owned(), other.path().to_owned()].into_iter()
        };
        assert_eq!(find_nft_in(folders()), None);
        std::fs::create_dir(empty.path().join("nft")).unwrap();
        std::fs::write(other.path().join("nft"), "").unwrap();
        assert_eq!(find_nft_in(folders()), Some(other.path().join("nft")));
        assert!(FabricError::NoNft.to_string().contains("apt-get install nftables"));
    }
}
