//! Policies: the engine against the oracle, on texts that nobody's generator would write.

use std::collections::BTreeSet;

use rolecall_policy::{Document, DocumentKind};
use rolecall_types::Arn;
use serde_json::{Value, json};

use crate::oracle::{
    Case, Combine, Kind, Layers, Principal, Request, evaluate, evaluate_request, well_formed,
};
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
/// what the oracle takes for well formed, and says of anything else where its fault is. The first
/// byte, from `0` to `4`, says which kind it is.
pub fn policy_document(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Some((kind, document_kind)) = KINDS.get(usize::from(first.wrapping_sub(b'0'))) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let read = Document::parse(*document_kind, text);
    if let Err(error) = &read {
        let place = error.position().and_then(|at| {
            let line = text.split('\n').nth(at.line.checked_sub(1)?)?;
            // A text may end too early, behind its last character.
            (1..=line.chars().count().saturating_add(1)).contains(&at.column).then_some(at)
        });
        assert_eq!(place.is_none(), error.is_length(), "{text} has no place for {error}");
    }
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

/// The engine decides as the oracle does whatever choices the generator of cases makes: the input
/// makes them in place of chance. Every one of the case's requests counts.
pub fn policy_choices(data: &[u8]) {
    let case = generate::chosen(data);
    for (request, answer) in case.requests.iter().zip(engine::answers(&case)) {
        let oracle = Ok(evaluate_request(&case, request));
        assert_eq!(answer, oracle, "{}", serde_json::to_string(&case).unwrap_or_default());
    }
}

/// The engine matches wildcards as the oracle does, in each place that has them. The first line of
/// the input is a pattern; what follows is compared with it.
pub fn policy_glob(data: &[u8]) {
    let Some((pattern, text)) = lines(data) else { return };
    let statement = |action: &str, id: &str, condition: Value| {
        json!({"Version": "1", "Statement": [{
            "Effect": "Allow",
            "Action": action,
            "Resource": format!("acs:s:*:*:{id}"),
            "Condition": condition,
        }]})
    };
    let like = statement("*", "*", json!({"StringLike": {"k": pattern}}));
    let resource = statement("*", pattern, json!({}));
    let action = statement(&format!("s:{pattern}"), "*", json!({}));
    agree(like, "s:A", "acs:s:r:1:b", json!({"k": text}));
    agree(resource, "s:A", &format!("acs:s:r:1:{text}"), json!({}));
    agree(action, &format!("s:{text}"), "acs:s:r:1:b", json!({}));
}

/// The engine reads and compares the values of conditions as the oracle does. The lines of the
/// input are an operator, a value of a policy, and a value of a request.
pub fn policy_condition(data: &[u8]) {
    let Some((operator, values)) = lines(data) else { return };
    let Some((listed, found)) = values.split_once('\n') else { return };
    let condition = json!({operator: {"k": listed}});
    let document = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition},
    ]});
    let read = engine::accepts(Kind::Identity, &document.to_string());
    let judged = well_formed(Kind::Identity, &document);
    if document.to_string().chars().count() <= DocumentKind::Identity.characters_max() {
        assert_eq!(read.is_ok(), judged.is_ok(), "{document}: engine {read:?}, oracle {judged:?}");
    }
    for context in [json!({"k": found}), json!({"k": [found, listed]}), json!({})] {
        agree(document.clone(), "a:B", "*", context);
    }
}

/// Asserts that both decide a request at one policy alike, if both take it.
fn agree(document: Value, action: &str, resource: &str, context: Value) {
    let Value::Object(context) = context else { return };
    let (action, resource) = (action.to_owned(), resource.to_owned());
    let case = Case {
        combine: Combine::IdentityOnly,
        principal: Principal::default(),
        policies: Layers { identity_account: vec![document], ..Layers::default() },
        requests: vec![Request { action, resource, context }],
    };
    if presumed(&case)
        && let Ok(answer) = engine::answer(&case)
    {
        assert_eq!(answer, evaluate(&case), "{}", serde_json::to_string(&case).unwrap_or_default());
    }
}

/// The first line, and what follows.
fn lines(data: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(data).ok()?.split_once('\n')
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
    // To these nothing is attached; the account that the engine gives them is the resource's.
    let stranger = matches!(
        case.principal,
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous
    );
    let layers = &case.policies;
    let attached = layers.identity_account.len().max(layers.identity_resource_group.len()) > 0;
    let strange = stranger && attached && case.combine != Combine::ResourceOnly;
    !strange
        && case.documents().all(|(kind, document)| well_formed(kind, document).is_ok())
        && case.requests.iter().all(|request| {
            // Two spellings of one key are one key to the engine; requests never hold both.
            let keys: BTreeSet<_> =
                request.context.keys().map(|key| key.to_ascii_lowercase()).collect();
            keys.len() == request.context.len()
                && request.context.values().all(texts)
                && well_named(&request.resource)
        })
}
