//! JSON from strangers without its ambiguities: a key given twice, deep nesting or a trailing text
//! is an error, and each value knows where it begins.
//!
//! Readers of JSON differ in which of two equal keys they take; a policy or a token must not mean
//! one thing to its author and another to us.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A value, and where it begins: an offset in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins; [`Position::of`] says which line that is.
    pub at: usize,
    /// The value.
    pub content: Content,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in its own order; no key is there twice.
    Map(Vec<Entry>),
}

/// A key of an object, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where the key begins: an offset in bytes.
    pub at: usize,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Node,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a text is not what is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {reason}")]
pub struct JsonError {
    /// Where the fault is.
    pub position: Position,
    /// What it is. It may quote a key.
    pub reason: String,
}

/// Reads one value and nothing behind it, with at most `depth_max` lists and objects inside each
/// other.
pub fn read(text: &[u8], depth_max: usize) -> Result<Node, JsonError> {
    let mut starts = Starts { text, latest: 0, behind: 0 };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let reader = Reader { starts: &mut starts, depth: 0, depth_max };
    let read = reader.deserialize(&mut deserializer);
    read.and_then(|node| deserializer.end().map(|()| node)).map_err(|error| {
        // The faults of data are ours, and are noticed behind what is wrong.
        let position = if error.is_data() {
            Position::of(text, starts.latest)
        } else {
            Position::of_error(text, &error)
        };
        // serde_json names the place at the end; this type names places in front.
        let message = error.to_string();
        let suffix = format!(" at line {} column {}", error.line(), error.column());
        let reason = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
        JsonError { position, reason }
    })
}

/// Reads one object and nothing behind it, as [`read`] does, and forgets its places.
pub fn read_object(text: &[u8], depth_max: usize) -> Result<Map<String, Value>, JsonError> {
    let node = read(text, depth_max)?;
    match node.content {
        Content::Map(entries) => Ok(object(entries)),
        _ => Err(JsonError {
            position: Position::of(text, node.at),
            reason: format!("an object is expected, not {}", node.describe()),
        }),
    }
}

impl Node {
    /// What the value is, for messages.
    pub fn describe(&self) -> &'static str {
        match self.content {
            Content::Null => "null",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a string",
            Content::List(_) => "a list",
            Content::Map(_) => "an object",
        }
    }
}

impl From<Node> for Value {
    fn from(node: Node) -> Self {
        match node.content {
            Content::Null => Self::Null,
            Content::Bool(value) => Self::Bool(value),
            Content::Number(number) => Self::Number(number),
            Content::Text(text) => Self::String(text),
            Content::List(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Content::Map(entries) => Self::Object(object(entries)),
        }
    }
}

fn object(entries: Vec<Entry>) -> Map<String, Value> {
    entries.into_iter().map(|entry| (entry.key, entry.value.into())).collect()
}

impl Position {
    /// The line and the column of an offset in bytes.
    pub fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let lines = before.split(|byte| *byte == b'\n');
        let in_line = lines.clone().next_back().unwrap_or_default();
        Self { line: lines.count(), column: characters(in_line).saturating_add(1) }
    }

    /// Where `serde_json` found a fault: it counts columns in bytes, from 0 behind a line's end.
    fn of_error(text: &[u8], error: &serde_json::Error) -> Self {
        let line = text.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
        let line = line.unwrap_or_default();
        let column = characters(line.get(..error.column()).unwrap_or(line));
        Self { line: error.line(), column: column.max(1) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// How many characters begin in these bytes.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// Finds where keys and values begin, which `serde_json` does not tell: it goes along with it, one
/// step for each of them, and relies on it for everything else.
struct Starts<'t> {
    text: &'t [u8],
    /// Where the latest one begins.
    latest: usize,
    /// An offset behind its beginning and before the next one's.
    behind: usize,
}

impl Starts<'_> {
    fn next(&mut self) -> usize {
        let rest = self.text.get(self.behind..).unwrap_or_default();
        let between = rest.iter().take_while(|byte| is_between(**byte)).count();
        self.latest = self.behind.saturating_add(between);
        let token = rest.get(between..).unwrap_or_default();
        let length = match token {
            [b'"', string @ ..] => string_length(string).saturating_add(1),
            [b'[' | b'{', ..] => 1,
            other => other.iter().take_while(|byte| !is_between(**byte)).count(),
        };
        self.behind = self.latest.saturating_add(length);
        self.latest
    }
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b']' | b'}')
}

/// How long a string is up to its closing quote and with it.
fn string_length(string: &[u8]) -> usize {
    let mut escaped = false;
    let quote = string.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    quote.map_or(string.len(), |place| place.saturating_add(1))
}

struct Reader<'r, 't> {
    starts: &'r mut Starts<'t>,
    depth: usize,
    depth_max: usize,
}

impl<'t> Reader<'_, 't> {
    /// A reader of what is inside.
    fn deeper<E: Error>(&mut self) -> Result<Reader<'_, 't>, E> {
        let Self { depth_max, .. } = *self;
        let depth = self.depth.saturating_add(1);
        if depth > depth_max {
            return Err(E::custom(format_args!("more than {depth_max} levels of nesting")));
        }
        Ok(Reader { starts: self.starts, depth, depth_max })
    }

    fn again(&mut self) -> Reader<'_, 't> {
        Reader { starts: self.starts, depth: self.depth, depth_max: self.depth_max }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, '_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let at = self.starts.next();
        Ok(Node { at, content: deserializer.deserialize_any(self)? })
    }
}

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        // Whatever is not finite was refused when its digits were read.
        Ok(Number::from_f64(value).map_or(Content::Null, Content::Number))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Content, A::Error> {
        let mut inside = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inside.again())? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Content, A::Error> {
        let mut inside = self.deeper()?;
        let mut entries = Vec::new();
        let mut known = HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            let at = inside.starts.next();
            if !known.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            entries.push(Entry { at, key, value: access.next_value_seed(inside.again())? });
        }
        Ok(Content::Map(entries))
    }
}

#[cfg(test)]
mod tests;
