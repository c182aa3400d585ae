//! A load balancer as it is answered, in lists and alone.

use rolecall_api::Shape;
use rolecall_gate::resource::tag::EcsTag;
use rolecall_types::{InstanceId, LoadBalancerId, time};
use serde::Serialize;

use crate::record::{BackendServer, Listener};
use crate::{LoadBalancerRecord, Servers};

/// A load balancer. What is not kept here has the value of one without it: it is charged by use,
/// and never ends. Its servers and listeners are told where it is answered alone.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerView {
    /// Its id.
    pub load_balancer_id: LoadBalancerId,
    /// Its name.
    pub load_balancer_name: String,
    /// `active` or `inactive`.
    pub load_balancer_status: String,
    /// Its address.
    pub address: String,
    /// `internet` or `intranet`.
    pub address_type: String,
    /// Always `ipv4`.
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: String,
    /// `vpc`, or `Classic` where it faces the Internet.
    pub network_type: String,
    /// Its VPC; empty where it faces the Internet.
    pub vpc_id: String,
    /// Its vSwitch; empty where it faces the Internet.
    pub v_switch_id: String,
    /// Megabits per second.
    pub bandwidth: Option<i64>,
    /// How traffic is charged.
    pub internet_charge_type: String,
    /// How traffic is charged, in the words of another page.
    pub internet_charge_type_alias: String,
    /// Whether the specification or the use is charged.
    pub instance_charge_type: String,
    /// Its specification; empty for a shared instance.
    pub load_balancer_spec: String,
    /// Always `PayOnDemand`.
    pub pay_type: String,
    /// Its zone.
    pub master_zone_id: String,
    /// The zone that it would move to.
    pub slave_zone_id: String,
    /// Its region.
    pub region_id: String,
    /// Its region.
    pub region_id_alias: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// Whether it must not be deleted: `on` or `off`.
    pub delete_protection: String,
    /// Whether the console must not change it: `ConsoleProtection` or `NonProtection`.
    pub modification_protection_status: String,
    /// Why not.
    pub modification_protection_reason: String,
    /// When it was made.
    pub create_time: String,
    /// The same, in milliseconds since 1970.
    pub create_time_stamp: i64,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
    /// The servers of listeners without a group.
    #[api(item = "BackendServer")]
    pub backend_servers: Option<Vec<ServerOfBalancer>>,
    /// The ports of its listeners.
    #[api(item = "ListenerPort")]
    pub listener_ports: Option<Vec<i64>>,
    /// Its listeners, under a name that the vendor has misspelt.
    #[api(item = "ListenerPortAndProtocal")]
    pub listener_ports_and_protocal: Option<Vec<ListenerPortAndProtocal>>,
    /// Its listeners.
    #[api(item = "ListenerPortAndProtocol")]
    pub listener_ports_and_protocol: Option<Vec<ListenerPortAndProtocol>>,
}

/// A server of a load balancer.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ServerOfBalancer {
    /// The instance.
    pub server_id: InstanceId,
    /// Its address; empty where there is no such instance any more.
    pub server_ip: String,
    /// Its weight.
    pub weight: i64,
    /// Always `ecs`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for.
    pub description: String,
}

/// A listener, with the names that the vendor has misspelt.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerPortAndProtocal {
    /// Its port.
    pub listener_port: i64,
    /// What it speaks.
    pub listener_protocal: String,
}

/// A listener.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerPortAndProtocol {
    /// Its port.
    pub listener_port: i64,
    /// What it speaks.
    pub listener_protocol: String,
    /// What it is for.
    pub description: String,
    /// Whether requests are sent on to another listener: `on` or `off`.
    pub listener_forward: String,
    /// The port of the other listener.
    pub forward_port: Option<i64>,
}

