//! `ecs:DescribeTags`: lists tags, each with how many resources have it.

use std::collections::BTreeMap;

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code};
use crate::page::Asked;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::tagged::ResourceType;

/// The most tags of a page where the caller names no number. Source: ECS `DescribeTags`.
const PAGE_SIZE_DEFAULT: i64 = 50;

/// Lists the tags of the region, each once. The vendor has replaced this operation by
/// `ListTagResources`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTags {
    /// `instance`, `securitygroup` or `keypair`. Default: all.
    #[api(
        choices("instance", "securitygroup", "keypair"),
        invalid = &code::INVALID_RESOURCE_TYPE_NOT_FOUND
    )]
    pub resource_type: Option<ResourceType>,
    /// One resource, of the type.
    pub resource_id: Option<String>,
    /// The tags. One without a value asks for the key alone.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 50.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
}

/// A page of tags.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTagsReply {
    /// The tags, in the order of keys and values.
    #[api(item = "Tag")]
    pub tags: Vec<CountedTag>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A tag, with how many resources have it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CountedTag {
    /// Its key.
    pub tag_key: String,
    /// Its value.
    pub tag_value: String,
    /// How many resources of each type have it.
    pub resource_type_count: ResourceTypeCount,
}

/// How many resources of each type have a tag.
#[derive(Debug, Clone, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceTypeCount {
    /// Instances.
    pub instance: i64,
    /// Security groups.
    pub securitygroup: i64,
    /// Key pairs.
    pub key_pair: i64,
}

impl DescribeTags {
    fn kinds(&self) -> Vec<ResourceType> {
        self.resource_type.map_or(ResourceType::ECS.to_vec(), |kind| vec![kind])
    }
}

impl Authorize for DescribeTags {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let ids: Vec<String> = self.resource_id.iter().cloned().collect();
        let kinds = self.kinds().into_iter();
        let needs = kinds.flat_map(|kind| kind.needs("ecs:DescribeTags", scope, &ids));
        needs.map(|need| need.with_request_tags(tag::requested(&self.tag))).collect()
    }
}

impl Operation for DescribeTags {
    type Reply = DescribeTagsReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeTags")
        .errors(&[&code::INVALID_RESOURCE_TYPE_NOT_FOUND, &shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeTags> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeTags>,
    ) -> Result<DescribeTagsReply, ApiError> {
        if call.resource_id.is_some() && call.resource_type.is_none() {
            return Err(ApiError::of(&common::MISSING_PARAMETER, "ResourceType"));
        }
        let ids: Vec<String> = call.resource_id.iter().cloned().collect();
        let mut counts: BTreeMap<(String, String), ResourceTypeCount> = BTreeMap::new();
        for kind in call.kinds() {
            for row in kind.list(transaction, &context.scope, &ids, &call.tag).await? {
                let count = counts.entry((row.tag_key, row.tag_value)).or_default();
                let count = match kind {
                    ResourceType::Instance => &mut count.instance,
                    ResourceType::KeyPair => &mut count.key_pair,
                    _ => &mut count.securitygroup,
                };
                *count = count.saturating_add(1);
            }
        }
        let tags = counts.into_iter().map(|((tag_key, tag_value), resource_type_count)| {
            CountedTag { tag_key, tag_value, resource_type_count }
        });
        let size = Some(call.page_size.unwrap_or(PAGE_SIZE_DEFAULT));
        let asked = Asked::Number { number: call.page_number, size };
        let page = asked.cut(tags.collect(), |tag| tag.tag_key.as_str())?;
        Ok(DescribeTagsReply {
            tags: page.items,
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}
