//! JSON without its ambiguities: a key given twice, deep nesting or a trailing text is an error.
//!
//! Readers of JSON differ in which of two equal keys they take; a policy must not mean one thing
//! to its author and another to the engine.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most lists and objects inside each other. A valid policy needs five.
const DEPTH_MAX: usize = 32;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// Anything that no policy may hold, by what it is.
    Other(&'static str),
}

impl Node {
    /// What the value is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Other(what) => what,
        }
    }
}

/// Reads one value and nothing behind it.
pub(crate) fn read(text: &str) -> Result<Node, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Reader { depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(node)
}

#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
}

impl Reader {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.saturating_add(1);
        if depth > DEPTH_MAX {
            return Err(E::custom(format_args!("more than {DEPTH_MAX} levels of nesting")));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other("null"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let reader = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(reader)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let reader = self.deeper()?;
        let mut entries = Vec::new();
        let mut known = HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            if !known.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            entries.push((key, access.next_value_seed(reader)?));
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_refused_at_each_depth() {
        for depth in 0..=15 {
            let text = format!(
                "{}{}{}",
                "{\"a\":[".repeat(depth),
                "{\"k\":1,\n\"b\":2, \"k\":3}",
                "]}".repeat(depth)
            );
            let error = read(&text).unwrap_err();
            assert!(error.to_string().starts_with("duplicate key `k`"), "{error}");
            assert_eq!(error.line(), 2, "{error}");
        }
        assert!(read(r#"{"k":1,"\u006b":2}"#).is_err(), "an escaped key is the same key");
        assert!(read(r#"{"k":1,"K":2}"#).is_ok());
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(DEPTH_MAX)).is_ok());
        assert!(read(&nested(DEPTH_MAX + 1)).is_err());
        assert!(read(&nested(100_000)).is_err());
    }

    #[test]
    fn other_faults_are_refused() {
        for text in [
            "",
            "{}{}",
            "{} x",
            "[1,]",
            "{'a':1}",
            "{\"a\":1,}",
            "\u{feff}{}",
            "\"\\ud800\"",
            "\"a\nb\"",
            "// c\n{}",
            "NaN",
            "01",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
