//! What load balancers need of instances, vSwitches and sockets.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::Arc;

use rolecall_api::{ApiError, Scope};
use rolecall_compute::{Cidr, Instances, Lease, Status, lease_address, return_address};
use rolecall_fabric::{Block, Fabric, VpcNetwork, VpcSpec};
use rolecall_slb::record::Vpc;
use rolecall_slb::{
    Addresses, Balancers, Engine, Later, Network, NoAddress, Server, Servers, Slb, TakenAddress,
};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, InstanceId, RegionId, VpcId};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::failure::Failure;

/// Starts what opens the listeners, and returns the operations of SLB.
pub(crate) fn start(
    tasks: &mut JoinSet<Failure>,
    fabric: &Arc<Fabric>,
    instances: &Arc<Instances>,
    balancers: &Arc<Balancers>,
) -> Slb {
    let servers: Arc<dyn Servers> = Arc::new(EcsServers(Arc::clone(instances)));
    let network = Arc::new(Sockets::new(Arc::clone(fabric)));
    let engine = Arc::new(Engine::new(Arc::clone(balancers), Arc::clone(&servers), network));
    let following = Arc::clone(&engine);
    tasks.spawn(async move {
        following.follow().await;
        Failure::NotStarted { reason: "the view of load balancers ended".to_owned() }
    });
    Slb::new(servers, Arc::new(VSwitchAddresses), engine)
}

/// The instances of ECS as backend servers.
struct EcsServers(Arc<Instances>);

impl Servers for EcsServers {
    fn server(&self, account: &AccountId, region: &RegionId, id: &InstanceId) -> Option<Server> {
        let record = self.0.get(id)?;
        let is_theirs = record.account == *account && record.region == *region;
        let place = record.network.as_ref().and_then(|network| {
            Some((vpc(&network.vpc_id, network.vpc_block)?, network.private_address))
        });
        is_theirs.then(|| Server { is_running: record.status == Status::Running, place })
    }
}

/// Every block has a first address.
fn vpc(id: &VpcId, block: Cidr) -> Option<Vpc> {
    Some(Vpc { id: id.clone(), block: (block.address(0)?, block.prefix_length()) })
}

/// The addresses of vSwitches.
struct VSwitchAddresses;

impl Addresses for VSwitchAddresses {
    fn take<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        scope: &'a Scope,
        v_switch: &'a str,
        wanted: Option<Ipv4Addr>,
    ) -> Later<'a, Result<Result<TakenAddress, NoAddress>, ApiError>> {
        Box::pin(async move {
            let lease = lease_address(transaction, scope, v_switch, wanted).await?;
            Ok(match lease {
                Lease::NoVSwitch => Err(NoAddress::NoVSwitch),
                Lease::NotFree => Err(NoAddress::NotFree),
                Lease::Taken(address, v_switch) => {
                    let zone = v_switch.zone.to_string();
                    let vpc = vpc(&v_switch.vpc_id, v_switch.vpc_block);
                    vpc.map(|vpc| TakenAddress { address, vpc, zone }).ok_or(NoAddress::NoVSwitch)
                }
            })
        })
    }

    fn give_back<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        scope: &'a Scope,
        v_switch: &'a str,
        address: Ipv4Addr,
    ) -> Later<'a, Result<(), ApiError>> {
        Box::pin(return_address(transaction, scope, v_switch, address))
    }
}

/// How many connections wait to be accepted, as at our other listeners.
const LINE: u32 = 4_096;

/// Sockets of the machine and of VPCs.
struct Sockets {
    fabric: Arc<Fabric>,
    /// The networks that are in use.
    networks: Mutex<BTreeMap<VpcId, Arc<VpcNetwork>>>,
}

impl Sockets {
    /// Sockets in the VPCs of a fabric.
    fn new(fabric: Arc<Fabric>) -> Self {
        Self { fabric, networks: Mutex::default() }
    }

    /// The network of a VPC, made where it is not there.
    async fn network(&self, vpc: &Vpc) -> io::Result<Arc<VpcNetwork>> {
        let mut networks = self.networks.lock().await;
        if let Some(known) = networks.get(&vpc.id) {
            return Ok(Arc::clone(known));
        }
        let (first, length) = vpc.block;
        let unknown = || io::Error::other("the VPC has no addresses");
        let block = Block::new(first, length).ok_or_else(unknown)?;
        let spec = VpcSpec { id: vpc.id.clone(), block };
        let made = self.fabric.vpc(spec).await.map_err(io::Error::other)?;
        let made = Arc::new(made);
        networks.insert(vpc.id.clone(), Arc::clone(&made));
        Ok(made)
    }
}

impl Network for Sockets {
    fn listen<'a>(
        &'a self,
        vpc: Option<&'a Vpc>,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpListener>> {
        Box::pin(async move {
            let socket = match vpc {
                None => TcpSocket::new_v4()?,
                Some(vpc) => {
                    let network = self.network(vpc).await?;
                    network.hold(*address.ip()).await?;
                    network.socket().await?
                }
            };
            socket.set_reuseaddr(true)?;
            socket.bind(address.into())?;
            socket.listen(LINE)?.into_std()
        })
    }

    fn connect<'a>(
        &'a self,
        vpc: &'a Vpc,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpStream>> {
        Box::pin(async move {
            let socket = self.network(vpc).await?.socket().await?;
            socket.connect(address.into()).await
        })
    }

    fn retain<'a>(&'a self, used: &'a BTreeMap<VpcId, Vec<Ipv4Addr>>) -> Later<'a, ()> {
        Box::pin(async move {
            let mut networks = self.networks.lock().await;
            networks.retain(|id, _| used.contains_key(id));
            for (id, network) in networks.iter() {
                let held = used.get(id).map(Vec::as_slice).unwrap_or_default();
                if let Err(error) = network.hold_only(held).await {
                    tracing::warn!(vpc = %id, %error, "cannot give up addresses of a VPC");
                }
            }
        })
    }
}
