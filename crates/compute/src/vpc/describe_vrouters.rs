//! `vpc:DescribeVRouters`: lists the routers of private networks.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VRouterId, VpcId, time};
use serde::{Deserialize, Serialize};

use crate::page::Asked;
use crate::vpc::{Vpc, resource};
use crate::{VpcRecord, records};

/// Lists routers of the region: each VPC has one, which is made and deleted with it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVRouters {
    /// The router.
    pub v_router_id: Option<String>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
}

/// A page of routers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVRoutersReply {
    /// The routers, in the order of their VPCs' ids.
    #[api(item = "VRouter")]
    pub v_routers: Vec<VRouterView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A router as VPC answers it. It has neither a name nor a description of its own.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct VRouterView {
    /// Its id.
    pub v_router_id: VRouterId,
    /// Its name.
    pub v_router_name: String,
    /// What it is for.
    pub description: String,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its region.
    pub region_id: String,
    /// When it was made.
    pub creation_time: String,
    /// Its route tables.
    #[api(item = "RouteTableId")]
    pub route_table_ids: Vec<RouteTableId>,
}

impl Authorize for DescribeVRouters {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let id = self.v_router_id.as_deref().unwrap_or("*");
        vec![Need::on("vpc:DescribeVRouters", resource(scope, format!("vrouter/{id}")))]
    }
}

impl Operation for DescribeVRouters {
    type Reply = DescribeVRoutersReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeVRouters");
}

impl Handle<DescribeVRouters> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVRouters>,
    ) -> Result<DescribeVRoutersReply, ApiError> {
        let mut vpcs = records::list::<VpcRecord>(transaction, &context.scope).await?;
        let wanted = call.v_router_id.as_ref();
        vpcs.retain(|vpc| wanted.is_none_or(|wanted| wanted == vpc.v_router_id.as_str()));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(vpcs, |vpc| vpc.id.as_str())?;
        Ok(DescribeVRoutersReply {
            v_routers: page.items.into_iter().map(VRouterView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl VRouterView {
    fn new(vpc: VpcRecord) -> Self {
        Self {
            v_router_id: vpc.v_router_id,
            v_router_name: String::new(),
            description: String::new(),
            vpc_id: vpc.id,
            region_id: vpc.region.to_string(),
            creation_time: time::seconds(vpc.created_at),
            route_table_ids: vec![vpc.route_table_id],
        }
    }
}
