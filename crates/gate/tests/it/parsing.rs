//! What the gate reads of a call: action, version, format, region, and where each may stand.

use std::sync::atomic::{AtomicU64, Ordering};

use rolecall_api::Product;
use rolecall_types::AccountId;
use serde_json::json;

use crate::support::{Request, World, block_on, pairs, read};

/// Sends the request and compares status and code; `ok` is an answer without a code.
fn check(world: &World, request: Request, status: u16, code: &str) {
    let before = world.echoing.0.load(Ordering::SeqCst);
    let answer = world.send(request);
    let texts = read(&answer);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(texts.get("Code").map_or("ok", String::as_str), code, "{text}");
    assert_eq!(answer.status, status, "{text}");
    let executed = world.echoing.0.load(Ordering::SeqCst) - before;
    assert_eq!(executed, u64::from(code == "ok"), "{code}");
}

#[test]
fn action_and_version_are_needed_and_known() {
    let world = World::new();
    let ecs = Product::Ecs.version();
    for (parameters, status, code) in [
        (&[("Action", "Echo"), ("Version", ecs)][..], 200, "ok"),
        (&[("Version", ecs)], 400, "MissingAction"),
        (&[("Action", ""), ("Version", ecs)], 400, "MissingAction"),
        (&[("Action", "Echo")], 400, "MissingVersion"),
        (&[("Action", "Echo"), ("Version", "")], 400, "MissingVersion"),
        (&[("Action", "Echo"), ("Version", "2014-05-27")], 400, "InvalidVersion"),
        (&[("Action", "Nothing"), ("Version", ecs)], 404, "InvalidAction.NotFound"),
        (&[("Action", "echo"), ("Version", ecs)], 404, "InvalidAction.NotFound"),
        (&[("Action", "Echo"), ("Version", "2015-05-01")], 404, "InvalidAction.NotFound"),
        (&[("action", "Echo"), ("Version", ecs)], 400, "MissingAction"),
        (
            &[("Action", "Echo"), ("action", "Other"), ("Version", ecs)],
            400,
            "InvalidParameter.Repeated",
        ),
        (
            &[("Action", "Echo"), ("Action", "Echo"), ("Version", ecs)],
            400,
            "InvalidParameter.Repeated",
        ),
    ] {
        check(&world, world.signed("GET", &pairs(parameters)), status, code);
    }
}

#[test]
fn the_host_and_the_version_agree() {
    let world = World::new();
    for (product, status, code) in [
        (None, 200, "ok"),
        (Some(Product::Ecs), 200, "ok"),
        (Some(Product::Ram), 400, "InvalidVersion"),
        (Some(Product::Vpc), 400, "InvalidVersion"),
    ] {
        let request = Request { product, ..world.echo(&[]) };
        check(&world, request, status, code);
    }
}

#[test]
fn get_and_post_and_nothing_else() {
    let world = World::new();
    for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get"] {
        let query = pairs(&[("Action", "Echo"), ("Version", Product::Ecs.version())]);
        let request = world.signed(method, &query);
        let served = matches!(method, "GET" | "POST");
        let (status, code) = if served { (200, "ok") } else { (405, "UnsupportedHTTPMethod") };
        check(&world, request, status, code);
    }
}

