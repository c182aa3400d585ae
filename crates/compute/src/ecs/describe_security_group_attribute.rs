//! `ecs:DescribeSecurityGroupAttribute`: tells a security group and its rules.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{SecurityGroupId, SecurityGroupRuleId, time};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, resource};
use crate::page::Asked;
use crate::{Direction, Peer, SecurityGroupRecord, SecurityGroupRule, records};

/// Tells a security group and its rules: all of them, or a part by token.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupAttribute {
    /// The security group.
    pub security_group_id: SecurityGroupId,
    /// Which way the traffic goes. Default `all`.
    #[api(choices("all", "ingress", "egress"))]
    pub direction: Option<String>,
    /// The interface in the classic network. Default: both.
    #[api(choices("internet", "intranet"))]
    pub nic_type: Option<String>,
    /// The most rules of a part, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the part begins: what the one before answered.
    pub next_token: Option<String>,
}

/// A security group.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupAttributeReply {
    /// Its id.
    pub security_group_id: SecurityGroupId,
    /// Its name.
    pub security_group_name: String,
    /// What it is for.
    pub description: String,
    /// Its VPC; empty in the classic network.
    pub vpc_id: String,
    /// Its region.
    pub region_id: String,
    /// What becomes of traffic between its members: `Accept` or `Drop`.
    pub inner_access_policy: String,
    /// Its rules.
    #[api(item = "Permission")]
    pub permissions: Vec<PermissionView>,
    /// What asks for the next part; empty at the end.
    pub next_token: String,
}

/// A rule. What no rule has here is empty: no IPv6, no prefix lists, no other accounts.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionView {
    /// Its id.
    pub security_group_rule_id: SecurityGroupRuleId,
    /// `ingress` or `egress`.
    pub direction: String,
    /// Its protocol.
    pub ip_protocol: String,
    /// The ports that it goes to.
    pub port_range: String,
    /// The ports that it comes from.
    pub source_port_range: String,
    /// The addresses that it comes from.
    pub source_cidr_ip: String,
    /// The security group that it comes from.
    pub source_group_id: String,
    /// Its name.
    pub source_group_name: String,
    /// Its account, where it is another one.
    pub source_group_owner_account: String,
    /// The addresses that it goes to.
    pub dest_cidr_ip: String,
    /// The security group that it goes to.
    pub dest_group_id: String,
    /// Its name.
    pub dest_group_name: String,
    /// Its account, where it is another one.
    pub dest_group_owner_account: String,
    /// The IPv6 addresses that it comes from.
    pub ipv6_source_cidr_ip: String,
    /// The IPv6 addresses that it goes to.
    pub ipv6_dest_cidr_ip: String,
    /// The prefix list that it comes from.
    pub source_prefix_list_id: String,
    /// The prefix list that it goes to.
    pub dest_prefix_list_id: String,
    /// `Accept` or `Drop`.
    pub policy: String,
    /// 1 to 100.
    pub priority: String,
    /// `internet` or `intranet`.
    pub nic_type: String,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub create_time: String,
}

impl Authorize for DescribeSecurityGroupAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let group = resource(scope, format!("securitygroup/{}", self.security_group_id));
        vec![Need::on("ecs:DescribeSecurityGroupAttribute", group)]
    }
}

impl Operation for DescribeSecurityGroupAttribute {
    type Reply = DescribeSecurityGroupAttributeReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeSecurityGroupAttribute")
        .errors(&[&code::INVALID_SECURITY_GROUP_ID_NOT_FOUND]);
}

impl Handle<DescribeSecurityGroupAttribute> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeSecurityGroupAttribute>,
    ) -> Result<DescribeSecurityGroupAttributeReply, ApiError> {
        let scope = &context.scope;
        let mut group = find::security_group(transaction, scope, &call.security_group_id).await?;
        let inner_access_policy = group.inner_policy().as_str().to_owned();
        let mut rules = std::mem::take(&mut group.rules);
        rules.retain(|rule| call.selects(rule));
        let mut next_token = String::new();
        if call.max_results.is_some() || call.next_token.is_some() {
            rules.sort_by(|one, other| one.id.cmp(&other.id));
            let token = call.next_token.as_deref();
            let page = Asked::Token { results: call.max_results, token };
            let page = page.cut(rules, |rule| rule.id.as_str())?;
            (rules, next_token) = (page.items, page.next_token);
        }
        let mut permissions = Vec::with_capacity(rules.len());
        for rule in rules {
            let peer: Option<SecurityGroupRecord> = match &rule.peer {
                Peer::Group(id) => records::find(transaction, scope, id.as_str()).await?,
                Peer::Block(_) => None,
            };
            let name = peer.map(|group| group.name).unwrap_or_default();
            permissions.push(PermissionView::new(rule, name));
        }
        Ok(DescribeSecurityGroupAttributeReply {
            security_group_id: group.id,
            security_group_name: group.name,
            description: group.description,
            vpc_id: group.vpc_id.map(|id| id.to_string()).unwrap_or_default(),
            region_id: group.region.to_string(),
            inner_access_policy,
            permissions,
            next_token,
        })
    }
}

impl DescribeSecurityGroupAttribute {
    fn selects(&self, rule: &SecurityGroupRule) -> bool {
        let direction = self.direction.as_deref().unwrap_or("all");
        (direction == "all" || direction == rule.direction.as_str())
            && self.nic_type.as_ref().is_none_or(|wanted| wanted == rule.nic_type.as_str())
    }
}

impl PermissionView {
    fn new(rule: SecurityGroupRule, peer_name: String) -> Self {
        let empty = String::new;
        let (block, group) = match rule.peer {
            Peer::Block(block) => (block.to_string(), empty()),
            Peer::Group(id) => (empty(), id.to_string()),
        };
        let peer = [block, group, peer_name];
        let nobody = [empty(), empty(), empty()];
        let (source, destination) = match rule.direction {
            Direction::Ingress => (peer, nobody),
            Direction::Egress => (nobody, peer),
        };
        let [source_cidr_ip, source_group_id, source_group_name] = source;
        let [dest_cidr_ip, dest_group_id, dest_group_name] = destination;
        let every_port = "-1/-1".to_owned();
        Self {
            security_group_rule_id: rule.id,
            direction: rule.direction.as_str().to_owned(),
            ip_protocol: rule.protocol.as_str().to_owned(),
            port_range: rule.ports.map_or(every_port, |ports| ports.to_string()),
            source_port_range: empty(),
            source_cidr_ip,
            source_group_id,
            source_group_name,
            source_group_owner_account: empty(),
            dest_cidr_ip,
            dest_group_id,
            dest_group_name,
            dest_group_owner_account: empty(),
            ipv6_source_cidr_ip: empty(),
            ipv6_dest_cidr_ip: empty(),
            source_prefix_list_id: empty(),
            dest_prefix_list_id: empty(),
            policy: rule.policy.as_str().to_owned(),
            priority: rule.priority.to_string(),
            nic_type: rule.nic_type.as_str().to_owned(),
            description: rule.description,
            create_time: time::seconds(rule.created_at),
        }
    }
}
