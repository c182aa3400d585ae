//! `ecs:DescribeInstanceTypes`: lists types of instances.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;
use crate::ecs::instance_type::{self, InstanceType};
use crate::page::Asked;

/// How many MiB a GiB has.
const MIB_PER_GIB: f64 = 1024.0;

/// Lists the types of instances that can be launched: all of them, or a part by token. Filters that
/// are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypes {
    /// The types.
    #[api(items(1, 100))]
    pub instance_types: Vec<String>,
    /// The family.
    pub instance_type_family: Option<String>,
    /// Families.
    #[api(items(1, 100))]
    pub instance_type_families: Vec<String>,
    /// The processor. All are `X86`.
    #[api(choices("X86", "ARM"))]
    pub cpu_architecture: Option<String>,
    /// The fewest processors.
    #[api(range(1, 2_147_483_647))]
    pub minimum_cpu_core_count: Option<i64>,
    /// The most processors.
    #[api(range(1, 2_147_483_647))]
    pub maximum_cpu_core_count: Option<i64>,
    /// The least memory in GiB.
    pub minimum_memory_size: Option<f64>,
    /// The most memory in GiB.
    pub maximum_memory_size: Option<f64>,
    /// The most elements of a page by token, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the page by token begins: what the one before answered.
    pub next_token: Option<String>,
}

/// Types of instances.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypesReply {
    /// The types, in the order of their ids.
    #[api(item = "InstanceType")]
    pub instance_types: Vec<InstanceTypeView>,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

/// A type as ECS answers it. What is not known here has the value of a type without it: no graphics
/// processor, no local disk, no IPv6.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceTypeView {
    /// Its id.
    pub instance_type_id: String,
    /// Its family.
    pub instance_type_family: String,
    /// `EntryLevel` or `EnterpriseLevel`.
    pub instance_family_level: String,
    /// What it is good at.
    pub instance_category: String,
    /// Virtual processors.
    pub cpu_core_count: i64,
    /// Memory in GiB.
    pub memory_size: f64,
    /// Always `X86`.
    pub cpu_architecture: String,
    /// Network interfaces: one.
    pub eni_quantity: i64,
    /// Private addresses of each.
    pub eni_private_ip_address_quantity: i64,
    /// IPv6 addresses of each.
    pub eni_ipv6_address_quantity: i64,
    /// Graphics processors.
    #[serde(rename = "GPUAmount")]
    pub gpu_amount: i64,
    /// Their kind.
    #[serde(rename = "GPUSpec")]
    pub gpu_spec: String,
    /// Local disks.
    pub local_storage_amount: i64,
    /// Their size in GiB.
    pub local_storage_capacity: i64,
    /// Their kind.
    pub local_storage_category: String,
    /// `unsupported`.
    pub nvme_support: String,
}

impl Authorize for DescribeInstanceTypes {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:DescribeInstanceTypes")]
    }
}

impl Operation for DescribeInstanceTypes {
    type Reply = DescribeInstanceTypesReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstanceTypes");
}

impl Handle<DescribeInstanceTypes> for Ecs {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeInstanceTypes>,
    ) -> Result<DescribeInstanceTypesReply, ApiError> {
        let mut found: Vec<(String, InstanceType)> =
            instance_type::all().filter(|(id, it)| call.selects(id, it)).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let mut next_token = String::new();
        if call.max_results.is_some() || call.next_token.is_some() {
            let (results, token) = (call.max_results, call.next_token.as_deref());
            let page = Asked::Token { results, token }.cut(found, |(id, _)| id.as_str())?;
            (found, next_token) = (page.items, page.next_token);
        }
        let instance_types = found.into_iter().map(InstanceTypeView::new).collect();
        Ok(DescribeInstanceTypesReply { instance_types, next_token })
    }
}

/// Memory in GiB.
#[expect(clippy::cast_precision_loss, reason = "no type has 2^53 MiB")]
fn gib(it: &InstanceType) -> f64 {
    it.memory_mib as f64 / MIB_PER_GIB
}

impl DescribeInstanceTypes {
    fn selects(&self, id: &String, it: &InstanceType) -> bool {
        (self.instance_types.is_empty() || self.instance_types.contains(id))
            && self.instance_type_family.as_ref().is_none_or(|family| *family == it.family)
            && (self.instance_type_families.is_empty()
                || self.instance_type_families.contains(&it.family))
            && self.cpu_architecture.as_ref().is_none_or(|wanted| wanted == "X86")
            && self.minimum_cpu_core_count.is_none_or(|least| least <= it.cpus)
            && self.maximum_cpu_core_count.is_none_or(|most| it.cpus <= most)
            && self.minimum_memory_size.is_none_or(|least| least <= gib(it))
            && self.maximum_memory_size.is_none_or(|most| gib(it) <= most)
    }
}

impl InstanceTypeView {
    fn new((id, it): (String, InstanceType)) -> Self {
        Self {
            instance_type_id: id,
            instance_family_level: it.level().to_owned(),
            instance_category: it.category().to_owned(),
            cpu_core_count: it.cpus,
            memory_size: gib(&it),
            instance_type_family: it.family,
            cpu_architecture: "X86".to_owned(),
            eni_quantity: 1,
            eni_private_ip_address_quantity: 1,
            eni_ipv6_address_quantity: 0,
            gpu_amount: 0,
            gpu_spec: String::new(),
            local_storage_amount: 0,
            local_storage_capacity: 0,
            local_storage_category: String::new(),
            nvme_support: "unsupported".to_owned(),
        }
    }
}
