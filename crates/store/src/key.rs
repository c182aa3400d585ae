//! Keys: a table and parts, in an encoding that keeps their order.

use std::fmt;
use std::ops::Bound;

use bytes::Bytes;

use crate::Record;

/// Longest encoded key in bytes. An OSS object name has up to 1,023 bytes (vendor's limit), twice
/// that when every byte is escaped, and leaves room for account and bucket.
pub const KEY_LENGTH_MAX: usize = 4096;

/// Ends the table and each part; sorts before every byte of a part that goes on.
const END: [u8; 2] = [0x00, 0x01];
/// A zero byte within a part.
const ESCAPED_ZERO: [u8; 2] = [0x00, 0xff];

/// The place of a record: a table and parts of any bytes.
///
/// Keys sort by table, then part by part, a shorter part before its extensions; a key sorts before
/// the keys that have it as their leading parts. The encoding is injective: two keys are equal only
/// if their tables and parts are. Keys are kept and logged in the clear: no secret belongs in one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Bytes);

impl Key {
    /// The key with these parts in a table.
    pub fn new<P: AsRef<[u8]>>(table: &str, parts: &[P]) -> Self {
        let mut bytes = Vec::with_capacity(64);
        push_whole(&mut bytes, table.as_bytes());
        for part in parts {
            push_whole(&mut bytes, part.as_ref());
        }
        Self(bytes.into())
    }

    /// The key with these parts in the table of `T`.
    pub fn of<T: Record>(parts: &[&str]) -> Self {
        Self::new(T::TABLE, parts)
    }

    /// The key that encodes to `bytes`, or `None` if none does.
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        let well = {
            let mut parts = decoded(&bytes);
            let table = parts.next()?.ok()?;
            std::str::from_utf8(&table).is_ok() && parts.all(|part| part.is_ok())
        };
        well.then_some(Self(bytes))
    }

    /// The key that was found to encode to `bytes` before.
    pub(crate) fn of_encoded(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The encoded key.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The table.
    pub fn table(&self) -> String {
        let table = decoded(&self.0).next().and_then(Result::ok).unwrap_or_default();
        String::from_utf8_lossy(&table).into_owned()
    }

    /// The parts after the table.
    pub fn parts(&self) -> Vec<Vec<u8>> {
        decoded(&self.0).skip(1).filter_map(Result::ok).collect()
    }

    /// The parts after the table as text; a part that is no UTF-8 has replacement characters.
    pub fn texts(&self) -> Vec<String> {
        self.parts().iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    /// Whether the key is in the table of `T`.
    pub fn is_of<T: Record>(&self) -> bool {
        let mut table = Vec::with_capacity(32);
        push_whole(&mut table, T::TABLE.as_bytes());
        self.0.starts_with(&table)
    }
}

/// `table/part/part`, with what is not printable ASCII and the slash itself escaped.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in decoded(&self.0).enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            let part = part.unwrap_or_else(|Malformed| b"?".to_vec());
            write!(f, "{}", part.escape_ascii().to_string().replace('/', "\\x2f"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// A run of keys, from its start to just before its end.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRange {
    start: Bytes,
    /// Exclusive; `None` is the end of the space.
    end: Option<Bytes>,
}

/// The first encoded key of a range, and what bounds it above.
type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

impl KeyRange {
    /// Every key.
    pub fn all() -> Self {
        Self { start: Bytes::new(), end: None }
    }

    /// The keys of a table that have these leading parts, the key with no further part included.
    pub fn under<P: AsRef<[u8]>>(table: &str, parts: &[P]) -> Self {
        Self::of_bytes(Key::new(table, parts).0.into())
    }

    /// The keys with these leading parts whose next part begins with `beginning`; if that is
    /// empty, the same as [`KeyRange::under`].
    pub fn beginning<P: AsRef<[u8]>>(table: &str, parts: &[P], beginning: &[u8]) -> Self {
        let mut start: Vec<u8> = Key::new(table, parts).0.into();
        push_escaped(&mut start, beginning);
        Self::of_bytes(start)
    }

    /// The part of this range that lies behind `key`.
    #[must_use]
    pub fn after(&self, key: &Key) -> Self {
        let mut next = Vec::from(key.0.clone());
        next.push(0x00);
        Self { start: self.start.clone().max(next.into()), end: self.end.clone() }
    }

    /// The part of this range up to `key`, which it includes.
    #[must_use]
    pub fn through(&self, key: &Key) -> Self {
        let mut next = Vec::from(key.0.clone());
        next.push(0x00);
        let next = Bytes::from(next);
        let end = self.end.clone().map_or_else(|| next.clone(), |end| end.min(next.clone()));
        Self { start: self.start.clone(), end: Some(end) }
    }

    /// Whether `key` lies in the range.
    pub fn contains(&self, key: &Key) -> bool {
        self.start <= key.0 && self.end.as_ref().is_none_or(|end| key.0 < *end)
    }

    /// The first encoded key that may lie in the range.
    pub fn start(&self) -> &Bytes {
        &self.start
    }

    /// The encoded key that bounds the range above and is not in it; `None` is the space's end.
    pub fn end(&self) -> Option<&Bytes> {
        self.end.as_ref()
    }

    /// What the embedded backends hand to their sets; `None` if no key can lie in the range.
    pub(crate) fn bounds(&self) -> Option<Bounds<'_>> {
        use Bound::{Excluded, Included, Unbounded};
        if self.end.as_ref().is_some_and(|end| *end <= self.start) {
            return None;
        }
        let end = self.end.as_ref().map_or(Unbounded, |end| Excluded(&**end));
        Some((Included(&*self.start), end))
    }

    /// The keys whose encoding begins with `start`.
    fn of_bytes(start: Vec<u8>) -> Self {
        let mut end = start.clone();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return Self { start: start.into(), end: Some(end.into()) };
            }
        }
        Self { start: start.into(), end: None }
    }
}

impl fmt::Debug for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.end.as_ref().map(|end| end.escape_ascii().to_string());
        write!(f, "KeyRange({}..{})", self.start.escape_ascii(), end.unwrap_or_default())
    }
}

/// A byte sequence that no key encodes to.
struct Malformed;

/// The parts of an encoded key, the table first.
fn decoded(mut rest: &[u8]) -> impl Iterator<Item = Result<Vec<u8>, Malformed>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut part = Vec::new();
        loop {
            match rest {
                [0x00, 0x01, tail @ ..] => {
                    rest = tail;
                    return Some(Ok(part));
                }
                [0x00, 0xff, tail @ ..] => {
                    part.push(0x00);
                    rest = tail;
                }
                [0x00, ..] | [] => {
                    rest = &[];
                    return Some(Err(Malformed));
                }
                [byte, tail @ ..] => {
                    part.push(*byte);
                    rest = tail;
                }
            }
        }
    })
}

fn push_whole(bytes: &mut Vec<u8>, part: &[u8]) {
    push_escaped(bytes, part);
    bytes.extend_from_slice(&END);
}

fn push_escaped(bytes: &mut Vec<u8>, part: &[u8]) {
    for byte in part {
        match byte {
            0x00 => bytes.extend_from_slice(&ESCAPED_ZERO),
            byte => bytes.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests;
