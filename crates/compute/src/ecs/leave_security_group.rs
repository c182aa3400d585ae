//! `ecs:LeaveSecurityGroup`: takes an instance out of a security group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, SecurityGroupId};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, membership, resource};
use crate::records;

/// Takes an instance out of a security group. It stays in one at least.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct LeaveSecurityGroup {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// The instance. It has one network interface, which is in its groups.
    pub instance_id: InstanceId,
}

/// The instance is out of the group.
#[derive(Debug, Serialize, Shape)]
pub struct LeaveSecurityGroupReply {}

impl Authorize for LeaveSecurityGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        [instance, group].map(|resource| Need::on("ecs:LeaveSecurityGroup", resource)).into()
    }
}

impl Operation for LeaveSecurityGroup {
    type Reply = LeaveSecurityGroupReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "LeaveSecurityGroup").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::INSTANCE_NOT_IN_SECURITY_GROUP,
        &code::INSTANCE_LAST_SECURITY_GROUP,
    ]);
}

impl Handle<LeaveSecurityGroup> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<LeaveSecurityGroup>,
    ) -> Result<LeaveSecurityGroupReply, ApiError> {
        let (scope, group) = (&context.scope, &call.security_group_id);
        let mut instance = find::instance(transaction, scope, &call.instance_id).await?;
        membership::leave(transaction, scope, &mut instance, group).await?;
        records::put(transaction, &instance)?;
        Ok(LeaveSecurityGroupReply {})
    }
}
