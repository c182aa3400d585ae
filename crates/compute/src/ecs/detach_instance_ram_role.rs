//! `ecs:DetachInstanceRamRole`: takes the role off instances.

use rolecall_api::{ApiError, Authorize, Code, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, RoleName};
use serde::{Deserialize, Serialize};

use crate::ecs::attach_instance_ram_role::role_of;
use crate::ecs::wearers::{self, InstanceRamRoleSet, Wearer};
use crate::ecs::{Ecs, code, instances};
use crate::records;

/// Takes the role off up to 100 instances. Those that wear none stay as they are. Credentials that
/// they were given stay good until they expire.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachInstanceRamRole {
    /// The instances, as a JSON array in one parameter.
    #[api(items(1, 100), required, invalid = &code::INVALID_INSTANCE_IDS_MALFORMED)]
    pub instance_ids: Vec<InstanceId>,
    /// The role; instances that wear another fail. Without it: whatever they wear.
    #[api(invalid = &code::INVALID_RAM_ROLE_NOT_FOUND)]
    pub ram_role_name: Option<RoleName>,
}

/// What became of each instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachInstanceRamRoleReply {
    /// One result for each instance, in the order of the request.
    #[api(item = "DetachInstanceRamRoleResult")]
    pub detach_instance_ram_role_results: Vec<DetachInstanceRamRoleResult>,
    /// How many instances there are.
    pub total_count: usize,
    /// How many of them failed.
    pub fail_count: usize,
    /// The role that was named, or else the first that was taken off.
    pub ram_role_name: String,
}

/// What became of one instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DetachInstanceRamRoleResult {
    /// `200`, or an error code.
    pub code: String,
    /// The instance.
    pub instance_id: InstanceId,
    /// `Success`, or what is wrong.
    pub message: String,
    /// Whether it wears no role.
    pub success: bool,
    /// The role that was taken off; empty where there was none.
    #[api(item = "InstanceRamRoleSet")]
    pub instance_ram_role_sets: Vec<InstanceRamRoleSet>,
}

impl Authorize for DetachInstanceRamRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let detach = |resource| Need::on("ecs:DetachInstanceRamRole", resource);
        let mut needs: Vec<Need> =
            instances(scope, &self.instance_ids).into_iter().map(detach).collect();
        needs.extend(self.ram_role_name.iter().map(|name| detach(role_of(scope, name))));
        needs
    }
}

impl Operation for DetachInstanceRamRole {
    type Reply = DetachInstanceRamRoleReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DetachInstanceRamRole").errors(&[
        &code::INVALID_INSTANCE_IDS_MALFORMED,
        &code::INVALID_INSTANCE_ID_NOT_FOUND_FOR_ROLE,
        &code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE,
        &code::INVALID_RAM_ROLE_NOT_FOUND,
        &code::INSTANCE_RAM_ROLE_MISMATCH,
    ]);
}

impl Handle<DetachInstanceRamRole> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DetachInstanceRamRole>,
    ) -> Result<DetachInstanceRamRoleReply, ApiError> {
        let found = wearers::find(transaction, &context.scope, &call.instance_ids).await?;
        if let Some(name) = &call.ram_role_name {
            check_known(context, &found, name)?;
        }
        let mut results = Vec::with_capacity(found.len());
        for wearer in found {
            results.push(detach(transaction, wearer, call.ram_role_name.as_ref())?);
        }
        let mut taken_off = results.iter().flat_map(|result| &result.instance_ram_role_sets);
        let first = taken_off.next().map(|set| &set.ram_role_name);
        let named = call.ram_role_name.as_ref().or(first).map(ToString::to_string);
        Ok(DetachInstanceRamRoleReply {
            total_count: results.len(),
            fail_count: results.iter().filter(|result| !result.success).count(),
            detach_instance_ram_role_results: results,
            ram_role_name: named.unwrap_or_default(),
        })
    }
}

/// Refuses a role that neither exists nor is worn by one of the instances: a role that was deleted
/// can still be taken off.
fn check_known(context: &Context, found: &[Wearer], name: &RoleName) -> Result<(), ApiError> {
    let exists = context.snapshot.role(&context.scope.account, name.as_str()).is_some();
    let mut worn =
        found.iter().filter_map(|wearer| wearer.found.as_ref().ok()?.binding.bound.as_ref());
    if exists || worn.any(|bound| bound.wears(name)) {
        return Ok(());
    }
    Err(ApiError::new(&code::INVALID_RAM_ROLE_NOT_FOUND))
}

fn detach(
    transaction: &mut Transaction,
    wearer: Wearer,
    role_name: Option<&RoleName>,
) -> Result<DetachInstanceRamRoleResult, ApiError> {
    let instance_id = wearer.id;
    let mut sets = Vec::new();
    let outcome: Result<(), &'static Code> = match wearer.found {
        Err(code) => Err(code),
        Ok(mut instance) => {
            let bound = instance.binding.bound.as_ref();
            let other = bound.zip(role_name).is_some_and(|(bound, name)| !bound.wears(name));
            if other {
                Err(&code::INSTANCE_RAM_ROLE_MISMATCH)
            } else {
                if let Some(bound) = instance.binding.detach() {
                    records::put(transaction, &instance)?;
                    let (instance_id, ram_role_name) = (instance_id.clone(), bound.role_name);
                    sets.push(InstanceRamRoleSet { instance_id, ram_role_name });
                }
                Ok(())
            }
        }
    };
    let (success, code, message) = wearers::words(outcome, "Success");
    Ok(DetachInstanceRamRoleResult {
        code,
        instance_id,
        message,
        success,
        instance_ram_role_sets: sets,
    })
}
