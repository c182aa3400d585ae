//! `vpc:DescribeRouteTables`: lists route tables with their entries.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VRouterId, VSwitchId, time};
use serde::{Deserialize, Serialize};

use crate::page::Asked;
use crate::vpc::{Vpc, resource};
use crate::{VSwitchRecord, VpcRecord, records};

/// The addresses of the vendor's services, to which every VPC has a route.
/// Source: VPC "Route table overview".
const SERVICES: &str = "100.64.0.0/10";

/// Lists route tables of the region with their entries: a route to each vSwitch, and one to the
/// services. Filters that are given must all match. The vendor has replaced this operation by
/// `DescribeRouteTableList`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTables {
    /// The router of a VPC.
    pub v_router_id: Option<String>,
    /// The route table.
    pub route_table_id: Option<String>,
    /// The router.
    pub router_id: Option<String>,
    /// The router's kind.
    #[api(choices("VRouter", "VBR"))]
    pub router_type: Option<String>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
}

/// A page of route tables.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTablesReply {
    /// The route tables, in the order of their VPCs' ids.
    #[api(item = "RouteTable")]
    pub route_tables: Vec<RoutesView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A route table with its entries.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RoutesView {
    /// Its id.
    pub route_table_id: RouteTableId,
    /// Always `System`.
    pub route_table_type: String,
    /// Its router.
    pub v_router_id: VRouterId,
    /// Its vSwitches.
    #[api(item = "VSwitchId")]
    pub v_switch_ids: Vec<VSwitchId>,
    /// Its entries.
    #[api(item = "RouteEntry")]
    pub route_entrys: Vec<RouteEntry>,
    /// Always `Available`.
    pub status: String,
    /// Its VPC's resource group.
    pub resource_group_id: String,
    /// When it was made.
    pub creation_time: String,
}

/// An entry of a route table. All are the system's.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RouteEntry {
    /// Its table.
    pub route_table_id: RouteTableId,
    /// Where it leads.
    pub destination_cidr_block: String,
    /// Always `System`.
    #[serde(rename = "Type")]
    pub entry_type: String,
    /// Always `Available`.
    pub status: String,
    /// `local` for a vSwitch, `service` for the services.
    pub next_hop_type: String,
    /// The instance that it leads to.
    pub instance_id: String,
    /// Several next hops.
    #[api(item = "NextHop")]
    pub next_hops: Vec<String>,
    /// Its id.
    pub route_entry_id: String,
    /// Its name.
    pub route_entry_name: String,
    /// What it is for.
    pub description: String,
}

impl Authorize for DescribeRouteTables {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let id = self.route_table_id.as_deref().unwrap_or("*");
        vec![Need::on("vpc:DescribeRouteTables", resource(scope, format!("routetable/{id}")))]
    }
}

impl Operation for DescribeRouteTables {
    type Reply = DescribeRouteTablesReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeRouteTables");
}

impl Handle<DescribeRouteTables> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeRouteTables>,
    ) -> Result<DescribeRouteTablesReply, ApiError> {
        let mut vpcs = records::list::<VpcRecord>(transaction, &context.scope).await?;
        vpcs.retain(|vpc| call.selects(vpc));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(vpcs, |vpc| vpc.id.as_str())?;
        let mut route_tables = Vec::with_capacity(page.items.len());
        for vpc in page.items {
            let mut entries = Vec::with_capacity(vpc.v_switch_ids.len().saturating_add(1));
            for id in &vpc.v_switch_ids {
                let (scope, id) = (&context.scope, id.as_str());
                if let Some(it) = records::find::<VSwitchRecord>(transaction, scope, id).await? {
                    let block = it.addresses.block().to_string();
                    entries.push(RouteEntry::new(&vpc, block, "local"));
                }
            }
            entries.push(RouteEntry::new(&vpc, SERVICES.to_owned(), "service"));
            route_tables.push(RoutesView::new(vpc, entries));
        }
        Ok(DescribeRouteTablesReply {
            route_tables,
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeRouteTables {
    fn selects(&self, vpc: &VpcRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        is(&self.v_router_id, vpc.v_router_id.as_str())
            && is(&self.router_id, vpc.v_router_id.as_str())
            && is(&self.router_type, "VRouter")
            && is(&self.route_table_id, vpc.route_table_id.as_str())
    }
}

impl RoutesView {
    fn new(vpc: VpcRecord, route_entrys: Vec<RouteEntry>) -> Self {
        Self {
            route_table_id: vpc.route_table_id,
            route_table_type: "System".to_owned(),
            v_router_id: vpc.v_router_id,
            v_switch_ids: vpc.v_switch_ids,
            route_entrys,
            status: "Available".to_owned(),
            resource_group_id: vpc.resource_group_id,
            creation_time: time::seconds(vpc.created_at),
        }
    }
}

impl RouteEntry {
    fn new(vpc: &VpcRecord, destination_cidr_block: String, next_hop_type: &str) -> Self {
        Self {
            route_table_id: vpc.route_table_id.clone(),
            destination_cidr_block,
            entry_type: "System".to_owned(),
            status: "Available".to_owned(),
            next_hop_type: next_hop_type.to_owned(),
            instance_id: String::new(),
            next_hops: Vec::new(),
            route_entry_id: String::new(),
            route_entry_name: String::new(),
            description: String::new(),
        }
    }
}
