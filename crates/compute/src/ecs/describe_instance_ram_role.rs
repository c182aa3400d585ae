//! `ecs:DescribeInstanceRamRole`: tells which instances wear which roles.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, RoleName};
use serde::{Deserialize, Serialize};

use crate::ecs::attach_instance_ram_role::role_of;
use crate::ecs::wearers::{self, InstanceRamRoleSet};
use crate::ecs::{Ecs, code, instances};
use crate::page::Asked;
use crate::{InstanceRecord, records};

/// Tells the roles of instances, or the instances of a role, or which of some instances wear it.
/// Instances without a role are left out.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceRamRole {
    /// The instances, as a JSON array in one parameter.
    #[api(items(1, 100), invalid = &code::INVALID_INSTANCE_IDS_MALFORMED)]
    pub instance_ids: Vec<InstanceId>,
    /// The role.
    #[api(invalid = &code::INVALID_RAM_ROLE_NOT_FOUND)]
    pub ram_role_name: Option<RoleName>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
}

/// A page of roles on instances.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceRamRoleReply {
    /// The instances and their roles.
    #[api(item = "InstanceRamRoleSet")]
    pub instance_ram_role_sets: Vec<InstanceRamRoleSet>,
    /// The region.
    pub region_id: String,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

impl Authorize for DescribeInstanceRamRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let describe = |resource| Need::on("ecs:DescribeInstanceRamRole", resource);
        let mut needs: Vec<Need> =
            instances(scope, &self.instance_ids).into_iter().map(describe).collect();
        needs.extend(self.ram_role_name.iter().map(|name| describe(role_of(scope, name))));
        needs
    }
}

impl Operation for DescribeInstanceRamRole {
    type Reply = DescribeInstanceRamRoleReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstanceRamRole").errors(&[
        &code::INVALID_PARAMETER_ALL_EMPTY,
        &code::INVALID_INSTANCE_IDS_MALFORMED,
        &code::INVALID_INSTANCE_ID_NOT_FOUND_FOR_ROLE,
        &code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE,
        &code::INVALID_RAM_ROLE_NOT_FOUND,
    ]);
}

impl Handle<DescribeInstanceRamRole> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeInstanceRamRole>,
    ) -> Result<DescribeInstanceRamRoleReply, ApiError> {
        let scope = &context.scope;
        let named = call.ram_role_name.as_ref();
        let found: Vec<InstanceRecord> = if call.instance_ids.is_empty() {
            let name = named.ok_or_else(|| ApiError::new(&code::INVALID_PARAMETER_ALL_EMPTY))?;
            if context.snapshot.role(&scope.account, name.as_str()).is_none() {
                return Err(ApiError::new(&code::INVALID_RAM_ROLE_NOT_FOUND));
            }
            records::list(transaction, scope).await?
        } else {
            let wearers = wearers::find(transaction, scope, &call.instance_ids).await?;
            wearers.into_iter().filter_map(|wearer| wearer.found.ok()).collect()
        };
        let sets = found.into_iter().filter_map(|instance| {
            let bound = instance.binding.bound?;
            let wanted = named.is_none_or(|name| bound.wears(name));
            let (instance_id, ram_role_name) = (instance.id, bound.role_name);
            wanted.then_some(InstanceRamRoleSet { instance_id, ram_role_name })
        });
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(sets.collect(), |set| set.instance_id.as_str())?;
        Ok(DescribeInstanceRamRoleReply {
            instance_ram_role_sets: page.items,
            region_id: scope.region.to_string(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}
