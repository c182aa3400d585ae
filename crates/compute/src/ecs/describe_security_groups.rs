//! `ecs:DescribeSecurityGroups`: lists security groups.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{SecurityGroupId, time};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::{Ecs, resource};
use crate::page::Asked;
use crate::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use crate::{SecurityGroupRecord, records};

/// Lists security groups of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroups {
    /// The VPC.
    pub vpc_id: Option<String>,
    /// One security group.
    pub security_group_id: Option<SecurityGroupId>,
    /// Security groups, as a JSON array in one parameter.
    #[api(items(1, 100))]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// The name.
    pub security_group_name: Option<String>,
    /// The kind.
    #[api(choices("normal", "enterprise"))]
    pub security_group_type: Option<String>,
    /// The network.
    #[api(choices("vpc", "classic"))]
    pub network_type: Option<String>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
    /// The most elements of a page by token, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the page by token begins: what the one before answered.
    pub next_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// A page of security groups.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupsReply {
    /// The security groups, in the order of their ids.
    #[api(item = "SecurityGroup")]
    pub security_groups: Vec<SecurityGroupView>,
    /// The region.
    pub region_id: String,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

/// A security group as ECS answers it. No service manages one here.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupView {
    /// Its id.
    pub security_group_id: SecurityGroupId,
    /// Its name.
    pub security_group_name: String,
    /// What it is for.
    pub description: String,
    /// Its VPC; empty in the classic network.
    pub vpc_id: String,
    /// When it was made.
    pub creation_time: String,
    /// Its kind.
    pub security_group_type: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// How many instances are in it.
    pub ecs_count: u64,
    /// Whether a service manages it.
    pub service_managed: bool,
    /// The service.
    #[serde(rename = "ServiceID")]
    pub service_id: i64,
    /// How many rules it has.
    pub rule_count: usize,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

impl SecurityGroupView {
    fn new(group: SecurityGroupRecord) -> Self {
        Self {
            security_group_id: group.id,
            security_group_name: group.name,
            description: group.description,
            vpc_id: group.vpc_id.map(|id| id.to_string()).unwrap_or_default(),
            creation_time: time::seconds(group.created_at),
            security_group_type: group.group_type,
            resource_group_id: group.resource_group_id,
            ecs_count: group.instances,
            service_managed: false,
            service_id: 0,
            rule_count: group.rules.len(),
            tags: EcsTag::all(&group.tags),
        }
    }
}

impl DescribeSecurityGroups {
    fn ids(&self) -> impl Iterator<Item = &SecurityGroupId> {
        self.security_group_id.iter().chain(&self.security_group_ids)
    }

    fn selects(&self, group: &SecurityGroupRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        let network = if group.vpc_id.is_some() { "vpc" } else { "classic" };
        is(&self.vpc_id, group.vpc_id.as_ref().map_or("", |id| id.as_str()))
            && self.security_group_id.as_ref().is_none_or(|id| *id == group.id)
            && (self.security_group_ids.is_empty() || self.security_group_ids.contains(&group.id))
            && is(&self.security_group_name, &group.name)
            && is(&self.security_group_type, &group.group_type)
            && is(&self.network_type, network)
            && is(&self.resource_group_id, &group.resource_group_id)
            && tag::carries(&group.tags, &self.tag)
    }
}

impl Authorize for DescribeSecurityGroups {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let describe = |name: &str| {
            let group = resource(scope, format!("securitygroup/{name}"));
            Need::on("ecs:DescribeSecurityGroups", group)
                .with_request_tags(tag::requested(&self.tag))
        };
        let needs: Vec<Need> = self.ids().map(|id| describe(id.as_str())).collect();
        if needs.is_empty() { vec![describe("*")] } else { needs }
    }
}

impl Operation for DescribeSecurityGroups {
    type Reply = DescribeSecurityGroupsReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeSecurityGroups")
        .errors(&[&shared::INVALID_TAG_COUNT, &shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeSecurityGroups> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeSecurityGroups>,
    ) -> Result<DescribeSecurityGroupsReply, ApiError> {
        end_dry_run(call.dry_run)?;
        let mut found = records::list::<SecurityGroupRecord>(transaction, &context.scope).await?;
        found.retain(|group| call.selects(group));
        let asked = Asked::either(
            (call.max_results, call.next_token.as_deref()),
            (call.page_number, call.page_size),
        );
        let page = asked.cut(found, |group| group.id.as_str())?;
        Ok(DescribeSecurityGroupsReply {
            security_groups: page.items.into_iter().map(SecurityGroupView::new).collect(),
            region_id: context.scope.region.to_string(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
            next_token: page.next_token,
        })
    }
}
