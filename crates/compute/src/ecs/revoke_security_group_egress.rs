//! `ecs:RevokeSecurityGroupEgress`: takes rules for what leaves its members from a security group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{SecurityGroupId, SecurityGroupRuleId};
use serde::{Deserialize, Serialize};

use crate::ecs::permission::{self, Written};
use crate::ecs::{Ecs, EgressPermission, code, resource};
use crate::{Direction, client_token, code as shared};

/// Takes rules for what leaves its members from a security group: those with these ids, or those
/// that say what is written. A rule that the group does not have is taken from it already.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeSecurityGroupEgress {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// The rules by their ids.
    #[api(items(1, 100))]
    pub security_group_rule_id: Vec<SecurityGroupRuleId>,
    /// The rules by what they say.
    #[api(items(1, 100))]
    pub permissions: Vec<EgressPermission>,
    /// `TCP`, `UDP`, `ICMP`, `GRE` or `ALL`, whatever its case. The old spelling of a rule, without
    /// a list.
    pub ip_protocol: Option<String>,
    /// The ports that it goes to, as `22/80`; `-1/-1` where the protocol has none. The old spelling
    /// of a rule, without a list.
    pub port_range: Option<String>,
    /// The addresses that it goes to, or one address. The old spelling of a rule, without a list.
    pub dest_cidr_ip: Option<String>,
    /// The security group that it goes to, of the same VPC. The old spelling of a rule, without a
    /// list.
    pub dest_group_id: Option<SecurityGroupId>,
    /// `accept` or `drop`. The old spelling of a rule, without a list.
    pub policy: Option<String>,
    /// 1 to 100; the lowest is the strongest. The old spelling of a rule, without a list.
    pub priority: Option<String>,
    /// `internet` or `intranet`: the interface in the classic network. The old spelling of a rule,
    /// without a list.
    pub nic_type: Option<String>,
    /// What it is for, up to 512 characters. The old spelling of a rule, without a list.
    pub description: Option<String>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The group does not have the rules.
#[derive(Debug, Serialize, Deserialize, Shape)]
pub struct RevokeSecurityGroupEgressReply {}

impl RevokeSecurityGroupEgress {
    fn written(&self) -> Vec<Written<'_>> {
        let at_top = Written {
            protocol: self.ip_protocol.as_deref(),
            ports: self.port_range.as_deref(),
            block: self.dest_cidr_ip.as_deref(),
            group: self.dest_group_id.as_ref(),
            policy: self.policy.as_deref(),
            priority: self.priority.as_deref(),
            nic_type: self.nic_type.as_deref(),
            description: self.description.as_deref(),
        };
        permission::written(self.permissions.iter().map(EgressPermission::written), at_top)
    }
}

impl Authorize for RevokeSecurityGroupEgress {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        vec![Need::on("ecs:RevokeSecurityGroupEgress", group)]
    }
}

impl Operation for RevokeSecurityGroupEgress {
    type Reply = RevokeSecurityGroupEgressReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "RevokeSecurityGroupEgress").errors(&[
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::INVALID_IP_PROTOCOL,
        &code::INVALID_PORT_RANGE_MALFORMED,
        &code::PROTOCOL_AND_PORTS_MISMATCH,
        &code::INVALID_POLICY_MALFORMED,
        &code::INVALID_PRIORITY,
        &code::INVALID_NIC_TYPE,
        &code::INVALID_NIC_TYPE_MISMATCH,
        &code::INVALID_RULE_DESCRIPTION_MALFORMED,
        &code::INVALID_DEST_CIDR_IP_MALFORMED,
        &code::MISSING_PARAMETER_DEST,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
    ]);
}

impl Handle<RevokeSecurityGroupEgress> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RevokeSecurityGroupEgress>,
    ) -> Result<RevokeSecurityGroupEgressReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let (group, rules) =
            (&call.security_group_id, (&*call.security_group_rule_id, call.written()));
        permission::take(context, transaction, group, rules, Direction::Egress).await?;
        let reply = RevokeSecurityGroupEgressReply {};
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
