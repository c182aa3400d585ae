//! `ecs:DescribeInstanceTypeFamilies`: lists families of types of instances.

use std::collections::BTreeMap;

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, instance_type};

/// Lists the families of the types that can be launched.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypeFamilies {
    /// The generation, such as `ecs-3`.
    #[api(choices("ecs-1", "ecs-2", "ecs-3", "ecs-4", "ecs-5", "ecs-6"))]
    pub generation: Option<String>,
}

/// Families.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypeFamiliesReply {
    /// The families, in the order of their names.
    #[api(item = "InstanceTypeFamily")]
    pub instance_type_families: Vec<InstanceTypeFamily>,
}

/// A family of types.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceTypeFamily {
    /// Its generation.
    pub generation: String,
    /// Its name.
    pub instance_type_family_id: String,
}

impl Authorize for DescribeInstanceTypeFamilies {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:DescribeInstanceTypeFamilies")]
    }
}

impl Operation for DescribeInstanceTypeFamilies {
    type Reply = DescribeInstanceTypeFamiliesReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstanceTypeFamilies");
}

impl Handle<DescribeInstanceTypeFamilies> for Ecs {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeInstanceTypeFamilies>,
    ) -> Result<DescribeInstanceTypeFamiliesReply, ApiError> {
        let families: BTreeMap<String, &str> =
            instance_type::all().map(|(_, it)| (it.family.clone(), it.generation())).collect();
        let wanted = call.generation.as_deref();
        let found = families.into_iter().filter(|(_, it)| wanted.is_none_or(|asked| asked == *it));
        let family = |(name, generation): (String, &str)| InstanceTypeFamily {
            generation: generation.to_owned(),
            instance_type_family_id: name,
        };
        Ok(DescribeInstanceTypeFamiliesReply {
            instance_type_families: found.map(family).collect(),
        })
    }
}
