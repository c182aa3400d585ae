//! Devices, addresses and routes by netlink.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use futures_util::{StreamExt, TryStreamExt};
use nix::sched::{CloneFlags, setns};
use rtnetlink::packet_core::{
    DefaultNla, Emitable, NLM_F_ACK, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use rtnetlink::packet_route::address::AddressAttribute;
use rtnetlink::packet_route::link::{InfoData, InfoVeth, LinkAttribute, LinkMessage};
use rtnetlink::packet_route::neighbour_table::{
    NeighbourTableAttribute, NeighbourTableMessage, NeighbourTableParameter,
};
use rtnetlink::packet_route::route::RouteScope;
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::{Handle, LinkBridge, LinkUnspec, LinkVeth, RouteMessageBuilder};
use tokio::runtime::{Builder, Runtime};

use crate::Block;

/// The address family of IPv4 and its attribute of settings, as numbers in a link's message.
/// Source: `linux/if_link.h`.
const IFLA_INET_CONF: u16 = 1;
const NESTED: u16 = 1 << 15;

/// Settings of IPv4 on a device. Source: `linux/ip.h`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Setting {
    Forwarding = 1,
    ProxyArp = 3,
    SendRedirects = 6,
    ReversePathFilter = 8,
    ArpAnnounce = 18,
    ArpIgnore = 19,
    AcceptLocal = 23,
}

/// The devices of one network namespace.
pub(crate) struct Links<'a> {
    runtime: &'a Runtime,
    handle: Handle,
}

/// A runtime for netlink.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().build()
}

/// The network namespace that we are in.
pub(super) fn current_namespace() -> io::Result<OwnedFd> {
    Ok(std::fs::File::open("/proc/self/ns/net")?.into())
}

/// Enters a network namespace.
pub(super) fn enter(namespace: &OwnedFd) -> io::Result<()> {
    Ok(setns(namespace, CloneFlags::CLONE_NEWNET)?)
}

impl<'a> Links<'a> {
    /// Those of the namespace that we are in now; they stay so when we leave.
    pub(crate) fn here(runtime: &'a Runtime) -> io::Result<Self> {
        let _entered = runtime.enter();
        let (connection, handle, _) = rtnetlink::new_connection()?;
        runtime.spawn(connection);
        Ok(Self { runtime, handle })
    }

    /// Makes a bridge and turns it on.
    pub(crate) fn bridge(&self, name: &str) -> io::Result<()> {
        self.wait(self.handle.link().add(LinkBridge::new(name).build()).execute())
    }

