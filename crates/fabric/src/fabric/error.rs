//! What can go wrong with instances.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use rolecall_types::InstanceId;

use crate::Block;

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
    /// A private address that no instance may have, or not in this VPC.
    #[error("{address}/{prefix_length} is no private address of an instance in the VPC {vpc}")]
    Address {
        /// The address.
        address: Ipv4Addr,
        /// The length of its prefix.
        prefix_length: u8,
        /// The addresses of the VPC.
        vpc: Block,
    },
    /// No program of nftables, without which no security group would hold.
    #[error("there is no program `nft`: install nftables (Debian: `apt-get install nftables`)")]
    NoNft,
    /// What an earlier server left inside its instances could not be ended.
    #[error("could not end what an earlier server left in {}", path.display())]
    Leftovers {
        /// The folder of the instance.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A network namespace that cannot be an instance's.
    #[error("cannot adopt this network namespace: {reason}")]
    Adoption {
        /// Why.
        reason: &'static str,
    },
    /// A network namespace that cannot be looked at.
    #[error("cannot open {} as a network namespace", path.display())]
    Namespace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The instance does not run.
    #[error("the instance {id} does not run")]
    NotRunning {
        /// Its id.
        id: InstanceId,
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
