//! Giving tags to resources of any kind, taking them away, and listing them.

use rolecall_api::{ApiError, Code, Scope, Shape};
use rolecall_store::{Keyed, Transaction};
use serde::Serialize;

use super::tag::{self, TAGS_MAX, Tag, TagParameter};
use super::{code, records};

/// A record whose resource has tags.
pub trait HasTags: Keyed {
    /// Its id.
    fn id(&self) -> &str;
    /// Its tags.
    fn tags(&self) -> &[Tag];
    /// Its tags, to be changed.
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
}

/// A resource with one of its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    /// The resource.
    pub resource_id: String,
    /// Its kind.
    pub resource_type: String,
    /// The tag's key.
    pub tag_key: String,
    /// The tag's value.
    pub tag_value: String,
}

/// What is done to the tags of a resource.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// It gets these; a key that it has gets the new value.
    Give(&'a [TagParameter]),
    /// It loses those with these keys.
    Take(&'a [String]),
    /// It loses all.
    TakeAll,
}

/// The tags of these resources, or of all where none is named, that carry all `wanted`: resources
/// with their tags. Unknown ids are left out. Where tags are wanted, only those are told.
pub fn rows(
    resource_type: &str,
    all: Vec<(String, Vec<Tag>)>,
    ids: &[String],
    wanted: &[TagParameter],
) -> Vec<TagResource> {
    let selected = all
        .into_iter()
        .filter(|(id, tags)| (ids.is_empty() || ids.contains(id)) && tag::carries(tags, wanted));
    let rows = selected.flat_map(|(id, mut tags)| {
        tags.retain(|tag| wanted.is_empty() || tag::is_wanted(tag, wanted));
        tags.sort_by(|one, other| one.key.cmp(&other.key));
        tags.into_iter().map(move |tag| TagResource {
            resource_id: id.clone(),
            resource_type: resource_type.to_owned(),
            tag_key: tag.key,
            tag_value: tag.value,
        })
    });
    rows.collect()
}

/// Changes the tags of the resource with this id.
pub async fn edit<T: HasTags>(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &str,
    change: Change<'_>,
) -> Result<(), ApiError> {
    let refuse = |code: &'static Code| ApiError::new(code);
    let found = records::find::<T>(transaction, scope, id).await?;
    let mut record = found.ok_or_else(|| refuse(&code::INVALID_RESOURCE_ID_NOT_FOUND))?;
    change.apply(record.tags_mut())?;
    records::put(transaction, &record)
}

impl Change<'_> {
    /// Changes the tags of one resource.
    pub fn apply(self, tags: &mut Vec<Tag>) -> Result<(), ApiError> {
        match self {
            Self::Give(given) => {
                for new in tag::given(given)? {
                    match tags.iter_mut().find(|known| known.key == new.key) {
                        Some(known) => known.value = new.value,
                        None => tags.push(new),
                    }
                }
                if tags.len() > TAGS_MAX {
                    return Err(ApiError::new(&code::INVALID_TAG_COUNT));
                }
            }
            Self::Take(keys) => tags.retain(|tag| !keys.contains(&tag.key)),
            Self::TakeAll => tags.clear(),
        }
        Ok(())
    }
}

/// All resources of a kind that have tags, by their ids.
pub async fn gather<T: HasTags>(
    transaction: &mut Transaction,
    scope: &Scope,
) -> Result<Vec<(String, Vec<Tag>)>, ApiError> {
    let all = records::list::<T>(transaction, scope).await?;
    let tagged = all.into_iter().filter(|record| !record.tags().is_empty());
    Ok(tagged.map(|record| (record.id().to_owned(), record.tags().to_vec())).collect())
}

impl TagResource {
    /// Its place in a list of such.
    pub fn place(&self) -> String {
        // No id has this character, and none that sorts before it.
        format!("{}\n{}", self.resource_id, self.tag_key)
    }
}
