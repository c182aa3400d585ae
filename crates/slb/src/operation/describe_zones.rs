//! `slb:DescribeZones`: lists the zones of a region.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ZoneId;
use serde::{Deserialize, Serialize};

use crate::Slb;

/// Lists the zones of the region, each with those that a load balancer may move to.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZones {}

/// The zones.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZonesReply {
    /// The zones.
    #[api(item = "Zone")]
    pub zones: Vec<ZoneView>,
}

impl Authorize for DescribeZones {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("slb:DescribeZones")]
    }
}

impl Operation for DescribeZones {
    type Reply = DescribeZonesReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeZones");
}

impl Handle<DescribeZones> for Slb {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        _call: &Permit<DescribeZones>,
    ) -> Result<DescribeZonesReply, ApiError> {
        let id = |letter: char| format!("{}-{letter}", context.scope.region);
        let name = |letter: char| format!("Zone {}", letter.to_ascii_uppercase());
        let view = |letter: char| {
            let others = ZoneId::LETTERS.iter().filter(|other| **other != letter);
            let slave = |other: &char| SlaveZone { zone_id: id(*other), local_name: name(*other) };
            ZoneView {
                zone_id: id(letter),
                local_name: name(letter),
                slave_zones: others.map(slave).collect(),
            }
        };
        let zones = ZoneId::LETTERS.iter().map(|letter| view(*letter)).collect();
        Ok(DescribeZonesReply { zones })
    }
}

/// A zone as SLB answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ZoneView {
    /// Its id.
    pub zone_id: String,
    /// Its name.
    pub local_name: String,
    /// The zones that a load balancer in it may move to.
    #[api(item = "SlaveZone")]
    pub slave_zones: Vec<SlaveZone>,
}

/// A zone that a load balancer may move to.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SlaveZone {
    /// Its id.
    pub zone_id: String,
    /// Its name.
    pub local_name: String,
}
