//! `ecs:DescribeInstances`: lists instances.

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, Timestamp, time};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::instance_view::{EXPIRED_TIME, network_type};
use crate::ecs::{Ecs, InstanceView, code, instance_type, instances};
use crate::page::Asked;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::text::matches_filter;
use crate::{InstanceRecord, records};

/// Lists instances of the region. Filters that are given must all match; unknown ids are left out.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstances {
    /// The instances, as a JSON array in one parameter.
    #[api(items(1, 100), invalid = &code::INVALID_INSTANCE_IDS_MALFORMED)]
    pub instance_ids: Vec<InstanceId>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The vSwitch.
    pub v_switch_id: Option<String>,
    /// The zone.
    pub zone_id: Option<String>,
    /// A security group.
    pub security_group_id: Option<String>,
    /// The status.
    #[api(
        choices("Pending", "Starting", "Running", "Stopping", "Stopped"),
        invalid = &code::INVALID_STATUS_NOT_FOUND
    )]
    pub status: Option<String>,
    /// The display name, in which `*` stands for any text.
    pub instance_name: Option<String>,
    /// The image.
    pub image_id: Option<String>,
    /// The type.
    pub instance_type: Option<String>,
    /// The type's family.
    pub instance_type_family: Option<String>,
    /// The network.
    #[api(choices("vpc", "classic"), invalid = &code::INVALID_NETWORK_TYPE_NOT_FOUND)]
    pub instance_network_type: Option<String>,
    /// How it is charged. All are `PostPaid`.
    #[api(
        choices("PostPaid", "PrePaid"),
        invalid = &code::INVALID_INSTANCE_CHARGE_TYPE_NOT_FOUND
    )]
    pub instance_charge_type: Option<String>,
    /// How traffic is charged.
    #[api(choices("PayByTraffic", "PayByBandwidth"))]
    pub internet_charge_type: Option<String>,
    /// Private addresses, as a JSON array in one parameter.
    #[api(items(1, 100))]
    pub private_ip_addresses: Vec<String>,
    /// The key pair.
    pub key_pair_name: Option<String>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Whether the metadata service answers.
    #[api(choices("enabled", "disabled"))]
    pub http_endpoint: Option<String>,
    /// Whether it answers only with a token.
    #[api(choices("optional", "required"))]
    pub http_tokens: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Bounds of times.
    #[api(items(1, 4))]
    pub filter: Vec<FilterParameter>,
    /// What to tell besides. All of it always is.
    #[api(items(1, 20))]
    pub additional_attributes: Vec<String>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
    /// The most elements of a page by token, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the page by token begins: what the one before answered.
    pub next_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// A bound of a time.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct FilterParameter {
    /// `CreationStartTime`, `CreationEndTime`, `ExpiredStartTime` or `ExpiredEndTime`.
    pub key: String,
    /// The time, as `2017-12-05T22:40Z`. Times at the bound match.
    pub value: String,
}

/// A page of instances.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstancesReply {
    /// The instances, in the order of their ids.
    #[api(item = "Instance")]
    pub instances: Vec<InstanceView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

impl Authorize for DescribeInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let describe = |instance| {
            Need::on("ecs:DescribeInstances", instance).with_request_tags(tag::requested(&self.tag))
        };
        instances(scope, &self.instance_ids).into_iter().map(describe).collect()
    }
}

impl Operation for DescribeInstances {
    type Reply = DescribeInstancesReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstances").errors(&[
        &code::INVALID_INSTANCE_IDS_MALFORMED,
        &code::INVALID_STATUS_NOT_FOUND,
        &code::INVALID_NETWORK_TYPE_NOT_FOUND,
        &code::INVALID_INSTANCE_CHARGE_TYPE_NOT_FOUND,
        &code::INVALID_FILTER_KEY_NOT_FOUND,
        &shared::INVALID_TAG_COUNT,
        &shared::DRY_RUN_OPERATION,
    ]);
}

impl Handle<DescribeInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeInstances>,
    ) -> Result<DescribeInstancesReply, ApiError> {
        let bounds = Bounds::read(&call.filter)?;
        end_dry_run(call.dry_run)?;
        let mut found = records::select(transaction, &context.scope, &call.instance_ids).await?;
        found.retain(|instance| {
            bounds.hold(instance) && call.selects(instance) && call.selects_network(instance)
        });
        let asked = Asked::either(
            (call.max_results, call.next_token.as_deref()),
            (call.page_number, call.page_size),
        );
        let page = asked.cut(found, |instance| instance.id.as_str())?;
        Ok(DescribeInstancesReply {
            instances: page.items.into_iter().map(InstanceView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
            next_token: page.next_token,
        })
    }
}

