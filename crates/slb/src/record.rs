//! The record of a load balancer: all that it is, in one place, so that calls on one of them meet.

mod group;
pub(crate) mod health;
mod http;
mod listener;
mod server;

use std::net::Ipv4Addr;

use rolecall_api::{Kind, Shape};
use rolecall_gate::Tagged;
use rolecall_gate::resource::records;
use rolecall_gate::resource::tag::Tag;
use rolecall_gate::resource::tagged::HasTags;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{
    AccountId, Arn, LoadBalancerId, RegionId, ServerGroupId, TextRule, Timestamp, VSwitchId, VpcId,
};
use serde::{Deserialize, Serialize};

pub use group::ServerGroup;
pub use health::{HealthCheck, ProbeMethod, ProbeType};
pub use http::{HttpSettings, Redirect, StickySession};
pub use listener::{
    Listener, ListenerId, ListenerStatus, Protocol, Scheduler, Settings, TcpSettings,
};
pub use server::BackendServer;

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancerRecord {
    /// Its id.
    pub id: LoadBalancerId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its name.
    pub name: String,
    /// Where its listeners listen: on the host, or in its VPC.
    pub address: Ipv4Addr,
    /// The VPC that it stands in; `None` where it faces the Internet.
    pub place: Option<Place>,
    /// Whether it forwards anything.
    pub status: BalancerStatus,
    /// Whether it must not be deleted.
    pub delete_protection: bool,
    /// Why the console must not change it; `None` where it may.
    pub modification_protection: Option<String>,
    /// What its maker said that changes nothing here.
    pub declared: Declared,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The servers of listeners without a group.
    #[serde(default)]
    pub servers: Vec<BackendServer>,
    /// Its groups of servers, in the order in which they were made.
    #[serde(default)]
    pub groups: Vec<ServerGroup>,
    /// Its listeners, in the order of ports.
    #[serde(default)]
    pub listeners: Vec<Listener>,
}

/// The place of a load balancer in a VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The VPC.
    pub vpc: Vpc,
    /// The vSwitch that its address is of.
    pub v_switch_id: VSwitchId,
}

/// A VPC with its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// The first address of its block, and the length of its prefix in bits.
    pub block: (Ipv4Addr, u8),
}

/// Whether a load balancer forwards anything. Source: SLB `SetLoadBalancerStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BalancerStatus {
    /// Its running listeners forward.
    #[serde(rename = "active")]
    Active,
    /// Its listeners are kept, and none listens.
    #[serde(rename = "inactive")]
    Inactive,
}

/// Parameters of `CreateLoadBalancer` that are kept and answered, and change nothing here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The specification; empty for a shared instance.
    pub spec: String,
    /// Megabits per second; none where traffic is charged.
    pub bandwidth: Option<i64>,
    /// How traffic is charged.
    pub internet_charge_type: String,
    /// Whether the specification or the use is charged.
    pub instance_charge_type: String,
    /// The zone that it is in.
    pub master_zone_id: String,
    /// The zone that it would move to.
    pub slave_zone_id: String,
    /// The resource group.
    pub resource_group_id: String,
}

impl Shape for BalancerStatus {
    const KIND: Kind = Kind::Text(TextRule::length(1, 32));
}

impl BalancerStatus {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl LoadBalancerRecord {
    /// Its group of servers with this id.
    pub fn group(&self, id: &ServerGroupId) -> Option<&ServerGroup> {
        self.groups.iter().find(|group| group.id == *id)
    }

    /// The servers that a listener forwards to, each with its port.
    pub fn targets(&self, listener: &Listener) -> Vec<(&BackendServer, u16)> {
        let (servers, port) = match &listener.group {
            Some(id) => (self.group(id).map_or(&[][..], |group| &group.servers), None),
            None => (self.servers.as_slice(), listener.backend_port),
        };
        let target = |server: &'_ BackendServer| port.or(server.port);
        servers.iter().filter_map(|server| Some((server, target(server)?))).collect()
    }
}

impl Record for LoadBalancerRecord {
    const TABLE: &'static str = "load-balancer";
    const VERSION: u32 = 1;
}

impl Keyed for LoadBalancerRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}

impl HasTags for LoadBalancerRecord {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Tagged for LoadBalancerRecord {
    fn resource(key: &Key) -> Option<Arn> {
        let [account, region, id] = key.texts().try_into().ok()?;
        Some(Arn::new("slb", region, account, format!("loadbalancer/{id}")))
    }

    fn tags(&self) -> Vec<(String, String)> {
        self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
    }
}

/// An address of the host that a load balancer has: no two have the same.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HostAddressRecord {
    pub(crate) address: Ipv4Addr,
    pub(crate) load_balancer: LoadBalancerId,
}

impl Record for HostAddressRecord {
    const TABLE: &'static str = "load-balancer-address";
    const VERSION: u32 = 1;
}

impl Keyed for HostAddressRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[&self.address.to_string()])
    }
}
