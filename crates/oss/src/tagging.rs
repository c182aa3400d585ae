//! The document of tags, and the tags that a bucket may have.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::code;
use crate::tags::is_allowed;

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
    /// The document of these tags.
    pub(crate) fn of(tags: &[(String, String)]) -> Self {
        let tag =
            |(key, value): &(String, String)| Tag { key: key.clone(), value: Some(value.clone()) };
        Self { tag_set: TagSet { tag: tags.iter().map(tag).collect() } }
    }
}

/// What tags something may have.
#[derive(Debug)]
pub(crate) struct TagRules {
    /// The most tags.
    most: usize,
    /// The longest key, in characters.
    key_max: usize,
    /// The longest value, in characters.
    value_max: usize,
    /// What keys may not begin with, whatever the case of letters.
    reserved: &'static [&'static str],
}

/// What tags a bucket may have. Source: OSS `PutBucketTags`.
pub(crate) const BUCKET_TAGS: TagRules = TagRules {
    most: 20,
    key_max: 64,
    value_max: 128,
    reserved: &["http://", "https://", "aliyun"],
};

impl TagRules {
    /// The tags of a document, if they may be had.
    pub(crate) fn check(&self, asked: &Tagging) -> Result<Vec<(String, String)>, ApiError> {
        self.check_pairs(asked.tag_set.tag.iter().map(Tag::pair).collect())
    }

    /// The same of pairs of another origin.
    pub(crate) fn check_pairs(
        &self,
        tags: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, ApiError> {
        if tags.len() > self.most {
            return Err(ApiError::new(&code::TOO_MANY_TAGS));
        }
        for (position, (key, value)) in tags.iter().enumerate() {
            let folded = key.to_ascii_lowercase();
            let length = key.chars().count();
            let is_reserved = self.reserved.iter().any(|it| folded.starts_with(it));
            if length == 0 || length > self.key_max || is_reserved || !key.chars().all(is_allowed) {
                return Err(ApiError::new(&code::INVALID_TAGGING_KEY).element("Key", key));
            }
            if value.chars().count() > self.value_max || !value.chars().all(is_allowed) {
                return Err(ApiError::new(&code::INVALID_BUCKET_TAG).element("Value", value));
            }
            if tags.iter().take(position).any(|(other, _)| other == key) {
                return Err(ApiError::new(&code::REPEATED_TAGS).element("Key", key));
            }
        }
        Ok(tags)
    }
}
