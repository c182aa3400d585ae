//! What a request tells about itself: condition keys and their values.

use rolecall_types::SmolStr;

/// Condition keys and the values that a request gives them.
///
/// Keys are compared whatever their case, but for a tag's key behind the first `/`, which is
/// compared exactly. A key that was never inserted is absent; one with an empty text, or with no
/// value at all, is present.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(Vec<(SmolStr, Vec<String>)>);

impl Context {
    /// A context without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value to a key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.insert(key, value);
        self
    }

    /// Adds a value to a key; a key may have several.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        let key = canonical_key(key);
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value.into()),
            None => self.0.push((key, vec![value.into()])),
        }
    }

    /// Gives a key these values, and forgets those that it had. Without values the key is present
    /// and empty.
    pub fn replace(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let key = canonical_key(key);
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, values.into_iter().collect()));
    }

    /// The values of a key; `None` where the key is absent.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.find(&canonical_key(key))
    }

    /// Every key, canonically spelled, with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The values of a key that is spelled canonically.
    pub(crate) fn find(&self, canonical: &str) -> Option<&[String]> {
        self.0.iter().find(|(key, _)| key == canonical).map(|(_, values)| values.as_slice())
    }
}

/// A key's one spelling: lower case up to the first `/`, as it is behind it.
pub(crate) fn canonical_key(key: &str) -> SmolStr {
    let name = key.find('/').unwrap_or(key.len());
    let lower = |(place, c): (usize, char)| if place < name { c.to_ascii_lowercase() } else { c };
    key.char_indices().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_whatever_their_case_but_for_the_tag() {
        let context = Context::new().with("acs:PrincipalARN", "a").with("acs:ResourceTag/Env", "b");
        assert_eq!(context.get("ACS:principalarn"), Some(&["a".to_owned()][..]));
        assert_eq!(context.get("acs:resourcetag/Env"), Some(&["b".to_owned()][..]));
        assert_eq!(context.get("acs:ResourceTag/env"), None);
    }

    #[test]
    fn values_add_up_until_they_are_replaced() {
        let mut context = Context::new().with("k", "1").with("K", "2");
        assert_eq!(context.get("k").map(<[String]>::len), Some(2));
        context.replace("k", ["3".to_owned()]);
        assert_eq!(context.get("k"), Some(&["3".to_owned()][..]));
        context.replace("k", []);
        assert_eq!(context.get("k"), Some(&[][..]), "present and empty");
        assert_eq!(context.get("other"), None, "absent");
    }
}
