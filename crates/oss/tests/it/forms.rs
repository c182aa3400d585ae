//! Uploads from a web page: `PostObject`.

mod breaking;
mod policies;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rolecall_gate::Body;
use rolecall_types::Timestamp;
use serde_json::{Value, json};

use crate::support::{FormProof, Request, START, Signed, World, get, request};

const BOUNDARY: &str = "----WebKitFormBoundaryXyZ";

/// A part that is a field.
fn field(name: &str, value: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

/// The body of a form: its fields, its file, and a button behind.
fn body(fields: &[(&str, &str)], filename: &str, content: &str) -> String {
    let fields: String = fields.iter().map(|(name, value)| field(name, value)).collect();
    format!(
        "{fields}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"{filename}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n{}\
         --{BOUNDARY}--\r\n",
        field("submit", "Upload")
    )
}

fn post(body: impl Into<Bytes>) -> Request {
    let body = body.into();
    request("POST", "bucket", "")
        .header("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("content-length", &body.len().to_string())
        .body(Body::full(body))
        .signed(Signed::No)
}

/// A form that its sender still has to sign: see [`Signed::Form`].
pub(crate) fn form(fields: &[(&str, &str)], content: &str) -> Request {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    request("POST", "bucket", "").signed(Signed::Form {
        fields: fields.collect(),
        content: content.to_owned(),
        proof: FormProof::V1,
    })
}

/// What [`form`] is sent as: its own fields behind those of the proof.
pub(crate) fn compose(
    proof: &[(String, String)],
    fields: &[(String, String)],
    content: &str,
) -> (String, Bytes) {
    let all: Vec<_> =
        proof.iter().chain(fields).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = body(&all, "name.txt", content);
    (format!("multipart/form-data; boundary={BOUNDARY}"), body.into())
}

/// A policy of these conditions that holds for a minute, in Base64.
pub(crate) fn policy(conditions: &Value) -> String {
    let expiration = Timestamp::from_second(START + 60).unwrap().to_string();
    STANDARD.encode(json!({"expiration": expiration, "conditions": conditions}).to_string())
}

fn v4(mut request: Request) -> Request {
    if let Signed::Form { proof, .. } = &mut request.signed {
        *proof = FormProof::V4;
    }
    request
}

#[tokio::test]
async fn a_signed_form_writes_an_object() {
    let world = World::new().await;
    let asked = |key: &str| {
        form(
            &[
                ("key", key),
                ("x-oss-meta-Author", "me"),
                ("Cache-Control", "no-store"),
                ("x-oss-content-type", "text/x"),
                ("x-oss-tagging", "a=b&c=d"),
                ("name", "what the page says to itself"),
            ],
            "hello",
        )
    };
    for (asked, key) in [(asked("user/${filename}"), "user/name.txt"), (v4(asked("k")), "k")] {
        let answer = world.send(asked).await;
        answer.assert_status(204);
        assert_eq!(answer.header("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""));
        assert_eq!(answer.header("content-md5"), Some("XUFAKrxLKna5cZ2REBfFkg=="));
        assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("11177612005948864433"));
        let url = format!("http://127.0.0.1:4600/bucket/{key}");
        assert_eq!(answer.header("location"), Some(&*url));
        let object = world.send(get("bucket", key)).await;
        assert_eq!(object.body, b"hello");
        for (name, value) in [
            ("content-type", "text/x"),
            ("cache-control", "no-store"),
            ("x-oss-meta-author", "me"),
            ("x-oss-object-type", "Normal"),
            ("x-oss-tagging-count", "2"),
        ] {
            assert_eq!(object.header(name), Some(value), "{name}");
        }
    }
    let plain = form(&[("key", "k2")], "");
    world.send(plain).await.assert_status(204);
    let object = world.send(get("bucket", "k2")).await;
    assert_eq!((object.header("content-type"), &*object.body), (Some("text/plain"), &b""[..]));
    let open = world.book.open.lock().unwrap().clone();
    assert!(open[1].contains("\"eventName\":\"PostObject\""), "{}", open[1]);
    assert!(!open.iter().any(|record| record.contains("expiration")), "no policy is recorded");
}

#[tokio::test]
async fn the_form_chooses_the_answer() {
    let world = World::new().await;
    for (status, expected) in [("200", 200), ("201", 201), ("204", 204), ("999", 204), ("", 204)] {
        let asked = form(&[("key", "a b"), ("success_action_status", status)], "x");
        let answer = world.send(asked).await;
        assert_eq!(answer.status, expected, "{status}");
        if expected == 201 {
            let document = answer.xml();
            assert_eq!(document.name, "PostResponse");
            for (path, value) in [
                ("Bucket", "bucket"),
                ("Key", "a b"),
                ("ETag", "\"9DD4E461268C8034F5C8564E155C67A6\""),
                ("Location", "http://127.0.0.1:4600/bucket/a%20b"),
            ] {
                assert_eq!(document.text(path), value, "{path}");
            }
        } else {
            assert!(answer.body.is_empty());
        }
    }
    let told = "bucket=bucket&etag=%229DD4E461268C8034F5C8564E155C67A6%22&key=a%20b";
    for (redirect, joint) in [("https://example.com/done", "?"), ("https://example.com/?a=b", "&")]
    {
        let asked = form(
            &[
                ("key", "a b"),
                ("success_action_redirect", redirect),
                ("success_action_status", "200"),
            ],
            "x",
        );
        let answer = world.send(asked).await;
        answer.assert_status(303);
        assert_eq!(answer.header("location"), Some(&*format!("{redirect}{joint}{told}")));
    }
    let split = "https://example.com/\r\nset-cookie: a=b";
    let asked = form(&[("key", "k3"), ("success_action_redirect", split)], "x");
    world.send(asked).await.assert_error(400, "InvalidArgument");
    world.send(get("bucket", "k3")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn what_is_not_served_is_refused_in_a_form_as_in_a_header() {
    let world = World::new().await;
    for (name, value) in
        [("x-oss-server-side-encryption", "KMS"), ("x-oss-storage-class", "Archive")]
    {
        let asked = form(&[("key", "k"), (name, value)], "x");
        world.send(asked).await.assert_error(400, "NotImplemented");
    }
    for (name, value, code) in [
        ("content-md5", "x", "InvalidDigest"),
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg==", "InvalidDigest"),
        ("x-oss-hash-crc64ecma", "1", "InvalidCRC64"),
        ("x-oss-meta-a", "b\r\nc: d", "InvalidArgument"),
    ] {
        let asked = form(&[("key", "k"), (name, value)], "x");
        world.send(asked).await.assert_error(400, code);
    }
    world.send(form(&[("key", "k")], "old")).await.assert_status(204);
    let again = form(&[("key", "k"), ("x-oss-forbid-overwrite", "true")], "new");
    world.send(again).await.assert_error(409, "FileAlreadyExists");
    assert_eq!(world.files().len(), 1);
}

/// The headers of a browser say nothing of the object, and a field says nothing of the request.
#[tokio::test]
async fn headers_and_fields_are_kept_apart() {
    let allowed = json!({
        "Version": "1",
        "Statement": [{
            "Effect": "Allow", "Action": "oss:PutObject", "Resource": "*",
            "Condition": {"StringLike": {"acs:UserAgent": ["good*"]}},
        }],
    });
    let world = World::with(&[("agent", crate::support::ACCOUNT, allowed.to_string())]).await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let asked = || form(&[("key", "k"), ("user-agent", "good")], "x").by("agent");
    world.send(asked()).await.assert_error(403, "AccessDenied");
    world.send(asked().header("user-agent", "good")).await.assert_status(204);
    let asked = form(&[("key", "k")], "x")
        .header("x-oss-meta-stray", "x")
        .header("cache-control", "max-age=0")
        .header("authorization", "OSS nobody:nothing");
    world.send(asked).await.assert_status(204);
    let object = world.send(get("bucket", "k")).await;
    assert_eq!(object.header("x-oss-meta-stray"), None);
    assert_eq!(object.header("cache-control"), None);
}

#[tokio::test]
async fn nobody_may_upload_where_everybody_may() {
    let world = World::new().await;
    let made = request("PUT", "open", "").header("x-oss-acl", "public-read-write");
    world.send(made).await.assert_status(200);
    let asked = |bucket: &str| {
        let mut asked = form(&[("key", "k")], "by nobody").unsigned();
        asked.bucket = Some(bucket.to_owned());
        asked
    };
    world.send(asked("bucket")).await.assert_error(403, "AccessDenied");
    world.send(asked("open")).await.assert_status(204);
    assert_eq!(world.send(get("open", "k")).await.body, b"by nobody");
}
