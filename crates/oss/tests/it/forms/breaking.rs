//! Forms that are none, or do not come to their end.

use bytes::Bytes;
use futures_util::StreamExt;
use proptest::prelude::*;
use rolecall_gate::{Body, BodyError};
use serde_json::json;

use super::{BOUNDARY, body, field, form, policy, post};
use crate::support::{Answer, FormProof, World, chunked, cut, get, request};

/// Fields with a right proof.
fn fields(world: &World, key: &str) -> Vec<(String, String)> {
    let mut fields = world.proof("LTAIroot", &policy(&json!([])), FormProof::V1);
    fields.push(("key".to_owned(), key.to_owned()));
    fields
}

fn whole(world: &World, key: &str, content: &str) -> Vec<u8> {
    let fields = fields(world, key);
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    body(&fields, "name.txt", content).into_bytes()
}

async fn assert_nothing(world: &World, key: &str) {
    world.send(get("bucket", key)).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.files().len(), 0, "a stray file");
}

#[tokio::test]
async fn a_form_cut_at_any_byte_writes_nothing() {
    let world = World::new().await;
    let whole = whole(&world, "k", "content with a line\r\nand --more");
    for length in 0..whole.len() {
        let sent = whole[..length].to_vec();
        let body = cut(Some(whole.len() as u64), sent, BodyError::Incomplete);
        world.send(post("").body(body)).await.assert_error(400, "IncompleteBody");
    }
    assert_nothing(&world, "k").await;
    world.send(post(whole)).await.assert_status(204);
}

#[tokio::test]
async fn in_whatever_pieces_it_comes_it_is_the_same() {
    let world = World::new().await;
    for content in [
        "",
        "\r\n",
        "--",
        "\r\n--",
        "\r\n------WebKitFormBoundaryXy",
        "\r\n------WebKitFormBoundaryXy\r\n------WebKitFormBoundaryXyZ is no line of its own? no",
        "a\r\n\r\n--b--\r\n",
    ] {
        if content.contains(&format!("\r\n--{BOUNDARY}")) {
            continue;
        }
        for size in [1, 2, 3, 7, 64, 10_000] {
            let whole = whole(&world, "k", content);
            let pieces = whole.chunks(size).map(<[u8]>::to_vec).collect();
            world.send(post("").body(chunked(pieces))).await.assert_status(204);
            let object = world.send(get("bucket", "k")).await;
            assert_eq!(object.body, content.as_bytes(), "{content:?} by {size}");
        }
    }
}

#[tokio::test]
async fn a_long_file_flows_through() {
    let world = World::new().await;
    let whole = String::from_utf8(whole(&world, "k", "CONTENT")).unwrap();
    let (before, behind) = whole.split_once("CONTENT").unwrap();
    let piece = Bytes::from(vec![b'-'; 1 << 20]);
    let pieces = std::iter::once(Bytes::from(before.to_owned()))
        .chain(std::iter::repeat_n(piece, 8))
        .chain([Bytes::from(behind.to_owned())]);
    let stream = futures_util::stream::iter(pieces.map(Ok).collect::<Vec<_>>());
    world.send(post("").body(Body::stream(None, stream.boxed()))).await.assert_status(204);
    let object = world.send(get("bucket", "k")).await;
    assert!(object.complete && object.body.len() == 8 << 20);
}