/// `on` or `off`.
pub(super) fn switch(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

impl LoadBalancerView {
    /// As lists tell it.
    pub(super) fn of(record: &LoadBalancerRecord) -> Self {
        let (place, declared) = (record.place.as_ref(), &record.declared);
        let charge = &declared.internet_charge_type;
        let protection = record.modification_protection.as_ref();
        Self {
            load_balancer_id: record.id.clone(),
            load_balancer_name: record.name.clone(),
            load_balancer_status: record.status.as_str().to_owned(),
            address: record.address.to_string(),
            address_type: address_type(record).to_owned(),
            address_ip_version: "ipv4".to_owned(),
            network_type: network_type(record).to_owned(),
            vpc_id: place.map(|place| place.vpc.id.to_string()).unwrap_or_default(),
            v_switch_id: place.map(|place| place.v_switch_id.to_string()).unwrap_or_default(),
            bandwidth: declared.bandwidth,
            internet_charge_type: charge.clone(),
            internet_charge_type_alias: charge.clone(),
            instance_charge_type: declared.instance_charge_type.clone(),
            load_balancer_spec: declared.spec.clone(),
            pay_type: "PayOnDemand".to_owned(),
            master_zone_id: declared.master_zone_id.clone(),
            slave_zone_id: declared.slave_zone_id.clone(),
            region_id: record.region.to_string(),
            region_id_alias: record.region.to_string(),
            resource_group_id: declared.resource_group_id.clone(),
            delete_protection: switch(record.delete_protection),
            modification_protection_status: protection
                .map_or("NonProtection", |_| "ConsoleProtection")
                .to_owned(),
            modification_protection_reason: protection.cloned().unwrap_or_default(),
            create_time: time::seconds(record.created_at),
            create_time_stamp: record.created_at.as_millisecond(),
            tags: EcsTag::all(&record.tags),
            backend_servers: None,
            listener_ports: None,
            listener_ports_and_protocal: None,
            listener_ports_and_protocol: None,
        }
    }

    /// As it is told alone.
    pub(super) fn full(servers: &dyn Servers, record: &LoadBalancerRecord) -> Self {
        let server = |server: &BackendServer| ServerOfBalancer {
            server_id: server.server_id.clone(),
            server_ip: address_of(servers, record, &server.server_id),
            weight: server.weight.into(),
            kind: "ecs".to_owned(),
            description: server.description.clone(),
        };
        let listeners = || record.listeners.iter();
        let misspelt = |listener: &Listener| ListenerPortAndProtocal {
            listener_port: listener.id.port.into(),
            listener_protocal: listener.id.protocol.to_string(),
        };
        let spelt = |listener: &Listener| ListenerPortAndProtocol {
            listener_port: listener.id.port.into(),
            listener_protocol: listener.id.protocol.to_string(),
            description: listener.description.clone(),
            listener_forward: switch(listener.redirect().is_some()),
            forward_port: listener.redirect().map(|redirect| redirect.port.into()),
        };
        Self {
            backend_servers: Some(record.servers.iter().map(server).collect()),
            listener_ports: Some(listeners().map(|listener| listener.id.port.into()).collect()),
            listener_ports_and_protocal: Some(listeners().map(misspelt).collect()),
            listener_ports_and_protocol: Some(listeners().map(spelt).collect()),
            ..Self::of(record)
        }
    }
}

/// The private address of a server of a load balancer's account; empty where it is gone.
pub(super) fn address_of(
    servers: &dyn Servers,
    record: &LoadBalancerRecord,
    id: &InstanceId,
) -> String {
    let server = servers.server(&record.account, &record.region, id);
    let place = server.and_then(|server| server.place);
    place.map(|(_, address)| address.to_string()).unwrap_or_default()
}

/// Whether it faces the Internet or a VPC.
pub(super) fn address_type(record: &LoadBalancerRecord) -> &'static str {
    if record.place.is_some() { "intranet" } else { "internet" }
}

/// The kind of its network.
pub(super) fn network_type(record: &LoadBalancerRecord) -> &'static str {
    if record.place.is_some() { "vpc" } else { "Classic" }
}