    /// Makes the two ends of a cable: one here, the other one in another namespace and with a
    /// hardware address. Where a bridge is named, by its number, our end is plugged into it and
    /// turned on.
    pub(super) fn cable(
        &self,
        name: &str,
        bridge: Option<u32>,
        far: (&str, [u8; 6], BorrowedFd<'_>),
    ) -> io::Result<()> {
        let (far_name, hardware, namespace) = far;
        let mut far = LinkMessage::default();
        far.attributes = vec![
            LinkAttribute::IfName(far_name.to_owned()),
            LinkAttribute::Address(hardware.to_vec()),
            LinkAttribute::NetNsFd(namespace.as_raw_fd()),
        ];
        let mut near =
            LinkVeth::new(name, far_name).set_info_data(InfoData::Veth(InfoVeth::Peer(far)));
        if let Some(bridge) = bridge {
            near = near.controller(bridge).up();
        }
        self.wait(self.handle.link().add(near.build()).execute())
    }

    /// Takes a device away, and the other end of its cable.
    pub(crate) fn delete(&self, device: u32) -> io::Result<()> {
        self.wait(self.handle.link().del(device).execute())
    }

    /// Plugs a device into a bridge, by its number, and turns it on; with another hardware address
    /// where one is given.
    pub(crate) fn plug(
        &self,
        name: &str,
        bridge: u32,
        hardware: Option<[u8; 6]>,
    ) -> io::Result<()> {
        let mut device = LinkUnspec::new_with_name(name).controller(bridge).up();
        if let Some(hardware) = hardware {
            device = device.address(hardware.to_vec());
        }
        self.wait(self.handle.link().set(device.build()).execute())
    }

    /// Gives a device another hardware address.
    pub(crate) fn hardware_address(&self, name: &str, address: [u8; 6]) -> io::Result<()> {
        let message = LinkUnspec::new_with_name(name).address(address.to_vec()).build();
        self.wait(self.handle.link().set(message).execute())
    }

    /// Takes every address of IPv4 from a device.
    pub(crate) fn take_addresses(&self, device: u32) -> io::Result<()> {
        self.wait(async {
            let addresses = self.handle.address().get().set_link_index_filter(device).execute();
            for address in addresses.try_collect::<Vec<_>>().await? {
                // IPv6 has no local address beside its own.
                if address.attributes.iter().any(|it| matches!(it, AddressAttribute::Local(_))) {
                    self.handle.address().del(address).execute().await?;
                }
            }
            Ok(())
        })
    }

    /// Takes one address from a device; it may lack it already.
    pub(super) fn take_address(&self, device: u32, address: Ipv4Addr) -> io::Result<()> {
        let local = |it: &AddressAttribute| *it == AddressAttribute::Local(address.into());
        self.wait(async {
            let known = self.handle.address().get().set_link_index_filter(device).execute();
            for known in known.try_collect::<Vec<_>>().await? {
                if known.attributes.iter().any(local) {
                    self.handle.address().del(known).execute().await?;
                }
            }
            Ok(())
        })
    }

    /// Turns a device on.
    pub(super) fn up(&self, name: &str) -> io::Result<()> {
        let message = LinkUnspec::new_with_name(name).up().build();
        self.wait(self.handle.link().set(message).execute())
    }

    /// Gives a device an address, and with a prefix the way to those who share it.
    pub(super) fn address(&self, device: u32, address: Ipv4Addr, length: u8) -> io::Result<()> {
        self.wait(self.handle.address().add(device, address.into(), length).execute())
    }

    /// Sends packets for a block out of a device, under one of our addresses if one is named.
    pub(super) fn route(&self, device: u32, to: Block, source: Option<Ipv4Addr>) -> io::Result<()> {
        let mut route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(to.first(), to.prefix_length())
            .output_interface(device)
            .scope(RouteScope::Link);
        if let Some(source) = source {
            route = route.pref_source(source);
        }
        self.wait(self.handle.route().add(route.build()).execute())
    }

    /// Changes settings of a device. By netlink, since in a container the files of these settings
    /// are often read-only.
    pub(super) fn settings(&self, name: &str, settings: &[(Setting, u32)]) -> io::Result<()> {
        let settings: Vec<_> = settings
            .iter()
            .map(|(setting, value)| DefaultNla::new(*setting as u16, value.to_ne_bytes().to_vec()))
            .collect();
        let inet = nested(IFLA_INET_CONF, &settings);
        let families = nested(u8::from(AddressFamily::Inet).into(), &[inet]);
        let message = LinkUnspec::new_with_name(name)
            .append_extra_attribute(LinkAttribute::AfSpecUnknown(bytes(&[families])))
            .build();
        self.wait(self.handle.link().set(message).execute())
    }

    /// Answers at once who asks for the hardware address of somebody behind us, instead of after
    /// up to 0.8 s.
    pub(super) fn answer_promptly(&self, device: u32) -> io::Result<()> {
        let mut table = NeighbourTableMessage::default();
        table.header.family = AddressFamily::Inet;
        table.attributes = vec![
            NeighbourTableAttribute::Name("arp_cache".to_owned()),
            NeighbourTableAttribute::Parms(vec![
                NeighbourTableParameter::Ifindex(device),
                NeighbourTableParameter::ProxyDelay(0),
            ]),
        ];
        let mut message = NetlinkMessage::from(RouteNetlinkMessage::SetNeighbourTable(table));
        message.header.flags = NLM_F_REQUEST | NLM_F_ACK;
        let mut handle = self.handle.clone();
        self.wait(async move {
            let mut answers = handle.request(message)?;
            while let Some(answer) = answers.next().await {
                if let NetlinkPayload::Error(error) = answer.payload {
                    return Err(rtnetlink::Error::NetlinkError(error));
                }
            }
            Ok(())
        })
    }

    fn wait(&self, work: impl Future<Output = Result<(), rtnetlink::Error>>) -> io::Result<()> {
        self.runtime.block_on(work).map_err(describe)
    }
}

fn nested(kind: u16, attributes: &[DefaultNla]) -> DefaultNla {
    DefaultNla::new(kind | NESTED, bytes(attributes))
}

fn bytes(attributes: &[DefaultNla]) -> Vec<u8> {
    let mut bytes = vec![0; attributes.buffer_len()];
    attributes.emit(&mut bytes);
    bytes
}

/// The kernel's error number, where there is one, is what advice is chosen by.
fn describe(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}
