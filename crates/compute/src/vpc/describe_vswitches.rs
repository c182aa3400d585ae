//! `vpc:DescribeVSwitches`: lists vSwitches.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VSwitchId, VpcId, time};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::page::Asked;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::vpc::{Vpc, resource};
use crate::{Tag, VSwitchRecord, records};

/// Lists vSwitches of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVSwitches {
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The vSwitch.
    pub v_switch_id: Option<String>,
    /// The zone.
    pub zone_id: Option<String>,
    /// The name.
    pub v_switch_name: Option<String>,
    /// Whether it is the zone's default vSwitch. There is none here.
    pub is_default: Option<bool>,
    /// The route table.
    pub route_table_id: Option<String>,
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

/// A page of vSwitches.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVSwitchesReply {
    /// The vSwitches, in the order of their ids.
    #[api(item = "VSwitch")]
    pub v_switches: Vec<VSwitchView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A vSwitch as VPC answers it. What is not kept here has the value of a vSwitch without it: no
/// IPv6, no network ACL, not shared, in no resource group.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct VSwitchView {
    /// Its id.
    pub v_switch_id: VSwitchId,
    /// Its name.
    pub v_switch_name: String,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its zone.
    pub zone_id: String,
    /// Its addresses.
    pub cidr_block: String,
    /// What it is for.
    pub description: String,
    /// Always `Available`.
    pub status: String,
    /// How many addresses instances may still take.
    pub available_ip_address_count: u64,
    /// Whether it is the zone's default vSwitch.
    pub is_default: bool,
    /// When it was made.
    pub creation_time: String,
    /// The account that owns it.
    pub owner_id: i64,
    /// Its resource group.
    pub resource_group_id: String,
    /// Its network ACL.
    pub network_acl_id: String,
    /// Whether it has IPv6.
    pub enabled_ipv6: bool,
    /// Its IPv6 block.
    pub ipv6_cidr_block: String,
    /// Its route table.
    pub route_table: RouteTable,
    /// Whether it is shared with other accounts.
    pub share_type: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<Tag>,
}

/// The route table of a vSwitch.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    /// Its id.
    pub route_table_id: RouteTableId,
    /// Always `System`: the one of the VPC's router.
    pub route_table_type: String,
}

impl VSwitchView {
    /// A vSwitch as it is answered.
    pub(super) fn new(v_switch: VSwitchRecord) -> Self {
        Self {
            v_switch_id: v_switch.id,
            v_switch_name: v_switch.name,
            vpc_id: v_switch.vpc_id,
            zone_id: v_switch.zone.to_string(),
            cidr_block: v_switch.addresses.block().to_string(),
            description: v_switch.description,
            status: "Available".to_owned(),
            available_ip_address_count: v_switch.addresses.available(),
            is_default: false,
            creation_time: time::seconds(v_switch.created_at),
            owner_id: v_switch.account.as_str().parse().unwrap_or_default(),
            resource_group_id: String::new(),
            network_acl_id: String::new(),
            enabled_ipv6: false,
            ipv6_cidr_block: String::new(),
            route_table: RouteTable {
                route_table_id: v_switch.route_table_id,
                route_table_type: "System".to_owned(),
            },
            share_type: String::new(),
            tags: v_switch.tags,
        }
    }
}

impl Authorize for DescribeVSwitches {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("vpc:DescribeVSwitches", resource(scope, "vswitch/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeVSwitches {
    type Reply = DescribeVSwitchesReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeVSwitches")
        .errors(&[&shared::INVALID_TAG_COUNT, &shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeVSwitches> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVSwitches>,
    ) -> Result<DescribeVSwitchesReply, ApiError> {
        end_dry_run(call.dry_run)?;
        let mut found = records::list::<VSwitchRecord>(transaction, &context.scope).await?;
        found.retain(|v_switch| call.selects(v_switch));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(found, |v_switch| v_switch.id.as_str())?;
        Ok(DescribeVSwitchesReply {
            v_switches: page.items.into_iter().map(VSwitchView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeVSwitches {
    fn selects(&self, v_switch: &VSwitchRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        is(&self.vpc_id, v_switch.vpc_id.as_str())
            && is(&self.v_switch_id, v_switch.id.as_str())
            && is(&self.zone_id, v_switch.zone.as_str())
            && is(&self.v_switch_name, &v_switch.name)
            && is(&self.route_table_id, v_switch.route_table_id.as_str())
            && self.is_default != Some(true)
            && tag::carries(&v_switch.tags, &self.tag)
    }
}
