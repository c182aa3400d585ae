//! The tags of objects: their rules, and how a header writes them.

use rolecall_api::ApiError;
use rolecall_crypto::decode_form;

use crate::code;

/// The most tags of an object. Source: OSS `PutObjectTagging`, as the limits below.
pub(crate) const TAGS_MAX: usize = 10;

/// The longest key of a tag, in characters.
pub(crate) const TAG_KEY_CHARS_MAX: usize = 128;

/// The longest value of a tag, in characters.
pub(crate) const TAG_VALUE_CHARS_MAX: usize = 256;

/// A key and its value.
pub(crate) type Tag = (String, String);

/// The tags that a header `x-oss-tagging` writes as a query: `key=value&…`, percent-encoded.
pub(crate) fn parse(header: &str) -> Result<Vec<Tag>, ApiError> {
    let tags = decode_form(header.as_bytes())
        .map_err(|error| refused("the tags cannot be decoded").because(error))?;
    let tags: Vec<Tag> = tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    check(&tags)?;
    Ok(tags)
}

/// Checks the tags of one object.
pub(crate) fn check(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(refused("an object has at most 10 tags"));
    }
    for (number, (key, value)) in tags.iter().enumerate() {
        let allowed = |text: &str| text.chars().all(is_allowed);
        if key.is_empty() || key.chars().count() > TAG_KEY_CHARS_MAX || !allowed(key) {
            return Err(refused("the key of a tag is not valid").element("TagKey", key));
        }
        if value.chars().count() > TAG_VALUE_CHARS_MAX || !allowed(value) {
            return Err(refused("the value of a tag is not valid").element("TagValue", value));
        }
        if tags.iter().take(number).any(|(known, _)| known == key) {
            return Err(refused("a key stands twice").element("TagKey", key));
        }
    }
    Ok(())
}

fn refused(why: &str) -> ApiError {
    ApiError::of(&code::INVALID_TAG, why)
}

/// Letters and digits of every script, spaces and some signs.
pub(crate) fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || " +-=._:/".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Vec<Tag>, String> {
        parse(header).map_err(|error| error.message())
    }

    fn tag(key: &str, value: &str) -> Tag {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn a_header_is_a_query() {
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("a=1&b=2"), Ok(vec![tag("a", "1"), tag("b", "2")]));
        assert_eq!(read("a&b="), Ok(vec![tag("a", ""), tag("b", "")]));
        assert_eq!(
            read("a+b%20c=%2B-%3D._%3A%2F&%E4%B8%AD=%E5%8D%8E"),
            Ok(vec![tag("a b c", "+-=._:/"), tag("中", "华")])
        );
        assert_eq!(read("a=b=c"), Ok(vec![tag("a", "b=c")]));
    }

    #[test]
    fn what_is_beyond_the_limits_is_refused() {
        let many = |count: usize| {
            (0..count).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join("&")
        };
        assert!(read(&many(TAGS_MAX)).is_ok());
        assert!(read(&many(TAGS_MAX + 1)).is_err());
        let (key, value) = ("k".repeat(TAG_KEY_CHARS_MAX), "v".repeat(TAG_VALUE_CHARS_MAX));
        assert!(read(&format!("{key}={value}")).is_ok());
        assert!(read(&format!("{key}k={value}")).is_err());
        assert!(read(&format!("{key}={value}v")).is_err());
        assert!(read(&format!("{}=v", "%E4%B8%AD".repeat(TAG_KEY_CHARS_MAX))).is_ok());
        for wrong in ["=v", "a=1&a=2", "a=%00", "a=%0A", "a%3Cb=1", "a=\"", "a=%ff", "a=%2", "a=*"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