/// Whether a filter was not given, or asks for this text.
fn is(wanted: Option<&String>, text: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == text)
}

impl DescribeInstances {
    fn selects(&self, instance: &InstanceRecord) -> bool {
        let declared = &instance.declared;
        let family = instance_type::find(&instance.instance_type).map(|found| found.family);
        let options = instance.metadata_options;
        let charge = declared.internet_charge_type.as_deref().unwrap_or("PayByTraffic");
        let endpoint = if options.enabled { "enabled" } else { "disabled" };
        let tokens = if options.tokens_required { "required" } else { "optional" };
        is(self.zone_id.as_ref(), instance.zone.as_str())
            && is(self.status.as_ref(), instance.status.as_str())
            && is(self.image_id.as_ref(), &instance.image_id)
            && is(self.instance_type.as_ref(), &instance.instance_type)
            && is(self.instance_type_family.as_ref(), &family.unwrap_or_default())
            && is(self.instance_charge_type.as_ref(), "PostPaid")
            && is(self.internet_charge_type.as_ref(), charge)
            && is(self.http_endpoint.as_ref(), endpoint)
            && is(self.http_tokens.as_ref(), tokens)
            && is(
                self.key_pair_name.as_ref(),
                instance.key_pair.as_ref().map_or("", |key| &key.name),
            )
            && is(
                self.resource_group_id.as_ref(),
                declared.resource_group_id.as_deref().unwrap_or(""),
            )
            && self.instance_name.as_ref().is_none_or(|it| matches_filter(it, &instance.name))
            && tag::carries(&instance.tags, &self.tag)
    }

    fn selects_network(&self, instance: &InstanceRecord) -> bool {
        let network = instance.network.as_ref();
        let groups = &instance.security_groups;
        let addresses = &self.private_ip_addresses;
        is(self.vpc_id.as_ref(), network.map_or("", |network| network.vpc_id.as_str()))
            && is(self.v_switch_id.as_ref(), network.map_or("", |it| it.v_switch_id.as_str()))
            && is(self.instance_network_type.as_ref(), network_type(network))
            && (addresses.is_empty()
                || network.is_some_and(|it| addresses.contains(&it.private_address.to_string())))
            && self
                .security_group_id
                .as_ref()
                .is_none_or(|wanted| groups.iter().any(|group| group.as_str() == wanted))
    }
}

/// The bounds that a request's filters set.
#[derive(Default)]
struct Bounds {
    created_from: Option<Timestamp>,
    created_to: Option<Timestamp>,
    expired_from: Option<Timestamp>,
    expired_to: Option<Timestamp>,
}

impl Bounds {
    fn read(filters: &[FilterParameter]) -> Result<Self, ApiError> {
        let mut bounds = Self::default();
        for filter in filters {
            let bound = match filter.key.as_str() {
                "CreationStartTime" => &mut bounds.created_from,
                "CreationEndTime" => &mut bounds.created_to,
                "ExpiredStartTime" => &mut bounds.expired_from,
                "ExpiredEndTime" => &mut bounds.expired_to,
                _ => return Err(ApiError::new(&code::INVALID_FILTER_KEY_NOT_FOUND)),
            };
            let time = read_minutes(&filter.value)
                .ok_or_else(|| ApiError::of(&common::INVALID_PARAMETER, "Filter.Value"))?;
            *bound = Some(time);
        }
        Ok(bounds)
    }

    fn hold(&self, instance: &InstanceRecord) -> bool {
        let lies = |at: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>| {
            from.is_none_or(|from| from <= at) && to.is_none_or(|to| at <= to)
        };
        // Answers tell minutes, so that is what is compared.
        let created = read_minutes(&time::minutes(instance.created_at));
        let expired = read_minutes(EXPIRED_TIME);
        created.is_some_and(|at| lies(at, self.created_from, self.created_to))
            && expired.is_some_and(|at| lies(at, self.expired_from, self.expired_to))
    }
}

/// Reads `2015-01-23T12:33Z`.
fn read_minutes(text: &str) -> Option<Timestamp> {
    time::parse_seconds(&format!("{}:00Z", text.strip_suffix('Z')?))
}