#[tokio::test]
async fn what_is_no_form() {
    let world = World::new().await;
    let asked = request("POST", "bucket", "").header("content-length", "0");
    world.send(asked).await.assert_error(400, "RequestIsNotMultiPartContent");
    for (content_type, code) in [
        ("application/x-www-form-urlencoded", "RequestIsNotMultiPartContent"),
        ("multipart/mixed; boundary=x", "RequestIsNotMultiPartContent"),
        ("multipart/form-data", "MalformedPOSTRequest"),
        ("multipart/form-data; boundary=", "MalformedPOSTRequest"),
        ("multipart/form-data; boundary=\"x", "MalformedPOSTRequest"),
        ("multipart/form-data; boundary=x; boundary=y", "MalformedPOSTRequest"),
        (&format!("multipart/form-data; boundary={}", "b".repeat(71)), "MalformedPOSTRequest"),
    ] {
        let asked = request("POST", "bucket", "").header("content-type", content_type);
        let answer = world.send(asked.body(Body::full("--x--"))).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{content_type}");
    }
    let part = |head: &str| format!("--{BOUNDARY}\r\n{head}\r\n\r\nv\r\n--{BOUNDARY}--\r\n");
    for (text, code) in [
        (format!("--{BOUNDARY}--\r\n"), "IncorrectNumberOfFilesInPOSTRequest"),
        (format!("{}--{BOUNDARY}--\r\n", field("key", "k")), "IncorrectNumberOfFilesInPOSTRequest"),
        (part("X: y"), "MalformedPOSTRequest"),
        (part("no colon"), "MalformedPOSTRequest"),
        (part("Content-Disposition: form-data"), "MalformedPOSTRequest"),
        (part("Content-Disposition: attachment; name=\"a\""), "MalformedPOSTRequest"),
        (part("Content-Disposition: form-data; name=\"a"), "MalformedPOSTRequest"),
        (part("Content-Disposition: form-data; name=a; name=b"), "MalformedPOSTRequest"),
        (
            part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data"),
            "MalformedPOSTRequest",
        ),
        (format!("{}{}", field("a", "1"), body(&[("A", "2")], "f", "x")), "MalformedPOSTRequest"),
        ("no boundary at all".to_owned(), "IncompleteBody"),
        (String::new(), "IncompleteBody"),
    ] {
        let answer = world.send(post(text.clone())).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{text}");
    }
    let keyless = body(&[("x-oss-meta-a", "b")], "f", "x");
    world.send(post(keyless)).await.assert_error(400, "InvalidArgument");
    for key in ["/k", "\\k", &"k".repeat(1_024)] {
        let asked = form(&[("key", key)], "x");
        world.send(asked).await.assert_error(400, "InvalidObjectName");
    }
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn fields_have_limits() {
    let world = World::new().await;
    let send = |fields: &[(&str, &str)]| {
        let asked = post(body(fields, "f", "x"));
        async { world.send(asked).await }
    };
    let name = "n".repeat(8 * 1024);
    let value = "v".repeat(2 << 20);
    let refused = |answer: Answer, code: &str| answer.assert_error(400, code);
    refused(send(&[(&format!("{name}n"), "v")]).await, "FieldItemTooLong");
    refused(send(&[("a", &format!("{value}v"))]).await, "FieldItemTooLong");
    refused(
        send(&[("a", &value), ("b", &value), ("c", "v")]).await,
        "MaxPOSTPreDataLengthExceededError",
    );
    // As long as they may be: refused for what they lack, a key.
    refused(send(&[(&name, "v")]).await, "InvalidArgument");
    refused(send(&[("a", &value)]).await, "InvalidArgument");
    // A head without an end.
    let endless = format!("--{BOUNDARY}\r\nX: {}", "x".repeat(20_000));
    world.send(post(endless)).await.assert_error(400, "FieldItemTooLong");
    let long = policy(&json!(["x".repeat(50_000)]));
    let asked = form(&[("key", "k"), ("policy", &long)], "x");
    world.send(asked).await.assert_error(400, "InvalidPolicyDocument");
}

#[tokio::test]
async fn names_of_files() {
    let world = World::new().await;
    for (filename, expected) in [
        ("a.txt", "up/a.txt"),
        ("C:\\\\dir\\\\b.txt", "up/b.txt"),
        ("/etc/passwd", "up/passwd"),
        ("测试.txt", "up/测试.txt"),
        ("a\\\"b", "up/a\"b"),
        ("a;b=c", "up/a;b=c"),
        ("", "up/"),
    ] {
        let fields = fields(&world, "up/${filename}");
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        world.send(post(body(&fields, filename, "x"))).await.assert_status(204);
        world.send(get("bucket", expected)).await.assert_status(200);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_answered(
        pieces in prop::collection::vec(prop_oneof![
            Just(format!("--{BOUNDARY}")),
            Just("\r\n".to_owned()),
            Just("--".to_owned()),
            Just("Content-Disposition: form-data; name=\"file\"".to_owned()),
            Just("Content-Disposition: form-data; name=key".to_owned()),
            ".{0,10}",
        ], 0..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let world = runtime.block_on(World::new());
        let answer = runtime.block_on(world.send(post(pieces.concat())));
        prop_assert!(matches!(answer.status, 400 | 403), "{answer:?}");
    }
}
