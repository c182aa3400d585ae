//! What the load balancer needs of others, who are handed in: instances, addresses of vSwitches,
//! and sockets.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::pin::Pin;

use rolecall_api::{ApiError, Scope};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, InstanceId, RegionId, VpcId};
use tokio::net::TcpStream;

use crate::record::Vpc;

/// What is to be had later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An instance as a backend server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Whether it runs.
    pub is_running: bool,
    /// Where it stands; `None` for one of the classic network.
    pub place: Option<(Vpc, Ipv4Addr)>,
}

/// Knows the instances.
pub trait Servers: Send + Sync + 'static {
    /// The instance with this id, if the account has it in the region.
    fn server(&self, account: &AccountId, region: &RegionId, id: &InstanceId) -> Option<Server>;
}

/// An address of a vSwitch, which is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// The vSwitch's VPC.
    pub vpc: Vpc,
    /// The vSwitch's zone.
    pub zone: String,
}

/// Why an address was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAddress {
    /// There is no such vSwitch.
    NoVSwitch,
    /// None is free, or not the one that was asked for.
    NotFree,
}

/// Takes addresses of vSwitches and gives them back, each in the transaction of a call.
pub trait Addresses: Send + Sync + 'static {
    /// Takes an address of a vSwitch of the account: `wanted`, or the next free one.
    fn take<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        scope: &'a Scope,
        v_switch: &'a str,
        wanted: Option<Ipv4Addr>,
    ) -> Later<'a, Result<Result<TakenAddress, NoAddress>, ApiError>>;

    /// Gives an address back.
    fn give_back<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        scope: &'a Scope,
        v_switch: &'a str,
        address: Ipv4Addr,
    ) -> Later<'a, Result<(), ApiError>>;
}

/// Where sockets come from.
pub trait Network: Send + Sync + 'static {
    /// Listens at an address: on the host, or in a VPC.
    fn listen<'a>(
        &'a self,
        vpc: Option<&'a Vpc>,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpListener>>;

    /// Connects to an address of a VPC.
    fn connect<'a>(
        &'a self,
        vpc: &'a Vpc,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpStream>>;

    /// Gives up what VPCs have of ours but this: the networks in use, each with the addresses of
    /// the load balancers in it.
    fn retain<'a>(&'a self, used: &'a BTreeMap<VpcId, Vec<Ipv4Addr>>) -> Later<'a, ()>;
}
