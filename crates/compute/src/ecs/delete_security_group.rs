//! `ecs:DeleteSecurityGroup`: deletes a security group that nothing uses.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::SecurityGroupId;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, resource};
use crate::{Peer, SecurityGroupRecord, SecurityGroupRule, records};

/// Deletes a security group that has no instances and that no rule of another one names.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecurityGroup {
    /// The security group.
    pub security_group_id: SecurityGroupId,
}

/// The security group is gone.
#[derive(Debug, Serialize, Shape)]
pub struct DeleteSecurityGroupReply {}

impl Authorize for DeleteSecurityGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        vec![Need::on("ecs:DeleteSecurityGroup", group)]
    }
}

impl Operation for DeleteSecurityGroup {
    type Reply = DeleteSecurityGroupReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DeleteSecurityGroup").errors(&[
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::SECURITY_GROUP_IN_USE,
        &code::SECURITY_GROUP_AUTHORIZED,
    ]);
}

impl Handle<DeleteSecurityGroup> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteSecurityGroup>,
    ) -> Result<DeleteSecurityGroupReply, ApiError> {
        let (scope, id) = (&context.scope, &call.security_group_id);
        let group = find::security_group(transaction, scope, id).await?;
        if group.instances > 0 {
            return Err(ApiError::new(&code::SECURITY_GROUP_IN_USE));
        }
        let names_it = |rule: &SecurityGroupRule| rule.peer == Peer::Group(group.id.clone());
        let all = records::list::<SecurityGroupRecord>(transaction, scope).await?;
        if all.iter().any(|other| other.id != group.id && other.rules.iter().any(names_it)) {
            return Err(ApiError::new(&code::SECURITY_GROUP_AUTHORIZED));
        }
        records::delete::<SecurityGroupRecord>(transaction, scope, id.as_str());
        Ok(DeleteSecurityGroupReply {})
    }
}
