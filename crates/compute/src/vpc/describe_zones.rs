//! `vpc:DescribeZones`: lists the zones of a region.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ZoneId;
use serde::{Deserialize, Serialize};

use crate::vpc::Vpc;

/// Lists the zones of the region.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZones {
    /// The kind of zone; there is no other than the default.
    #[api(choices("AvailabilityZone"))]
    pub zone_type: Option<String>,
}

/// The zones.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZonesReply {
    /// The zones.
    #[api(item = "Zone")]
    pub zones: Vec<ZoneView>,
}

/// A zone as VPC answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ZoneView {
    /// Its id.
    pub zone_id: String,
    /// Its name.
    pub local_name: String,
    /// Its kind.
    pub zone_type: String,
}

impl Authorize for DescribeZones {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("vpc:DescribeZones")]
    }
}

impl Operation for DescribeZones {
    type Reply = DescribeZonesReply;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeZones");
}

impl Handle<DescribeZones> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        _call: &Permit<DescribeZones>,
    ) -> Result<DescribeZonesReply, ApiError> {
        let zones = ZoneId::LETTERS.iter().map(|letter| ZoneView {
            zone_id: format!("{}-{letter}", context.scope.region),
            local_name: format!("Zone {}", letter.to_ascii_uppercase()),
            zone_type: "AvailabilityZone".to_owned(),
        });
        Ok(DescribeZonesReply { zones: zones.collect() })
    }
}
