//! `ecs:DescribeAvailableResource`: tells what can be launched where.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ZoneId;
use serde::{Deserialize, Serialize};

use crate::ecs::describe_zones::DISK_CATEGORIES;
use crate::ecs::{Ecs, instance_type};

/// Tells what is to be had in each zone: everything that a launch takes, everywhere. What is not
/// taken, such as a subscription or a dedicated host, is to be had nowhere.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailableResource {
    /// What is looked for.
    #[api(choices(
        "Zone",
        "IoOptimized",
        "InstanceType",
        "Network",
        "SystemDisk",
        "DataDisk",
        "ddh"
    ))]
    pub destination_resource: String,
    /// What it is looked for with.
    #[api(choices("instance", "disk", "reservedinstance", "ddh"))]
    pub resource_type: Option<String>,
    /// The zone.
    pub zone_id: Option<String>,
    /// The type of the instance.
    pub instance_type: Option<String>,
    /// Its processors.
    #[api(range(1, 2_147_483_647))]
    pub cores: Option<i64>,
    /// Its memory in GiB.
    pub memory: Option<f64>,
    /// How it is charged. Default `PostPaid`.
    #[api(choices("PostPaid", "PrePaid"))]
    pub instance_charge_type: Option<String>,
    /// How a preemptible instance is bid for.
    #[api(choices("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"))]
    pub spot_strategy: Option<String>,
    /// Whether it is I/O optimized.
    #[api(choices("optimized", "none"))]
    pub io_optimized: Option<String>,
    /// Its network.
    #[api(choices("vpc", "classic"))]
    pub network_category: Option<String>,
    /// The kind of its system disk.
    pub system_disk_category: Option<String>,
    /// The kind of its data disk.
    pub data_disk_category: Option<String>,
}

/// What is to be had.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailableResourceReply {
    /// The zones; none where nothing matches.
    #[api(item = "AvailableZone")]
    pub available_zones: Vec<AvailableZone>,
}

/// A zone, and what is to be had there.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AvailableZone {
    /// Its region.
    pub region_id: String,
    /// Its id.
    pub zone_id: String,
    /// Always `Available`.
    pub status: String,
    /// Always `WithStock`.
    pub status_category: String,
    /// What is to be had.
    #[api(item = "AvailableResource")]
    pub available_resources: Vec<AvailableKind>,
}

/// A kind of resource.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AvailableKind {
    /// The kind, as it was asked for.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its values.
    #[api(item = "SupportedResource")]
    pub supported_resources: Vec<SupportedResource>,
}

/// A value that is to be had.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SupportedResource {
    /// The value.
    pub value: String,
    /// Always `Available`.
    pub status: String,
    /// Always `WithStock`.
    pub status_category: String,
    /// The least size of a disk.
    pub min: Option<i64>,
    /// The greatest size of a disk.
    pub max: Option<i64>,
    /// The unit of these.
    pub unit: String,
}

impl Authorize for DescribeAvailableResource {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:DescribeAvailableResource")]
    }
}

impl Operation for DescribeAvailableResource {
    type Reply = DescribeAvailableResourceReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeAvailableResource");
}

impl Handle<DescribeAvailableResource> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeAvailableResource>,
    ) -> Result<DescribeAvailableResourceReply, ApiError> {
        let supported = call.supported();
        let region = &context.scope.region;
        let zones = ZoneId::LETTERS.iter().map(|letter| format!("{region}-{letter}"));
        let wanted = |zone: &String| call.zone_id.as_ref().is_none_or(|wanted| wanted == zone);
        let zone = |zone_id: String| AvailableZone {
            region_id: region.to_string(),
            available_resources: vec![AvailableKind {
                kind: call.destination_resource.clone(),
                supported_resources: match call.destination_resource.as_str() {
                    "Zone" => vec![SupportedResource::new(&zone_id)],
                    _ => supported.clone(),
                },
            }],
            zone_id,
            status: "Available".to_owned(),
            status_category: "WithStock".to_owned(),
        };
        let available_zones = match supported.as_slice() {
            [] => Vec::new(),
            _ => zones.filter(wanted).map(zone).collect(),
        };
        Ok(DescribeAvailableResourceReply { available_zones })
    }
}

impl DescribeAvailableResource {
    /// The values that match; of a zone a stand-in, which every zone replaces by its own.
    fn supported(&self) -> Vec<SupportedResource> {
        let types: Vec<String> = self.types();
        if types.is_empty() || self.is_refused() {
            return Vec::new();
        }
        match self.destination_resource.as_str() {
            "Zone" => vec![SupportedResource::new("")],
            "IoOptimized" => vec![SupportedResource::new("optimized")],
            "InstanceType" => types.iter().map(|id| SupportedResource::new(id)).collect(),
            "Network" => ["vpc", "classic"].map(SupportedResource::new).into(),
            "SystemDisk" => DISK_CATEGORIES.iter().map(|it| SupportedResource::disk(it)).collect(),
            // There are neither data disks nor dedicated hosts.
            _ => Vec::new(),
        }
    }

    /// The types of instances that match.
    fn types(&self) -> Vec<String> {
        let fits = |memory_mib: i64, wanted: f64| {
            let difference = wanted * 1024.0 - f64::from(i32::try_from(memory_mib).unwrap_or(0));
            difference.abs() < 1.0
        };
        instance_type::all()
            .filter(|(id, it)| {
                self.instance_type.as_ref().is_none_or(|wanted| wanted == id)
                    && self.cores.is_none_or(|wanted| wanted == it.cpus)
                    && self.memory.is_none_or(|wanted| fits(it.memory_mib, wanted))
            })
            .map(|(id, _)| id)
            .collect()
    }

    /// Whether something is asked for that no launch takes.
    fn is_refused(&self) -> bool {
        let known = |it: &String| DISK_CATEGORIES.contains(&it.as_str());
        self.instance_charge_type.as_deref() == Some("PrePaid")
            || self.io_optimized.as_deref() == Some("none")
            || self.resource_type.as_ref().is_some_and(|it| it != "instance" && it != "disk")
            || self.system_disk_category.as_ref().is_some_and(|it| !known(it))
            || self.data_disk_category.is_some()
    }
}

impl SupportedResource {
    fn new(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            status: "Available".to_owned(),
            status_category: "WithStock".to_owned(),
            min: None,
            max: None,
            unit: String::new(),
        }
    }

    /// A kind of system disk, with the sizes that a launch takes.
    fn disk(category: &str) -> Self {
        Self { min: Some(1), max: Some(2048), unit: "GiB".to_owned(), ..Self::new(category) }
    }
}
