//! A virtual machine in the place of an instance's programs: QEMU on the instance's own cable.
//!
//! ```text
//!   instance's namespace                              the instance's wire
//!   QEMU ── tap (fd) ── vm0 ── br0 ── eth0  ◀─ veth ─▶ wire0
//!                              └ DHCP, answers vm0 alone
//! ```
//!
//! `eth0` gives its addresses to the machine, whose network card has the instance's hardware
//! address: on the wire nothing changes. It has them again when the machine has ended.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{setsockopt, sockopt};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, fork, setpgid};
use serde::{Deserialize, Serialize};

use crate::Block;
use crate::dhcp::Lease;
use crate::exec::{self, Command, ExecError};
use crate::holder::links::{self, Links};
use crate::holder::{ETH0, set_up_eth0};
use crate::process::HolderRef;

/// The bridge between it and the machine.
const BRIDGE: &str = "br0";
/// The machine's end of the bridge.
const TAP: &str = "vm0";
/// The hardware address that `eth0` has while the machine has its own: a locally administered one.
/// It is seen by nobody, since `eth0` sends nothing by itself.
const STEPPED_BACK: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
/// Where servers of DHCP listen, and clients.
const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
/// The longest message that is looked at; that of a client is a third of it.
const MESSAGE_BYTES_MAX: usize = 1500;
/// How often the one who stands by looks whether the machine is there.
const LOOK: Duration = Duration::from_millis(100);
/// How often a machine looks whether the one before it has left, at the same pace.
const LOOKS_MAX: u32 = 30;

/// What a virtual machine is told of its instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineSpec {
    /// The hardware address of its network card.
    pub hardware_address: [u8; 6],
    /// The instance's private address.
    pub private_address: Ipv4Addr,
    /// The length of its vSwitch's prefix.
    pub prefix_length: u8,
    /// The router of its vSwitch.
    pub router: Ipv4Addr,
    /// The first address of its VPC, and the length of the VPC's prefix.
    pub vpc: (Ipv4Addr, u8),
    /// The host name.
    pub hostname: String,
    /// The instance's serial number, a UUID.
    pub serial_number: String,
}

/// Replaces this process by QEMU in the instance, with its network card and with the marks by
/// which software tells the vendor's machines. Returns only when that failed.
///
/// `command` is a QEMU and its arguments; what makes the card is put before them. The process must
/// have one thread. The instance's addresses are the machine's as long as it runs: other commands
/// have no network there meanwhile. An instance has one machine at a time.
pub fn exec_machine(holder: &HolderRef, mut command: Command, spec: &MachineSpec) -> ExecError {
    let network = |source| ExecError::Machine { source };
    if let Err(error) = exec::enter(holder, &command) {
        return error;
    }
    let tap = match connect(spec) {
        Ok(tap) => tap,
        Err(source) => return network(source),
    };
    let card = card(spec, &tap);
    command.arguments = card.into_iter().chain(command.arguments).collect();
    exec::replace(command, None, &holder.ca_bundle)
}

/// The arguments of QEMU. Source: the DMI data of the vendor's machines, by which cloud-init finds
/// its `DataSourceAliYun`.
fn card(spec: &MachineSpec, tap: &OwnedFd) -> Vec<OsString> {
    let mac = spec.hardware_address.map(|byte| format!("{byte:02x}")).join(":");
    let serial = &spec.serial_number;
    [
        "-netdev".to_owned(),
        format!("tap,id=rolecall0,fd={}", tap.as_raw_fd()),
        "-device".to_owned(),
        format!("virtio-net-pci,netdev=rolecall0,romfile=,mac={mac}"),
        "-smbios".to_owned(),
        format!(
            "type=1,manufacturer=Alibaba Cloud,product=Alibaba Cloud ECS,serial={serial},uuid={serial}"
        ),
    ]
    .map(OsString::from)
    .to_vec()
}

/// Puts the machine's end on the instance's cable, leaves somebody standing by, and returns the end
/// for QEMU to inherit.
fn connect(spec: &MachineSpec) -> io::Result<OwnedFd> {
    let socket = claim()?;
    let tap = open_tap()?;
    bridge()?;
    setsockopt(&socket, sockopt::BindToDevice, &OsString::from(BRIDGE))?;
    socket.set_broadcast(true)?;
    let tap = leave_behind(spec, &socket, tap)?;
    fcntl(&tap, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok(tap)
}

/// The socket of the lease, which only one machine of the instance can have: the one who stands by
/// keeps it until the instance has its network again.
fn claim() -> io::Result<UdpSocket> {
    let mut looks = 0_u32;
    loop {
        match UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, SERVER_PORT)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && looks < LOOKS_MAX => {
                looks = looks.saturating_add(1);
                std::thread::sleep(LOOK);
            }
            claimed => return claimed,
        }
    }
}

