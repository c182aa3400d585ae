//! What the unit tests of listeners share.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

use rolecall_types::VpcId;
use tokio::net::TcpStream;

use crate::record::Vpc;
use crate::{Later, Network};

/// A network that nobody is in.
pub(super) struct Nowhere;

impl Network for Nowhere {
    fn listen<'a>(
        &'a self,
        _vpc: Option<&'a Vpc>,
        _address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpListener>> {
        Box::pin(async { Err(io::ErrorKind::NetworkUnreachable.into()) })
    }

    fn connect<'a>(
        &'a self,
        _vpc: &'a Vpc,
        _address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpStream>> {
        Box::pin(async { Err(io::ErrorKind::NetworkUnreachable.into()) })
    }

    fn retain<'a>(&'a self, _used: &'a BTreeMap<VpcId, Vec<Ipv4Addr>>) -> Later<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
