//! An instance as `DescribeInstances` answers it.

use rolecall_api::Shape;
use rolecall_types::{InstanceId, SecurityGroupId, time};
use serde::Serialize;

use crate::ecs::instance_type;
use crate::tag::EcsTag;
use crate::{InstanceRecord, NetworkInterface, StoppedMode};

/// When an instance ends that is charged by use: never. Source: ECS `DescribeInstances`.
pub(super) const EXPIRED_TIME: &str = "2099-12-31T15:59Z";

/// An instance as ECS answers it.
///
/// Clients index most fields without a check, so that all are there. What is not kept here has the
/// value of an instance without it: no public, elastic or inner address, no IPv6, no lock, no
/// dedicated host, no reservation, no local disk, no graphics processor, no cluster, no automatic
/// release, no operating system's name. The role is not among the fields: clients ask
/// `DescribeInstanceRamRole`.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's fields")]
pub struct InstanceView {
    /// Its id.
    pub instance_id: InstanceId,
    /// Its display name.
    pub instance_name: String,
    /// What it is for.
    pub description: String,
    /// Its region.
    pub region_id: String,
    /// Its zone.
    pub zone_id: String,
    /// `Pending`, `Starting`, `Running`, `Stopping` or `Stopped`.
    pub status: String,
    /// Its type.
    pub instance_type: String,
    /// Its type's family.
    pub instance_type_family: String,
    /// Its image.
    pub image_id: String,
    /// The operating system's name.
    #[serde(rename = "OSName")]
    pub os_name: String,
    /// The operating system's name, in English.
    #[serde(rename = "OSNameEn")]
    pub os_name_en: String,
    /// Always `linux`.
    #[serde(rename = "OSType")]
    pub os_type: String,
    /// Its host name.
    pub host_name: String,
    /// Its serial number.
    pub serial_number: String,
    /// Virtual processors.
    pub cpu: i64,
    /// Memory in MiB.
    pub memory: i64,
    /// When it was made.
    pub creation_time: String,
    /// When it was started.
    pub start_time: String,
    /// When it ends.
    pub expired_time: String,
    /// When it is released by itself.
    pub auto_release_time: String,
    /// Always `PostPaid`.
    pub instance_charge_type: String,
    /// `vpc` or `classic`.
    pub instance_network_type: String,
    /// How traffic is charged.
    pub internet_charge_type: String,
    /// Megabits per second from the Internet.
    pub internet_max_bandwidth_in: i64,
    /// Megabits per second to the Internet.
    pub internet_max_bandwidth_out: i64,
    /// Always true.
    pub io_optimized: bool,
    /// Whether disks can be attached.
    pub device_available: bool,
    /// Whether it must not be deleted.
    pub deletion_protection: bool,
    /// Whether it can be recycled.
    pub recyclable: bool,
    /// Its key pair.
    pub key_pair_name: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// What is charged while it stands still.
    pub stopped_mode: String,
    /// How a preemptible instance is bid for.
    pub spot_strategy: String,
    /// The most that is paid for it.
    pub spot_price_limit: f64,
    /// Hours for which it is kept.
    pub spot_duration: i64,
    /// Where it stands in a VPC.
    pub vpc_attributes: VpcAttributes,
    /// Its security groups.
    #[api(item = "SecurityGroupId")]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Public addresses.
    #[api(item = "IpAddress")]
    pub public_ip_address: Addresses,
    /// Inner addresses of the classic network.
    #[api(item = "IpAddress")]
    pub inner_ip_address: Addresses,
    /// Its elastic address.
    pub eip_address: EipAddress,
    /// How its metadata service answers.
    pub metadata_options: MetadataOptionsView,
    /// Its network interfaces.
    #[api(item = "NetworkInterface")]
    pub network_interfaces: Vec<NetworkInterfaceView>,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
    /// Why it is locked.
    #[api(item = "LockReason")]
    pub operation_locks: Vec<String>,
    /// On which hosts it runs.
    pub dedicated_instance_attribute: DedicatedInstanceAttribute,
    /// Its dedicated host.
    pub dedicated_host_attribute: DedicatedHostAttribute,
    /// Its processors.
    pub cpu_options: CpuOptions,
    /// Its capacity reservation.
    pub ecs_capacity_reservation_attr: CapacityReservation,
    /// Whether it can hibernate.
    pub hibernation_options: HibernationOptions,
    /// How its image is used.
    pub image_options: ImageOptions,
    /// The credit mode of a burstable instance.
    pub credit_specification: String,
    /// Its cluster.
    pub cluster_id: String,
    /// Its virtual network.
    pub vlan_id: String,
    /// How long it is sold for.
    pub sale_cycle: String,
    /// Graphics processors.
    #[serde(rename = "GPUAmount")]
    pub gpu_amount: i64,
    /// Their kind.
    #[serde(rename = "GPUSpec")]
    pub gpu_spec: String,
    /// Local disks.
    pub local_storage_amount: i64,
    /// Their size in GiB.
    pub local_storage_capacity: i64,
    /// Its deployment set.
    pub deployment_set_id: String,
    /// Its computing cluster.
    pub hpc_cluster_id: String,
    /// Its network provider.
    #[serde(rename = "ISP")]
    pub isp: String,
}

