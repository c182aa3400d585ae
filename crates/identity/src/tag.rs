//! Tags of roles and policies.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::ram::code;

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

/// Whether an entity has all the tags that are asked for.
pub(crate) fn has_all(tags: &[Tag], asked: &[TagParameter]) -> bool {
    asked.iter().all(|asked| {
        tags.iter().any(|tag| {
            tag.key == asked.key && asked.value.as_ref().is_none_or(|value| *value == tag.value)
        })
    })
}
