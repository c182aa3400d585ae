//! Tags: what objects and buckets may have, and how a header writes them.

use rolecall_api::ApiError;
use rolecall_crypto::decode_form;

use crate::code;

/// A key and its value.
pub(crate) type Tag = (String, String);

/// What tags something may have, and what those that break a rule are answered.
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
    refuse: fn(TagFault<'_>) -> ApiError,
}

/// What is wrong with tags.
#[derive(Debug, Clone, Copy)]
enum TagFault<'a> {
    /// The header cannot be decoded.
    Unreadable,
    /// There are more than there may be.
    TooMany,
    /// This is no key.
    Key(&'a str),
    /// This is no value.
    Value(&'a str),
    /// This key stands twice.
    Repeated(&'a str),
}

/// What tags an object may have. Source: OSS `PutObjectTagging`.
pub(crate) const OBJECT_TAGS: TagRules = TagRules {
    most: 10,
    key_max: 128,
    value_max: 256,
    reserved: &[],
    refuse: |fault| {
        let refused = |why: &str| ApiError::of(&code::INVALID_TAG, why);
        match fault {
            TagFault::Unreadable => refused("the tags cannot be decoded"),
            TagFault::TooMany => refused("an object has at most 10 tags"),
            TagFault::Key(key) => refused("the key of a tag is not valid").element("TagKey", key),
            TagFault::Value(value) => {
                refused("the value of a tag is not valid").element("TagValue", value)
            }
            TagFault::Repeated(key) => refused("a key stands twice").element("TagKey", key),
        }
    },
};

/// What tags a bucket may have. Source: OSS `PutBucketTags`.
pub(crate) const BUCKET_TAGS: TagRules = TagRules {
    most: 20,
    key_max: 64,
    value_max: 128,
    reserved: &["http://", "https://", "aliyun"],
    refuse: |fault| match fault {
        TagFault::Unreadable => ApiError::new(&code::INVALID_BUCKET_TAG),
        TagFault::TooMany => ApiError::new(&code::TOO_MANY_TAGS),
        TagFault::Key(key) => ApiError::new(&code::INVALID_TAGGING_KEY).element("Key", key),
        TagFault::Value(value) => ApiError::new(&code::INVALID_BUCKET_TAG).element("Value", value),
        TagFault::Repeated(key) => ApiError::new(&code::REPEATED_TAGS).element("Key", key),
    },
};

impl TagRules {
    /// The tags that a header writes as a query, if they may be had: `key=value&…`,
    /// percent-encoded.
    pub(crate) fn parse(&self, header: &str) -> Result<Vec<Tag>, ApiError> {
        let tags = decode_form(header.as_bytes())
            .map_err(|error| (self.refuse)(TagFault::Unreadable).because(error))?;
        self.check(tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// The same tags, if they may be had.
    pub(crate) fn check(&self, tags: Vec<Tag>) -> Result<Vec<Tag>, ApiError> {
        match self.fault(&tags) {
            Some(fault) => Err((self.refuse)(fault)),
            None => Ok(tags),
        }
    }

    fn fault<'a>(&self, tags: &'a [Tag]) -> Option<TagFault<'a>> {
        if tags.len() > self.most {
            return Some(TagFault::TooMany);
        }
        tags.iter().enumerate().find_map(|(position, (key, value))| {
            let folded = key.to_ascii_lowercase();
            let is_reserved = self.reserved.iter().any(|it| folded.starts_with(it));
            let fits =
                |text: &str, most| text.chars().count() <= most && text.chars().all(is_allowed);
            if key.is_empty() || is_reserved || !fits(key, self.key_max) {
                return Some(TagFault::Key(key));
            }
            if !fits(value, self.value_max) {
                return Some(TagFault::Value(value));
            }
            let again = tags.iter().take(position).any(|(known, _)| known == key);
            again.then_some(TagFault::Repeated(key))
        })
    }
}

/// Letters and digits of every script, spaces and some signs.
fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || " +-=._:/".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Vec<Tag>, String> {
        OBJECT_TAGS.parse(header).map_err(|error| error.message())
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
        assert!(read(&many(OBJECT_TAGS.most)).is_ok());
        assert!(read(&many(OBJECT_TAGS.most + 1)).is_err());
        let (key, value) = ("k".repeat(OBJECT_TAGS.key_max), "v".repeat(OBJECT_TAGS.value_max));
        assert!(read(&format!("{key}={value}")).is_ok());
        assert!(read(&format!("{key}k={value}")).is_err());
        assert!(read(&format!("{key}={value}v")).is_err());
        assert!(read(&format!("{}=v", "%E4%B8%AD".repeat(OBJECT_TAGS.key_max))).is_ok());
        for wrong in ["=v", "a=1&a=2", "a=%00", "a=%0A", "a%3Cb=1", "a=\"", "a=%ff", "a=%2", "a=*"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
