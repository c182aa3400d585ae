//! `vpc:DescribeRegions`: lists the regions.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::REGIONS;
use serde::{Deserialize, Serialize};

use crate::vpc::Vpc;

/// Lists the regions.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegions {
    /// What is to be used there. Every region has both.
    #[api(choices("VPC", "VBR"))]
    pub product_type: Option<String>,
}

/// The regions.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsReply {
    /// The regions.
    #[api(item = "Region")]
    pub regions: Vec<RegionView>,
}

/// A region as VPC answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RegionView {
    /// Its id.
    pub region_id: String,
    /// Its name, in English whatever language was asked for.
    pub local_name: String,
    /// The host that serves VPC there.
    pub region_endpoint: String,
}

impl Authorize for DescribeRegions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("vpc:DescribeRegions")]
    }
}

impl Operation for DescribeRegions {
    type Reply = DescribeRegionsReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeRegions");
}

impl Handle<DescribeRegions> for Vpc {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        _call: &Permit<DescribeRegions>,
    ) -> Result<DescribeRegionsReply, ApiError> {
        let view = |(id, name): &(&str, &str)| RegionView {
            region_id: (*id).to_owned(),
            local_name: (*name).to_owned(),
            region_endpoint: format!("vpc.{id}.aliyuncs.com"),
        };
        Ok(DescribeRegionsReply { regions: REGIONS.iter().map(view).collect() })
    }
}
