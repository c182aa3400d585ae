//! The items of one instance. Source: the table of items on the ECS page on instance metadata.

use std::net::Ipv4Addr;

use rolecall_compute::{InstanceRecord, NetworkInterface};

use crate::tree::Node;

/// The name servers of a VPC. Source: the vendor's images.
const NAME_SERVERS: &str = "100.100.2.136\n100.100.2.138";
/// Where the vendor's images look for packages.
const SOURCE_ADDRESS: &str = "http://mirrors.cloud.aliyuncs.com";

/// The tree below `meta-data/` of an instance. `role` is the role that it wears now.
pub(crate) fn tree(instance: &InstanceRecord, role: Option<&str>) -> Node {
    let mut tree = Node::directory();
    tree.put("dns-conf/nameservers", NAME_SERVERS);
    tree.put("hibernation/configured", "false");
    tree.put("hostname", &instance.host_name);
    tree.put("image-id", &instance.image_id);
    tree.put("instance-id", instance.id.as_str());
    tree.put("instance/instance-name", &instance.name);
    tree.put("instance/instance-type", &instance.instance_type);
    if let Some(network) = &instance.network {
        put_network(&mut tree, network);
    }
    tree.put("network-type", if instance.network.is_some() { "vpc" } else { "classic" });
    tree.put("owner-account-id", instance.account.as_str());
    if let Some(role) = role {
        tree.put(&format!("ram/security-credentials/{role}"), "");
    }
    tree.put("region-id", instance.region.as_str());
    tree.put("serial-number", &instance.serial_number);
    tree.put("source-address", SOURCE_ADDRESS);
    tree.put("zone-id", instance.zone.as_str());
    tree
}

fn put_network(tree: &mut Node, network: &NetworkInterface) {
    let address = network.private_address.to_string();
    let (vpc, v_switch) = (network.vpc_block.to_string(), network.v_switch_block.to_string());
    tree.put("mac", &network.mac);
    let below = format!("network/interfaces/macs/{}", network.mac);
    for (item, value) in [
        ("gateway", gateway(network).map(|it| it.to_string()).unwrap_or_default()),
        ("netmask", netmask(network).to_string()),
        ("network-interface-id", network.id.to_string()),
        ("primary-ip-address", address.clone()),
        ("private-ipv4s", format!("[\"{address}\"]")),
        ("vpc-cidr-block", vpc.clone()),
        ("vpc-id", network.vpc_id.to_string()),
        ("vswitch-cidr-block", v_switch.clone()),
        ("vswitch-id", network.v_switch_id.to_string()),
    ] {
        tree.put(&format!("{below}/{item}"), value);
    }
    tree.put("private-ipv4", address);
    tree.put("vpc-cidr-block", vpc);
    tree.put("vpc-id", network.vpc_id.as_str());
    tree.put("vswitch-cidr-block", v_switch);
    tree.put("vswitch-id", network.v_switch_id.as_str());
}

/// The router of a vSwitch: the third address from the end of its block.
fn gateway(network: &NetworkInterface) -> Option<Ipv4Addr> {
    let block = network.v_switch_block;
    block.size().checked_sub(3).and_then(|offset| block.address(offset))
}

fn netmask(network: &NetworkInterface) -> Ipv4Addr {
    let host_bits = 32_u32.saturating_sub(u32::from(network.v_switch_block.prefix_length()));
    Ipv4Addr::from(u32::MAX.checked_shl(host_bits).unwrap_or(0))
}
