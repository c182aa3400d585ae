//! The document of tags.

use rolecall_api::Shape;
use serde::{Deserialize, Serialize};

use crate::code;

/// The most tags that a document is read of; fewer may be had.
const TAGS_READ_MAX: usize = 100;

/// A document of tags.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tagging {
    /// What wraps them.
    pub(crate) tag_set: TagSet,
}

/// What wraps tags.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagSet {
    /// The tags.
    #[api(items(0, TAGS_READ_MAX), invalid = &code::TOO_MANY_TAGS)]
    pub(crate) tag: Vec<Tag>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    /// Its key.
    pub(crate) key: String,
    /// Its value, which may be empty.
    pub(crate) value: Option<String>,
}

impl Tag {
    /// Its key and its value.
    pub(crate) fn pair(&self) -> (String, String) {
        (self.key.clone(), self.value.clone().unwrap_or_default())
    }
}

impl Tagging {
    /// The tags of the document.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        self.tag_set.tag.iter().map(Tag::pair).collect()
    }

    /// The document of these tags.
    pub(crate) fn of(tags: &[(String, String)]) -> Self {
        let tag =
            |(key, value): &(String, String)| Tag { key: key.clone(), value: Some(value.clone()) };
        Self { tag_set: TagSet { tag: tags.iter().map(tag).collect() } }
    }
}
