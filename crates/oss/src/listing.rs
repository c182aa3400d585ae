//! Listing: keys in order, those behind a delimiter folded into common prefixes.

pub(crate) mod uploads;

use crate::error::ObjectError;
use crate::index::{ObjectScan, Position};
use crate::record::Object;

/// What is asked of a listing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing<'a> {
    /// Only keys that begin with this.
    pub(crate) prefix: &'a str,
    /// Keys that go on behind it, after the prefix, are folded; empty: none are.
    pub(crate) delimiter: &'a str,
    /// Only keys and common prefixes that sort behind this.
    pub(crate) after: &'a str,
    /// The most keys and common prefixes together.
    pub(crate) limit: usize,
}

/// A page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Objects in the order of their keys.
    pub(crate) objects: Vec<Object>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<String>,
    /// The last key or common prefix of the page, where more follow.
    pub(crate) next: Option<String>,
}

/// The fewest records of one read where keys may be folded: what lies ahead may all be skipped.
const BATCH_MIN: usize = 8;

/// Reads a page. Keys below a common prefix are jumped over, however many they are.
pub(crate) async fn list(scan: &mut ObjectScan, asked: &Listing<'_>) -> Result<Page, ObjectError> {
    let mut page = Page::default();
    let mut last = String::new();
    let mut from = start(asked);
    let whole = asked.limit.saturating_add(1);
    let mut batch = if asked.delimiter.is_empty() { whole } else { BATCH_MIN };
    loop {
        let found = scan.next(asked.prefix, &from, batch).await?;
        let complete = found.len() < batch;
        // The longer the run of keys that are not folded, the larger the next read.
        batch = batch.saturating_mul(2).min(whole);
        for object in found {
            if let Position::Beyond(beginning) = &from
                && object.key.as_str().starts_with(beginning.as_str())
            {
                continue;
            }
            if page.objects.len().saturating_add(page.common_prefixes.len()) == asked.limit {
                page.next = Some(last);
                return Ok(page);
            }
            if let Some(common) = folded(object.key.as_str(), asked.prefix, asked.delimiter) {
                common.clone_into(&mut last);
                page.common_prefixes.push(common.to_owned());
                from = Position::Beyond(common.to_owned());
                batch = BATCH_MIN;
            } else {
                object.key.as_str().clone_into(&mut last);
                from = Position::After(last.clone());
                page.objects.push(object);
            }
        }
        if complete {
            return Ok(page);
        }
    }
}

/// Where the first key of a page may be. A marker within a common prefix sorts behind that prefix,
/// which is therefore over.
fn start(asked: &Listing<'_>) -> Position {
    match folded(asked.after, asked.prefix, asked.delimiter) {
        Some(common) => Position::Beyond(common.to_owned()),
        None if asked.after.is_empty() => Position::Start,
        None => Position::After(asked.after.to_owned()),
    }
}

/// The common prefix that a key is folded into.
fn folded<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(prefix)?;
    let at = rest.find(delimiter)?;
    key.get(..prefix.len().checked_add(at)?.checked_add(delimiter.len())?)
}
