//! An instance's wire: the network namespace between the instance and its VPC, on which we answer
//! the instance. Its keeper stays in it, and ends the instance's processes when the server goes.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};
use tokio::runtime::Runtime;

use super::links::{self, Links, Setting};
use super::vpc::BRIDGE;
use super::{Failure, Step, rules, tell};
use crate::handover::{self, Change, InsideOrder, Order, Report, WireOrder};
use crate::process::{Inside, Process};
use crate::{
    BALANCER_ADDRESS, Block, DNS_ADDRESSES, METADATA_ADDRESS, SERVICE_ADDRESS, service_addresses,
};

/// The instance's only interface, in its own namespace.
pub(crate) const ETH0: &str = "eth0";
/// The wire's end of the cable to the instance.
pub(crate) const WIRE: &str = "wire0";
/// The wire's end of the cable to the VPC.
pub(crate) const UPLINK: &str = "uplink0";
/// The VPC's ends of these cables; the kernel puts numbers.
const PORTS: &str = "port%d";
const LOOPBACK: &str = "lo";

/// What a wire calls itself when it asks its VPC for a hardware address. All say the same: it
/// leads nowhere, and nothing that comes from it is let in.
const UPLINK_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 0, 1);

/// The process in the instance's own namespaces, and what knows those that others start there.
struct Held {
    process: Child,
    /// Its end tells that process that we have ended.
    _control: OwnedFd,
    inside: Inside,
}

/// Makes a wire and the instance behind it, and keeps them until the server goes. `descriptors`
/// are those that [`Order::Wire`] tells.
pub(super) fn keep(
    server: BorrowedFd<'_>,
    order: &WireOrder,
    descriptors: Vec<OwnedFd>,
) -> io::Result<()> {
    let held = match make(order, descriptors) {
        Err(failure) => return tell(server, Err(failure)),
        Ok((held, sockets)) => {
            let inside = held.as_ref().map(|held| held.process.id());
            let report = Report::Ready { inside };
            handover::send(server, &report, &sockets)?;
            // The server alone is to hold the sockets, so that they end with it.
            held
        }
    };
    let gone = obey(server, &order.nft);
    let ended = held.map_or_else(unplug, end);
    gone.and(ended)
}

/// Does what the server asks for, until it goes.
fn obey(server: BorrowedFd<'_>, nft: &Path) -> io::Result<()> {
    while let Some((Change::Rules, files)) = handover::receive::<Change>(server)? {
        let change = |file| rules::apply(nft, file).step("change the rules of an instance");
        let done = files.into_iter().try_for_each(change);
        tell(server, done.map(|()| Vec::new()))?;
    }
    Ok(())
}

fn end(mut held: Held) -> io::Result<()> {
    let ended = held.inside.end_all();
    held.process.kill()?;
    held.process.wait()?;
    ended
}

/// Takes the instance's interface away again, whose namespace lives on.
fn unplug() -> io::Result<()> {
    let runtime = links::runtime()?;
    // It has gone already if that namespace ended first.
    if_nametoindex(WIRE).map_or(Ok(()), |device| Links::here(&runtime)?.delete(device))
}

