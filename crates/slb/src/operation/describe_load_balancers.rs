//! `slb:DescribeLoadBalancers`: lists load balancers.

use rolecall_api::code as common;
use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::page::Asked;
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{code as shared, records};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use super::find::balancers;
use super::view::{LoadBalancerView, address_of, address_type, network_type};
use crate::{LoadBalancerRecord, Slb};

/// The most ids, and the most names, of one call. Source: SLB `DescribeLoadBalancers`.
const NAMED_MAX: usize = 10;
/// The size of a page where the caller names none. Source: SLB `DescribeLoadBalancers`.
const PAGE_SIZE_DEFAULT: i64 = 50;

/// Lists load balancers of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancers {
    /// Ids, separated by commas.
    #[api(chars(1, 1_000))]
    pub load_balancer_id: Option<String>,
    /// Names, separated by commas.
    #[api(chars(1, 1_000))]
    pub load_balancer_name: Option<String>,
    /// `active`, `inactive` or `locked`. None is locked here.
    #[api(choices("active", "inactive", "locked"))]
    pub load_balancer_status: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// `internet` or `intranet`.
    #[api(choices("internet", "intranet"))]
    pub address_type: Option<String>,
    /// The kind of the address. All have `ipv4` here.
    #[api(choices("ipv4", "ipv6"))]
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: Option<String>,
    /// `vpc` or `classic`, in any case.
    pub network_type: Option<String>,
    /// How traffic is charged.
    pub internet_charge_type: Option<String>,
    /// How they are paid.
    pub pay_type: Option<String>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The vSwitch.
    pub v_switch_id: Option<String>,
    /// The zone.
    pub master_zone_id: Option<String>,
    /// The zone that they would move to.
    pub slave_zone_id: Option<String>,
    /// An instance among their servers.
    pub server_id: Option<String>,
    /// The private address of an instance among their servers.
    pub server_intranet_address: Option<String>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 50.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
}

/// A page of load balancers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancersReply {
    /// The load balancers, in the order of their ids.
    #[api(item = "LoadBalancer")]
    pub load_balancers: Vec<LoadBalancerView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

impl Authorize for DescribeLoadBalancers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("slb:DescribeLoadBalancers", balancers(scope));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeLoadBalancers {
    type Reply = DescribeLoadBalancersReply;

    const SPEC: Spec =
        Spec::read(Product::Slb, "DescribeLoadBalancers").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeLoadBalancers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeLoadBalancers>,
    ) -> Result<DescribeLoadBalancersReply, ApiError> {
        for list in [&call.load_balancer_id, &call.load_balancer_name].into_iter().flatten() {
            if list.split(',').count() > NAMED_MAX {
                return Err(ApiError::of(&common::INVALID_PARAMETER, "LoadBalancerId"));
            }
        }
        let all = records::list::<LoadBalancerRecord>(transaction, &context.scope).await?;
        let found = all.iter().filter(|record| self.fits(call, record)).map(LoadBalancerView::of);
        let size = Some(call.page_size.unwrap_or(PAGE_SIZE_DEFAULT));
        let asked = Asked::Number { number: call.page_number, size };
        let page = asked.cut(found.collect(), |it| it.load_balancer_id.as_str())?;
        Ok(DescribeLoadBalancersReply {
            load_balancers: page.items,
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl Slb {
    /// Whether a load balancer is one of those that are looked for.
    fn fits(&self, call: &DescribeLoadBalancers, record: &LoadBalancerRecord) -> bool {
        let listed = |list: &Option<String>, text: &str| {
            list.as_ref().is_none_or(|list| list.split(',').any(|one| one.trim() == text))
        };
        let is = |asked: &Option<String>, text: &str| {
            asked.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(text))
        };
        let (place, declared) = (record.place.as_ref(), &record.declared);
        let vpc = place.map(|place| place.vpc.id.as_str()).unwrap_or_default();
        let v_switch = place.map(|place| place.v_switch_id.as_str()).unwrap_or_default();
        listed(&call.load_balancer_id, record.id.as_str())
            && listed(&call.load_balancer_name, &record.name)
            && is(&call.load_balancer_status, record.status.as_str())
            && is(&call.address, &record.address.to_string())
            && is(&call.address_type, address_type(record))
            && is(&call.address_ip_version, "ipv4")
            && is(&call.network_type, network_type(record))
            && is(&call.internet_charge_type, &declared.internet_charge_type)
            && is(&call.pay_type, "PayOnDemand")
            && is(&call.vpc_id, vpc)
            && is(&call.v_switch_id, v_switch)
            && is(&call.master_zone_id, &declared.master_zone_id)
            && is(&call.slave_zone_id, &declared.slave_zone_id)
            && is(&call.resource_group_id, &declared.resource_group_id)
            && self.serves(call, record)
            && tag::carries(&record.tags, &call.tag)
    }

    /// Whether an instance that is looked for is among the servers.
    fn serves(&self, call: &DescribeLoadBalancers, record: &LoadBalancerRecord) -> bool {
        let groups = record.groups.iter().flat_map(|group| &group.servers);
        let ids: Vec<&InstanceId> =
            record.servers.iter().chain(groups).map(|server| &server.server_id).collect();
        let by_id = |asked: &String| ids.iter().any(|id| id.as_str() == asked);
        let by_address = |asked: &String| {
            ids.iter().any(|id| address_of(self.servers.as_ref(), record, id) == *asked)
        };
        call.server_id.as_ref().is_none_or(by_id)
            && call.server_intranet_address.as_ref().is_none_or(by_address)
    }
}
