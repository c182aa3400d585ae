//! `ecs:DescribeNetworkInterfaces`: lists network interfaces.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, NetworkInterfaceId, SecurityGroupId, VSwitchId, VpcId, time};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, resource};
use crate::page::Asked;
use crate::tag::{EcsTag, TAGS_MAX, TagParameter};
use crate::{InstanceRecord, NetworkInterface, code as shared, records, tag};

/// Lists network interfaces of the region: each instance of a VPC has one, which is made and
/// deleted with it. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfaces {
    /// The interfaces.
    #[api(items(1, 100))]
    pub network_interface_id: Vec<NetworkInterfaceId>,
    /// The instance.
    pub instance_id: Option<String>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The vSwitch.
    pub v_switch_id: Option<String>,
    /// A security group.
    pub security_group_id: Option<String>,
    /// The first private address.
    pub primary_ip_address: Option<String>,
    /// Private addresses.
    #[api(items(1, 100))]
    pub private_ip_address: Vec<String>,
    /// The kind. All are `Primary`.
    #[serde(rename = "Type")]
    #[api(choices("Primary", "Secondary"))]
    pub interface_type: Option<String>,
    /// The status. All are `InUse`.
    #[api(choices("Available", "Attaching", "InUse", "Detaching", "Deleting"))]
    pub status: Option<String>,
    /// Tags. No interface has any.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
    /// The most elements of a page by token, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the page by token begins: what the one before answered.
    pub next_token: Option<String>,
}

/// A page of network interfaces.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfacesReply {
    /// The interfaces, in the order of their ids.
    #[api(item = "NetworkInterfaceSet")]
    pub network_interface_sets: Vec<NetworkInterfaceSet>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

/// A network interface as ECS answers it. It has neither a name nor a description nor tags of its
/// own, no IPv6 and no further addresses.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceSet {
    /// Its id.
    pub network_interface_id: NetworkInterfaceId,
    /// Its name.
    pub network_interface_name: String,
    /// What it is for.
    pub description: String,
    /// Always `InUse`.
    pub status: String,
    /// Always `Primary`.
    #[serde(rename = "Type")]
    pub interface_type: String,
    /// Its instance.
    pub instance_id: InstanceId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its vSwitch.
    pub v_switch_id: VSwitchId,
    /// Its zone.
    pub zone_id: String,
    /// Its hardware address.
    pub mac_address: String,
    /// Its private address.
    pub private_ip_address: String,
    /// Its private addresses.
    #[api(item = "PrivateIpSet")]
    pub private_ip_sets: Vec<InterfaceAddress>,
    /// Its IPv6 addresses.
    #[api(item = "Ipv6Set")]
    pub ipv6_sets: Vec<String>,
    /// Its public address.
    pub associated_public_ip: AssociatedPublicIp,
    /// Its security groups.
    #[api(item = "SecurityGroupId")]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its resource group.
    pub resource_group_id: String,
    /// The account that owns it.
    pub owner_id: String,
    /// Whether it goes with its instance.
    pub delete_on_release: bool,
    /// Whether a service manages it.
    pub service_managed: bool,
    /// The service.
    #[serde(rename = "ServiceID")]
    pub service_id: i64,
    /// When it was made.
    pub creation_time: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

/// A private address of an interface.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InterfaceAddress {
    /// The address.
    pub private_ip_address: String,
    /// Whether it is the first.
    pub primary: bool,
    /// Its public address.
    pub associated_public_ip: AssociatedPublicIp,
}

/// A public address; all empty without one.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssociatedPublicIp {
    /// Its id.
    pub allocation_id: String,
    /// The address.
    pub public_ip_address: String,
}

impl Authorize for DescribeNetworkInterfaces {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let describe = |id: &str| {
            Need::on("ecs:DescribeNetworkInterfaces", resource(scope, format!("eni/{id}")))
                .with_request_tags(tag::requested(&self.tag))
        };
        let ids = self.network_interface_id.iter();
        let needs: Vec<Need> = ids.map(|id| describe(id.as_str())).collect();
        if needs.is_empty() { vec![describe("*")] } else { needs }
    }
}

impl Operation for DescribeNetworkInterfaces {
    type Reply = DescribeNetworkInterfacesReply;

    const SPEC: Spec =
        Spec::read(Product::Ecs, "DescribeNetworkInterfaces").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeNetworkInterfaces> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeNetworkInterfaces>,
    ) -> Result<DescribeNetworkInterfacesReply, ApiError> {
        let instances = records::list::<InstanceRecord>(transaction, &context.scope).await?;
        let placed = instances.into_iter().filter_map(|mut instance| {
            let network = instance.network.take()?;
            call.selects(&instance, &network).then_some((network, instance))
        });
        let mut found: Vec<(NetworkInterface, InstanceRecord)> = placed.collect();
        found.sort_by(|one, other| one.0.id.cmp(&other.0.id));
        let asked = Asked::either(
            (call.max_results, call.next_token.as_deref()),
            (call.page_number, call.page_size),
        );
        let page = asked.cut(found, |(network, _)| network.id.as_str())?;
        let items = page.items.into_iter();
        Ok(DescribeNetworkInterfacesReply {
            network_interface_sets: items
                .map(|(network, instance)| NetworkInterfaceSet::new(network, instance))
                .collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
            next_token: page.next_token,
        })
    }
}

impl DescribeNetworkInterfaces {
    fn selects(&self, instance: &InstanceRecord, network: &NetworkInterface) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        let address = network.private_address.to_string();
        let (ids, addresses) = (&self.network_interface_id, &self.private_ip_address);
        let groups = &instance.security_groups;
        (ids.is_empty() || ids.contains(&network.id))
            && is(&self.instance_id, instance.id.as_str())
            && is(&self.vpc_id, network.vpc_id.as_str())
            && is(&self.v_switch_id, network.v_switch_id.as_str())
            && self
                .security_group_id
                .as_ref()
                .is_none_or(|wanted| groups.iter().any(|group| group.as_str() == wanted))
            && is(&self.primary_ip_address, &address)
            && (addresses.is_empty() || addresses.contains(&address))
            && is(&self.interface_type, "Primary")
            && is(&self.status, "InUse")
            && tag::carries(&[], &self.tag)
    }
}

impl NetworkInterfaceSet {
    fn new(network: NetworkInterface, instance: InstanceRecord) -> Self {
        let address = network.private_address.to_string();
        Self {
            network_interface_id: network.id,
            network_interface_name: String::new(),
            description: String::new(),
            status: "InUse".to_owned(),
            interface_type: "Primary".to_owned(),
            vpc_id: network.vpc_id,
            v_switch_id: network.v_switch_id,
            zone_id: instance.zone.to_string(),
            mac_address: network.mac,
            private_ip_address: address.clone(),
            private_ip_sets: vec![InterfaceAddress {
                private_ip_address: address,
                primary: true,
                associated_public_ip: AssociatedPublicIp::default(),
            }],
            ipv6_sets: Vec::new(),
            associated_public_ip: AssociatedPublicIp::default(),
            security_group_ids: instance.security_groups,
            resource_group_id: instance.declared.resource_group_id.unwrap_or_default(),
            owner_id: instance.account.to_string(),
            delete_on_release: true,
            service_managed: false,
            service_id: 0,
            creation_time: time::seconds(instance.created_at),
            tags: Vec::new(),
            instance_id: instance.id,
        }
    }
}