/// Hands `eth0`'s place on the cable over. All of it may have been done for a machine before, where
/// nobody was left who could take it back.
fn bridge() -> io::Result<()> {
    let runtime = links::runtime()?;
    let here = Links::here(&runtime)?;
    if if_nametoindex(BRIDGE).is_err() {
        here.bridge(BRIDGE)?;
    }
    here.take_addresses(if_nametoindex(ETH0)?)?;
    let bridge = if_nametoindex(BRIDGE)?;
    here.plug(ETH0, bridge, Some(STEPPED_BACK))?;
    here.plug(TAP, bridge, None)
}

/// Gives the instance its own network again.
fn take_back(spec: &MachineSpec) -> io::Result<()> {
    let runtime = links::runtime()?;
    let here = Links::here(&runtime)?;
    here.delete(if_nametoindex(BRIDGE)?)?;
    here.hardware_address(ETH0, spec.hardware_address)?;
    let (first, length) = spec.vpc;
    let vpc = Block::new(first, length).ok_or(io::ErrorKind::InvalidInput)?;
    set_up_eth0(&here, spec.private_address, spec.prefix_length, vpc)
}

/// A tap in the network namespace that we are in, which lives as long as somebody has it open.
#[expect(unsafe_code, reason = "no safe interface asks the kernel for a tap")]
fn open_tap() -> io::Result<OwnedFd> {
    nix::ioctl_write_ptr_bad!(
        set_interface,
        nix::request_code_write!(b'T', 202, size_of::<libc::c_int>()),
        libc::ifreq
    );
    let tap = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
    let flags = libc::c_short::try_from(flags).map_err(io::Error::other)?;
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: flags },
    };
    for (place, byte) in request.ifr_name.iter_mut().zip(TAP.bytes()) {
        *place = byte.cast_signed();
    }
    // SAFETY: the descriptor is open, and the request lives longer than the call, which keeps no
    // pointer to it.
    unsafe { set_interface(tap.as_raw_fd(), &raw const request) }?;
    Ok(tap.into())
}

/// Leaves a process behind that answers the machine's DHCP, and gives the instance its network back
/// when the machine is no more. It starts no program, which would cost it the right to do so where
/// the instance is not root's.
#[expect(unsafe_code, reason = "a process cannot be divided safely where it may have threads")]
#[expect(clippy::exit, reason = "what the caller goes on to do is not the child's affair")]
fn leave_behind(spec: &MachineSpec, socket: &UdpSocket, tap: OwnedFd) -> io::Result<OwnedFd> {
    // SAFETY: this process has one thread, as `exec_machine` demands, so that no lock can be held
    // by one that the child does not have.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => Ok(tap),
        ForkResult::Child => {
            // It must end with the machine.
            drop(tap);
            let stood_by = let_go().and_then(|()| stand_by(spec, socket));
            std::process::exit(i32::from(stood_by.is_err()));
        }
    }
}

/// Lets go of the terminal's signals, and of what the caller waits for the end of.
fn let_go() -> io::Result<()> {
    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    Ok(dup2_stderr(&null)?)
}

/// Answers the machine until it is no more.
fn stand_by(spec: &MachineSpec, socket: &UdpSocket) -> io::Result<()> {
    let lease = Lease {
        hardware_address: spec.hardware_address,
        address: spec.private_address,
        prefix_length: spec.prefix_length,
        router: spec.router,
        vpc: ipnet::Ipv4Net::new(spec.vpc.0, spec.vpc.1).map_err(io::Error::other)?,
        hostname: spec.hostname.clone(),
    };
    socket.set_read_timeout(Some(LOOK))?;
    let mut message = [0; MESSAGE_BYTES_MAX];
    // The tap is there as long as the machine has it open.
    while if_nametoindex(TAP).is_ok() {
        // Whoever hears no answer asks again.
        let Ok((length, _)) = socket.recv_from(&mut message) else { continue };
        let answer = message.get(..length).and_then(|message| lease.answer(message));
        if let Some(answer) = answer {
            // Nobody has an address yet to which it could go.
            let _ = socket.send_to(&answer, SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT));
        }
    }
    take_back(spec)
}
