//! Copies: bytes, headers, tags, conditions, versions, rights.

use crate::support::{
    ACCOUNT, OTHER_ACCOUNT, Request, World, get, policy, put, request, statements,
};

fn copy(source: &str, key: &str) -> Request {
    request("PUT", "bucket", key).header("x-oss-copy-source", source)
}

/// A bucket with an object that has everything that an object can have.
async fn world() -> World {
    let world = World::new().await;
    let sent = put("bucket", "dir/a b", "hello")
        .header("content-type", "text/plain")
        .header("cache-control", "no-cache")
        .header("x-oss-meta-author", "me")
        .header("x-oss-tagging", "a=b&c=d");
    world.send(sent).await.assert_status(200);
    world.clock.advance(60);
    world
}

#[tokio::test]
async fn a_copy_has_the_bytes_and_all_that_is_said_of_its_source() {
    let world = world().await;
    let answer = world.send(copy("/bucket/dir%2Fa+b", "copy")).await;
    answer.assert_status(200);
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("11177612005948864433"));
    assert_eq!(answer.header("x-oss-version-id"), None);
    assert_eq!(answer.header("x-oss-copy-source-version-id"), None);
    let document = answer.xml();
    assert_eq!(document.name, "CopyObjectResult");
    assert_eq!(document.text("ETag"), "\"5D41402ABC4B2A76B9719D911017C592\"");
    assert_eq!(document.text("LastModified"), "2023-11-14T22:14:20.000Z");
    let read = world.send(get("bucket", "copy")).await;
    assert_eq!(read.body, b"hello");
    for (name, value) in [
        ("content-type", "text/plain"),
        ("cache-control", "no-cache"),
        ("x-oss-meta-author", "me"),
        ("x-oss-tagging-count", "2"),
        ("last-modified", "Tue, 14 Nov 2023 22:14:20 GMT"),
        ("x-oss-object-type", "Normal"),
    ] {
        assert_eq!(read.header(name), Some(value), "{name}");
    }
    world.send(request("DELETE", "bucket", "dir/a b")).await.assert_status(204);
    assert_eq!(world.send(get("bucket", "copy")).await.body, b"hello", "bytes of its own");
}

