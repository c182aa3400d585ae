//! `vpc:DeleteVpc`: deletes a private network that nothing uses.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VpcId;
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::vpc::{Vpc, code, resource};
use crate::{SecurityGroupRecord, VpcRecord, client_token, records};

/// Deletes a VPC that has neither vSwitches nor security groups.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVpc {
    /// The VPC.
    pub vpc_id: VpcId,
    /// Whether IPv4 and IPv6 gateways go with it. No VPC has them here.
    pub force_delete: Option<bool>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The VPC is gone.
#[derive(Debug, Serialize, Deserialize, Shape)]
pub struct DeleteVpcReply {}

impl Authorize for DeleteVpc {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("vpc:DeleteVpc", resource(scope, format!("vpc/{}", self.vpc_id)))]
    }
}

impl Operation for DeleteVpc {
    type Reply = DeleteVpcReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "DeleteVpc").errors(&[
        &shared::INVALID_VPC_ID_NOT_FOUND,
        &code::DEPENDENCY_VIOLATION_V_SWITCH,
        &code::DEPENDENCY_VIOLATION_SECURITY_GROUP,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<DeleteVpc> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteVpc>,
    ) -> Result<DeleteVpcReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let (scope, id) = (&context.scope, call.vpc_id.as_str());
        let vpc = records::find::<VpcRecord>(transaction, scope, id).await?;
        let vpc = vpc.ok_or_else(|| ApiError::new(&shared::INVALID_VPC_ID_NOT_FOUND))?;
        if !vpc.v_switch_ids.is_empty() {
            return Err(ApiError::new(&code::DEPENDENCY_VIOLATION_V_SWITCH));
        }
        let groups = records::list::<SecurityGroupRecord>(transaction, scope).await?;
        if groups.iter().any(|group| group.vpc_id.as_ref() == Some(&vpc.id)) {
            return Err(ApiError::new(&code::DEPENDENCY_VIOLATION_SECURITY_GROUP));
        }
        end_dry_run(call.dry_run)?;
        records::delete::<VpcRecord>(transaction, scope, id);
        let reply = DeleteVpcReply {};
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
