//! `ecs:DescribeRegions`: lists the regions.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::REGIONS;
use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;

/// Lists the regions.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegions {
    /// How it is to be charged there. Every region has all of them.
    #[api(choices("PrePaid", "PostPaid", "SpotWithPriceLimit", "SpotAsPriceGo"))]
    pub instance_charge_type: Option<String>,
    /// What is to be used there. Every region has all of them.
    #[api(choices("instance", "disk", "reservedinstance", "ddh"))]
    pub resource_type: Option<String>,
}

/// The regions.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsReply {
    /// The regions.
    #[api(item = "Region")]
    pub regions: Vec<RegionView>,
}

/// A region as ECS answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RegionView {
    /// Its id.
    pub region_id: String,
    /// Its name, in English whatever language was asked for.
    pub local_name: String,
    /// The host that serves ECS there.
    pub region_endpoint: String,
    /// Always `available`.
    pub status: String,
}

impl Authorize for DescribeRegions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:DescribeRegions")]
    }
}

impl Operation for DescribeRegions {
    type Reply = DescribeRegionsReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeRegions");
}

impl Handle<DescribeRegions> for Ecs {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        _call: &Permit<DescribeRegions>,
    ) -> Result<DescribeRegionsReply, ApiError> {
        let view = |(id, name): &(&str, &str)| RegionView {
            region_id: (*id).to_owned(),
            local_name: (*name).to_owned(),
            region_endpoint: format!("ecs.{id}.aliyuncs.com"),
            status: "available".to_owned(),
        };
        Ok(DescribeRegionsReply { regions: REGIONS.iter().map(view).collect() })
    }
}
