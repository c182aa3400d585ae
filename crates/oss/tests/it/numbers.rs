//! V34, numbers: every numeric field of the surface at the edges of the integers that it might be
//! kept in. What is no number of the field is refused, and never taken for another.

use std::ops::RangeInclusive;

use bytes::Bytes;
use rolecall_gate::{Body, BodyError};

use crate::support::{Request, Signed, World, cut, get, put, request};

/// 0, 2^31, 2^32, 2^53, 2^63 and 2^64, each with its neighbours.
const EDGES: &[u128] = &[
    0,
    1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 31) + 1,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    (1 << 63) - 1,
    1 << 63,
    (1 << 63) + 1,
    (1 << 64) - 1,
    1 << 64,
    (1 << 64) + 1,
];

/// Texts that are no number anywhere.
const NO_NUMBERS: &[&str] = &["-1", "1.0", "1e3", "0x1", "a", "١", "１"];

/// A field: its name, a request with a text in it, and the numbers that it may have.
type Field = (&'static str, fn(&str) -> Request, RangeInclusive<u128>);

fn list(name: &str, value: &str) -> Request {
    request("GET", "bucket", "").query(name, value)
}

fn document(sub_resource: &str, text: String) -> Request {
    let length = text.len().to_string();
    let asked = request("PUT", "bucket", "").query(sub_resource, "");
    asked.header("content-length", &length).body(Body::full(text.into_bytes()))
}

fn lifecycle(rest: &str) -> Request {
    document(
        "lifecycle",
        format!(
            "<LifecycleConfiguration><Rule><ID>1</ID><Prefix>p</Prefix>\
             <Status>Enabled</Status>{rest}</Rule></LifecycleConfiguration>"
        ),
    )
}

/// Each in its own request; what the operation then answers is beside the point.
const FIELDS: &[Field] = &[
    ("max-keys of ListBuckets", |text| request("GET", "", "").query("max-keys", text), 1..=1000),
    ("max-keys of ListObjects", |text| list("max-keys", text), 1..=1000),
    ("max-keys of ListObjectsV2", |text| list("max-keys", text).query("list-type", "2"), 1..=1000),
    (
        "max-keys of ListObjectVersions",
        |text| list("max-keys", text).query("versions", ""),
        1..=1000,
    ),
    ("max-uploads", |text| list("max-uploads", text).query("uploads", ""), 1..=1000),
    (
        "max-parts",
        |text| request("GET", "bucket", "k").query("uploadId", "0").query("max-parts", text),
        1..=1000,
    ),
    (
        "part-number-marker",
        |text| {
            request("GET", "bucket", "k").query("uploadId", "0").query("part-number-marker", text)
        },
        0..=(1 << 32) - 1,
    ),
    (
        "partNumber of UploadPart",
        |text| put("bucket", "k", "x").query("uploadId", "0").query("partNumber", text),
        1..=10_000,
    ),
    (
        "partNumber of UploadPartCopy",
        |text| {
            let asked = put("bucket", "k", "").query("uploadId", "0").query("partNumber", text);
            asked.header("x-oss-copy-source", "/bucket/k")
        },
        1..=10_000,
    ),
    (
        "position",
        |text| Request {
            method: "POST",
            ..put("bucket", "log", "x").query("append", "").query("position", text)
        },
        0..=(1 << 63) - 1,
    ),
    (
        "x-oss-hash-crc64ecma",
        |text| put("bucket", "k", "x").header("x-oss-hash-crc64ecma", text),
        0..=(1 << 64) - 1,
    ),
    (
        "Days of a lifecycle rule",
        |text| lifecycle(&format!("<Expiration><Days>{text}</Days></Expiration>")),
        1..=30_000,
    ),
    (
        "Days of an upload's end",
        |text| {
            lifecycle(&format!("<AbortMultipartUpload><Days>{text}</Days></AbortMultipartUpload>"))
        },
        1..=30_000,
    ),
    (
        "NoncurrentDays",
        |text| {
            lifecycle(&format!(
                "<NoncurrentVersionExpiration><NoncurrentDays>{text}</NoncurrentDays>\
                 </NoncurrentVersionExpiration>"
            ))
        },
        1..=30_000,
    ),
    (
        "MaxAgeSeconds",
        |text| {
            document(
                "cors",
                format!(
                    "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
                     <AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>{text}</MaxAgeSeconds>\
                     </CORSRule></CORSConfiguration>"
                ),
            )
        },
        0..=999_999_999,
    ),
];

/// The codes by which a number is refused that a field cannot have.
const REFUSALS: [&str; 3] = ["InvalidArgument", "MalformedXML", "InvalidRequest"];

#[tokio::test]
async fn every_numeric_field_at_every_edge() {
    let world = World::new().await;
    for (name, ask, right) in FIELDS {
        let texts = EDGES.iter().map(|edge| (edge.to_string(), right.contains(edge)));
        let none = NO_NUMBERS.iter().map(|text| ((*text).to_owned(), false));
        for (text, fits) in texts.chain(none) {
            let answer = world.send(ask(&text)).await;
            assert!(answer.status < 500, "{name}: {text}: {}", answer.status);
            let code = if answer.status < 400 { "ok".to_owned() } else { answer.code() };
            let refused = answer.status == 400 && REFUSALS.contains(&&*code);
            assert_eq!(!refused, fits, "{name}: {text}: {} {code}", answer.status);
        }
    }
}

/// What a header of a reader asks for is cut or left, but never wraps around to other bytes.
#[tokio::test]
async fn ranges_at_every_edge() {
    let world = World::new().await;
    world.send(put("bucket", "k", "hello")).await.assert_status(200);
    world.send(put("bucket", "empty", "")).await.assert_status(200);
    for edge in EDGES {
        for (range, whole) in [
            (format!("bytes={edge}-"), *edge == 0),
            (format!("bytes=0-{edge}"), *edge >= 4),
            (format!("bytes=-{edge}"), *edge >= 5),
            (format!("bytes={edge}-{edge}"), false),
        ] {
            for standard in [false, true] {
                let mut asked = get("bucket", "k").header("range", &range);
                if standard {
                    asked = asked.header("x-oss-range-behavior", "standard");
                }
                let answer = world.send(asked).await;
                assert!([200, 206, 416].contains(&answer.status), "{range}: {}", answer.status);
                assert!(standard || answer.status != 416, "{range} is refused by the standard");
                if answer.status == 206 {
                    assert!(b"hello".windows(answer.body.len()).any(|part| part == answer.body));
                }
                if answer.status == 200 || whole {
                    assert_eq!(answer.body, b"hello", "{range} {standard}");
                }
            }
            let empty = world.send(get("bucket", "empty").header("range", &range)).await;
            empty.assert_status(200);
            assert!(empty.body.is_empty(), "{range}");
        }
    }
}

/// An upload that breaks off at any byte, whichever way it is sent, is not seen, and nothing of it
/// stays.
#[tokio::test]
async fn an_upload_that_is_cut_anywhere_leaves_nothing() {
    const EVERY: usize = 97;
    let world = World::new().await;
    let body = vec![7_u8; 4_000];
    let hash = rolecall_crypto::sha256_hex(&body);
    let length = body.len().to_string();
    let begun = world.send(request("POST", "bucket", "k").query("uploads", "")).await.xml();
    let id = begun.text("UploadId").to_owned();
    let part = || request("PUT", "bucket", "k").query("uploadId", &id).query("partNumber", "1");
    for at in (0..body.len()).step_by(EVERY) {
        for chunked in [false, true] {
            let sent = || {
                let announced = (!chunked).then_some(body.len() as u64);
                cut(announced, body[..at].to_vec(), BodyError::Incomplete)
            };
            let prepared = |asked: Request| {
                if chunked {
                    return asked.header("transfer-encoding", "chunked");
                }
                asked.header("content-length", &length).signed(Signed::V4(hash.clone()))
            };
            for asked in [request("PUT", "bucket", "k"), part()] {
                let answer = world.send(prepared(asked).body(sent())).await;
                answer.assert_error(400, "IncompleteBody");
            }
        }
    }
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    let parts = world.send(request("GET", "bucket", "k").query("uploadId", &id)).await.xml();
    assert_eq!(parts.all("Part").count(), 0);
    assert_eq!(world.settled_files().len(), 0, "a stray file");
}

/// What a client says of the length of its body counts: less or more is refused.
#[tokio::test]
async fn lengths_that_are_not_those_of_the_body() {
    let world = World::new().await;
    let body = |length: u64| {
        let piece = futures_util::stream::iter([Ok(Bytes::from_static(b"hello"))]);
        Body::stream(Some(length), Box::pin(piece))
    };
    for (length, status, code) in [
        (0, 400, "IncompleteBody"),
        (4, 400, "IncompleteBody"),
        (6, 400, "IncompleteBody"),
        (5 << 30, 400, "IncompleteBody"),
        ((5 << 30) + 1, 400, "EntityTooLarge"),
        (1 << 63, 400, "EntityTooLarge"),
        (u64::MAX, 400, "EntityTooLarge"),
    ] {
        let asked = request("PUT", "bucket", "k").header("content-length", &length.to_string());
        let answer = world.send(asked.body(body(length))).await;
        answer.assert_error(status, code);
    }
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.settled_files().len(), 0, "a stray file");
}
