//! `ecs:DescribeActivations`: lists codes with which servers register.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::time;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, resource};
use crate::page::Asked;
use crate::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use crate::{ActivationRecord, records};

/// Lists activations of the region, outdated ones among them. Filters that are given must all
/// match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeActivations {
    /// The activation.
    pub activation_id: Option<String>,
    /// What names of its servers begin with.
    pub instance_name: Option<String>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
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
}

/// A page of activations.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeActivationsReply {
    /// The activations, in the order of their ids.
    pub activation_list: Vec<ActivationView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

/// An activation as ECS answers it, without its code.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ActivationView {
    /// Its id.
    pub activation_id: String,
    /// What names of its servers begin with.
    pub instance_name: String,
    /// What it is for.
    pub description: String,
    /// How many servers may register.
    pub instance_count: u32,
    /// How many have registered.
    pub registered_count: u32,
    /// How many of them were deregistered.
    pub deregistered_count: u32,
    /// How long it is good, in hours.
    pub time_to_live_in_hours: i64,
    /// From which addresses servers may register.
    pub ip_address_range: String,
    /// Whether it is switched off. None is.
    pub disabled: bool,
    /// Its resource group.
    pub resource_group_id: String,
    /// When it was made.
    pub creation_time: String,
    /// Its tags.
    pub tags: Vec<EcsTag>,
}

impl Authorize for DescribeActivations {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let id = self.activation_id.as_deref().unwrap_or("*");
        let activation = resource(scope, format!("activation/{id}"));
        let need = Need::on("ecs:DescribeActivations", activation);
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeActivations {
    type Reply = DescribeActivationsReply;

    const SPEC: Spec =
        Spec::read(Product::Ecs, "DescribeActivations").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeActivations> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeActivations>,
    ) -> Result<DescribeActivationsReply, ApiError> {
        let mut found = records::list::<ActivationRecord>(transaction, &context.scope).await?;
        found.retain(|activation| call.selects(activation));
        let asked = Asked::either(
            (call.max_results, call.next_token.as_deref()),
            (call.page_number, call.page_size),
        );
        let page = asked.cut(found, |activation| activation.id.as_str())?;
        Ok(DescribeActivationsReply {
            activation_list: page.items.into_iter().map(ActivationView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
            next_token: page.next_token,
        })
    }
}

impl DescribeActivations {
    fn selects(&self, it: &ActivationRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        is(&self.activation_id, &it.id)
            && is(&self.instance_name, &it.instance_name)
            && is(&self.resource_group_id, &it.resource_group_id)
            && tag::carries(&it.tags, &self.tag)
    }
}

impl ActivationView {
    fn new(it: ActivationRecord) -> Self {
        Self {
            activation_id: it.id,
            instance_name: it.instance_name,
            description: it.description,
            instance_count: it.instance_count,
            registered_count: it.registered,
            deregistered_count: it.deregistered,
            time_to_live_in_hours: it.time_to_live_in_hours,
            ip_address_range: it.ip_address_range,
            disabled: false,
            resource_group_id: it.resource_group_id,
            creation_time: time::seconds(it.created_at),
            tags: EcsTag::all(&it.tags),
        }
    }
}
