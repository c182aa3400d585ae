//! `vpc:DescribeVpcs`: lists private networks.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VRouterId, VSwitchId, VpcId, time};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::page::Asked;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::vpc::{Vpc, resource};
use crate::{Tag, VpcRecord, records};

/// The most ids in one `VpcId`. Source: VPC `DescribeVpcs`.
const IDS_MAX: usize = 20;

/// Lists VPCs of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcs {
    /// Up to 20 ids, separated by commas.
    pub vpc_id: Option<String>,
    /// The name.
    pub vpc_name: Option<String>,
    /// Whether it is the region's default VPC. There is none here.
    pub is_default: Option<bool>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// A page of VPCs.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcsReply {
    /// The VPCs, in the order of their ids.
    #[api(item = "Vpc")]
    pub vpcs: Vec<VpcView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A VPC as VPC answers it. What is not kept here has the value of a VPC without it: no IPv6, no
/// secondary blocks, no gateways, no enterprise network, no DHCP options.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct VpcView {
    /// Its id.
    pub vpc_id: VpcId,
    /// Its name.
    pub vpc_name: String,
    /// Its addresses.
    pub cidr_block: String,
    /// What it is for.
    pub description: String,
    /// Always `Available`.
    pub status: String,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// Its region.
    pub region_id: String,
    /// When it was made.
    pub creation_time: String,
    /// The account that owns it.
    pub owner_id: i64,
    /// Its router.
    pub v_router_id: VRouterId,
    /// Its resource group.
    pub resource_group_id: String,
    /// Its vSwitches.
    #[api(item = "VSwitchId")]
    pub v_switch_ids: Vec<VSwitchId>,
    /// Its route tables.
    #[api(item = "RouterTableIds")]
    pub router_table_ids: Vec<RouteTableId>,
    /// Further blocks.
    #[api(item = "SecondaryCidrBlock")]
    pub secondary_cidr_blocks: Vec<String>,
    /// Customer blocks.
    #[api(item = "UserCidr")]
    pub user_cidrs: Vec<String>,
    /// NAT gateways.
    #[api(item = "NatGatewayIds")]
    pub nat_gateway_ids: Vec<String>,
    /// Its IPv6 block.
    pub ipv6_cidr_block: String,
    /// Further IPv6 blocks.
    #[api(item = "Ipv6CidrBlock")]
    pub ipv6_cidr_blocks: Vec<String>,
    /// Whether it has IPv6.
    pub enabled_ipv6: bool,
    /// Its place in an enterprise network.
    pub cen_status: String,
    /// Its DHCP options.
    pub dhcp_options_set_id: String,
    /// Whether these are in use.
    pub dhcp_options_set_status: String,
    /// Whether instances have DNS host names.
    pub dns_hostname_status: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<Tag>,
    /// Enterprise networks; from `DescribeVpcAttribute` only.
    #[api(item = "AssociatedCen")]
    pub associated_cens: Option<Vec<String>>,
    /// How many resources of each type it has; from `DescribeVpcAttribute` only.
    #[api(item = "CloudResourceSetType")]
    pub cloud_resources: Option<Vec<CloudResource>>,
    /// Whether classic instances reach it; from `DescribeVpcAttribute` only.
    pub classic_link_enabled: Option<bool>,
}

/// How many resources of a type something has.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CloudResource {
    /// The type.
    pub resource_type: String,
    /// The number.
    pub resource_count: i64,
}

impl VpcView {
    /// A VPC as lists show it.
    pub(super) fn new(vpc: VpcRecord) -> Self {
        Self {
            vpc_id: vpc.id,
            vpc_name: vpc.name,
            cidr_block: vpc.block.to_string(),
            description: vpc.description,
            status: "Available".to_owned(),
            is_default: false,
            region_id: vpc.region.to_string(),
            creation_time: time::seconds(vpc.created_at),
            owner_id: vpc.account.as_str().parse().unwrap_or_default(),
            v_router_id: vpc.v_router_id,
            resource_group_id: vpc.resource_group_id,
            v_switch_ids: vpc.v_switch_ids,
            router_table_ids: vec![vpc.route_table_id],
            secondary_cidr_blocks: Vec::new(),
            user_cidrs: Vec::new(),
            nat_gateway_ids: Vec::new(),
            ipv6_cidr_block: String::new(),
            ipv6_cidr_blocks: Vec::new(),
            enabled_ipv6: false,
            cen_status: "Detached".to_owned(),
            dhcp_options_set_id: String::new(),
            dhcp_options_set_status: "Available".to_owned(),
            dns_hostname_status: "DISABLED".to_owned(),
            tags: vpc.tags,
            associated_cens: None,
            cloud_resources: None,
            classic_link_enabled: None,
        }
    }
}

impl Authorize for DescribeVpcs {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("vpc:DescribeVpcs", resource(scope, "vpc/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeVpcs {
    type Reply = DescribeVpcsReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeVpcs")
        .errors(&[&shared::INVALID_TAG_COUNT, &shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeVpcs> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVpcs>,
    ) -> Result<DescribeVpcsReply, ApiError> {
        let ids: Option<Vec<&str>> =
            call.vpc_id.as_deref().map(|ids| ids.split(',').map(str::trim).collect());
        if ids.as_ref().is_some_and(|ids| ids.len() > IDS_MAX) {
            return Err(ApiError::of(&rolecall_api::code::INVALID_PARAMETER, "VpcId"));
        }
        end_dry_run(call.dry_run)?;
        let mut vpcs = records::list::<VpcRecord>(transaction, &context.scope).await?;
        vpcs.retain(|vpc| {
            ids.as_ref().is_none_or(|ids| ids.contains(&vpc.id.as_str())) && call.selects(vpc)
        });
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(vpcs, |vpc| vpc.id.as_str())?;
        Ok(DescribeVpcsReply {
            vpcs: page.items.into_iter().map(VpcView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeVpcs {
    fn selects(&self, vpc: &VpcRecord) -> bool {
        self.vpc_name.as_ref().is_none_or(|name| *name == vpc.name)
            && self.is_default != Some(true)
            && self.resource_group_id.as_ref().is_none_or(|group| *group == vpc.resource_group_id)
            && tag::carries(&vpc.tags, &self.tag)
    }
}
