//! `ecs:DescribeZones`: lists the zones of a region and what is to be had there.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ZoneId;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, instance_type};

/// Kinds of disks that a launch may name.
pub(super) const DISK_CATEGORIES: &[&str] = &["cloud_efficiency", "cloud_ssd", "cloud_essd"];
/// What can be made in a zone.
const RESOURCE_TYPES: &[&str] = &["VSwitch", "IoOptimized", "Instance"];

/// Lists the zones of the region.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZones {
    /// How instances are to be charged. Every zone has all of them.
    #[api(choices("PrePaid", "PostPaid"))]
    pub instance_charge_type: Option<String>,
    /// How preemptible instances are to be bid for. Every zone has all of them.
    #[api(choices("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"))]
    pub spot_strategy: Option<String>,
    /// Whether to tell what is to be had there. Default true.
    pub verbose: Option<bool>,
}

/// The zones.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeZonesReply {
    /// The zones.
    #[api(item = "Zone")]
    pub zones: Vec<ZoneView>,
}

/// A zone as ECS answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ZoneView {
    /// Its id.
    pub zone_id: String,
    /// Its name.
    pub local_name: String,
    /// Its kind.
    pub zone_type: String,
    /// Types of instances.
    #[api(item = "InstanceTypes")]
    pub available_instance_types: Option<Vec<String>>,
    /// Kinds of disks.
    #[api(item = "DiskCategories")]
    pub available_disk_categories: Option<Vec<String>>,
    /// What can be made.
    #[api(item = "ResourceTypes")]
    pub available_resource_creation: Option<Vec<String>>,
    /// What goes together.
    #[api(item = "ResourcesInfo")]
    pub available_resources: Option<Vec<AvailableResource>>,
}

/// Types of instances and kinds of disks that go together.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AvailableResource {
    /// Whether the instances are I/O optimized.
    pub io_optimized: bool,
    /// Types of instances.
    #[api(item = "supportedInstanceType")]
    pub instance_types: Vec<String>,
    /// Kinds of system disks.
    #[api(item = "supportedSystemDiskCategory")]
    pub system_disk_categories: Vec<String>,
}

impl Authorize for DescribeZones {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:DescribeZones")]
    }
}

impl Operation for DescribeZones {
    type Reply = DescribeZonesReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeZones");
}

impl Handle<DescribeZones> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeZones>,
    ) -> Result<DescribeZonesReply, ApiError> {
        let verbose = call.verbose != Some(false);
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let zones = ZoneId::LETTERS.iter().map(|letter| ZoneView {
            zone_id: format!("{}-{letter}", context.scope.region),
            local_name: format!("Zone {}", letter.to_ascii_uppercase()),
            zone_type: "AvailabilityZone".to_owned(),
            available_instance_types: verbose.then(instance_type::ids),
            available_disk_categories: verbose.then(|| owned(DISK_CATEGORIES)),
            available_resource_creation: verbose.then(|| owned(RESOURCE_TYPES)),
            available_resources: verbose.then(|| {
                vec![AvailableResource {
                    io_optimized: true,
                    instance_types: instance_type::ids(),
                    system_disk_categories: owned(DISK_CATEGORIES),
                }]
            }),
        });
        Ok(DescribeZonesReply { zones: zones.collect() })
    }
}
