//! Tags of resources.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use super::code;

/// The most tags of a resource. Source: ECS `RunInstances`.
pub const TAGS_MAX: usize = 20;
/// The most characters of a tag's key, and of its value. Source: ECS `RunInstances`.
const TAG_CHARACTERS_MAX: usize = 128;

/// A tag of a resource, as VPC answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value; it may be empty.
    pub value: String,
}

/// A tag of a resource, as ECS and SLB answer it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct EcsTag {
    /// Its key.
    pub tag_key: String,
    /// Its value; it may be empty.
    pub tag_value: String,
}

impl EcsTag {
    /// Tags as they are answered.
    pub fn all(tags: &[Tag]) -> Vec<Self> {
        let answer = |tag: &Tag| Self { tag_key: tag.key.clone(), tag_value: tag.value.clone() };
        tags.iter().map(answer).collect()
    }
}

/// A tag as requests carry it, to be given or to be looked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagParameter {
    /// Its key, 1 to 128 characters. It begins neither with `aliyun` or `acs:` nor like an address.
    pub key: Option<String>,
    /// Its value, up to 128 characters, which do not begin like an address.
    pub value: Option<String>,
    /// Its key, in the spelling of old clients.
    #[serde(rename = "key")]
    pub old_key: Option<String>,
    /// Its value, in the spelling of old clients.
    #[serde(rename = "value")]
    pub old_value: Option<String>,
}

impl TagParameter {
    fn key(&self) -> &str {
        self.key.as_deref().or(self.old_key.as_deref()).unwrap_or_default()
    }

    fn value(&self) -> Option<&str> {
        self.value.as_deref().or(self.old_value.as_deref())
    }
}

/// The tags that a request gives to a resource.
pub fn given(parameters: &[TagParameter]) -> Result<Vec<Tag>, ApiError> {
    let mut tags: Vec<Tag> = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let (key, value) = (parameter.key(), parameter.value().unwrap_or_default());
        if !is_key(key) {
            return Err(ApiError::new(&code::INVALID_TAG_KEY_MALFORMED));
        }
        if value.chars().count() > TAG_CHARACTERS_MAX || looks_like_address(value) {
            return Err(ApiError::new(&code::INVALID_TAG_VALUE_MALFORMED));
        }
        if tags.iter().any(|tag| tag.key == key) {
            return Err(ApiError::new(&code::DUPLICATE_TAG_KEY));
        }
        tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    Ok(tags)
}

/// The tags of a request as its checks see them, well-formed or not.
pub fn requested(parameters: &[TagParameter]) -> impl Iterator<Item = (&str, &str)> {
    parameters.iter().map(|tag| (tag.key(), tag.value().unwrap_or_default()))
}

/// Whether a resource carries all the tags that a request looks for. One without a value asks for
/// the key alone.
pub fn carries(tags: &[Tag], wanted: &[TagParameter]) -> bool {
    let is_carried = |wanted: &TagParameter| {
        tags.iter().any(|tag| {
            tag.key == wanted.key() && wanted.value().is_none_or(|value| value == tag.value)
        })
    };
    wanted.iter().all(is_carried)
}

/// Whether a tag is one of those that a request looks for.
pub fn is_wanted(tag: &Tag, wanted: &[TagParameter]) -> bool {
    wanted.iter().any(|wanted| carries(std::slice::from_ref(tag), std::slice::from_ref(wanted)))
}

/// Whether a text begins as an address does. No name, description or tag may.
pub fn looks_like_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn is_key(key: &str) -> bool {
    let folded = key.to_lowercase();
    (1..=TAG_CHARACTERS_MAX).contains(&key.chars().count())
        && !folded.starts_with("aliyun")
        && !folded.starts_with("acs:")
        && !looks_like_address(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(key: &str, value: Option<&str>) -> TagParameter {
        let (key, value) = (Some(key.to_owned()), value.map(str::to_owned));
        TagParameter { key, value, ..TagParameter::default() }
    }

    fn check(pairs: &[(&str, Option<&str>)]) -> Result<usize, String> {
        let parameters: Vec<_> = pairs.iter().map(|(key, value)| parameter(key, *value)).collect();
        given(&parameters).map(|tags| tags.len()).map_err(|error| error.name())
    }

    #[test]
    fn the_forms_of_tags() {
        let (longest, too_long) = ("k".repeat(128), "k".repeat(129));
        assert_eq!(check(&[("k", None), (&longest, Some(&longest)), ("K", Some(""))]), Ok(3));
        for key in ["", &too_long, "aliyunx", "ACS:x", "http://k", "https://k"] {
            assert_eq!(check(&[(key, None)]), Err("InvalidTagKey.Malformed".to_owned()), "{key}");
        }
        for value in [too_long.as_str(), "http://v", "https://v"] {
            let malformed = Err("InvalidTagValue.Malformed".to_owned());
            assert_eq!(check(&[("k", Some(value))]), malformed, "{value}");
        }
        let twice = [("k", Some("a")), ("k", Some("b"))];
        assert_eq!(check(&twice), Err("Duplicate.TagKey".to_owned()));
    }

    #[test]
    fn all_wanted_tags_are_carried() {
        let tags = [Tag { key: "a".to_owned(), value: "1".to_owned() }];
        for (wanted, expected) in [
            (vec![], true),
            (vec![parameter("a", None)], true),
            (vec![parameter("a", Some("1"))], true),
            (vec![parameter("a", Some("2"))], false),
            (vec![parameter("b", None)], false),
            (vec![parameter("a", None), parameter("b", None)], false),
        ] {
            assert_eq!(carries(&tags, &wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn the_spelling_of_old_clients() {
        let (old_key, old_value) = (Some("k".to_owned()), Some("v".to_owned()));
        let old = TagParameter { old_key, old_value, ..TagParameter::default() };
        let tag = Tag { key: "k".to_owned(), value: "v".to_owned() };
        assert_eq!(given(&[old]).unwrap(), [tag]);
    }
}
