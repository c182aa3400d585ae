//! `ecs:AuthorizeSecurityGroup`: gives a security group rules for what comes to its members.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::SecurityGroupId;
use serde::{Deserialize, Serialize};

use crate::ecs::permission::{self, Written};
use crate::ecs::{Ecs, code, resource};
use crate::{Direction, client_token, code as shared};

/// Gives a security group rules for what comes to its members: all, or none where one of them is
/// wrong. A rule that the group has is not made twice.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizeSecurityGroup {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// The rules.
    #[api(items(1, 100))]
    pub permissions: Vec<IngressPermission>,
    /// `TCP`, `UDP`, `ICMP`, `GRE` or `ALL`, whatever its case. The old spelling of a rule, without
    /// a list.
    pub ip_protocol: Option<String>,
    /// The ports that it goes to, as `22/80`; `-1/-1` where the protocol has none. The old spelling
    /// of a rule, without a list.
    pub port_range: Option<String>,
    /// The addresses that it comes from, or one address. The old spelling of a rule, without a
    /// list.
    pub source_cidr_ip: Option<String>,
    /// The security group that it comes from, of the same VPC. The old spelling of a rule, without
    /// a list.
    pub source_group_id: Option<SecurityGroupId>,
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

/// A rule for what comes to the members of a security group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct IngressPermission {
    /// `TCP`, `UDP`, `ICMP`, `GRE` or `ALL`, whatever its case.
    pub ip_protocol: Option<String>,
    /// The ports that it goes to, as `22/80`; `-1/-1` where the protocol has none.
    pub port_range: Option<String>,
    /// The addresses that it comes from, or one address.
    pub source_cidr_ip: Option<String>,
    /// The security group that it comes from, of the same VPC. The addresses count where both are
    /// named.
    pub source_group_id: Option<SecurityGroupId>,
    /// `accept` or `drop`. Default `accept`.
    pub policy: Option<String>,
    /// 1 to 100; the lowest is the strongest. Default 1.
    pub priority: Option<String>,
    /// `internet` or `intranet`: the interface in the classic network. A VPC's is `intranet`.
    pub nic_type: Option<String>,
    /// What it is for, up to 512 characters.
    pub description: Option<String>,
}

/// The group has the rules.
#[derive(Debug, Serialize, Deserialize, Shape)]
pub struct AuthorizeSecurityGroupReply {}

impl IngressPermission {
    /// The rule as it was written.
    pub(super) fn written(&self) -> Written<'_> {
        Written {
            protocol: self.ip_protocol.as_deref(),
            ports: self.port_range.as_deref(),
            block: self.source_cidr_ip.as_deref(),
            group: self.source_group_id.as_ref(),
            policy: self.policy.as_deref(),
            priority: self.priority.as_deref(),
            nic_type: self.nic_type.as_deref(),
            description: self.description.as_deref(),
        }
    }
}

impl AuthorizeSecurityGroup {
    fn written(&self) -> Vec<Written<'_>> {
        let at_top = Written {
            protocol: self.ip_protocol.as_deref(),
            ports: self.port_range.as_deref(),
            block: self.source_cidr_ip.as_deref(),
            group: self.source_group_id.as_ref(),
            policy: self.policy.as_deref(),
            priority: self.priority.as_deref(),
            nic_type: self.nic_type.as_deref(),
            description: self.description.as_deref(),
        };
        permission::written(self.permissions.iter().map(IngressPermission::written), at_top)
    }
}

impl Authorize for AuthorizeSecurityGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        permission::needs("ecs:AuthorizeSecurityGroup", &group, self.written(), Direction::Ingress)
    }
}

impl Operation for AuthorizeSecurityGroup {
    type Reply = AuthorizeSecurityGroupReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "AuthorizeSecurityGroup").errors(&[
        &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
        &code::INVALID_IP_PROTOCOL,
        &code::INVALID_IP_PROTOCOL_MALFORMED,
        &code::PROTOCOL_AND_PORTS_MISMATCH,
        &code::INVALID_POLICY_MALFORMED,
        &code::INVALID_PRIORITY,
        &code::INVALID_NIC_TYPE,
        &code::INVALID_NIC_TYPE_MISMATCH,
        &code::INVALID_RULE_DESCRIPTION_MALFORMED,
        &code::INVALID_SOURCE_CIDR_IP_MALFORMED,
        &code::MISSING_PARAMETER_SOURCE,
        &code::INVALID_SOURCE_GROUP_ID_NOT_FOUND,
        &code::INVALID_SOURCE_GROUP_ID_MISMATCH,
        &code::AUTHORIZATION_LIMIT_EXCEED,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
    ]);
}

impl Handle<AuthorizeSecurityGroup> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AuthorizeSecurityGroup>,
    ) -> Result<AuthorizeSecurityGroupReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let (group, written) = (&call.security_group_id, call.written());
        permission::give(context, transaction, group, written, Direction::Ingress).await?;
        let reply = AuthorizeSecurityGroupReply {};
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
