//! `ecs:DescribeKeyPairs`: lists key pairs.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{KeyPairId, time};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, key_pairs};
use crate::page::Asked;
use crate::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use crate::text::matches_filter;
use crate::{KeyPairRecord, records};

/// Lists key pairs of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyPairs {
    /// The name, in which `*` stands for any text.
    pub key_pair_name: Option<String>,
    /// The MD5 of the public half.
    pub key_pair_finger_print: Option<String>,
    /// Whether to tell the public half.
    pub include_public_key: Option<bool>,
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
}

/// A page of key pairs.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyPairsReply {
    /// The key pairs, in the order of their names.
    #[api(item = "KeyPair")]
    pub key_pairs: Vec<KeyPairView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// A key pair as ECS answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPairView {
    /// Its id.
    pub key_pair_id: KeyPairId,
    /// Its name.
    pub key_pair_name: String,
    /// The MD5 of its public half.
    pub key_pair_finger_print: String,
    /// Its public half, where it is asked for.
    pub public_key: Option<String>,
    /// Its resource group.
    pub resource_group_id: String,
    /// When it was made.
    pub creation_time: String,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

impl Authorize for DescribeKeyPairs {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.key_pair_name.as_deref().filter(|name| !name.contains('*'));
        let key_pair = key_pairs::arn(scope, name.unwrap_or("*"));
        let need = Need::on("ecs:DescribeKeyPairs", key_pair);
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeKeyPairs {
    type Reply = DescribeKeyPairsReply;

    const SPEC: Spec =
        Spec::read(Product::Ecs, "DescribeKeyPairs").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeKeyPairs> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeKeyPairs>,
    ) -> Result<DescribeKeyPairsReply, ApiError> {
        let mut found = records::list::<KeyPairRecord>(transaction, &context.scope).await?;
        found.retain(|key_pair| call.selects(key_pair));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(found, |key_pair| key_pair.name.as_str())?;
        let view = |key_pair| KeyPairView::new(key_pair, call.include_public_key == Some(true));
        Ok(DescribeKeyPairsReply {
            key_pairs: page.items.into_iter().map(view).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeKeyPairs {
    fn selects(&self, it: &KeyPairRecord) -> bool {
        self.key_pair_name.as_ref().is_none_or(|filter| matches_filter(filter, &it.name))
            && self.key_pair_finger_print.as_ref().is_none_or(|print| *print == it.fingerprint)
            && self.resource_group_id.as_ref().is_none_or(|group| *group == it.resource_group_id)
            && tag::carries(&it.tags, &self.tag)
    }
}

impl KeyPairView {
    fn new(key_pair: KeyPairRecord, with_public_key: bool) -> Self {
        Self {
            key_pair_id: key_pair.id,
            key_pair_name: key_pair.name,
            key_pair_finger_print: key_pair.fingerprint,
            public_key: with_public_key.then_some(key_pair.public_key),
            resource_group_id: key_pair.resource_group_id,
            creation_time: time::seconds(key_pair.created_at),
            tags: EcsTag::all(&key_pair.tags),
        }
    }
}
