//! What all answers have in common, and who is believed.

use std::sync::atomic::Ordering;

use rolecall_oss::OPERATIONS;
use rolecall_types::Secret;

use crate::support::{Signed, World, get, put, request};

#[tokio::test]
async fn every_answer_has_the_common_headers() {
    let world = World::new().await;
    for answer in [
        world.send(put("bucket", "k", "x")).await,
        world.send(request("GET", "bucket", "")).await,
        world.send(request("HEAD", "bucket", "missing")).await,
        world.send(request("POST", "bucket", "k")).await,
        world.send(get("bucket", "k").signed(Signed::No)).await,
    ] {
        assert_eq!(answer.header("server"), Some("AliyunOSS"));
        assert_eq!(answer.header("date"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert!(answer.header("x-oss-server-time").unwrap().parse::<u64>().is_ok());
        let id = answer.header("x-oss-request-id").unwrap();
        let digits = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        assert!(id.len() == 24 && id.bytes().all(digits), "{id}");
    }
}

#[tokio::test]
async fn head_errors_are_in_headers() {
    let world = World::new().await;
    let missing = world.send(request("HEAD", "bucket", "k")).await;
    missing.assert_error(404, "NoSuchKey");
    assert!(missing.body.is_empty());
    assert_eq!(missing.header("x-oss-ec"), Some("0026-00000001"));
    let meta = world.send(request("HEAD", "nothing", "k").query("objectMeta", "")).await;
    meta.assert_error(404, "NoSuchBucket");
    assert!(meta.body.is_empty());
}

#[tokio::test]
async fn errors_tell_the_host() {
    let world = World::new().await;
    let host = "bucket.oss-cn-hangzhou.aliyuncs.com";
    let answer = world.send(get("bucket", "k").host(host)).await;
    answer.assert_error(404, "NoSuchKey");
    assert_eq!(answer.error().text("HostId"), host);
    let answer = world.send(get("bucket", "k")).await;
    assert_eq!(answer.error().text("HostId"), "127.0.0.1");
    let answer = world.send(get("bucket", "k").host("example.com")).await;
    answer.assert_error(403, "NonStandardHostForbidden");
}

#[tokio::test]
async fn every_style_of_address_leads_to_the_same_object() {
    let world = World::new().await;
    world.send(put("bucket", "dir/k", "x")).await.assert_status(200);
    for host in [
        "bucket.oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-cn-hangzhou-internal.aliyuncs.com",
        "bucket.oss-cn-beijing.aliyuncs.com:80",
        "BUCKET.localhost:4600",
    ] {
        for signed in [Signed::V1, Signed::V4("UNSIGNED-PAYLOAD".to_owned()), Signed::Url] {
            let answer = world.send(get("bucket", "dir/k").host(host).signed(signed)).await;
            answer.assert_status(200);
        }
    }
    let service = request("GET", "", "").host(".oss-cn-hangzhou.aliyuncs.com");
    world.send(service).await.assert_status(200);
}

#[tokio::test]
async fn credentials_come_before_buckets() {
    let world = World::new().await;
    let wrong = Secret::new("wrong".to_owned());
    for bucket in ["bucket", "nothing", "INVALID"] {
        let answer = world.send(get(bucket, "k").by("LTAInobody")).await;
        answer.assert_error(403, "InvalidAccessKeyId");
        assert_eq!(answer.error().text("OSSAccessKeyId"), "LTAInobody");
        let answer = world.send_with(get(bucket, "k"), &wrong).await;
        answer.assert_error(403, "SignatureDoesNotMatch");
        assert_eq!(answer.error().text("EC"), "0002-00000040");
        for name in ["OSSAccessKeyId", "SignatureProvided", "StringToSign", "StringToSignBytes"] {
            assert!(!answer.error().text(name).is_empty());
        }
        let v4 = get(bucket, "k").signed(Signed::V4("UNSIGNED-PAYLOAD".to_owned()));
        let answer = world.send_with(v4, &wrong).await;
        answer.assert_error(403, "SignatureDoesNotMatch");
        assert_eq!(answer.error().text("EC"), "0002-00000201");
        assert!(!answer.error().text("CanonicalRequest").is_empty());
    }
    world.send(get("nothing", "k")).await.assert_error(404, "NoSuchBucket");
}

#[tokio::test]
async fn the_time_comes_before_the_key() {
    let world = World::new().await;
    let secret = Secret::new("wrong".to_owned());
    for (seconds, code) in [
        (-900, "InvalidAccessKeyId"),
        (900, "InvalidAccessKeyId"),
        (-901, "RequestTimeTooSkewed"),
        (901, "RequestTimeTooSkewed"),
    ] {
        let inbound = world.inbound(get("bucket", "k").by("LTAInobody"), &secret);
        world.clock.advance(seconds);
        let served = rolecall_gate::Service::serve(&world.service, inbound).await;
        let answer = crate::support::read(served).await;
        answer.assert_error(403, code);
        world.clock.advance(-seconds);
    }
}

#[tokio::test]
async fn a_signed_url_is_over_when_it_says() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    for (seconds, status) in [(0, 200), (59, 200), (61, 403)] {
        let secret = Secret::new("secret".to_owned());
        let inbound = world.inbound(get("bucket", "k").signed(Signed::Url), &secret);
        world.clock.advance(seconds);
        let served = rolecall_gate::Service::serve(&world.service, inbound).await;
        let answer = crate::support::read(served).await;
        assert_eq!(answer.status, status, "after {seconds} seconds");
        if status == 403 {
            assert_eq!(answer.error().text("Message"), "Request has expired.");
        }
    }
}

#[tokio::test]
async fn a_signature_is_for_one_request() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(put("bucket", "other", "y")).await.assert_status(200);
    let secret = Secret::new("secret".to_owned());
    let signed = |path: &str| {
        let mut inbound = world.inbound(get("bucket", "k"), &secret);
        inbound.head.path = path.into();
        inbound
    };
    for (path, status) in [
        ("/bucket/k", 200),
        ("/bucket/%6B", 200),
        ("/bucket/other", 403),
        ("/bucket/./k", 403),
        ("/bucket//k", 403),
        ("/bucket/k/", 403),
        ("/bucket/%256B", 403),
        ("/bucket/a/../k", 403),
        ("/bucket", 403),
    ] {
        let served = rolecall_gate::Service::serve(&world.service, signed(path)).await;
        assert_eq!(served.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_said_so() {
    let world = World::new().await;
    for (method, bucket, key, query) in [
        ("POST", "bucket", "", "asyncFetch"),
        ("POST", "bucket", "k", "seal"),
        ("PUT", "bucket", "", "accessmonitor"),
        ("GET", "bucket", "k", "x-oss-process"),
        ("PUT", "bucket", "", "inventory"),
        ("PATCH", "bucket", "k", ""),
        ("GET", "", "", "cloudboxes"),
    ] {
        let asked = request(method, bucket, key);
        let asked = if query.is_empty() { asked } else { asked.query(query, "") };
        let answer = world.send(asked).await;
        answer.assert_error(501, "NotImplemented");
        let message = answer.error().text("Message").to_owned();
        assert!(message.contains(method) && message.contains(query), "{message}");
    }
}

#[tokio::test]
async fn every_call_is_recorded_with_its_outcome() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x").header("x-oss-meta-a", "1")).await.assert_status(200);
    world.send(get("bucket", "missing")).await.assert_error(404, "NoSuchKey");
    world.send(get("bucket", "k").by("LTAIother")).await.assert_error(403, "AccessDenied");
    let open = world.book.open.lock().unwrap().clone();
    let closed = world.book.closed.lock().unwrap().clone();
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(closed, [None, None, code("NoSuchKey"), code("AccessDenied")]);
    assert_eq!(open.len(), closed.len());
    let record: serde_json::Value = serde_json::from_str(&open[1]).unwrap();
    assert_eq!(record["eventName"], "PutObject");
    assert_eq!(record["serviceName"], "Oss");
    assert_eq!(record["writes"], true);
    assert_eq!(record["accessKeyId"], "LTAIroot");
    assert_eq!(record["sourceIpAddress"], "192.0.2.7");
    assert_eq!(record["requestParameters"]["Bucket"], "bucket");
    assert_eq!(record["requestParameters"]["Key"], "k");
    let checks = "oss:PutObject acs:oss:*:1234567890123456:bucket/k";
    assert_eq!(record["checks"][0], checks);
}

#[tokio::test]
async fn an_unrecorded_call_is_not_carried_out() {
    let world = World::new().await;
    let count = || world.book.open.lock().unwrap().len();
    let before = count();
    world.book.broken.store(true, Ordering::SeqCst);
    for call in [put("bucket", "k", "x"), get("bucket", "k"), get("bucket", "k").by("LTAIother")] {
        world.send(call).await.assert_error(503, "ServiceUnavailable");
    }
    world.book.broken.store(false, Ordering::SeqCst);
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(count(), before + 1);
    assert_eq!(world.book.closed.lock().unwrap().len(), before + 1, "no outcome without its call");
}

#[tokio::test]
async fn what_only_reads_is_recorded_once_with_its_outcome() {
    let world = World::new().await;
    let whole = || world.book.whole.load(Ordering::SeqCst);
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(request("DELETE", "bucket", "k")).await;
    assert_eq!(whole(), 0, "writes are recorded before they are decided");
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(get("bucket", "k")).await.assert_status(200);
    world.send(request("HEAD", "bucket", "k")).await.assert_status(200);
    world.send(request("GET", "bucket", "")).await.assert_status(200);
    world.send(get("bucket", "missing")).await.assert_error(404, "NoSuchKey");
    world.send(get("bucket", "k").by("LTAIother")).await.assert_error(403, "AccessDenied");
    assert_eq!(whole(), 5);
    let closed = world.book.closed.lock().unwrap();
    let outcomes: Vec<_> = closed.iter().rev().take(2).map(Option::as_deref).collect();
    assert_eq!(outcomes, [Some("AccessDenied"), Some("NoSuchKey")]);
}

#[test]
fn every_operation_is_described() {
    for operation in OPERATIONS {
        let action = operation.spec().action;
        assert!(!operation.doc().is_empty(), "{action}");
        let names: Vec<_> = operation.request().iter().map(|field| field.name).collect();
        for stored in operation.spec().stored_only {
            assert!(names.contains(stored), "{action} has no {stored}");
        }
    }
}