#[tokio::test]
async fn directives_say_whose_headers_and_tags_count() {
    let world = world().await;
    let replaced = copy("/bucket/dir/a%20b", "copy")
        .header("x-oss-metadata-directive", "REPLACE")
        .header("content-type", "image/png")
        .header("x-oss-meta-other", "you")
        .header("x-oss-storage-class", "IA");
    world.send(replaced).await.assert_status(200);
    let read = world.send(get("bucket", "copy")).await;
    for (name, value) in [
        ("content-type", Some("image/png")),
        ("x-oss-meta-other", Some("you")),
        ("x-oss-meta-author", None),
        ("cache-control", None),
        ("x-oss-tagging-count", Some("2")),
        ("x-oss-storage-class", Some("IA")),
    ] {
        assert_eq!(read.header(name), value, "{name}");
    }
    let tags = copy("/bucket/dir/a%20b", "copy")
        .header("x-oss-metadata-directive", "COPY")
        .header("content-type", "image/png")
        .header("x-oss-tagging-directive", "Replace")
        .header("x-oss-tagging", "e=f");
    world.send(tags).await.assert_status(200);
    let read = world.send(get("bucket", "copy")).await;
    assert_eq!(read.header("content-type"), Some("text/plain"));
    assert_eq!(read.header("x-oss-tagging-count"), Some("1"));
    for header in ["x-oss-metadata-directive", "x-oss-tagging-directive"] {
        let wrong = copy("/bucket/dir/a%20b", "copy").header(header, "Keep");
        world.send(wrong).await.assert_error(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn a_copy_onto_itself_changes_what_is_said_and_keeps_the_bytes_where_they_are() {
    let world = world().await;
    let files = world.files();
    let changed = copy("/bucket/dir/a%20b", "dir/a b")
        .header("x-oss-metadata-directive", "REPLACE")
        .header("x-oss-storage-class", "IA")
        .header("x-oss-meta-now", "1");
    world.send(changed).await.assert_status(200);
    let read = world.send(get("bucket", "dir/a b")).await;
    assert_eq!(read.body, b"hello");
    assert_eq!(read.header("x-oss-meta-author"), None);
    assert_eq!(read.header("x-oss-meta-now"), Some("1"));
    assert_eq!(read.header("x-oss-storage-class"), Some("IA"));
    assert_eq!(read.header("last-modified"), Some("Tue, 14 Nov 2023 22:14:20 GMT"));
    assert_eq!(world.files(), files);
    let forbidding = copy("/bucket/dir/a%20b", "dir/a b").header("x-oss-forbid-overwrite", "true");
    world.send(forbidding).await.assert_error(409, "FileAlreadyExists");
}

#[tokio::test]
async fn conditions_are_those_of_the_source() {
    let world = world().await;
    let etag = "\"5D41402ABC4B2A76B9719D911017C592\"";
    let (same, before) = ("Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:19 GMT");
    for (header, value, status) in [
        ("if-match", etag, 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", "\"other\"", 200),
        ("if-none-match", etag, 304),
        ("if-modified-since", before, 200),
        ("if-modified-since", same, 304),
        ("if-unmodified-since", same, 200),
        ("if-unmodified-since", before, 412),
    ] {
        for key in ["copy", "dir/a b"] {
            let header = format!("x-oss-copy-source-{header}");
            // In place it would be modified from now on.
            let asked = copy("/bucket/dir/a%20b", key).header(&header, value);
            if key == "dir/a b" && status == 200 {
                continue;
            }
            let answer = world.send(asked).await;
            assert_eq!(answer.status, status, "{header}: {value}");
            if status == 412 {
                answer.assert_error(412, "PreconditionFailed");
            } else if status == 304 {
                assert!(answer.body.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_copied() {
    let world = world().await;
    for (source, status, code) in [
        ("/bucket/absent", 404, "NoSuchKey"),
        ("/nobucket/k", 404, "NoSuchBucket"),
        ("/bucket/dir/a%20b?versionId=x", 400, "InvalidArgument"),
        ("/bucket", 400, "InvalidArgument"),
        ("", 400, "InvalidArgument"),
    ] {
        world.send(copy(source, "copy")).await.assert_error(status, code);
    }
    let refused = world.send(copy("nothing", "copy")).await;
    assert_eq!(
        refused.error().text("Message"),
        "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey."
    );
    world.send(put("bucket", "there", "x")).await.assert_status(200);
    let forbidding = copy("/bucket/dir/a%20b", "there").header("x-oss-forbid-overwrite", "true");
    world.send(forbidding).await.assert_error(409, "FileAlreadyExists");
    assert_eq!(world.send(get("bucket", "there")).await.body, b"x");
    world.send(get("bucket", "copy")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.files().len(), 2, "no bytes are left of refused copies");
}

#[tokio::test]
async fn a_large_object_streams_from_one_bucket_to_another() {
    let world = World::new().await;
    world.send(request("PUT", "other", "")).await.assert_status(200);
    let body: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    world.send(put("other", "large", body.clone())).await.assert_status(200);
    world.send(copy("/other/large", "copy")).await.assert_status(200);
    let read = world.send(get("bucket", "copy")).await;
    assert!(read.complete && read.body == body);
}

#[tokio::test]
async fn versions_are_copied_by_their_ids_into_new_ones() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    let first = world.send(put("bucket", "k", "first")).await;
    let first = first.header("x-oss-version-id").unwrap().to_owned();
    let second = world.send(put("bucket", "k", "second")).await;
    let second = second.header("x-oss-version-id").unwrap().to_owned();
    let newest = world.send(copy("/bucket/k", "copy")).await;
    assert_eq!(newest.header("x-oss-copy-source-version-id"), Some(second.as_str()));
    // An older version on top of the newest: that is how one is restored.
    let restored = world.send(copy(&format!("/bucket/k?versionId={first}"), "k")).await;
    restored.assert_status(200);
    assert_eq!(restored.header("x-oss-copy-source-version-id"), Some(first.as_str()));
    let third = restored.header("x-oss-version-id").unwrap().to_owned();
    assert!(third != first && third != second);
    assert_eq!(world.send(get("bucket", "k")).await.body, b"first");
    world.send(request("DELETE", "bucket", "k").query("versionId", &first)).await;
    assert_eq!(world.send(get("bucket", "k")).await.body, b"first", "bytes of its own");
    let marker = world.send(request("DELETE", "bucket", "k")).await;
    let marker = marker.header("x-oss-version-id").unwrap().to_owned();
    world.send(copy("/bucket/k", "copy")).await.assert_error(404, "NoSuchKey");
    let asked = copy(&format!("/bucket/k?versionId={marker}"), "copy");
    world.send(asked).await.assert_error(405, "MethodNotAllowed");
}

#[tokio::test]
async fn of_a_link_the_link_is_copied() {
    let world = world().await;
    let link = put("bucket", "link", "").query("symlink", "");
    let link = link.header("x-oss-symlink-target", "dir/a%20b");
    world.send(link).await.assert_status(200);
    world.send(copy("/bucket/link", "copy")).await.assert_status(200);
    let told = world.send(get("bucket", "copy").query("symlink", "")).await;
    assert_eq!(told.header("x-oss-symlink-target"), Some("dir/a%20b"));
    assert_eq!(world.send(get("bucket", "copy")).await.body, b"hello");
}

#[tokio::test]
async fn a_copy_needs_rights_at_both_ends() {
    let (source, target) = ("acs:oss:*:*:bucket/plain", "acs:oss:*:*:bucket/copy");
    let tagged = "acs:oss:*:*:bucket/dir/*";
    let read = ("Allow", "oss:GetObject", source);
    let read_tagged = ("Allow", "oss:GetObject", tagged);
    let write = ("Allow", "oss:PutObject", target);
    let tags =
        [("Allow", "oss:GetObjectTagging", tagged), ("Allow", "oss:PutObjectTagging", target)];
    let world = World::with(&[
        ("LTAIboth", ACCOUNT, statements(&[read, read_tagged, write])),
        ("LTAIreader", ACCOUNT, statements(&[read])),
        ("LTAIwriter", ACCOUNT, statements(&[write])),
        ("LTAItagger", ACCOUNT, statements(&[read_tagged, write, tags[0], tags[1]])),
        ("LTAIhalf", ACCOUNT, statements(&[read_tagged, write, tags[1]])),
        ("LTAIforeign", OTHER_ACCOUNT, policy("Allow", "oss:*", "*")),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(put("bucket", "plain", "x")).await.assert_status(200);
    let sent = put("bucket", "dir/tagged", "x").header("x-oss-tagging", "a=b");
    world.send(sent).await.assert_status(200);
    for (who, source, status) in [
        ("LTAIboth", "/bucket/plain", 200),
        ("LTAIreader", "/bucket/plain", 403),
        ("LTAIwriter", "/bucket/plain", 403),
        ("LTAIwriter", "/bucket/absent", 403),
        ("LTAIforeign", "/bucket/plain", 403),
        ("LTAIboth", "/bucket/dir/tagged", 403),
        ("LTAIhalf", "/bucket/dir/tagged", 403),
        ("LTAItagger", "/bucket/dir/tagged", 200),
        ("LTAIboth", "/bucket/plain?versionId=null", 403),
    ] {
        let answer = world.send(copy(source, "copy").by(who)).await;
        assert_eq!(answer.status, status, "{who} {source}");
    }
    let untagged = copy("/bucket/dir/tagged", "copy").header("x-oss-tagging-directive", "Replace");
    world.send(untagged.by("LTAIboth")).await.assert_status(200);
    let read = world.send(get("bucket", "copy")).await;
    assert_eq!(read.header("x-oss-tagging-count"), None);
}

#[tokio::test]
async fn the_bucket_of_another_account_decides_who_copies_from_it() {
    let world = World::new().await;
    world.send(request("PUT", "foreign", "").by("LTAIother")).await.assert_status(200);
    world.send(put("foreign", "open/k", "x").by("LTAIother")).await.assert_status(200);
    world.send(put("foreign", "secret", "x").by("LTAIother")).await.assert_status(200);
    let refused = world.send(copy("/foreign/open/k", "copy")).await;
    refused.assert_error(403, "AccessDenied");
    let policy = serde_json::json!({"Version": "1", "Statement": [{
        "Effect": "Allow", "Principal": [ACCOUNT], "Action": ["oss:GetObject"],
        "Resource": [format!("acs:oss:*:{OTHER_ACCOUNT}:foreign/open/*")],
    }]});
    let policy = rolecall_gate::Body::full(policy.to_string().into_bytes());
    let set = request("PUT", "foreign", "").query("policy", "").body(policy);
    world.send(set.by("LTAIother")).await.assert_status(200);
    world.send(copy("/foreign/open/k", "copy")).await.assert_status(200);
    assert_eq!(world.send(get("bucket", "copy")).await.body, b"x");
    world.send(copy("/foreign/secret", "copy")).await.assert_error(403, "AccessDenied");
    // The other way round nothing was allowed.
    let theirs = request("PUT", "foreign", "copy").header("x-oss-copy-source", "/bucket/copy");
    world.send(theirs.by("LTAIother")).await.assert_error(403, "AccessDenied");
}
