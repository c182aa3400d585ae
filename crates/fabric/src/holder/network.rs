//! The two network namespaces of an instance: its own, and the wire on which we answer.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use rtnetlink::packet_route::route::RouteScope;
use rtnetlink::{Handle, LinkUnspec, LinkVeth, RouteMessageBuilder};
use tokio::runtime::{Builder, Runtime};

use super::{Failure, Step};
use crate::handover::Order;
use crate::{DNS_ADDRESSES, METADATA_ADDRESS, SERVICE_ADDRESS};

const INSIDE: &str = "eth0";
const OUTSIDE: &str = "wire0";
const LOOPBACK: &str = "lo";

/// Makes both namespaces out of the one that we are in, stays in the instance's, and returns the
/// sockets: metadata, http, https, then UDP and TCP of each DNS address.
pub(super) fn make(order: &Order) -> Result<Vec<OwnedFd>, Failure> {
    let runtime = Builder::new_current_thread().enable_io().build().step("start a runtime")?;

    let wire_namespace = current_namespace().step("open the wire's namespace")?;
    let wire = connect(&runtime).step("open a netlink socket")?;
    runtime.block_on(make_pair(&wire)).step("make the instance's network interface")?;
    let outside = if_nametoindex(OUTSIDE).step("find the wire's interface")?;

    unshare(CloneFlags::CLONE_NEWNET).step("make the instance's network namespace")?;
    let own_namespace = current_namespace().step("open the instance's namespace")?;
    let own = connect(&runtime).step("open a netlink socket")?;
    runtime
        .block_on(hand_over(&wire, &own_namespace))
        .step("move the interface into the instance")?;
    let inside = if_nametoindex(INSIDE).step("find the instance's interface")?;
    let set_up = async {
        set_up_wire(&wire, outside, order).await?;
        set_up_instance(&own, inside, order).await
    };
    runtime.block_on(set_up).step("give the instance its addresses")?;

    setns(&wire_namespace, CloneFlags::CLONE_NEWNET).step("enter the wire's namespace")?;
    let mut sockets = open_sockets().step("listen on the instance's wire")?;
    setns(&own_namespace, CloneFlags::CLONE_NEWNET).step("enter the instance's namespace")?;
    if order.loopback_dns {
        sockets.extend(open_dns(Ipv4Addr::LOCALHOST).step("listen on the instance's loopback")?);
    }
    Ok(sockets)
}

/// Two ends of one cable.
async fn make_pair(wire: &Handle) -> io::Result<()> {
    wire.link().add(LinkVeth::new(OUTSIDE, INSIDE).build()).execute().await.map_err(describe)
}

async fn hand_over(wire: &Handle, own_namespace: &File) -> io::Result<()> {
    let message = LinkUnspec::new_with_name(INSIDE).setns_by_fd(own_namespace.as_raw_fd()).build();
    wire.link().set(message).execute().await.map_err(describe)
}

/// Our addresses, and the way to the instance. Nothing else can be reached from here.
async fn set_up_wire(wire: &Handle, outside: u32, order: &Order) -> io::Result<()> {
    for address in service_addresses() {
        wire.address().add(outside, address.into(), 32).execute().await.map_err(describe)?;
    }
    up(wire, OUTSIDE).await?;
    let route = RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(order.private_address, 32)
        .output_interface(outside)
        .scope(RouteScope::Link);
    wire.route().add(route.build()).execute().await.map_err(describe)
}

/// The instance's address, and the way to us: there is no default route, so that whatever is not
/// served fails at once ("network is unreachable") and never waits.
async fn set_up_instance(own: &Handle, inside: u32, order: &Order) -> io::Result<()> {
    up(own, LOOPBACK).await?;
    let (address, prefix_length) = (order.private_address, order.prefix_length);
    own.address().add(inside, address.into(), prefix_length).execute().await.map_err(describe)?;
    up(own, INSIDE).await?;
    for service in service_addresses() {
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(service, 32)
            .output_interface(inside)
            .pref_source(address)
            .scope(RouteScope::Link);
        own.route().add(route.build()).execute().await.map_err(describe)?;
    }
    Ok(())
}

async fn up(namespace: &Handle, interface: &str) -> io::Result<()> {
    let message = LinkUnspec::new_with_name(interface).up().build();
    namespace.link().set(message).execute().await.map_err(describe)
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

fn service_addresses() -> impl Iterator<Item = Ipv4Addr> {
    [METADATA_ADDRESS, SERVICE_ADDRESS].into_iter().chain(DNS_ADDRESSES)
}

fn current_namespace() -> io::Result<File> {
    File::open("/proc/self/ns/net")
}

/// A connection to the namespace that we are in now; it stays there when we leave.
fn connect(runtime: &Runtime) -> io::Result<Handle> {
    let _entered = runtime.enter();
    let (connection, handle, _) = rtnetlink::new_connection()?;
    runtime.spawn(connection);
    Ok(handle)
}

/// The kernel's error number, where there is one, is what advice is chosen by.
fn describe(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}
