//! The S3-compatible surface: what Amazon's clients say and want to hear, in the vendor's words.
//!
//! ```text
//! head ─ words of ours ─▶ the one road of all requests ─▶ answer ─ words of theirs
//! body ─ out of chunks ─▶
//! ```
//!
//! There is no second set of operations: a request is believed as it was signed, its headers are
//! then renamed, and the answer's renamed back. A header of theirs that has no counterpart and is
//! more than advice is refused. Source: the page "Compatibility with Amazon S3" of OSS.

mod body;
mod checksum;
mod request;
mod response;

use rolecall_crypto::{RequestHead, Scheme};

pub(crate) use request::{Translated, translate};
pub(crate) use response::{answer, refusal};

/// Whether a request is in Amazon's words: by how it is signed, not by which host it calls.
pub(crate) fn speaks(scheme: Option<Scheme>) -> bool {
    matches!(scheme, Some(Scheme::AmazonHeader | Scheme::AmazonQuery))
}

/// The same of a request that may not be believed, so that its refusal is in its words.
pub(crate) fn seems_to_speak(head: &RequestHead) -> bool {
    let in_header = |text: &[u8]| text.starts_with(b"AWS4-");
    head.header_bytes("authorization").is_some_and(in_header)
        || head.query("X-Amz-Algorithm").is_some()
}

/// The storage classes of both, theirs first.
const STORAGE_CLASSES: [(&str, &str); 5] = [
    ("STANDARD", "Standard"),
    ("STANDARD_IA", "IA"),
    ("GLACIER_IR", "Archive"),
    ("GLACIER", "ColdArchive"),
    ("DEEP_ARCHIVE", "DeepColdArchive"),
];
