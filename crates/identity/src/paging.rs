//! Lists in pages: `MaxItems`, `Marker`, `IsTruncated`.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Record, Transaction};

use crate::ram::code;

/// The length of a page where none is asked for. Source: RAM `ListRoles` and its siblings.
const DEFAULT_ITEMS: usize = 100;

/// One page of a list.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// Whether there are more.
    pub more: bool,
    /// The name of the last record that was passed; `None` where none was.
    pub last: Option<String>,
}

impl<T> Page<T> {
    /// Where the next page goes on, as clients carry it; `None` after the last one.
    pub(crate) fn marker(&self) -> Option<String> {
        self.last.as_deref().filter(|_| self.more).map(write_marker)
    }
}

/// The number of items that a page may have.
pub(crate) fn page_length(max_items: Option<i64>) -> usize {
    max_items.and_then(|most| usize::try_from(most).ok()).unwrap_or(DEFAULT_ITEMS)
}

/// The page that a call asks for, of the records with these leading parts that `keep` lets through.
pub(crate) async fn asked<T: Record>(
    transaction: &mut Transaction,
    leading: &[&str],
    (marker, max_items): (Option<&str>, Option<i64>),
    keep: impl Fn(&T) -> bool + Send,
) -> Result<Page<T>, ApiError> {
    let marker = marker.map(read_marker).transpose()?;
    read(transaction, leading, marker.as_deref(), page_length(max_items), keep).await
}

/// Reads the page behind `marker` of the records with these leading parts, of those that `keep`
/// lets through. Records are told apart by the last part of their key.
pub(crate) async fn read<T: Record>(
    transaction: &mut Transaction,
    leading: &[&str],
    marker: Option<&str>,
    most: usize,
    keep: impl Fn(&T) -> bool + Send,
) -> Result<Page<T>, ApiError> {
    let mut after = marker.map(|name| Key::of::<T>(&[leading, &[name]].concat()));
    let mut items = Vec::new();
    let chunk = most.saturating_add(1);
    loop {
        let records =
            transaction.scan::<T>(leading, after.as_ref(), chunk).await.map_err(store_error)?;
        let exhausted = records.len() < chunk;
        for (key, record) in records {
            if keep(&record) {
                if items.len() == most {
                    let last = after.as_ref().and_then(|last| last.texts().pop());
                    return Ok(Page { items, more: true, last });
                }
                items.push(record);
            }
            after = Some(key);
        }
        if exhausted {
            return Ok(Page { items, more: false, last: None });
        }
    }
}

/// A place in a list as clients carry it: opaque, in letters and digits.
pub(crate) fn write_marker(place: &str) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    place.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

/// The place that a marker stands for; refused where no list of ours wrote it.
pub(crate) fn read_marker(marker: &str) -> Result<String, ApiError> {
    read_place(marker).ok_or_else(|| ApiError::new(&code::INVALID_MARKER))
}

/// The place in a list that a text of ours stands for; `None` where it is none.
pub(crate) fn read_place(marker: &str) -> Option<String> {
    let (pairs, rest) = marker.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| {
        u8::try_from(digit(*high)?.saturating_mul(16).saturating_add(digit(*low)?)).ok()
    };
    let bytes = pairs.iter().map(byte).collect::<Option<Vec<_>>>()?;
    let place = String::from_utf8(bytes).ok()?;
    (rest.is_empty() && write_marker(&place) == marker).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_come_back() {
        for place in ["", "web", "Custom/a.b-c"] {
            assert_eq!(read_place(&write_marker(place)).as_deref(), Some(place));
        }
        for wrong in ["7", "zz", "7A", "ff", "not a marker", "é0"] {
            assert_eq!(read_place(wrong), None, "{wrong}");
        }
    }
}