/// Makes everything and stays in the wire's namespace. The sockets are: metadata, http, https,
/// then UDP and TCP of each DNS address.
fn make(
    order: &WireOrder,
    descriptors: Vec<OwnedFd>,
) -> Result<(Option<Held>, Vec<OwnedFd>), Failure> {
    let mut descriptors = descriptors.into_iter();
    let mut next = |step| {
        let missing = || io::Error::other("the server sent too few descriptors");
        descriptors.next().ok_or_else(missing).step(step)
    };
    let rules = next("take the instance's rules")?;
    let vpc = next("take the VPC's namespace")?;
    let (held, instance) = if order.adopted {
        let instance = next("take the namespace to adopt")?;
        links::enter(&instance).step("enter the namespace to adopt, as one of the network")?;
        unshare(CloneFlags::CLONE_NEWNET).step("make the wire's namespace")?;
        (None, instance)
    } else {
        let held = leave_machine(order, descriptors.next())?;
        let instance = Process::open(held.process.id())
            .and_then(|process| process.ok_or_else(|| io::Error::other("it ended")))
            .and_then(|process| process.namespace("net"))
            .step("open the instance's namespace")?;
        (Some(held), instance)
    };
    let wire = links::current_namespace().step("open the wire's namespace")?;

    let runtime = links::runtime().step("start a runtime")?;
    // Before anything can come in.
    rules::apply(&order.nft, rules).step("set the rules of an instance")?;
    connect_instance(&runtime, order, &instance)
        .step("connect the instance by an interface eth0 of its own")?;
    let mut sockets = open_sockets().step("listen on the instance's wire")?;
    connect_vpc(&runtime, order, &vpc, &wire).step("connect the wire to its VPC")?;

    links::enter(&instance).step("enter the instance's namespace")?;
    set_up_instance(&runtime, order).step("give the instance its addresses")?;
    if order.loopback_dns {
        sockets.extend(open_dns(Ipv4Addr::LOCALHOST).step("listen on the instance's loopback")?);
    }
    links::enter(&wire).step("return to the wire's namespace")?;
    Ok((held, sockets))
}

/// Makes the wire's namespace, in the fabric's user namespace where it has one, and has the
/// instance's made and held.
fn leave_machine(order: &WireOrder, user: Option<OwnedFd>) -> Result<Held, Failure> {
    let caller = user.as_ref().map(|_| (geteuid().as_raw(), getegid().as_raw()));
    if let Some(user) = user {
        setns(user, CloneFlags::CLONE_NEWUSER).step("enter the fabric's user namespace")?;
    }
    unshare(CloneFlags::CLONE_NEWNET).step("make the wire's namespace")?;
    hold(order, caller)
}

/// Starts the process that makes and holds the instance's own namespaces: this program again.
fn hold(order: &WireOrder, user: Option<(u32, u32)>) -> Result<Held, Failure> {
    let step = "start the holder of the instance's namespaces";
    let (control, theirs) = handover::pair().step(step)?;
    let process = Command::new("/proc/self/exe")
        .args([super::SUBCOMMAND, &order.id, "inside"])
        .env_clear()
        .process_group(0)
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .step(step)?;
    let request = Order::Inside(InsideOrder {
        hostname: order.hostname.clone(),
        mounts: order.mounts.clone(),
        user,
    });
    handover::send::<OwnedFd>(control.as_fd(), &request, &[]).step(step)?;
    match handover::receive::<Report>(control.as_fd()).step(step)? {
        Some((Report::Ready { .. }, _)) => {}
        Some((Report::Failed { step, reason, advice }, _)) => {
            return Err(Failure::Reported { step, reason, advice });
        }
        None => return Err(io::Error::other("it ended")).step(step),
    }
    let folder = std::env::current_dir().step("find the instance's folder")?;
    let inside = Inside::of(process.id(), &folder).step("look at the instance's namespaces")?;
    Ok(Held { process, _control: control, inside })
}

/// The cable to the instance, our addresses at its end, and the way to the instance.
fn connect_instance(runtime: &Runtime, order: &WireOrder, instance: &OwnedFd) -> io::Result<()> {
    let here = Links::here(runtime)?;
    here.cable(WIRE, None, (ETH0, order.hardware_address, instance.as_fd()))?;
    let device = if_nametoindex(WIRE)?;
    for address in service_addresses() {
        here.address(device, address, 32)?;
    }
    // Whoever looks for another instance of the VPC by ARP finds the wire.
    here.settings(WIRE, &[(Setting::Forwarding, 1), (Setting::ProxyArp, 1)])?;
    here.answer_promptly(device)?;
    here.up(WIRE)?;
    here.route(device, only(order.private_address), None)
}

