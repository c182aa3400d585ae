//! The items of one instance. Source: the table of items on the ECS page on instance metadata.

use std::net::Ipv4Addr;

use rolecall_compute::{InstanceRecord, NetworkInterface};
use rolecall_types::time;

use crate::path::is_usual;
use crate::tree::Node;

/// The name servers of a VPC. Source: the vendor's images.
const NAME_SERVERS: &str = "100.100.2.136\n100.100.2.138";
/// The time servers of the vendor's images.
const TIME_SERVERS: &str = "ntp1.aliyun.com\nntp2.aliyun.com\nntp3.aliyun.com\nntp4.aliyun.com";
/// What every instance says of its hypervisor. Source: the samples of the ECS page.
const VIRTUALIZATION: [(&str, &str); 2] =
    [("virtualization-solution", "ECS Virt"), ("virtualization-solution-version", "2.0")];
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
    tree.put("instance/last-host-landing-time", landing_time(instance));
    for (item, value) in VIRTUALIZATION {
        tree.put(&format!("instance/{item}"), value);
    }
    if let Some(network) = &instance.network {
        put_network(&mut tree, network);
    }
    tree.put("network-type", if instance.network.is_some() { "vpc" } else { "classic" });
    tree.put("ntp-conf/ntp-servers", TIME_SERVERS);
    tree.put("owner-account-id", instance.account.as_str());
    if let Some(role) = role {
        tree.put(&format!("ram/security-credentials/{role}"), "");
    }
    if let Some(key) = &instance.key_pair {
        tree.put(&format!("public-keys/{}/openssh-key", key.name), &key.public_key);
    }
    tree.put("region-id", instance.region.as_str());
    tree.put("serial-number", &instance.serial_number);
    tree.put("source-address", SOURCE_ADDRESS);
    if instance.metadata_options.tags {
        put_tags(&mut tree, instance);
    }
    tree.put("zone-id", instance.zone.as_str());
    tree
}

/// The instance's tags, where they are told. A key with a letter that no path has here, such as a
/// slash or one outside ASCII, names no item.
fn put_tags(tree: &mut Node, instance: &InstanceRecord) {
    let mut directory = Node::directory();
    for tag in &instance.tags {
        if !tag.key.is_empty() && tag.key.bytes().all(is_usual) {
            directory.put(&tag.key, &tag.value);
        }
    }
    tree.graft("tags/instance", directory);
}

fn put_network(tree: &mut Node, network: &NetworkInterface) {
    let address = network.private_address.to_string();
    let (vpc, v_switch) = (network.vpc_block.to_string(), network.v_switch_block.to_string());
    tree.put("mac", &network.mac);
    let below = format!("network/interfaces/macs/{}", network.mac);
    for (item, value) in [
        ("gateway", network.router().map(|it| it.to_string()).unwrap_or_default()),
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
    // No instance here has more addresses than one.
    tree.put("sub-private-ipv4-list", "");
    tree.put("vpc-cidr-block", vpc);
    tree.put("vpc-id", network.vpc_id.as_str());
    tree.put("vswitch-cidr-block", v_switch);
    tree.put("vswitch-id", network.v_switch_id.as_str());
}

/// When the instance came to its host: it never moves, so when it was made.
fn landing_time(instance: &InstanceRecord) -> String {
    time::seconds(instance.created_at).replace('T', " ").replace('Z', "")
}

fn netmask(network: &NetworkInterface) -> Ipv4Addr {
    let host_bits = 32_u32.saturating_sub(u32::from(network.v_switch_block.prefix_length()));
    Ipv4Addr::from(u32::MAX.checked_shl(host_bits).unwrap_or(0))
}