/// IPv4 addresses.
type Addresses = Vec<String>;

/// Where an instance stands in a VPC; all empty for the classic network.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct VpcAttributes {
    /// The VPC.
    pub vpc_id: String,
    /// The vSwitch.
    pub v_switch_id: String,
    /// Its address behind a NAT gateway.
    pub nat_ip_address: String,
    /// Its private address.
    #[api(item = "IpAddress")]
    pub private_ip_address: Addresses,
}

/// An elastic address; all empty without one.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct EipAddress {
    /// Its id.
    pub allocation_id: String,
    /// The address.
    pub ip_address: String,
    /// Megabits per second.
    pub bandwidth: i64,
    /// How traffic is charged.
    pub internet_charge_type: String,
    /// Whether it can be taken off.
    pub is_support_unassociate: bool,
}

/// How a metadata service answers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MetadataOptionsView {
    /// `enabled` or `disabled`.
    pub http_endpoint: String,
    /// `optional` or `required`.
    pub http_tokens: String,
    /// The most hops that a token may take.
    pub http_put_response_hop_limit: i64,
    /// Always `disabled`: the service does not tell tags.
    pub instance_metadata_tags: String,
}

/// A network interface.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceView {
    /// Its id.
    pub network_interface_id: String,
    /// Its hardware address.
    pub mac_address: String,
    /// Its private address.
    pub primary_ip_address: String,
    /// Always `Primary`.
    #[serde(rename = "Type")]
    pub interface_type: String,
    /// Its private addresses.
    #[api(item = "PrivateIpSet")]
    pub private_ip_sets: Vec<PrivateIpSet>,
    /// Its IPv6 addresses.
    #[api(item = "Ipv6Set")]
    pub ipv6_sets: Vec<String>,
}

/// A private address of a network interface.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIpSet {
    /// The address.
    pub private_ip_address: String,
    /// Whether it is the first.
    pub primary: bool,
}

/// On which hosts an instance runs.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DedicatedInstanceAttribute {
    /// Whether on dedicated hosts.
    pub tenancy: String,
    /// Whether on the same after a stop.
    pub affinity: String,
}

/// A dedicated host; all empty without one.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
pub struct DedicatedHostAttribute {
    /// Its id.
    pub dedicated_host_id: String,
    /// Its name.
    pub dedicated_host_name: String,
    /// Its cluster.
    pub dedicated_host_cluster_id: String,
}

/// The processors of an instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CpuOptions {
    /// Cores.
    pub core_count: i64,
    /// Threads of each.
    pub threads_per_core: i64,
    /// Memory groups.
    pub numa: String,
}

/// A capacity reservation; all empty without one.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityReservation {
    /// Its id.
    pub capacity_reservation_id: String,
    /// Which are used.
    pub capacity_reservation_preference: String,
}

/// Whether an instance can hibernate.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HibernationOptions {
    /// Whether it was made so.
    pub configured: bool,
}

/// How an image is used.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ImageOptions {
    /// Whether people log in as another user than root.
    pub login_as_non_root: bool,
}

