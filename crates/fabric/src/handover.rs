//! What the server and its holders say to each other: one order, one report with descriptors, and
//! for a wire's keeper changes of its rules later on.
//!
//! A pair of packet sockets carries them, so that a message is read whole or not at all, and the
//! end of one side is the end of file of the other.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Seek, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::PathBuf;

use nix::cmsg_space;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Block;

/// The most bytes of a message. Ours hold a dozen short paths.
const MAX_MESSAGE_BYTES: usize = 65_536;

/// The most sockets that come with a message: nine are needed.
pub(crate) const MAX_SOCKETS: usize = 16;

/// What a holder is to make.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// The network of a VPC with these addresses. The fabric's user namespace comes along, where
    /// it has one.
    Network(Block),
    /// An instance and its wire, in the folder that is the working directory. Its rules come along
    /// as a file, the namespace of its VPC, and then the network namespace that is to be the
    /// instance's, where it is adopted, or else the fabric's user namespace, where it has one.
    Wire(WireOrder),
    /// The namespaces of an instance, in the folder that is the working directory.
    Inside(InsideOrder),
}

/// An instance and its wire.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireOrder {
    pub(crate) id: String,
    pub(crate) hostname: String,
    pub(crate) private_address: Ipv4Addr,
    pub(crate) prefix_length: u8,
    pub(crate) vpc: Block,
    pub(crate) hardware_address: [u8; 6],
    pub(crate) mounts: Vec<Mount>,
    /// Whether DNS must answer on 127.0.0.1 of the instance too: where no `resolv.conf` exists to
    /// mount ours over, every resolver falls back to that address.
    pub(crate) loopback_dns: bool,
    /// Whether the instance's network namespace is somebody else's.
    pub(crate) adopted: bool,
    /// The program of nftables.
    pub(crate) nft: PathBuf,
}

/// The namespaces of an instance.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InsideOrder {
    pub(crate) hostname: String,
    pub(crate) mounts: Vec<Mount>,
    /// The numbers of the user and group that a user namespace is to have; none where the machine
    /// allows the others without it.
    pub(crate) user: Option<(u32, u32)>,
}

/// What a wire's keeper can change.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The rules: a file for `nft`, which comes along.
    Rules,
}

/// What the keeper of a VPC's network does in it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum InVpc {
    /// Makes this many sockets of TCP, which come with the report.
    Sockets(usize),
    /// Gives the network an address of our own.
    Hold(Ipv4Addr),
    /// Takes it away.
    GiveUp(Ipv4Addr),
}

/// A file of the instance's folder that covers one of the system's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mount {
    pub(crate) file: String,
    pub(crate) target: String,
}

/// How it went.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// All is made; the descriptors come along in the order in which the holder made them.
    Ready {
        /// The process in the instance's own namespaces.
        inside: Option<u32>,
    },
    /// A step failed, and what a person can do about it.
    Failed { step: String, reason: String, advice: String },
}

/// Two connected sockets.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SockFlag::SOCK_CLOEXEC;
    Ok(socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?)
}

/// A file in memory. Rules go by it, since a message has an end that they may pass.
pub(crate) fn file(text: &str) -> io::Result<OwnedFd> {
    let descriptor = memfd_create(c"rolecall", MFdFlags::MFD_CLOEXEC)?;
    let mut file = File::from(descriptor);
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

/// Sends a message, and descriptors with it.
pub(crate) fn send<T: AsFd>(
    to: BorrowedFd<'_>,
    message: &impl Serialize,
    descriptors: &[T],
) -> io::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    let numbers: Vec<_> = descriptors.iter().map(|it| it.as_fd().as_raw_fd()).collect();
    let control = [ControlMessage::ScmRights(&numbers)];
    let control = if numbers.is_empty() { [].as_slice() } else { control.as_slice() };
    let payload = [IoSlice::new(&bytes)];
    sendmsg::<()>(to.as_raw_fd(), &payload, control, MsgFlags::MSG_NOSIGNAL, None)?;
    Ok(())
}

/// Waits for a message; `None` when the other side has ended.
#[expect(unsafe_code, reason = "descriptors come out of a control message as bare numbers")]
pub(crate) fn receive<T: DeserializeOwned>(
    from: BorrowedFd<'_>,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let mut bytes = vec![0_u8; MAX_MESSAGE_BYTES];
    let mut control = cmsg_space!([i32; MAX_SOCKETS]);
    let mut sockets = Vec::new();
    let length = {
        let mut payload = [IoSliceMut::new(&mut bytes)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let fd = from.as_fd().as_raw_fd();
        let received = recvmsg::<()>(fd, &mut payload, Some(&mut control), flags)?;
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(numbers) = message {
                // SAFETY: the kernel has just opened these descriptors in this process for us,
                // and nobody else knows their numbers, so each gets exactly one owner.
                sockets.extend(numbers.into_iter().map(|n| unsafe { OwnedFd::from_raw_fd(n) }));
            }
        }
        received.bytes
    };
    if length == 0 {
        return Ok(None);
    }
    let message = serde_json::from_slice(bytes.get(..length).unwrap_or_default())?;
    Ok(Some((message, sockets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_brings_its_sockets() {
        let (left, right) = pair().unwrap();
        let sockets: Vec<OwnedFd> =
            (0..9).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap().into()).collect();
        send(left.as_fd(), &Report::Ready { inside: Some(7) }, &sockets).unwrap();
        let (report, received) = receive::<Report>(right.as_fd()).unwrap().unwrap();
        assert!(matches!(report, Report::Ready { inside: Some(7) }));
        let ports = |sockets: Vec<OwnedFd>| -> Vec<u16> {
            let port = |fd| std::net::TcpListener::from(fd).local_addr().unwrap().port();
            sockets.into_iter().map(port).collect()
        };
        assert_eq!(ports(received), ports(sockets));
    }

    #[test]
    fn the_end_of_one_side_is_seen() {
        let (left, right) = pair().unwrap();
        drop(left);
        assert!(receive::<Report>(right.as_fd()).unwrap().is_none());
    }
}
