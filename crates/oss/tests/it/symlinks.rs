//! Links: made, told, read through.

use crate::support::{ACCOUNT, Request, Signed, World, get, policy, put, request};

fn link(key: &str, target: &str) -> Request {
    put("bucket", key, "").query("symlink", "").header("x-oss-symlink-target", target)
}

fn told(key: &str) -> Request {
    get("bucket", key).query("symlink", "")
}

#[tokio::test]
async fn a_link_is_read_as_its_target_with_its_own_metadata() {
    let world = World::new().await;
    let target = put("bucket", "dir/a b", "hello").header("content-type", "text/plain");
    world.send(target.header("x-oss-meta-of", "target")).await.assert_status(200);
    world.clock.advance(60);
    let made = link("link", "dir/a%20b").header("x-oss-meta-of", "link");
    let made = world.send(made).await;
    made.assert_status(200);
    let head = world.send(request("HEAD", "bucket", "link")).await;
    let read = world.send(get("bucket", "link")).await;
    assert_eq!(read.body, b"hello");
    for answer in [&head, &read] {
        answer.assert_status(200);
        assert_eq!(answer.length, Some(5));
        for (name, value) in [
            ("x-oss-object-type", "Symlink"),
            ("etag", "\"5D41402ABC4B2A76B9719D911017C592\""),
            ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
            ("x-oss-hash-crc64ecma", "11177612005948864433"),
            ("x-oss-meta-of", "link"),
            ("content-type", "application/octet-stream"),
            ("last-modified", "Tue, 14 Nov 2023 22:14:20 GMT"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
    }
    let part = world.send(get("bucket", "link").header("range", "bytes=1-2")).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &b"el"[..]));
    let meta = world.send(request("HEAD", "bucket", "link").query("objectMeta", "")).await;
    assert_eq!(meta.length, Some(5));
    world.clock.advance(60);
    world.send(put("bucket", "dir/a b", "changed")).await.assert_status(200);
    let read = world.send(get("bucket", "link")).await;
    assert_eq!(read.body, b"changed");
    assert_eq!(read.header("last-modified"), Some("Tue, 14 Nov 2023 22:15:20 GMT"));
}

#[tokio::test]
async fn a_link_tells_its_target() {
    let world = World::new().await;
    let made = world.send(link("link", "%E4%B8%AD/a%20b%2B")).await;
    let answer = world.send(told("link")).await;
    answer.assert_status(200);
    assert_eq!(answer.header("x-oss-symlink-target"), Some("%E4%B8%AD/a%20b%2B"));
    assert_eq!(answer.header("etag"), made.header("etag"));
    let listed = world.send(request("GET", "bucket", "")).await.xml();
    assert_eq!(listed.text("Contents/Type"), "Symlink");
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(told("k")).await.assert_error(400, "NotSymlink");
    world.send(told("absent")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn what_a_link_cannot_stand_for() {
    let world = World::new().await;
    world.send(link("first", "second")).await.assert_status(200);
    for method in ["GET", "HEAD"] {
        let answer = world.send(request(method, "bucket", "first")).await;
        answer.assert_error(404, "SymlinkTargetNotExist");
    }
    world.send(link("second", "third")).await.assert_status(200);
    let answer = world.send(get("bucket", "first")).await;
    answer.assert_error(400, "InvalidTargetType");
    assert_eq!(answer.header("x-oss-ec"), Some("0026-00000011"));
    world.send(link("self", "self")).await.assert_status(200);
    world.send(get("bucket", "self")).await.assert_error(400, "InvalidTargetType");
    for wrong in ["", "/a", "%5Ca", "%FF", "a%2", &"k".repeat(1024)] {
        let answer = world.send(link("k", wrong)).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let none = put("bucket", "k", "").query("symlink", "");
    assert_eq!(world.send(none).await.status, 400);
}

#[tokio::test]
async fn a_link_is_replaced_and_deleted_without_its_target() {
    let world = World::new().await;
    world.send(put("bucket", "target", "x")).await.assert_status(200);
    world.send(link("link", "target")).await.assert_status(200);
    let forbidding = link("link", "other").header("x-oss-forbid-overwrite", "true");
    world.send(forbidding).await.assert_error(409, "FileAlreadyExists");
    world.send(request("DELETE", "bucket", "link")).await.assert_status(204);
    world.send(get("bucket", "link")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.send(get("bucket", "target")).await.body, b"x");
}

#[tokio::test]
async fn links_have_versions_and_read_the_newest_of_their_target() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    world.send(put("bucket", "target", "old")).await.assert_status(200);
    let first = world.send(link("link", "target")).await;
    let first = first.header("x-oss-version-id").unwrap().to_owned();
    let second = world.send(link("link", "elsewhere")).await;
    let second = second.header("x-oss-version-id").unwrap().to_owned();
    world.send(put("bucket", "target", "new")).await.assert_status(200);
    let read = world.send(get("bucket", "link").query("versionId", &first)).await;
    assert_eq!(read.body, b"new");
    assert_eq!(read.header("x-oss-version-id"), Some(first.as_str()));
    let answer = world.send(told("link").query("versionId", &second)).await;
    assert_eq!(answer.header("x-oss-symlink-target"), Some("elsewhere"));
    world.send(request("DELETE", "bucket", "target")).await.assert_status(204);
    let read = world.send(get("bucket", "link").query("versionId", &first)).await;
    read.assert_error(404, "SymlinkTargetNotExist");
}

#[tokio::test]
async fn whoever_reads_through_a_link_must_be_allowed_to_read_both() {
    let links = policy("Allow", "oss:GetObject", "acs:oss:*:*:bucket/link");
    let targets = policy("Allow", "oss:GetObject", "acs:oss:*:*:bucket/target");
    let both = policy("Allow", "oss:GetObject", "acs:oss:*:*:bucket/*");
    let world = World::with(&[
        ("LTAIlinks", ACCOUNT, links),
        ("LTAItargets", ACCOUNT, targets),
        ("LTAIboth", ACCOUNT, both),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(put("bucket", "target", "x")).await.assert_status(200);
    world.send(link("link", "target")).await.assert_status(200);
    world.send(get("bucket", "link").by("LTAIboth")).await.assert_status(200);
    let head = |query: &str| request("HEAD", "bucket", "link").query(query, "").by("LTAIlinks");
    for asked in [get("bucket", "link").by("LTAIlinks"), head("x"), head("objectMeta")] {
        let refused = world.send(asked).await;
        assert_eq!((refused.status, refused.header("x-oss-ec")), (403, Some("0003-00000001")));
    }
    world.send(told("link").by("LTAIlinks")).await.assert_status(200);
    let refused = world.send(get("bucket", "target").by("LTAIlinks")).await;
    refused.assert_error(403, "AccessDenied");
    let refused = world.send(get("bucket", "link").by("LTAItargets")).await;
    refused.assert_error(403, "AccessDenied");
    world.send(link("new", "target").by("LTAIlinks")).await.assert_error(403, "AccessDenied");
    // What a list grants, it grants of the link or of the target alone.
    let public = |key| request("PUT", "bucket", key).query("acl", "");
    let nobody = || get("bucket", "link").signed(Signed::No);
    for key in ["link", "target"] {
        world.send(nobody()).await.assert_error(403, "AccessDenied");
        let public = public(key).header("x-oss-object-acl", "public-read");
        world.send(public).await.assert_status(200);
    }
    world.send(nobody()).await.assert_status(200);
}
