//! Uploads that fail leave nothing: not visible, not on disk.

use rolecall_crypto::sha256_hex;
use rolecall_gate::{Body, BodyError};
use rolecall_oss::{PIECE_BYTES, UPLOAD_BYTES_MAX};

use crate::support::{Request, Signed, World, chunked, cut, get, put, request};

/// Sends an upload that must fail, over an object and over nothing.
async fn check(world: &World, upload: impl Fn(&str) -> Request, status: u16, code: &str) {
    world.send(put("bucket", "old", "old")).await.assert_status(200);
    for key in ["old", "new"] {
        world.send(upload(key)).await.assert_error(status, code);
    }
    assert_eq!(world.send(get("bucket", "old")).await.body, b"old");
    world.send(get("bucket", "new")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.settled_files().len(), 1, "a stray file");
}

#[tokio::test]
async fn digests_are_checked_before_anything_is_seen() {
    let world = World::new().await;
    let large = vec![1; PIECE_BYTES * 2];
    for body in [b"hello".to_vec(), large] {
        for (name, value, code) in [
            ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==", "InvalidDigest"),
            ("content-md5", "not base64", "InvalidDigest"),
            ("content-md5", "AAAA", "InvalidDigest"),
            ("x-oss-hash-crc64ecma", "11177612005948864434", "InvalidCRC64"),
            ("x-oss-hash-crc64ecma", "18446744073709551616", "InvalidArgument"),
            ("x-oss-hash-crc64ecma", "+1", "InvalidArgument"),
        ] {
            let upload = |key: &str| put("bucket", key, body.clone()).header(name, value);
            check(&world, upload, 400, code).await;
        }
        let wrong = Signed::V4(sha256_hex(b"other"));
        let upload = |key: &str| put("bucket", key, body.clone()).signed(wrong.clone());
        check(&world, upload, 400, "InvalidDigest").await;
    }
}

#[tokio::test]
async fn right_digests_are_accepted() {
    let world = World::new().await;
    for signed in [Signed::V4(sha256_hex(b"hello")), Signed::V4("UNSIGNED-PAYLOAD".to_owned())] {
        let upload = put("bucket", "k", "hello")
            .header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")
            .header("x-oss-hash-crc64ecma", "11177612005948864433")
            .signed(signed);
        world.send(upload).await.assert_status(200);
    }
    let upload =
        put("bucket", "k", "hello").signed(Signed::V4(sha256_hex(b"hello").to_uppercase()));
    world.send(upload).await.assert_status(200);
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let world = World::new().await;
    let bytes = || vec![1; PIECE_BYTES + 5];
    let longer = Some(PIECE_BYTES as u64 * 9);
    let upload = |body: Body, key: &str| {
        request("PUT", "bucket", key).header("content-length", "9").body(body)
    };
    let broken = || BodyError::Broken("reset".into());
    for length in [None, longer] {
        let incomplete = |key: &str| upload(cut(length, bytes(), BodyError::Incomplete), key);
        check(&world, incomplete, 400, "IncompleteBody").await;
        let reset = |key: &str| upload(cut(length, bytes(), broken()), key);
        check(&world, reset, 400, "IncompleteBody").await;
        let slow = |key: &str| upload(cut(length, bytes(), BodyError::Timeout), key);
        check(&world, slow, 400, "RequestTimeout").await;
    }
    let short = |key: &str| {
        let pieces = futures_util::stream::iter([Ok(bytes().into())]);
        upload(Body::stream(longer, Box::pin(pieces)), key)
    };
    check(&world, short, 400, "IncompleteBody").await;
}

#[tokio::test]
async fn a_caller_who_goes_away() {
    let world = World::new().await;
    let pieces = futures_util::stream::iter([Ok(vec![1; PIECE_BYTES + 5].into())]);
    let endless = futures_util::StreamExt::chain(pieces, futures_util::stream::pending());
    let upload = request("PUT", "bucket", "k").body(Body::stream(None, Box::pin(endless)));
    let inbound = world.inbound(upload, &rolecall_types::Secret::new("secret".to_owned()));
    let service = &world.service;
    let serving = rolecall_gate::Service::serve(service, inbound);
    let late = std::time::Duration::from_millis(200);
    tokio::time::timeout(late, serving).await.unwrap_err();
    assert_eq!(world.settled_files().len(), 0, "a stray file");
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    let (open, closed) = (world.book.open.lock().unwrap(), world.book.closed.lock().unwrap());
    assert_eq!(open.len(), closed.len(), "every record has an outcome");
    assert!(closed.contains(&Some("RequestTimeout".to_owned())));
}

#[tokio::test]
async fn lengths() {
    let world = World::new().await;
    let unannounced = request("PUT", "bucket", "k");
    world.send(unannounced).await.assert_error(411, "MissingContentLength");
    let empty_chunks = || request("PUT", "bucket", "k").header("transfer-encoding", "chunked");
    world.send(empty_chunks()).await.assert_status(200);
    world.send(empty_chunks().body(chunked(vec![]))).await.assert_status(200);
    let too_large = |key: &str| {
        let body =
            Body::stream(Some(UPLOAD_BYTES_MAX + 1), Box::pin(futures_util::stream::pending()));
        request("PUT", "bucket", key).header("content-length", "5368709121").body(body)
    };
    world.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    check(&world, too_large, 400, "EntityTooLarge").await;
}
