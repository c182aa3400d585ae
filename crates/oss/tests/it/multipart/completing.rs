//! What makes an object of parts, and what does not.

use bytes::Bytes;
use rolecall_gate::{Body, BodyError};

use super::{
    LEAST, abort, begin, complete, complete_all, complete_by, initiate, list_parts, object, part,
    send,
};
use crate::support::{World, cut, put, request};

#[tokio::test]
async fn an_etag_is_compared_without_quotes_and_case() {
    let world = World::new().await;
    for spelling in [
        |etag: &str| etag.to_owned(),
        |etag: &str| etag.trim_matches('"').to_owned(),
        |etag: &str| etag.to_lowercase(),
        |etag: &str| format!(" {} ", etag.trim_matches('"').to_lowercase()),
    ] {
        let id = begin(&world, initiate("k")).await;
        let etag = spelling(&send(&world, "k", &id, 1, b"x".to_vec()).await);
        world.send(complete("k", &id, &[(1, &etag)])).await.assert_status(200);
    }
}

#[tokio::test]
async fn wrong_lists_of_parts_change_nothing() {
    let world = World::new().await;
    world.send(put("bucket", "k", "old")).await.assert_status(200);
    let id = begin(&world, initiate("k")).await;
    let big = vec![7; LEAST];
    let one = send(&world, "k", &id, 1, big.clone()).await;
    let two = send(&world, "k", &id, 2, vec![2; LEAST - 1]).await;
    let three = send(&world, "k", &id, 3, b"".to_vec()).await;
    for (parts, code) in [
        (vec![], "MalformedXML"),
        (vec![(2, &two), (1, &one)], "InvalidPartOrder"),
        (vec![(1, &one), (1, &one)], "InvalidPartOrder"),
        (vec![(1, &one), (4, &one)], "InvalidPart"),
        (vec![(1, &two)], "InvalidPart"),
        (vec![(1, &"*".to_owned())], "InvalidPart"),
        (vec![(1, &format!("{one},{two}"))], "InvalidPart"),
        (vec![(1, &String::new())], "InvalidPart"),
        (vec![(1, &one), (2, &two), (3, &three)], "EntityTooSmall"),
    ] {
        let parts: Vec<_> = parts.into_iter().map(|(number, etag)| (number, &**etag)).collect();
        let answer = world.send(complete("k", &id, &parts)).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{parts:?}");
    }
    let answer = world.send(complete("k", &id, &[(1, &one), (4, "x")])).await;
    assert_eq!(answer.error().text("PartNumber"), "4");
    for wrong in [
        "",
        "x",
        "<CompleteMultipartUpload/>",
        "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part>\
         </CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber>\
         <ETag>x</ETag></Part></CompleteMultipartUpload>",
        "<Other><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></Other>",
        "<!DOCTYPE x><CompleteMultipartUpload/>",
    ] {
        let answer = world.send(complete_by("k", &id, wrong)).await;
        assert_eq!((answer.status, &*answer.code()), (400, "MalformedXML"), "{wrong}");
    }
    let both = complete("k", &id, &[(1, &one)]).header("x-oss-complete-all", "yes");
    let answer = world.send(both).await;
    answer.assert_error(400, "InvalidArgument");
    assert_eq!(answer.header("x-oss-ec"), Some("0042-00000216"));
    let no = request("POST", "bucket", "k").query("uploadId", &id);
    let no = no.header("x-oss-complete-all", "no");
    world.send(no).await.assert_error(400, "InvalidArgument");
    let garbled = complete("k", &id, &[(1, &one)]).header("content-md5", "x");
    world.send(garbled).await.assert_error(400, "InvalidDigest");
    let forbidden = complete("k", &id, &[(1, &one)]).header("x-oss-forbid-overwrite", "true");
    world.send(forbidden).await.assert_error(409, "FileAlreadyExists");
    let forbidden = initiate("k").header("x-oss-forbid-overwrite", "true");
    world.send(forbidden).await.assert_error(409, "FileAlreadyExists");

    assert_eq!(object(&world, "k").await.body, b"old");
    assert_eq!(world.send(list_parts("k", &id)).await.xml().all("Part").count(), 3);
    // The last one may be as small as it likes, and what is not named goes.
    world.send(complete("k", &id, &[(1, &one), (3, &three)])).await.assert_status(200);
    assert_eq!(object(&world, "k").await.body, big);
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn all_parts_are_completed_without_being_named() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    world.send(complete_all("k", &id)).await.assert_error(400, "MalformedXML");
    send(&world, "k", &id, 10_000, b"end".to_vec()).await;
    send(&world, "k", &id, 9, vec![1; LEAST]).await;
    let answer = world.send(complete_all("k", &id).query("encoding-type", "url")).await;
    answer.assert_status(200);
    assert_eq!(answer.xml().text("EncodingType"), "url");
    let body = object(&world, "k").await.body;
    assert_eq!(body.len(), LEAST + 3);
    assert!(body.ends_with(b"\x01end"));
    assert_eq!(world.files().len(), 2);
}

