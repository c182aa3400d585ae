//! `ecs:AttachInstanceRamRole`: gives a role to instances.

use rolecall_api::{
    ApiError, Authorize, Code, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::{Document, DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, RoleName};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, instances, wearers};
use crate::{InstanceRecord, records, role};

/// Gives a role to up to 100 instances of VPCs. Instances that wear it already stay as they are,
/// but for the policy, which is replaced; those that wear another fail, and the others do not.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachInstanceRamRole {
    /// The instances, as a JSON array in one parameter.
    #[api(items(1, 100), required, invalid = &code::INVALID_INSTANCE_IDS_MALFORMED)]
    pub instance_ids: Vec<InstanceId>,
    /// The role. It must trust `ecs.aliyuncs.com`.
    #[api(invalid = &code::INVALID_RAM_ROLE_NOT_FOUND)]
    pub ram_role_name: RoleName,
    /// A session policy that narrows the role on these instances. An empty text is a policy that
    /// cannot be read, and not the same as none.
    #[api(chars(1, 1024), keeps_empty)]
    pub policy: Option<String>,
}

/// What became of each instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachInstanceRamRoleReply {
    /// One result for each instance, in the order of the request.
    #[api(item = "AttachInstanceRamRoleResult")]
    pub attach_instance_ram_role_results: Vec<AttachInstanceRamRoleResult>,
    /// How many instances there are.
    pub total_count: usize,
    /// How many of them failed.
    pub fail_count: usize,
    /// The role.
    pub ram_role_name: RoleName,
}

/// What became of one instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachInstanceRamRoleResult {
    /// `200`, or an error code.
    pub code: String,
    /// The instance.
    pub instance_id: InstanceId,
    /// `success`, or what is wrong.
    pub message: String,
    /// Whether it wears the role.
    pub success: bool,
}

impl Authorize for AttachInstanceRamRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let attach = |resource| Need::on("ecs:AttachInstanceRamRole", resource);
        let mut needs: Vec<Need> =
            instances(scope, &self.instance_ids).into_iter().map(attach).collect();
        needs.push(attach(role_of(scope, &self.ram_role_name)));
        needs.push(role::pass_role(scope, &self.ram_role_name));
        needs
    }

    fn denied(&self, need: &Need) -> &'static Code {
        role::denied(need)
    }
}

/// A role as ECS checks it. Source: the region is filled in, ECS "RAM authorization".
pub(super) fn role_of(scope: &Scope, role_name: &RoleName) -> Arn {
    let role = format!("role/{role_name}");
    Arn::new("ram", scope.region.as_str(), scope.account.as_str(), role)
}

impl Operation for AttachInstanceRamRole {
    type Reply = AttachInstanceRamRoleReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "AttachInstanceRamRole").errors(&[
        &code::INVALID_INSTANCE_IDS_MALFORMED,
        &code::INVALID_USER_PASS_ROLE_FORBIDDEN,
        &code::INVALID_RAM_ROLE_NOT_FOUND,
        &code::INVALID_RAM_ROLE_NOT_ECS_ROLE,
        &code::INVALID_INSTANCE_ID_NOT_FOUND_FOR_ROLE,
        &code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE,
        &code::INSTANCE_RAM_ROLE_EXISTS,
    ]);
}

impl Handle<AttachInstanceRamRole> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AttachInstanceRamRole>,
    ) -> Result<AttachInstanceRamRoleReply, ApiError> {
        if let Some(text) = &call.policy {
            Document::parse(DocumentKind::Session, text).map_err(|error| {
                ApiError::of(&common::INVALID_PARAMETER, "Policy").because(error)
            })?;
        }
        let role = context.snapshot.role(&context.scope.account, call.ram_role_name.as_str());
        let role = role.ok_or_else(|| ApiError::new(&code::INVALID_RAM_ROLE_NOT_FOUND))?;
        if !role::trusts_ecs(role) {
            return Err(ApiError::new(&code::INVALID_RAM_ROLE_NOT_ECS_ROLE));
        }
        let mut results = Vec::new();
        for wearer in wearers::find(transaction, &context.scope, &call.instance_ids).await? {
            let outcome = match wearer.found {
                Ok(instance) => attach(transaction, instance, &role.name, call.policy.as_deref())?,
                Err(code) => Err(code),
            };
            let (success, code, message) = wearers::words(outcome, "success");
            let instance_id = wearer.id;
            results.push(AttachInstanceRamRoleResult { code, instance_id, message, success });
        }
        Ok(AttachInstanceRamRoleReply {
            total_count: results.len(),
            fail_count: results.iter().filter(|result| !result.success).count(),
            attach_instance_ram_role_results: results,
            ram_role_name: role.name.clone(),
        })
    }
}

/// Puts the role on one instance, unless it wears another.
fn attach(
    transaction: &mut Transaction,
    mut instance: InstanceRecord,
    role_name: &RoleName,
    policy: Option<&str>,
) -> Result<Result<(), &'static Code>, ApiError> {
    if instance.binding.bound.as_ref().is_some_and(|bound| !bound.wears(role_name)) {
        return Ok(Err(&code::INSTANCE_RAM_ROLE_EXISTS));
    }
    if !instance.binding.is(role_name, policy) {
        instance.binding.attach(role_name.clone(), policy.map(str::to_owned));
        records::put(transaction, &instance)?;
    }
    Ok(Ok(()))
}
