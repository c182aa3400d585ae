//! A virtual machine in the place of an instance's programs: QEMU on the instance's own cable.
//!
//! ```text
//!   instance's namespace                              the instance's wire
//!   QEMU ── tap (fd) ── vm0 ── br0 ── eth0  ◀─ veth ─▶ wire0
//!                              └ DHCP, answers vm0 alone
//! ```
//!
//! `eth0` gives its addresses to the machine, whose network card has the instance's hardware
//! address: on the wire nothing changes.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{ExitCode, Stdio};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::sys::socket::{setsockopt, sockopt};
use serde::{Deserialize, Serialize};

use crate::dhcp::Lease;
use crate::exec::{self, Command, ExecError};
use crate::holder::links::{self, Links};
use crate::process::HolderRef;

/// The hidden subcommand that the binary gives to [`lease_main`].
pub const LEASE_SUBCOMMAND: &str = "fabric-lease";

/// The instance's interface.
const ETH0: &str = "eth0";
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
/// have one thread. The instance's addresses are the machine's from then on: until it is stopped
/// and started again, other commands have no network there.
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

/// Puts the machine's end on the instance's cable, starts the server of its lease, and returns the
/// end for QEMU to inherit.
fn connect(spec: &MachineSpec) -> io::Result<OwnedFd> {
    let tap = open_tap()?;
    bridge()?;
    serve_lease(spec)?;
    Ok(tap)
}

/// Hands `eth0`'s place on the cable over. All of it may have been done for an earlier machine.
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

/// A tap in the network namespace that we are in, which lives as long as somebody has it open.
/// QEMU inherits it, so it stays open over the start of a program.
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
    fcntl(&tap, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok(tap.into())
}

/// Starts the process that answers the machine's DHCP, and ends with us, or what we become.
fn serve_lease(spec: &MachineSpec) -> io::Result<()> {
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, SERVER_PORT))?;
    setsockopt(&socket, sockopt::BindToDevice, &OsString::from(BRIDGE))?;
    socket.set_broadcast(true)?;
    std::process::Command::new("/proc/self/exe")
        .arg(LEASE_SUBCOMMAND)
        .arg(serde_json::to_string(spec)?)
        .env_clear()
        .process_group(0)
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(())
}

/// The body of the hidden subcommand [`LEASE_SUBCOMMAND`]: its argument is a [`MachineSpec`], its
/// standard input a socket.
pub fn lease_main(spec: Option<OsString>) -> ExitCode {
    let spec = spec.and_then(|spec| spec.into_string().ok());
    let Some(spec) = spec.and_then(|spec| serde_json::from_str(&spec).ok()) else {
        return ExitCode::FAILURE;
    };
    match answer(&spec) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(spec: &MachineSpec) -> io::Result<()> {
    set_pdeathsig(Signal::SIGKILL)?;
    let lease = Lease {
        hardware_address: spec.hardware_address,
        address: spec.private_address,
        prefix_length: spec.prefix_length,
        router: spec.router,
        vpc: ipnet::Ipv4Net::new(spec.vpc.0, spec.vpc.1).map_err(io::Error::other)?,
        hostname: spec.hostname.clone(),
    };
    let socket = UdpSocket::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut message = [0; MESSAGE_BYTES_MAX];
    loop {
        let (length, _) = socket.recv_from(&mut message)?;
        let Some(answer) = message.get(..length).and_then(|message| lease.answer(message)) else {
            continue;
        };
        // Nobody has an address yet to which it could go.
        socket.send_to(&answer, SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT))?;
    }
}