#[test]
fn a_body_is_a_form_or_nothing() {
    let world = World::new();
    let form = "application/x-www-form-urlencoded";
    for (kind, body, status, code) in [
        (form, "Text=a", 200, "ok"),
        ("Application/X-WWW-Form-URLEncoded; charset=UTF-8", "Text=a", 200, "ok"),
        ("application/json", r#"{"Text":"a"}"#, 400, "UnsupportedContentType"),
        ("text/plain", "Text=a", 400, "UnsupportedContentType"),
        ("", "Text=a", 400, "UnsupportedContentType"),
        ("application/json", "", 200, "ok"),
        (form, "Text=%zz", 400, "InvalidRequest"),
        (form, "Text=%ff", 400, "InvalidRequest"),
        (form, "Text=a&Text=b", 400, "InvalidParameter.Repeated"),
        (form, "Text=a&text=b", 400, "InvalidParameter.Repeated"),
        (form, "Stranger=a", 400, "UnsupportedParameter"),
    ] {
        let request = world.echo_acs3(&[("content-type", kind)], body.as_bytes());
        check(&world, request, status, code);
    }
}

/// A body is covered by what was signed, whole.
#[test]
fn a_body_that_was_not_signed_is_refused() {
    let world = World::new();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut request = world.echo_acs3(&headers, b"Text=a");
    request.body = b"Text=b".to_vec();
    check(&world, request, 400, "ContentMD5NotMatched");
    let mut request = world.echo(&[]);
    request.method = "GET";
    request.headers = pairs(&headers);
    request.body = b"Text=b".to_vec();
    check(&world, request, 400, "SignatureDoesNotMatch");
}

#[test]
fn the_region_of_a_call() {
    let world = World::new();
    for (region, expected) in [
        (None, Ok("cn-hangzhou")),
        (Some(""), Ok("cn-hangzhou")),
        (Some("cn-beijing"), Ok("cn-beijing")),
        (Some("nowhere"), Err("InvalidRegionId.NotFound")),
    ] {
        let more: Vec<_> = region.map(|region| ("RegionId", region)).into_iter().collect();
        let texts = read(&world.send(world.echo(&more)));
        match expected {
            Ok(region) => assert_eq!(texts["Region"], region),
            Err(code) => assert_eq!(texts["Code"], code),
        }
    }
}

/// Nobody without credentials gets past authentication, and it shows before the action is known.
#[test]
fn a_call_without_credentials_is_refused() {
    let world = World::new();
    for action in ["Echo", "Nothing"] {
        let mut request = world.echo(&[]);
        request.query = pairs(&[("Action", action), ("Version", Product::Ecs.version())]);
        check(&world, request, 400, "MissingAccessKeyId");
    }
}

/// The audit book is opened before a call is decided; when it cannot be, nothing runs.
#[test]
fn an_unrecorded_call_is_not_answered_and_changes_nothing() {
    for (action, unrecorded_runs) in [("Echo", 1), ("Keep", 0)] {
        check_unrecorded(action, unrecorded_runs);
    }
}

fn check_unrecorded(action: &str, unrecorded_runs: u64) {
    let world = World::new();
    check(&world, world.call(action, &[("Text", "a")]), 200, "ok");
    *world.book.broken.lock().unwrap() = true;
    let answer = world.send(world.call(action, &[]));
    assert_eq!((answer.status, &*read(&answer)["Code"]), (503, "ServiceUnavailable"));
    assert_eq!(world.echoing.0.load(Ordering::SeqCst), 1 + unrecorded_runs, "{action}");
    *world.book.broken.lock().unwrap() = false;
    check(&world, world.call(action, &[]), 200, "ok");
    let open = world.book.open.lock().unwrap();
    assert_eq!(open.len(), 2);
    assert!(open[0].contains(&format!(r#""eventName":"{action}""#)), "{}", open[0]);
    assert!(open[0].contains(r#""sourceIpAddress":"192.0.2.7""#), "{}", open[0]);
    let closed = world.book.closed.lock().unwrap();
    assert_eq!(*closed, [None, None], "what was not opened is not closed");
}

/// A call that is refused before it is known what it needs is recorded in one piece, without its
/// parameters; where it cannot be, that is what the caller is told.
#[test]
fn a_call_that_makes_no_sense_is_recorded_with_its_outcome() {
    for action in ["Echo", "Keep"] {
        let world = World::new();
        let refused = || world.call(action, &[("Stranger", "canary")]);
        check(&world, refused(), 400, "UnsupportedParameter");
        *world.book.broken.lock().unwrap() = true;
        check(&world, refused(), 503, "ServiceUnavailable");
        let open = world.book.open.lock().unwrap();
        let [record] = open.as_slice() else { panic!("{open:?}") };
        assert!(record.contains(&format!(r#""eventName":"{action}""#)), "{record}");
        assert!(record.contains(r#""accessKeyId":"LTAIroot""#), "{record}");
        assert!(record.contains(r#""checks":[]"#) && !record.contains("canary"), "{record}");
        let closed = world.book.closed.lock().unwrap();
        assert_eq!(*closed, [Some("UnsupportedParameter".to_owned())]);
    }
}

/// What the operator does is recorded before it is done; when it cannot be, nothing is done.
#[test]
fn what_an_operator_does_is_recorded_or_not_done() {
    let world = World::new();
    let account = AccountId::parse("1234567890123456").unwrap();
    let operate = |done: &AtomicU64| {
        block_on(world.gate.operate(&account, "SetPolicy", &json!({"Document": "d"}), async {
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }))
    };
    let done = AtomicU64::new(0);
    operate(&done).unwrap();
    *world.book.broken.lock().unwrap() = true;
    assert_eq!(operate(&done).unwrap_err().name(), "ServiceUnavailable");
    assert_eq!(done.load(Ordering::SeqCst), 1);
    let open = world.book.open.lock().unwrap();
    let [record] = open.as_slice() else { panic!("{open:?}") };
    for part in [
        r#""serviceName":"Ram","eventName":"SetPolicy","writes":true"#,
        r#""principal":"acs:ram::1234567890123456:root""#,
        r#""sourceIpAddress":"127.0.0.1","checks":[],"requestParameters":{"Document":"d"}"#,
    ] {
        assert!(record.contains(part), "{record}");
    }
    assert_eq!(*world.book.closed.lock().unwrap(), [None]);
}

/// A nonce is used up by a right signature alone.
#[test]
fn a_wrong_signature_uses_nothing_up() {
    let world = World::new();
    let request = world.echo(&[]);
    let mut forged = request.clone();
    forged.query.last_mut().unwrap().1.replace_range(0..1, "?");
    for _ in 0..3 {
        check(&world, forged.clone(), 400, "SignatureDoesNotMatch");
    }
    check(&world, request.clone(), 200, "ok");
    check(&world, request, 400, "SignatureNonceUsed");
    check(&world, forged, 400, "SignatureNonceUsed");
}

#[test]
fn the_time_of_a_call_is_near() {
    for (moved, code) in [
        (900, "ok"),
        (901, "InvalidTimeStamp.Expired"),
        (-900, "ok"),
        (-901, "InvalidTimeStamp.Expired"),
    ] {
        let world = World::new();
        let request = world.echo(&[]);
        world.clock.advance(moved);
        check(&world, request, if code == "ok" { 200 } else { 400 }, code);
    }
}
