//! Listing: keys in order, those behind a delimiter folded into common prefixes.

pub(crate) mod uploads;

use crate::error::ObjectError;
use crate::index::{Position, Scan};

/// What is asked of a listing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing<'a> {
    /// Only keys that begin with this.
    pub(crate) prefix: &'a str,
    /// Keys that go on behind it, after the prefix, are folded; empty: none are.
    pub(crate) delimiter: &'a str,
    /// The most keys and common prefixes together.
    pub(crate) limit: usize,
}

/// A page of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// What is listed, in the order of its keys.
    pub(crate) entries: Vec<T>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<String>,
    /// The place behind the page, where more follow.
    pub(crate) next: Option<Position>,
}

/// The fewest records of one read where keys may be folded: what lies ahead may all be skipped.
const BATCH_MIN: usize = 8;

/// Reads a page from a place on. Keys below a common prefix are jumped over, however many they are.
pub(crate) async fn list<S: Scan>(
    scan: &mut S,
    asked: &Listing<'_>,
    mut from: Position,
) -> Result<Page<S::Entry>, ObjectError> {
    let (mut entries, mut common_prefixes) = (Vec::new(), Vec::new());
    let whole = asked.limit.saturating_add(1);
    let mut batch = if asked.delimiter.is_empty() { whole } else { BATCH_MIN };
    loop {
        let found = scan.next(asked.prefix, &from, batch).await?;
        let complete = found.len() < batch;
        // The longer the run of keys that are not folded, the larger the next read.
        batch = batch.saturating_mul(2).min(whole);
        for entry in found {
            let key = S::key(&entry);
            if let Position::Beyond(beginning) = &from
                && key.starts_with(beginning.as_str())
            {
                continue;
            }
            if entries.len().saturating_add(common_prefixes.len()) == asked.limit {
                return Ok(Page { entries, common_prefixes, next: Some(from) });
            }
            if let Some(common) = folded(key, asked.prefix, asked.delimiter) {
                common_prefixes.push(common.to_owned());
                from = Position::Beyond(common.to_owned());
                batch = BATCH_MIN;
            } else {
                from = S::behind(&entry);
                entries.push(entry);
            }
        }
        if complete {
            return Ok(Page { entries, common_prefixes, next: None });
        }
    }
}

impl Listing<'_> {
    /// Where the first key behind a marker may be. A marker within a common prefix sorts behind
    /// that prefix, which is therefore over.
    pub(crate) fn start(&self, marker: &str) -> Position {
        match folded(marker, self.prefix, self.delimiter) {
            Some(common) => Position::Beyond(common.to_owned()),
            None if marker.is_empty() => Position::Start,
            None => Position::After(marker.to_owned()),
        }
    }
}

/// The common prefix that a key is folded into.
pub(crate) fn folded<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(prefix)?;
    let at = rest.find(delimiter)?;
    key.get(..prefix.len().checked_add(at)?.checked_add(delimiter.len())?)
}
