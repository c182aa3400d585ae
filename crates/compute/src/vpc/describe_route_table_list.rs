//! `vpc:DescribeRouteTableList`: lists the route tables of private networks.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VRouterId, VSwitchId, VpcId, time};
use serde::{Deserialize, Serialize};

use crate::page::Asked;
use crate::vpc::{Vpc, resource};
use crate::{Tag, VpcRecord, records};

/// Lists route tables of the region: each VPC has one, the system's. Filters that are given must
/// all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTableList {
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The route table.
    pub route_table_id: Option<String>,
    /// The router.
    pub router_id: Option<String>,
    /// The router's kind.
    #[api(choices("VRouter", "VBR"))]
    pub router_type: Option<String>,
    /// The table's kind.
    #[api(choices("System", "Custom"))]
    pub route_table_type: Option<String>,
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
pub struct DescribeRouteTableListReply {
    /// The route tables, in the order of their VPCs' ids.
    #[api(item = "RouterTableListType")]
    pub router_table_list: Vec<RouteTableView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A route table as VPC answers it. It has neither a name nor tags of its own.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableView {
    /// Its id.
    pub route_table_id: RouteTableId,
    /// Its name.
    pub route_table_name: String,
    /// Always `System`.
    pub route_table_type: String,
    /// What it is for.
    pub description: String,
    /// Its router.
    pub router_id: VRouterId,
    /// Always `VRouter`.
    pub router_type: String,
    /// Always `VSwitch`: what it stands with.
    pub associate_type: String,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its vSwitches.
    #[api(item = "VSwitchId")]
    pub v_switch_ids: Vec<VSwitchId>,
    /// Gateways that it stands with.
    #[api(item = "GatewayIds")]
    pub gateway_ids: Vec<String>,
    /// Always `Available`.
    pub status: String,
    /// Its VPC's resource group.
    pub resource_group_id: String,
    /// The account that owns it.
    pub owner_id: i64,
    /// When it was made.
    pub creation_time: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<Tag>,
}

impl Authorize for DescribeRouteTableList {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let id = self.route_table_id.as_deref().unwrap_or("*");
        vec![Need::on("vpc:DescribeRouteTableList", resource(scope, format!("routetable/{id}")))]
    }
}

impl Operation for DescribeRouteTableList {
    type Reply = DescribeRouteTableListReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeRouteTableList");
}

impl Handle<DescribeRouteTableList> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeRouteTableList>,
    ) -> Result<DescribeRouteTableListReply, ApiError> {
        let mut vpcs = records::list::<VpcRecord>(transaction, &context.scope).await?;
        vpcs.retain(|vpc| call.selects(vpc));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(vpcs, |vpc| vpc.id.as_str())?;
        Ok(DescribeRouteTableListReply {
            router_table_list: page.items.into_iter().map(RouteTableView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeRouteTableList {
    fn selects(&self, vpc: &VpcRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        is(&self.vpc_id, vpc.id.as_str())
            && is(&self.route_table_id, vpc.route_table_id.as_str())
            && is(&self.router_id, vpc.v_router_id.as_str())
            && is(&self.router_type, "VRouter")
            && is(&self.route_table_type, "System")
    }
}

impl RouteTableView {
    fn new(vpc: VpcRecord) -> Self {
        Self {
            route_table_id: vpc.route_table_id,
            route_table_name: String::new(),
            route_table_type: "System".to_owned(),
            description: String::new(),
            router_id: vpc.v_router_id,
            router_type: "VRouter".to_owned(),
            associate_type: "VSwitch".to_owned(),
            vpc_id: vpc.id,
            v_switch_ids: vpc.v_switch_ids,
            gateway_ids: Vec::new(),
            status: "Available".to_owned(),
            resource_group_id: vpc.resource_group_id,
            owner_id: vpc.account.as_str().parse().unwrap_or_default(),
            creation_time: time::seconds(vpc.created_at),
            tags: Vec::new(),
        }
    }
}
