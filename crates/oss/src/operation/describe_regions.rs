//! `oss:DescribeRegions`: the regions that there are, and their addresses.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheService};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells which regions there are, and their addresses: the one that is served here.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRegions {
    /// Only this region, as `oss-cn-hangzhou`; empty: all.
    #[api(query = "regions")]
    pub(crate) regions: Option<String>,
}

/// The regions.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRegionsReply {
    /// The document.
    pub(crate) region_info_list: RegionInfoList,
}

/// What wraps them.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegionInfoList {
    /// The regions.
    pub(crate) region_info: Vec<RegionInfo>,
}

/// A region and its addresses.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegionInfo {
    /// Its id, behind `oss-`.
    pub(crate) region: String,
    /// The address for callers elsewhere.
    pub(crate) internet_endpoint: String,
    /// The address for callers in the region.
    pub(crate) internal_endpoint: String,
    /// The address of accelerated transfers; there are none, and the address is that for callers
    /// elsewhere.
    pub(crate) accelerate_endpoint: String,
}

impl Authorize for DescribeRegions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("oss:DescribeRegions", Arn::new("oss", "*", scope.account.as_str(), "*"))]
    }
}

impl Operation for DescribeRegions {
    type Reply = DescribeRegionsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "DescribeRegions").errors(&[&code::NO_SUCH_REGION]);
}

impl Serve for DescribeRegions {
    type On = TheService;
    const SELECTOR: Selector = Selector::sub_resource("GET", "regions");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let region = format!("oss-{}", call.permit.scope().region);
        let asked = call.permit.regions.as_deref().unwrap_or_default();
        if !asked.is_empty() && asked != region {
            return Err(ApiError::new(&code::NO_SUCH_REGION).element("Region", asked));
        }
        let info = RegionInfo {
            region,
            internet_endpoint: inner.endpoints.extranet().to_owned(),
            internal_endpoint: inner.endpoints.intranet().to_owned(),
            accelerate_endpoint: inner.endpoints.extranet().to_owned(),
        };
        let region_info_list = RegionInfoList { region_info: vec![info] };
        Ok(Answer::new(200, DescribeRegionsReply { region_info_list }))
    }
}
