//! Policies: the engine against the oracle, on texts that nobody's generator would write.

use std::collections::BTreeSet;

use rolecall_policy::{Document, DocumentKind};
use rolecall_types::Arn;
use serde_json::Value;

use crate::oracle::{Case, Kind, evaluate, well_formed};
use crate::{engine, generate};

/// What the first byte of an input says about the document behind it.
const KINDS: [(Kind, DocumentKind); 5] = [
    (Kind::Identity, DocumentKind::Identity),
    (Kind::Session, DocumentKind::Session),
    (Kind::Trust, DocumentKind::Trust),
    (Kind::Bucket, DocumentKind::Bucket),
    (Kind::Control, DocumentKind::Control),
];

/// A document that is read and printed is read as the same document; and the engine reads exactly
/// what the oracle takes for well formed. The first byte, from `0` to `4`, says which kind it is.
pub fn policy_document(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Some((kind, document_kind)) = KINDS.get(usize::from(first.wrapping_sub(b'0'))) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let read = Document::parse(*document_kind, text);
    if let Ok(document) = &read {
        let printed = document.print();
        // A bucket policy's principals are printed as a list, which is longer than a bare one.
        if printed.chars().count() <= document_kind.characters_max() {
            let again = Document::parse(*document_kind, &printed);
            assert_eq!(again.as_ref(), Ok(document), "{text} was printed as {printed}");
        }
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(read.is_err(), "no JSON was read: {text}");
        return;
    };
    let judged = well_formed(*kind, &value);
    if read.is_ok() {
        assert_eq!(judged, Ok(()), "the engine reads what the oracle refuses: {text}");
    }
    // Without its repeated keys, which the reader of values forgets, and whatever its length was.
    let plain = value.to_string();
    if plain.chars().count() <= document_kind.characters_max() {
        let read = Document::parse(*document_kind, &plain);
        assert_eq!(read.is_ok(), judged.is_ok(), "{plain}: engine {read:?}, oracle {judged:?}");
    }
}

/// The engine decides a case as the oracle does. The input is a case in the shape of the test
/// vectors, or else the seed and the index of one that is generated.
pub fn policy_decide(data: &[u8]) {
    let Some(case) = case(data) else { return };
    if let Ok(answer) = engine::answer(&case) {
        assert_eq!(answer, evaluate(&case), "{}", serde_json::to_string(&case).unwrap_or_default());
    }
}

fn case(data: &[u8]) -> Option<Case> {
    if let Some((seed, rest)) = data.split_first_chunk()
        && let Some((index, [])) = rest.split_first_chunk()
    {
        return Some(generate::case(u64::from_be_bytes(*seed), u64::from_be_bytes(*index)));
    }
    let case: Case = serde_json::from_slice(data).ok()?;
    presumed(&case).then_some(case)
}

/// What the oracle presumes of a case.
fn presumed(case: &Case) -> bool {
    let well_named = |resource: &str| resource == "*" || Arn::parse(resource).is_some();
    let texts = |value: &Value| match value {
        Value::Array(values) => values.iter().all(Value::is_string),
        one => one.is_string(),
    };
    case.documents().all(|(kind, document)| well_formed(kind, document).is_ok())
        && case.requests.iter().all(|request| {
            // Two spellings of one key are one key to the engine; requests never hold both.
            let keys: BTreeSet<_> =
                request.context.keys().map(|key| key.to_ascii_lowercase()).collect();
            keys.len() == request.context.len()
                && request.context.values().all(texts)
                && well_named(&request.resource)
        })
}
