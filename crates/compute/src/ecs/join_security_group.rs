//! `ecs:JoinSecurityGroup`: puts an instance into a security group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, SecurityGroupId};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, membership, resource};
use crate::records;

/// Puts an instance into one more security group, of up to five: one of its VPC, or one of none for
/// the classic network.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct JoinSecurityGroup {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// The instance. It has one network interface, which is in its groups.
    pub instance_id: InstanceId,
}

/// The instance is in the group.
#[derive(Debug, Serialize, Shape)]
pub struct JoinSecurityGroupReply {}

impl Authorize for JoinSecurityGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        [instance, group].map(|resource| Need::on("ecs:JoinSecurityGroup", resource)).into()
    }
}

impl Operation for JoinSecurityGroup {
    type Reply = JoinSecurityGroupReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "JoinSecurityGroup").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::INVALID_INSTANCE_ID_MISMATCH,
        &code::INVALID_INSTANCE_ID_ALREADY_EXISTS,
        &code::INSTANCE_SECURITY_GROUP_LIMIT_EXCEEDED,
    ]);
}

impl Handle<JoinSecurityGroup> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<JoinSecurityGroup>,
    ) -> Result<JoinSecurityGroupReply, ApiError> {
        let (scope, group) = (&context.scope, &call.security_group_id);
        let mut instance = find::instance(transaction, scope, &call.instance_id).await?;
        membership::join(transaction, scope, &mut instance, group).await?;
        records::put(transaction, &instance)?;
        Ok(JoinSecurityGroupReply {})
    }
}
