//! Answers: JSON or XML as it was asked for, well formed whatever was sent, with the request's id.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use proptest::prelude::*;
use rolecall_api::Product;

use crate::support::{Request, World, block_on, pairs, read};

const JSON: &str = "application/json;charset=utf-8";
const XML: &str = "text/xml;charset=utf-8";

#[test]
fn the_format_that_was_asked_for() {
    let world = World::new();
    for (format, accept, expected) in [
        (None, None, JSON),
        (Some("JSON"), None, JSON),
        (Some("json"), None, JSON),
        (Some("XML"), None, XML),
        (Some("xml"), None, XML),
        (Some("Xml"), Some("application/json"), XML),
        (Some("JSON"), Some("text/xml"), JSON),
        (Some(""), None, JSON),
        (None, Some("application/json"), JSON),
        (None, Some("application/xml"), XML),
        (None, Some("text/xml"), XML),
        (None, Some("*/*"), JSON),
        (None, Some("text/html,application/xml;q=0.9,*/*;q=0.8"), JSON),
        (None, Some("application/json, application/xml"), JSON),
    ] {
        let more: Vec<_> = format.map(|format| ("Format", format)).into_iter().collect();
        let good = world.echo(&more);
        let mut bad = world.echo(&more);
        bad.query.retain(|(name, _)| name != "Action");
        for (mut request, status) in [(good, 200), (bad, 400)] {
            if let Some(accept) = accept {
                request.headers = pairs(&[("accept", accept)]);
            }
            let answer = world.send(request);
            assert_eq!(answer.status, status, "{format:?} {accept:?}");
            assert_eq!(answer.content_type, expected, "{format:?} {accept:?} {status}");
            read(&answer);
        }
    }
}

#[test]
fn a_format_that_nobody_speaks_is_refused_in_json() {
    let world = World::new();
    for format in ["YAML", "jsonp", "json ", "JSON\n"] {
        let answer = world.send(world.echo(&[("Format", format)]));
        assert_eq!((answer.status, answer.content_type), (400, JSON), "{format:?}");
        assert_eq!(read(&answer)["Code"], "InvalidParameter.Format");
    }
}

#[test]
fn the_same_reply_in_both_formats() {
    let world = World::new();
    for format in ["JSON", "XML"] {
        let text = "a<b>&\"'\u{20ac}]]>";
        let answer = world.send(world.echo(&[("Text", text), ("Format", format)]));
        let texts = read(&answer);
        assert_eq!(texts["Text"], text, "{format}");
        assert_eq!(texts["Region"], "cn-hangzhou", "{format}");
        assert_eq!(texts["Caller"], "acs:ram::1234567890123456:root", "{format}");
    }
}

/// The string to sign goes back to whom it came from, where clients look for it.
#[test]
fn a_wrong_signature_is_answered_with_the_string_to_sign() {
    let world = World::new();
    for format in ["JSON", "XML"] {
        let mut request = world.echo(&[("Text", "a b"), ("Format", format)]);
        request.query.last_mut().unwrap().1.replace_range(0..1, "?");
        let message = read(&world.send(request))["Message"].clone();
        let (_, text) = message.split_once("server string to sign is:").unwrap();
        assert!(text.starts_with("GET&%2F&AccessKeyId%3DLTAIroot"), "{text}");
        assert!(text.contains("Text%3Da%2520b"), "{text}");
    }
}

/// No record stays open: what was begun is told even of a call without an answer.
#[test]
fn a_record_is_closed_whatever_becomes_of_the_call() {
    let world = World::new();
    let request = world.echo(&[("Text", "hang")]);
    let given_up = block_on(async {
        tokio::time::timeout(Duration::from_millis(20), world.begin(request)).await
    });
    assert!(given_up.is_err());
    let request = world.echo(&[("Text", "panic")]);
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| world.send(request)));
    assert!(panicked.is_err());
    assert_eq!(world.book.open.lock().unwrap().len(), 2);
    let closed = world.book.closed.lock().unwrap().clone();
    assert_eq!(closed, [Some("RequestTimeout".to_owned()), Some("InternalError".to_owned())]);
}

/// Everything that a caller can put where an error may quote it.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x7f]{0,20}",
        "(<|>|&|\"|'|\\\\|\\]\\]>|<!\\[CDATA\\[|\\x00|\\x0b|\\x1f|\u{ffff}|\u{85}|a){0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No text that was sent breaks the answer: it is well formed, and names its request.
    #[test]
    fn every_error_is_well_formed(
        texts in prop::collection::vec((hostile(), hostile()), 0..4),
        xml in any::<bool>(),
        place in 0_usize..5,
        text in hostile(),
    ) {
        let world = World::new();
        let format = if xml { "XML" } else { "JSON" };
        let mut query = pairs(&[("Format", format), ("Version", Product::Ecs.version())]);
        query.extend(texts.iter().cloned());
        match place {
            0 => query.push(("Action".to_owned(), text)),
            1 => query.extend(pairs(&[("Action", "Echo"), ("RegionId", text.as_str())])),
            2 => query.extend(pairs(&[("Action", "Echo"), (text.as_str(), "a")])),
            3 => query.extend(pairs(&[("Action", "Echo"), ("Text", text.as_str())])),
            _ => query.extend(pairs(&[("Action", "Echo"), ("Version", text.as_str())])),
        }
        let signed = world.signed("GET", &query);
        let mut forged = signed.clone();
        forged.query.last_mut().unwrap().1.push('=');
        let mut unsigned: Request = signed.clone();
        unsigned.query.retain(|(name, _)| name != "Signature");
        for request in [forged, unsigned, signed] {
            let answer = world.send(request);
            prop_assert!(answer.status < 500, "{}", answer.status);
            let expected = if answer.status == 200 && xml { "text/xml;charset=utf-8" } else { "" };
            prop_assert!(answer.content_type.starts_with(expected));
            read(&answer);
        }
    }
}
