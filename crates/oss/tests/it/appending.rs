//! Appending: positions, sums of the whole, rivals.

use std::sync::Arc;

use rolecall_oss::PIECE_BYTES;

use crate::support::{Request, World, get, put, request};

/// `hello`, with the sum that the vendor's clients compute.
const HELLO_CRC64: &str = "11177612005948864433";

fn append(key: &str, position: u64, body: impl Into<bytes::Bytes>) -> Request {
    let put = put("bucket", key, body);
    let position = position.to_string();
    Request { method: "POST", ..put }.query("append", "").query("position", &position)
}

#[tokio::test]
async fn an_object_grows_at_its_end() {
    let world = World::new().await;
    let begun = append("log", 0, "hel")
        .header("content-type", "text/plain")
        .header("x-oss-meta-author", "me")
        .header("x-oss-tagging", "a=b");
    let begun = world.send(begun).await;
    begun.assert_status(200);
    assert_eq!(begun.header("x-oss-next-append-position"), Some("3"));
    assert_eq!(begun.header("x-oss-version-id"), None);
    world.clock.advance(60);
    let more = append("log", 3, "lo")
        .header("content-type", "image/png")
        .header("x-oss-meta-author", "you");
    let more = world.send(more).await;
    more.assert_status(200);
    assert_eq!(more.header("x-oss-next-append-position"), Some("5"));
    assert_eq!(more.header("x-oss-hash-crc64ecma"), Some(HELLO_CRC64));
    assert_ne!(more.header("etag"), begun.header("etag"));
    let read = world.send(get("bucket", "log")).await;
    assert_eq!(read.body, b"hello");
    let head = world.send(request("HEAD", "bucket", "log")).await;
    for answer in [&read, &head] {
        for (name, value) in [
            ("x-oss-object-type", "Appendable"),
            ("x-oss-next-append-position", "5"),
            ("x-oss-hash-crc64ecma", HELLO_CRC64),
            ("content-type", "text/plain"),
            ("x-oss-meta-author", "me"),
            ("x-oss-tagging-count", "1"),
            ("last-modified", "Tue, 14 Nov 2023 22:14:20 GMT"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        assert_eq!(answer.header("etag"), more.header("etag"));
        assert_eq!(answer.header("content-md5"), None);
    }
    let part = world.send(get("bucket", "log").header("range", "bytes=2-3")).await;
    assert_eq!(part.body, b"ll");
}

#[tokio::test]
async fn the_end_must_be_where_the_writer_thinks() {
    let world = World::new().await;
    let refused = world.send(append("log", 1, "x")).await;
    refused.assert_error(409, "PositionNotEqualToLength");
    assert_eq!(refused.header("x-oss-next-append-position"), Some("0"));
    world.send(append("log", 0, "hello")).await.assert_status(200);
    for position in [0, 4, 6, 1 << 31, 1 << 32, 1 << 53, u64::MAX / 2] {
        let refused = world.send(append("log", position, "x")).await;
        refused.assert_error(409, "PositionNotEqualToLength");
        assert_eq!(refused.header("x-oss-next-append-position"), Some("5"));
        assert_eq!(refused.header("x-oss-ec"), Some("0026-00000016"));
    }
    for position in ["", "-1", "x", "1.0", "18446744073709551616"] {
        let odd = put("bucket", "log", "x").query("append", "").query("position", position);
        world.send(Request { method: "POST", ..odd }).await.assert_error(400, "InvalidArgument");
    }
    let none = put("bucket", "log", "x").query("append", "");
    let none = world.send(Request { method: "POST", ..none }).await;
    assert_eq!(none.status, 400);
    assert_eq!(world.send(get("bucket", "log")).await.body, b"hello");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn nothing_is_appended_to_what_was_written_otherwise() {
    let world = World::new().await;
    world.send(put("bucket", "k", "")).await.assert_status(200);
    for position in [0, 1] {
        let refused = world.send(append("k", position, "x")).await;
        refused.assert_error(409, "ObjectNotAppendable");
    }
    let head = world.send(request("HEAD", "bucket", "k")).await;
    assert_eq!(head.header("x-oss-next-append-position"), None);
}

#[tokio::test]
async fn digests_are_those_of_the_body_and_a_wrong_one_appends_nothing() {
    let world = World::new().await;
    world.send(append("log", 0, "hel")).await.assert_status(200);
    let wrong = append("log", 3, "lo").header("x-oss-hash-crc64ecma", HELLO_CRC64);
    world.send(wrong).await.assert_error(400, "InvalidCRC64");
    let wrong = append("log", 3, "lo").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
    world.send(wrong).await.assert_error(400, "InvalidDigest");
    assert_eq!(world.send(get("bucket", "log")).await.body, b"hel");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_append_at_one_place_one_does() {
    let world = Arc::new(World::new().await);
    let mut position = 0;
    let mut expected: Vec<u8> = Vec::new();
    for round in 0..8_u8 {
        let writers = (0..6_u8).map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let body = vec![round * 16 + number; 1000];
                let answer = world.send(append("log", position, body.clone())).await;
                if answer.status != 200 {
                    answer.assert_error(409, "PositionNotEqualToLength");
                    return None;
                }
                assert_eq!(
                    answer.header("x-oss-next-append-position"),
                    Some((position + 1000).to_string().as_str())
                );
                Some(body)
            })
        });
        let answers = futures_util::future::join_all(writers).await;
        let won: Vec<_> = answers.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(won.len(), 1, "one writer of a round");
        expected.extend(&won[0]);
        position += 1000;
    }
    let read = world.send(get("bucket", "log")).await;
    assert!(read.complete);
    assert_eq!(read.body, expected);
}

#[tokio::test]
async fn a_read_across_many_pieces_is_whole_and_checked() {
    let world = World::new().await;
    let mut whole = Vec::new();
    for number in 0..5_u8 {
        let body = vec![number; PIECE_BYTES + usize::from(number)];
        let position = u64::try_from(whole.len()).unwrap();
        world.send(append("log", position, body.clone())).await.assert_status(200);
        whole.extend(body);
    }
    let read = world.send(get("bucket", "log")).await;
    assert!(read.complete);
    assert_eq!(read.body, whole);
    let (first, last) = (PIECE_BYTES - 3, 3 * PIECE_BYTES + 9);
    let range = format!("bytes={first}-{last}");
    let part = world.send(get("bucket", "log").header("range", &range)).await;
    assert_eq!(part.body, &whole[first..=last]);
}

#[tokio::test]
async fn where_versions_are_kept_the_version_null_grows() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    let begun = world.send(append("log", 0, "a")).await;
    begun.assert_status(200);
    assert_eq!(begun.header("x-oss-version-id"), Some("null"));
    world.send(append("log", 1, "b")).await.assert_status(200);
    let null = world.send(get("bucket", "log").query("versionId", "null")).await;
    assert_eq!(null.body, b"ab");
    world.send(put("bucket", "log", "new")).await.assert_status(200);
    world.send(append("log", 2, "c")).await.assert_error(409, "ObjectNotAppendable");
    world.send(append("log", 3, "c")).await.assert_error(409, "ObjectNotAppendable");
    world.send(request("DELETE", "bucket", "log")).await.assert_status(204);
    world.send(append("log", 0, "c")).await.assert_error(409, "ObjectNotAppendable");
    let null = world.send(get("bucket", "log").query("versionId", "null")).await;
    assert_eq!(null.body, b"ab", "an older version stays as it is");
}
