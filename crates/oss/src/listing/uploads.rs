//! Listing uploads: as objects are listed, but a key may have several.

use super::folded;
use crate::error::ObjectError;
use crate::index::{UploadPosition, UploadScan};
use crate::record::Upload;

/// What is asked of a listing of uploads.
#[derive(Debug, Clone, Default)]
pub(crate) struct UploadListing {
    /// Only keys that begin with this.
    pub(crate) prefix: String,
    /// Keys that go on behind it, after the prefix, are folded; empty: none are.
    pub(crate) delimiter: String,
    /// Only keys and common prefixes that sort behind this.
    pub(crate) key_marker: String,
    /// Of the key of the marker, uploads with greater ids as well; empty: none of them.
    pub(crate) upload_id_marker: String,
    /// The most uploads and common prefixes together.
    pub(crate) limit: usize,
}

/// A page of a listing of uploads.
#[derive(Debug, Default)]
pub(crate) struct UploadPage {
    /// Uploads in the order of their keys, then of their ids.
    pub(crate) uploads: Vec<Upload>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<String>,
    /// The key and the id, or the common prefix, at the end of the page, where more follow.
    pub(crate) next: Option<(String, String)>,
}

/// Reads a page. Uploads below a common prefix are jumped over, however many they are.
pub(crate) async fn list_uploads(
    scan: &mut UploadScan,
    asked: &UploadListing,
) -> Result<UploadPage, ObjectError> {
    let mut page = UploadPage::default();
    let mut last = (String::new(), String::new());
    let mut from = start(asked);
    let batch = asked.limit.saturating_add(1);
    loop {
        let found = scan.next(&asked.prefix, &from, batch).await?;
        let complete = found.len() < batch;
        for upload in found {
            if let UploadPosition::Beyond(beginning) = &from
                && upload.key.as_str().starts_with(beginning.as_str())
            {
                continue;
            }
            if page.uploads.len().saturating_add(page.common_prefixes.len()) == asked.limit {
                page.next = Some(last);
                return Ok(page);
            }
            if let Some(common) = folded(upload.key.as_str(), &asked.prefix, &asked.delimiter) {
                last = (common.to_owned(), String::new());
                page.common_prefixes.push(common.to_owned());
                from = UploadPosition::Beyond(common.to_owned());
            } else {
                last = (upload.key.as_str().to_owned(), upload.id.as_str().to_owned());
                from = UploadPosition::After(last.0.clone(), last.1.clone());
                page.uploads.push(upload);
            }
        }
        if complete {
            return Ok(page);
        }
    }
}

/// Where the first upload of a page may be. The marker of an id counts only with one of a key; a
/// marker within a common prefix sorts behind that prefix, which is therefore over.
fn start(asked: &UploadListing) -> UploadPosition {
    if asked.key_marker.is_empty() {
        return UploadPosition::Start;
    }
    match folded(&asked.key_marker, &asked.prefix, &asked.delimiter) {
        Some(common) => UploadPosition::Beyond(common.to_owned()),
        None if asked.upload_id_marker.is_empty() => {
            UploadPosition::AfterKey(asked.key_marker.clone())
        }
        None => UploadPosition::After(asked.key_marker.clone(), asked.upload_id_marker.clone()),
    }
}
