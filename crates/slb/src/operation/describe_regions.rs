//! `slb:DescribeRegions`: lists the regions.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::REGIONS;
use serde::{Deserialize, Serialize};

use crate::Slb;

/// Lists the regions.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegions {}

/// The regions.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsReply {
    /// The regions.
    #[api(item = "Region")]
    pub regions: Vec<RegionView>,
}

impl Authorize for DescribeRegions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("slb:DescribeRegions")]
    }
}

impl Operation for DescribeRegions {
    type Reply = DescribeRegionsReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeRegions");
}

impl Handle<DescribeRegions> for Slb {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        _call: &Permit<DescribeRegions>,
    ) -> Result<DescribeRegionsReply, ApiError> {
        let view = |(id, name): &(&str, &str)| RegionView {
            region_id: (*id).to_owned(),
            local_name: (*name).to_owned(),
            region_endpoint: format!("slb.{id}.aliyuncs.com"),
        };
        Ok(DescribeRegionsReply { regions: REGIONS.iter().map(view).collect() })
    }
}

/// A region as SLB answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RegionView {
    /// Its id.
    pub region_id: String,
    /// Its name, in English whatever language was asked for.
    pub local_name: String,
    /// The host that serves SLB there.
    pub region_endpoint: String,
}