impl InstanceView {
    /// An instance as it is answered.
    pub(super) fn new(instance: InstanceRecord) -> Self {
        let known = instance_type::find(&instance.instance_type);
        let (family, cpu, memory) = known
            .map_or((String::new(), 0, 0), |found| (found.family, found.cpus, found.memory_mib));
        let declared = instance.declared;
        let network = instance.network.as_ref();
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        Self {
            instance_name: instance.name,
            description: instance.description,
            region_id: instance.region.to_string(),
            zone_id: instance.zone.to_string(),
            status: instance.status.as_str().to_owned(),
            instance_type: instance.instance_type,
            instance_type_family: family,
            image_id: instance.image_id,
            os_name: String::new(),
            os_name_en: String::new(),
            os_type: "linux".to_owned(),
            host_name: instance.host_name,
            serial_number: instance.serial_number,
            cpu,
            memory,
            creation_time: time::minutes(instance.created_at),
            start_time: time::minutes(instance.started_at.unwrap_or(instance.created_at)),
            expired_time: EXPIRED_TIME.to_owned(),
            auto_release_time: String::new(),
            instance_charge_type: "PostPaid".to_owned(),
            instance_network_type: network_type(network).to_owned(),
            internet_charge_type: or(declared.internet_charge_type, "PayByTraffic"),
            internet_max_bandwidth_in: declared.internet_max_bandwidth_in.unwrap_or(0),
            internet_max_bandwidth_out: declared.internet_max_bandwidth_out.unwrap_or(0),
            io_optimized: true,
            device_available: true,
            deletion_protection: instance.deletion_protection,
            recyclable: false,
            key_pair_name: instance.key_pair.map(|key| key.name).unwrap_or_default(),
            resource_group_id: declared.resource_group_id.unwrap_or_default(),
            stopped_mode: stopped_mode(instance.stopped_mode).to_owned(),
            spot_strategy: or(declared.spot_strategy, "NoSpot"),
            spot_price_limit: 0.0,
            spot_duration: 0,
            vpc_attributes: network.map(VpcAttributes::new).unwrap_or_default(),
            security_group_ids: instance.security_groups,
            public_ip_address: Vec::new(),
            inner_ip_address: Vec::new(),
            eip_address: EipAddress::default(),
            metadata_options: MetadataOptionsView::new(instance.metadata_options),
            network_interfaces: network.map(NetworkInterfaceView::new).into_iter().collect(),
            tags: EcsTag::all(&instance.tags),
            operation_locks: Vec::new(),
            dedicated_instance_attribute: DedicatedInstanceAttribute::default(),
            dedicated_host_attribute: DedicatedHostAttribute::default(),
            cpu_options: CpuOptions { core_count: cpu, threads_per_core: 1, numa: String::new() },
            ecs_capacity_reservation_attr: CapacityReservation::default(),
            hibernation_options: HibernationOptions::default(),
            image_options: ImageOptions::default(),
            credit_specification: declared.credit_specification.unwrap_or_default(),
            cluster_id: String::new(),
            vlan_id: String::new(),
            sale_cycle: String::new(),
            gpu_amount: 0,
            gpu_spec: String::new(),
            local_storage_amount: 0,
            local_storage_capacity: 0,
            deployment_set_id: String::new(),
            hpc_cluster_id: String::new(),
            isp: String::new(),
            instance_id: instance.id,
        }
    }
}

/// What is charged while an instance stands still.
pub(super) fn stopped_mode(mode: Option<StoppedMode>) -> &'static str {
    mode.map_or("Not-applicable", StoppedMode::as_str)
}

/// `vpc` or `classic`.
pub(super) fn network_type(network: Option<&NetworkInterface>) -> &'static str {
    if network.is_some() { "vpc" } else { "classic" }
}

impl VpcAttributes {
    pub(super) fn new(network: &NetworkInterface) -> Self {
        Self {
            vpc_id: network.vpc_id.to_string(),
            v_switch_id: network.v_switch_id.to_string(),
            nat_ip_address: String::new(),
            private_ip_address: vec![network.private_address.to_string()],
        }
    }
}

impl MetadataOptionsView {
    fn new(options: crate::MetadataOptions) -> Self {
        let word = |switch: bool, on: &str, off: &str| if switch { on } else { off }.to_owned();
        Self {
            http_endpoint: word(options.enabled, "enabled", "disabled"),
            http_tokens: word(options.tokens_required, "required", "optional"),
            http_put_response_hop_limit: i64::from(options.hop_limit),
            instance_metadata_tags: word(options.tags, "enabled", "disabled"),
        }
    }
}

impl NetworkInterfaceView {
    fn new(network: &NetworkInterface) -> Self {
        let address = network.private_address.to_string();
        Self {
            network_interface_id: network.id.to_string(),
            mac_address: network.mac.clone(),
            primary_ip_address: address.clone(),
            interface_type: "Primary".to_owned(),
            private_ip_sets: vec![PrivateIpSet { private_ip_address: address, primary: true }],
            ipv6_sets: Vec::new(),
        }
    }
}
