//! Reading: ranges, conditions, headers of the reader's choice, damage.

use std::fs;

use crate::support::{Request, World, get, put, request};

const MODIFIED: &str = "Tue, 14 Nov 2023 22:13:20 GMT";
const BEFORE: &str = "Tue, 14 Nov 2023 22:13:19 GMT";
const ETAG: &str = "\"5D41402ABC4B2A76B9719D911017C592\"";

async fn world() -> World {
    let world = World::new().await;
    world.send(put("bucket", "k", "hello")).await.assert_status(200);
    world
}

#[tokio::test]
async fn ranges_by_default_and_by_the_standard() {
    let world = world().await;
    let standard = |range: &str| {
        get("bucket", "k").header("range", range).header("x-oss-range-behavior", "standard")
    };
    for (range, status, body, content_range) in [
        ("bytes=1-2", 206, "el", Some("bytes 1-2/5")),
        ("bytes=2-", 206, "llo", Some("bytes 2-4/5")),
        ("bytes=-2", 206, "lo", Some("bytes 3-4/5")),
        ("bytes=0-0,2-3", 206, "h", Some("bytes 0-0/5")),
        ("bytes=3-9", 200, "hello", None),
        ("bytes=5-", 200, "hello", None),
        ("bytes=-9", 200, "hello", None),
        ("byte=0-1", 200, "hello", None),
    ] {
        let answer = world.send(get("bucket", "k").header("range", range)).await;
        answer.assert_status(status);
        assert_eq!(answer.body, body.as_bytes(), "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        assert_eq!(answer.length, Some(body.len() as u64));
    }
    for (range, body, content_range) in
        [("bytes=3-9", "lo", "bytes 3-4/5"), ("bytes=-9", "hello", "bytes 0-4/5")]
    {
        let answer = world.send(standard(range)).await;
        answer.assert_status(206);
        assert_eq!(answer.body, body.as_bytes(), "{range}");
        assert_eq!(answer.header("content-range"), Some(content_range), "{range}");
    }
    for range in ["bytes=5-", "bytes=5-9", "bytes=99999999999999999999-"] {
        let answer = world.send(standard(range)).await;
        answer.assert_error(416, "InvalidRange");
        assert_eq!(answer.header("content-range"), Some("bytes */5"));
    }
    let head = world.send(request("HEAD", "bucket", "k").header("range", "bytes=1-2")).await;
    head.assert_status(200);
    assert_eq!(head.length, Some(5));
}

#[tokio::test]
async fn a_range_of_a_state_that_is_gone_is_everything() {
    let world = world().await;
    let ranged =
        |state: &str| get("bucket", "k").header("range", "bytes=0-0").header("if-range", state);
    for (state, status) in [(ETAG, 206), (MODIFIED, 206), ("\"x\"", 200), (BEFORE, 200)] {
        world.send(ranged(state)).await.assert_status(status);
    }
}

#[tokio::test]
async fn conditions() {
    let world = world().await;
    let unquoted = ETAG.trim_matches('"');
    for (headers, status) in [
        (&[("if-match", ETAG)][..], 200),
        (&[("if-match", "\"x\"")], 412),
        (&[("if-none-match", unquoted)], 304),
        (&[("if-none-match", "\"x\"")], 200),
        (&[("if-modified-since", MODIFIED)], 304),
        (&[("if-modified-since", BEFORE)], 200),
        (&[("if-modified-since", "soon")], 200),
        (&[("if-unmodified-since", MODIFIED)], 200),
        (&[("if-unmodified-since", BEFORE)], 412),
        (&[("if-match", unquoted), ("if-unmodified-since", MODIFIED)], 200),
    ] {
        for method in ["GET", "HEAD"] {
            let asked =
                headers.iter().fold(request(method, "bucket", "k"), |asked, (name, value)| {
                    asked.header(name, value)
                });
            let answer = world.send(asked).await;
            assert_eq!(answer.status, status, "{method} {headers:?}");
            match status {
                304 => {
                    assert!(answer.body.is_empty());
                    assert_eq!(answer.header("etag"), Some(ETAG));
                    assert_eq!(answer.header("last-modified"), Some(MODIFIED));
                    assert_eq!(answer.header("content-type"), None);
                }
                412 => {
                    assert_eq!(answer.code(), "PreconditionFailed");
                    let condition = answer.error().text("Condition").to_lowercase();
                    assert_eq!(condition, headers[0].0);
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn headers_of_the_readers_choice() {
    let world = world().await;
    let asked = |asked: Request| {
        asked
            .query("response-content-type", "text/css")
            .query("response-content-language", "zh")
            .query("response-expires", "never")
            .query("response-cache-control", "no-store")
            .query("response-content-disposition", "attachment; filename=\"中.txt\"")
            .query("response-content-encoding", "br")
    };
    let answer = world.send(asked(get("bucket", "k"))).await;
    answer.assert_status(200);
    for (name, value) in [
        ("content-type", "text/css"),
        ("content-language", "zh"),
        ("expires", "never"),
        ("cache-control", "no-store"),
        ("content-disposition", "attachment; filename=\"中.txt\""),
        ("content-encoding", "br"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    for value in ["a\r\nx-evil: 1", "a\n", "\0", "\u{7f}", "\u{85}"] {
        let answer = world.send(get("bucket", "k").query("response-content-type", value)).await;
        answer.assert_error(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn damaged_bytes_are_not_passed_off_as_the_object() {
    let world = World::new().await;
    let bytes = vec![7; 700_000];
    world.send(put("bucket", "large", bytes.clone())).await.assert_status(200);
    let file = world.files().pop().unwrap();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[400_000] ^= 1;
    fs::write(&file, &flipped).unwrap();
    let read = world.send(get("bucket", "large")).await;
    assert!(!read.complete && bytes.starts_with(&read.body), "what is damaged is held back");
    let range = |range: &str| get("bucket", "large").header("range", range);
    world.send(range("bytes=420000-420009")).await.assert_error(500, "InternalError");
    world.send(range("bytes=9-9")).await.assert_status(206);
    fs::write(&file, &whole[..600_000]).unwrap();
    world.send(get("bucket", "large")).await.assert_error(500, "InternalError");
    fs::remove_file(&file).unwrap();
    world.send(get("bucket", "large")).await.assert_error(500, "InternalError");
}

#[tokio::test]
async fn a_small_object_is_checked_before_its_first_byte() {
    let world = World::new().await;
    world.send(put("bucket", "small", "hello")).await.assert_status(200);
    world.send(put("bucket", "other", "world")).await.assert_status(200);
    let segment = world.files().pop().unwrap();
    let whole = fs::read(&segment).unwrap();
    let at = whole.windows(5).position(|window| window == b"hello").unwrap();
    for (bit, byte) in [(at, "its bytes"), (at - 1, "its checksum"), (at - 16, "its frame")] {
        let mut flipped = whole.clone();
        flipped[bit] ^= 1;
        fs::write(&segment, &flipped).unwrap();
        let read = world.send(get("bucket", "small")).await;
        read.assert_error(500, "InternalError");
        assert!(!read.body.windows(4).any(|window| window == b"ello"), "{byte}");
        let range = get("bucket", "small").header("range", "bytes=4-4");
        world.send(range).await.assert_error(500, "InternalError");
        assert_eq!(world.send(get("bucket", "other")).await.body, b"world");
    }
    fs::write(&segment, &whole[..at + 2]).unwrap();
    world.send(get("bucket", "small")).await.assert_error(500, "InternalError");
    fs::write(&segment, &whole).unwrap();
    assert_eq!(world.send(get("bucket", "small")).await.body, b"hello");
}

#[tokio::test]
async fn what_was_read_before_is_never_read_in_the_place_of_what_is() {
    let world = world().await;
    let read = async || {
        let first = world.send(get("bucket", "k")).await;
        // The second time it is at hand.
        let second = world.send(get("bucket", "k")).await;
        assert_eq!(first.status, second.status);
        assert!(first.status != 200 || first.body == second.body);
        for name in ["etag", "content-type", "x-oss-tagging-count", "x-oss-object-type"] {
            assert_eq!(first.header(name), second.header(name), "{name}");
        }
        second
    };
    assert_eq!(read().await.body, b"hello");
    world.send(put("bucket", "k", "other")).await.assert_status(200);
    assert_eq!(read().await.body, b"other", "as long as the one before");
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let tagging = put("bucket", "k", tags).query("tagging", "");
    world.send(tagging).await.assert_status(200);
    let tagged = read().await;
    assert_eq!((tagged.header("x-oss-tagging-count"), &*tagged.body), (Some("1"), &b"other"[..]));
    let source = put("bucket", "k", "").header("x-oss-copy-source", "/bucket/k");
    let renewed =
        source.header("x-oss-metadata-directive", "REPLACE").header("content-type", "text/plain");
    world.send(renewed).await.assert_status(200);
    assert_eq!(read().await.header("content-type"), Some("text/plain"));
    world.send(request("DELETE", "bucket", "k")).await;
    read().await.assert_error(404, "NoSuchKey");
    world.send(put("bucket", "k", "again")).await.assert_status(200);
    assert_eq!(read().await.body, b"again");
    world.send(request("DELETE", "bucket", "k")).await;
    world.send(request("DELETE", "bucket", "")).await;
    read().await.assert_error(404, "NoSuchBucket");
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    read().await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn what_is_at_hand_is_read_by_no_one_else() {
    let world = world().await;
    assert_eq!(world.send(get("bucket", "k")).await.body, b"hello");
    assert_eq!(world.send(get("bucket", "k")).await.body, b"hello");
    world.send(get("bucket", "k").by("LTAIother")).await.assert_error(403, "AccessDenied");
    world.send(get("bucket", "k").unsigned()).await.assert_error(403, "AccessDenied");
}