/// The cable to the VPC, and the way to everybody there.
///
/// The wire answers for its instance's address alone: it forwards no other one to its instance,
/// and what it has itself is not told on this side.
fn connect_vpc(
    runtime: &Runtime,
    order: &WireOrder,
    vpc: &OwnedFd,
    wire: &OwnedFd,
) -> io::Result<()> {
    links::enter(vpc)?;
    let bridge = if_nametoindex(BRIDGE)?;
    let hardware_address = uplink_hardware_address(order.private_address);
    let far = (UPLINK, hardware_address, wire.as_fd());
    Links::here(runtime)?.cable(PORTS, Some(bridge), far)?;
    links::enter(wire)?;

    let here = Links::here(runtime)?;
    let device = if_nametoindex(UPLINK)?;
    here.address(device, UPLINK_ADDRESS, 32)?;
    let settings = [
        (Setting::Forwarding, 1),
        (Setting::ProxyArp, 1),
        (Setting::SendRedirects, 0),
        (Setting::ReversePathFilter, 0),
        (Setting::ArpAnnounce, 2),
        (Setting::ArpIgnore, 1),
        // Every wire asks under the same address, so that each question comes from one of ours.
        (Setting::AcceptLocal, 1),
    ];
    here.settings(UPLINK, &settings)?;
    here.answer_promptly(device)?;
    here.up(UPLINK)?;
    here.route(device, only(BALANCER_ADDRESS), None)?;
    here.route(device, order.vpc, None)
}

fn set_up_instance(runtime: &Runtime, order: &WireOrder) -> io::Result<()> {
    let own = Links::here(runtime)?;
    if !order.adopted {
        own.up(LOOPBACK)?;
    }
    set_up_eth0(&own, order.private_address, order.prefix_length, order.vpc)
}

/// The instance's address, and the way to us and to its VPC: there is no default route, so that
/// whatever is not served fails at once ("network is unreachable") and never waits.
pub(crate) fn set_up_eth0(
    own: &Links<'_>,
    address: Ipv4Addr,
    prefix_length: u8,
    vpc: Block,
) -> io::Result<()> {
    let device = if_nametoindex(ETH0)?;
    own.address(device, address, prefix_length)?;
    own.up(ETH0)?;
    let services = service_addresses().chain([BALANCER_ADDRESS]).map(only);
    // The kernel has made the way to a vSwitch that is the whole VPC.
    let vpc = (vpc.prefix_length() != prefix_length).then_some(vpc);
    for destination in services.chain(vpc) {
        own.route(device, destination, Some(address))?;
    }
    Ok(())
}

/// The hardware address of a wire's end in its VPC. It follows from the private address, so that
/// who has spoken to an instance finds the next one of its address without asking again.
fn uplink_hardware_address(private_address: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = private_address.octets();
    // 2: given by us, to one device.
    [2, 0, a, b, c, d]
}

fn only(address: Ipv4Addr) -> Block {
    Block::single(address)
}

fn open_sockets() -> io::Result<Vec<OwnedFd>> {
    let mut sockets: Vec<OwnedFd> = vec![
        TcpListener::bind(SocketAddrV4::new(METADATA_ADDRESS, 80))?.into(),
        TcpListener::bind(SocketAddrV4::new(SERVICE_ADDRESS, 80))?.into(),
        TcpListener::bind(SocketAddrV4::new(SERVICE_ADDRESS, 443))?.into(),
    ];
    for address in DNS_ADDRESSES {
        sockets.extend(open_dns(address)?);
    }
    Ok(sockets)
}

fn open_dns(address: Ipv4Addr) -> io::Result<[OwnedFd; 2]> {
    let address = SocketAddrV4::new(address, 53);
    Ok([UdpSocket::bind(address)?.into(), TcpListener::bind(address)?.into()])
}
