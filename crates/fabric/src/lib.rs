//! What makes an instance real: namespaces, DNS, local CA, run and exec; the only crate with
//! unsafe.
//!
//! An instance is a network namespace, with mount and UTS namespaces beside it. A small process
//! per instance, its [keeper](holder), makes its wire and keeps it, and lets another one hold the
//! instance's own namespaces; the server only gets listening sockets from it:
//!
//! ```text
//!   instance's namespace                the instance's wire              the server
//!   lo                                  wire0  100.100.100.200  :80  ──▶ Instance::metadata
//!   eth0  192.168.0.7/24   ◀── veth ──▶        100.100.0.1  :80 :443 ──▶ Instance::http, https
//!   programs, by `exec`                        100.100.2.136/138 :53 ──▶ Instance::dns
//!                                         │ nftables: security groups
//!   the VPC's namespace                   │ forwards 192.168.0.7 alone
//!   vpc0, a bridge         ◀── veth ──▶ uplink0
//! ```
//!
//! The wire is a second network namespace that no program inside can enter, and on whose addresses
//! nothing but this instance is heard. So the socket on which a request arrives names the instance,
//! the peer's address is the instance's private address, and a program inside may listen on every
//! port of `0.0.0.0` without meeting ours.
//!
//! Instances of one VPC reach each other over its bridge, as far as their [`Firewall`]s let them.
//! Their wires route: an instance hears no frame of another one.
//!
//! When not root, all of it lives in one user namespace, and each instance in another one below it,
//! in which the caller keeps its own uid.

pub mod ca;
pub mod dns;
mod exec;
mod files;
pub mod holder;
mod machine;

mod advice;
mod block;
mod dhcp;
mod fabric;
mod firewall;
mod handover;
mod process;
mod signal;
mod trust;

pub use block::Block;
pub use exec::{
    Command, Environment, ExecError, MASKED_HOME_ENTRIES, REMOVED_PREFIXES, REMOVED_VARIABLES,
    exec, instance_environment,
};
pub use fabric::{Fabric, FabricError, Instance, InstanceSpec, VpcNetwork, VpcSpec};
pub use firewall::{Firewall, Peer, Policy, Protocol, Rule, Verdict};
pub use machine::{MachineSpec, exec_machine};
pub use process::HolderRef;
pub use signal::end_by_signal;

use std::net::Ipv4Addr;

/// Where the metadata service listens, port 80. Source: the ECS page "View instance metadata".
pub const METADATA_ADDRESS: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

/// The name servers of a VPC, port 53. Source: `resolv.conf` of the vendor's images, and the
/// metadata item `dns-conf/nameservers`.
pub const DNS_ADDRESSES: [Ipv4Addr; 2] =
    [Ipv4Addr::new(100, 100, 2, 136), Ipv4Addr::new(100, 100, 2, 138)];

/// Where the API answers inside an instance, ports 80 and 443; DNS gives it for `aliyuncs.com`.
/// Our own choice out of 100.64.0.0/10, which no VPC may use.
pub const SERVICE_ADDRESS: Ipv4Addr = Ipv4Addr::new(100, 100, 0, 1);

/// What load balancers connect to instances from, in every VPC: an address of the block that the
/// cloud's do it from, 100.64.0.0/10, which no VPC may use. Instances need no rule for it.
pub const BALANCER_ADDRESS: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 1);

/// Where an instance's services listen, on its wire.
pub(crate) fn service_addresses() -> impl Iterator<Item = Ipv4Addr> {
    [METADATA_ADDRESS, SERVICE_ADDRESS].into_iter().chain(DNS_ADDRESSES)
}
