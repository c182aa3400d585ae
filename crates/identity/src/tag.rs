//! Tags of roles and policies.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::ram::code;

/// The most tags of a role or a policy. Source: RAM `TagResources`.
const MAX_TAGS: usize = 20;

/// What the keys of tags of one's own may not begin with, and not hold. Source: the limits of tags.
const RESERVED_BEGINNINGS: [&str; 2] = ["aliyun", "acs:"];
const RESERVED_PARTS: [&str; 2] = ["http://", "https://"];

/// A tag as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value, which may be empty.
    pub value: String,
}

/// A tag as requests write it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagParameter {
    /// The tag's key.
    #[api(chars(1, 128))]
    pub key: String,
    /// The tag's value. In a filter, none stands for any.
    #[api(chars(0, 128))]
    pub value: Option<String>,
}

/// A tag as replies write it.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagView {
    /// The tag's key.
    pub tag_key: String,
    /// The tag's value.
    pub tag_value: String,
}

impl From<&Tag> for TagView {
    fn from(tag: &Tag) -> Self {
        Self { tag_key: tag.key.clone(), tag_value: tag.value.clone() }
    }
}

/// Refuses tags of which two have the same key.
pub(crate) fn validate(tags: &[TagParameter]) -> Result<(), ApiError> {
    let mut keys: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < tags.len() { Err(ApiError::new(&code::INVALID_TAG)) } else { Ok(()) }
}

/// Refuses tags that cannot be given: with the same key twice, or with a key that only the vendor
/// gives.
pub(crate) fn validate_new(tags: &[TagParameter]) -> Result<(), ApiError> {
    let reserved = |tag: &TagParameter| {
        let key = tag.key.to_ascii_lowercase();
        RESERVED_BEGINNINGS.iter().any(|beginning| key.starts_with(beginning))
            || RESERVED_PARTS.iter().any(|part| key.contains(part))
    };
    if tags.iter().any(reserved) {
        return Err(ApiError::new(&code::INVALID_TAG));
    }
    validate(tags)
}

/// The tags of a request as its checks see them.
pub(crate) fn requested(tags: &[TagParameter]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_deref().unwrap_or_default()))
}

/// The tags to keep.
pub(crate) fn kept(tags: &[TagParameter]) -> Vec<Tag> {
    let keep = |tag: &TagParameter| Tag {
        key: tag.key.clone(),
        value: tag.value.clone().unwrap_or_default(),
    };
    tags.iter().map(keep).collect()
}

/// Gives these tags to an entity that has others; a key that it has gets the new value.
pub(crate) fn give(tags: &mut Vec<Tag>, given: &[TagParameter]) -> Result<(), ApiError> {
    for tag in kept(given) {
        match tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => known.value = tag.value,
            None => tags.push(tag),
        }
    }
    if tags.len() > MAX_TAGS { Err(ApiError::new(&code::LIMIT_EXCEEDED_TAG)) } else { Ok(()) }
}

/// Whether an entity has all the tags that are asked for.
pub(crate) fn has_all(tags: &[Tag], asked: &[TagParameter]) -> bool {
    asked.iter().all(|asked| {
        tags.iter().any(|tag| {
            tag.key == asked.key && asked.value.as_ref().is_none_or(|value| *value == tag.value)
        })
    })
}