#[tokio::test]
async fn an_abort_leaves_nothing() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    send(&world, "k", &id, 1, b"x".to_vec()).await;
    send(&world, "k", &id, 2, b"y".to_vec()).await;
    world.send(abort("k", &id)).await.assert_status(204);
    assert_eq!(world.files().len(), 0);
    world.send(abort("k", &id)).await.assert_error(404, "NoSuchUpload");
    world.send(part("k", &id, 1, "x")).await.assert_error(404, "NoSuchUpload");
    world.send(list_parts("k", &id)).await.assert_error(404, "NoSuchUpload");
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn a_part_cut_at_any_byte_is_none() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    let whole: Vec<u8> = (0..64).collect();
    send(&world, "k", &id, 1, b"before".to_vec()).await;
    for length in 0..whole.len() {
        for announced in [None, Some(64)] {
            let sent = whole[..length].to_vec();
            let body = cut(announced, sent, BodyError::Incomplete);
            let asked = part("k", &id, 1, "").header("x-oss-meta-x", "").body(body);
            world.send(asked).await.assert_error(400, "IncompleteBody");
        }
        let short = Body::stream(
            Some(64),
            Box::pin(futures_util::stream::iter([Ok(Bytes::from(whole[..length].to_vec()))])),
        );
        world.send(part("k", &id, 1, "").body(short)).await.assert_error(400, "IncompleteBody");
        assert_eq!(world.files().len(), 1, "a stray file after {length} bytes");
    }
    // The document that completes is cut as well.
    let etag = world.send(list_parts("k", &id)).await.xml().text("Part/ETag").to_owned();
    let named = super::document(&[(1, &etag)]).into_bytes();
    for length in 0..named.len() {
        let body = cut(Some(named.len() as u64), named[..length].to_vec(), BodyError::Incomplete);
        let asked = complete("k", &id, &[]).body(body);
        world.send(asked).await.assert_error(400, "IncompleteBody");
    }
    world.send(request("GET", "bucket", "k")).await.assert_error(404, "NoSuchKey");
    world.send(complete("k", &id, &[(1, &etag)])).await.assert_status(200);
    assert_eq!(object(&world, "k").await.body, b"before");
}

#[tokio::test]
async fn a_restart_keeps_uploads() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    // One that shares a file with others, and one large enough for a file of its own.
    let (large, small) = (vec![7; 2 << 20], b"small".to_vec());
    let first = send(&world, "k", &id, 1, large.clone()).await;
    let second = send(&world, "k", &id, 2, small.clone()).await;
    let world = world.restarted().await;
    assert_eq!(world.files().len(), 2);
    let parts = [(1, &*first), (2, &*second)];
    world.send(complete("k", &id, &parts)).await.assert_status(200);
    let world = world.restarted().await;
    assert_eq!(object(&world, "k").await.body, [large, small].concat());
}

#[tokio::test]
async fn a_bucket_with_an_upload_stays() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    world.send(request("DELETE", "bucket", "")).await.assert_error(409, "BucketNotEmpty");
    world.send(abort("k", &id)).await.assert_status(204);
    world.send(request("DELETE", "bucket", "")).await.assert_status(204);
}
