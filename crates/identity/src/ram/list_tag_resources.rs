//! `ram:ListTagResources`: lists tags, and the roles or custom policies that carry them.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle, store_error};
use rolecall_policy::Need;
use rolecall_store::{Record, Transaction};
use rolecall_types::AccountId;
use serde::{Deserialize, Serialize};

use super::tagged::{ResourceType, Tagged};
use super::{Ram, code};
use crate::paging;
use crate::record::{PolicyRecord, RoleRecord};
use crate::tag::{self, Tag, TagParameter};

/// Lists tags in the order of the resources' names and of the keys.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagResources {
    /// `role` or `policy`.
    #[api(choices("role", "policy"))]
    pub resource_type: ResourceType,
    /// The names of roles, or of custom policies; all of the account where none is given.
    #[api(items(1, 50), chars(1, 128))]
    pub resource_names: Vec<String>,
    /// Only resources that have all of these tags. All tags of such a resource are listed.
    #[api(items(1, 20))]
    pub tag: Vec<TagParameter>,
    /// Where an earlier answer stopped.
    #[api(chars(1, 2048), invalid = &code::INVALID_NEXT_TOKEN)]
    pub next_token: Option<String>,
    /// The most tags to answer; 100 where nothing is said.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
}

/// A page of tags.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagResourcesReply {
    /// Where the next page goes on, if there are more.
    pub next_token: Option<String>,
    /// The tags.
    pub tag_resources: Vec<TaggedView>,
}

/// A tag of a resource.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TaggedView {
    /// `role` or `policy`.
    pub resource_type: ResourceType,
    /// The resource's name, as it was given.
    pub resource_name: String,
    /// The tag's key.
    pub tag_key: String,
    /// The tag's value.
    pub tag_value: String,
}

impl Authorize for ListTagResources {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = |name: &str| {
            let resource = self.resource_type.arn(scope, name);
            Need::on("ram:ListTagResources", resource).with_request_tags(tag::requested(&self.tag))
        };
        if self.resource_names.is_empty() {
            return vec![need("*")];
        }
        self.resource_names.iter().map(|name| need(name)).collect()
    }
}

impl Operation for ListTagResources {
    type Reply = ListTagResourcesReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListTagResources").errors(&[
        &code::INVALID_NEXT_TOKEN,
        &code::INVALID_TAG,
        &code::ENTITY_NOT_EXIST_ROLE,
        &code::ENTITY_NOT_EXIST_POLICY,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.resource_type.validate(&self.resource_names)?;
        tag::validate(&self.tag)
    }
}

impl Handle<ListTagResources> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListTagResources>,
    ) -> Result<ListTagResourcesReply, ApiError> {
        let (account, kind) = (&call.scope().account, call.resource_type);
        let most = paging::page_length(call.page_size);
        let last = call.next_token.as_deref().map(Place::read).transpose()?;
        let resources = if call.resource_names.is_empty() {
            everyone(transaction, account, call, last.as_ref(), most).await?
        } else {
            named(transaction, account, call).await?
        };
        let mut entries: Vec<(Place, TaggedView)> = resources
            .iter()
            .filter(|resource| tag::has_all(resource.tags(), &call.tag))
            .flat_map(|resource| entries(kind, resource))
            .filter(|(place, _)| last.as_ref().is_none_or(|last| place > last))
            .collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let more = entries.len() > most;
        entries.truncate(most);
        let next_token = entries.last().filter(|_| more).map(|(place, _)| place.write());
        let tag_resources = entries.into_iter().map(|(_, view)| view).collect();
        Ok(ListTagResourcesReply { next_token, tag_resources })
    }
}

/// A tag's place in the list: the resource's name in lower case, and the key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    name: String,
    key: String,
}

impl Place {
    fn read(token: &str) -> Result<Self, ApiError> {
        // No name holds a slash.
        let place = paging::read_place(token);
        place
            .as_deref()
            .and_then(|place| place.split_once('/'))
            .map(|(name, key)| Self { name: name.to_owned(), key: key.to_owned() })
            .ok_or_else(|| ApiError::new(&code::INVALID_NEXT_TOKEN))
    }

    fn write(&self) -> String {
        paging::write_marker(&format!("{}/{}", self.name, self.key))
    }
}

fn entries(kind: ResourceType, resource: &Tagged) -> impl Iterator<Item = (Place, TaggedView)> {
    resource.tags().iter().map(move |tag| {
        let place = Place { name: resource.name().to_ascii_lowercase(), key: tag.key.clone() };
        let view = TaggedView {
            resource_type: kind,
            resource_name: resource.name().to_owned(),
            tag_key: tag.key.clone(),
            tag_value: tag.value.clone(),
        };
        (place, view)
    })
}

/// The resources that the call names, each once; all of them must be there.
async fn named(
    transaction: &mut Transaction,
    account: &AccountId,
    call: &ListTagResources,
) -> Result<Vec<Tagged>, ApiError> {
    let mut found: Vec<Tagged> = Vec::new();
    for name in &call.resource_names {
        let resource = Tagged::find(transaction, account, call.resource_type, name).await?;
        if found.iter().all(|known| known.name() != resource.name()) {
            found.push(resource);
        }
    }
    Ok(found)
}

/// The account's resources with tags, from the one where the last page stopped: as many as can
/// fill a page and show that there is another.
async fn everyone(
    transaction: &mut Transaction,
    account: &AccountId,
    call: &ListTagResources,
    last: Option<&Place>,
    most: usize,
) -> Result<Vec<Tagged>, ApiError> {
    Ok(match call.resource_type {
        ResourceType::Role => {
            let keep = |role: &RoleRecord| carries(&role.tags, call);
            let roles = from(transaction, account, last, most, keep).await?;
            roles.into_iter().map(|role| Tagged::Role(Box::new(role))).collect()
        }
        ResourceType::Policy => {
            let keep = |policy: &PolicyRecord| carries(&policy.tags, call);
            let policies = from(transaction, account, last, most, keep).await?;
            policies.into_iter().map(|policy| Tagged::Policy(Box::new(policy))).collect()
        }
    })
}

fn carries(tags: &[Tag], call: &ListTagResources) -> bool {
    !tags.is_empty() && tag::has_all(tags, &call.tag)
}

/// The record at a place, and those behind it that `keep` lets through: each of them has a tag, so
/// that one more than the page has room for is enough.
async fn from<T: Record>(
    transaction: &mut Transaction,
    account: &AccountId,
    last: Option<&Place>,
    most: usize,
    keep: impl Fn(&T) -> bool + Send,
) -> Result<Vec<T>, ApiError> {
    let account = account.as_str();
    let name = last.map(|last| last.name.as_str());
    let mut found = Vec::new();
    if let Some(name) = name {
        found.extend(transaction.get(&[account, name]).await.map_err(store_error)?);
    }
    let most = most.saturating_add(1);
    found.extend(paging::read(transaction, &[account], name, most, keep).await?.items);
    Ok(found)
}
