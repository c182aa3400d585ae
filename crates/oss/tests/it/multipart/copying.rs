//! Parts that are copied: bytes, ranges, conditions, versions, links, rights.

use super::{LEAST, begin, complete, initiate, list_parts, object, send};
use crate::support::{
    ACCOUNT, Answer, OTHER_ACCOUNT, Request, World, get, put, request, statements,
};

const LENGTH: usize = 3 * LEAST;

fn content() -> Vec<u8> {
    (0..LENGTH).map(|number| u8::try_from(number % 251).unwrap()).collect()
}

fn copy(source: &str, id: &str, number: &str) -> Request {
    let asked = request("PUT", "bucket", "k").query("uploadId", id).query("partNumber", number);
    asked.header("x-oss-copy-source", source)
}

fn ranged(id: &str, number: &str, range: &str) -> Request {
    copy("/bucket/dir/a%20b", id, number).header("x-oss-copy-source-range", range)
}

/// A bucket with an object, an upload, and its id.
async fn world() -> (World, String) {
    let world = World::new().await;
    world.send(put("bucket", "dir/a b", content())).await.assert_status(200);
    world.clock.advance(60);
    let id = begin(&world, initiate("k")).await;
    (world, id)
}

fn etag(answer: &Answer) -> String {
    answer.assert_status(200);
    let document = answer.xml();
    assert_eq!(document.name, "CopyPartResult");
    assert_eq!(document.text("LastModified"), "2023-11-14T22:14:20.000Z");
    assert_eq!(answer.header("etag"), Some(document.text("ETag")), "clients look for either");
    document.text("ETag").to_owned()
}

#[tokio::test]
async fn copied_and_sent_parts_become_one_object() {
    let (world, id) = world().await;
    let first = etag(&world.send(ranged(&id, "1", "bytes=0-102399")).await);
    let sent = send(&world, "k", &id, 2, vec![9; LEAST]).await;
    let whole = world.send(copy("/bucket/dir/a%20b", &id, "3")).await;
    let source = world.send(get("bucket", "dir/a b")).await;
    for name in ["etag", "x-oss-hash-crc64ecma"] {
        let told = if name == "etag" { Some(etag(&whole)) } else { None };
        let told = told.as_deref().or(whole.header(name));
        assert_eq!(told, source.header(name), "{name}");
    }
    assert_eq!(whole.header("x-oss-copy-source-version-id"), None);
    let listed = world.send(list_parts("k", &id)).await.xml();
    let sizes: Vec<_> = listed.all("Part").map(|part| part.text("Size").to_owned()).collect();
    assert_eq!(sizes, [LEAST.to_string(), LEAST.to_string(), LENGTH.to_string()]);
    let parts = [(1, first.as_str()), (2, &sent), (3, &etag(&whole))];
    let done = world.send(complete("k", &id, &parts)).await;
    done.assert_status(200);
    world.send(request("DELETE", "bucket", "dir/a b")).await.assert_status(204);
    let object = object(&world, "k").await;
    let expected = [&content()[..LEAST], &vec![9; LEAST], &content()].concat();
    assert_eq!(object.body, expected, "bytes of its own");
    // The sum is combined of those of the parts: it is that of the same bytes sent at once.
    let at_once = world.send(put("bucket", "at once", expected)).await;
    assert_eq!(
        object.header("x-oss-hash-crc64ecma"),
        at_once.header("x-oss-hash-crc64ecma"),
        "the sums of the parts come to that of the object"
    );
}

#[tokio::test]
async fn ranges_at_every_edge() {
    let (world, id) = world().await;
    let last = LENGTH - 1;
    for (range, size) in [
        ("bytes=0-0".to_owned(), 1),
        (format!("bytes={last}-{last}"), 1),
        (format!("bytes=0-{last}"), LENGTH),
        (format!("bytes={last}-"), 1),
        ("bytes=-5".to_owned(), 5),
    ] {
        for behavior in ["", "standard"] {
            let asked = ranged(&id, "1", &range).header("x-oss-range-behavior", behavior);
            world.send(asked).await.assert_status(200);
            let listed = world.send(list_parts("k", &id)).await.xml();
            assert_eq!(listed.text("Part/Size"), size.to_string(), "{range}");
        }
    }
    send(&world, "k", &id, 1, b"x".to_vec()).await;
    for range in [
        format!("bytes=0-{LENGTH}"),
        format!("bytes={LENGTH}-"),
        "bytes=9-1".to_owned(),
        "bytes=-0".to_owned(),
        "bytes=0-18446744073709551616".to_owned(),
        "bytes=9223372036854775808-".to_owned(),
        "0-9".to_owned(),
    ] {
        let refused = ranged(&id, "1", &range).header("x-oss-range-behavior", "standard");
        world.send(refused).await.assert_error(400, "InvalidArgument");
        let listed = world.send(list_parts("k", &id)).await.xml();
        assert_eq!(listed.text("Part/Size"), "1", "{range}: nothing was written");
        world.send(ranged(&id, "2", &range)).await.assert_status(200);
        let listed = world.send(list_parts("k", &id)).await.xml();
        let sizes: Vec<_> = listed.all("Part").map(|part| part.text("Size").to_owned()).collect();
        assert_eq!(sizes[1], LENGTH.to_string(), "{range}: the whole source");
    }
}

#[tokio::test]
async fn of_nothing_comes_an_empty_part() {
    let (world, id) = world().await;
    world.send(put("bucket", "empty", "")).await.assert_status(200);
    let answer = world.send(copy("/bucket/empty", &id, "1")).await;
    assert_eq!(etag(&answer), "\"D41D8CD98F00B204E9800998ECF8427E\"");
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("0"));
}

#[tokio::test]
async fn conditions_are_those_of_the_source() {
    let (world, id) = world().await;
    let etag = world.send(get("bucket", "dir/a b")).await.header("etag").unwrap().to_owned();
    let (same, before) = ("Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:19 GMT");
    for (header, value, status) in [
        ("if-match", etag.as_str(), 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", "\"other\"", 200),
        ("if-none-match", &etag, 304),
        ("if-modified-since", before, 200),
        ("if-modified-since", same, 304),
        ("if-unmodified-since", same, 200),
        ("if-unmodified-since", before, 412),
    ] {
        send(&world, "k", &id, 1, b"x".to_vec()).await;
        let header = format!("x-oss-copy-source-{header}");
        let answer = world.send(copy("/bucket/dir/a%20b", &id, "1").header(&header, value)).await;
        assert_eq!(answer.status, status, "{header}: {value}");
        if status == 412 {
            answer.assert_error(412, "PreconditionFailed");
        }
        let listed = world.send(list_parts("k", &id)).await.xml();
        let size = if status == 200 { LENGTH } else { 1 };
        assert_eq!(listed.text("Part/Size"), size.to_string(), "{header}: {value}");
    }
}

#[tokio::test]
async fn what_cannot_be_copied_leaves_the_upload_as_it_was() {
    let (world, id) = world().await;
    let files = world.files().len();
    for (source, number, status, code) in [
        ("/bucket/absent", "1", 404, "NoSuchKey"),
        ("/nobucket/k", "1", 404, "NoSuchBucket"),
        ("/bucket/dir/a%20b?versionId=x", "1", 400, "InvalidArgument"),
        ("/bucket", "1", 400, "InvalidArgument"),
        ("", "1", 400, "InvalidArgument"),
        ("/bucket/dir/a%20b", "0", 400, "InvalidArgument"),
        ("/bucket/dir/a%20b", "10001", 400, "InvalidArgument"),
        ("/bucket/dir/a%20b", "18446744073709551617", 400, "InvalidArgument"),
    ] {
        world.send(copy(source, &id, number)).await.assert_error(status, code);
    }
    let none = world.send(copy("/bucket/dir/a%20b", "NONE", "1")).await;
    none.assert_error(404, "NoSuchUpload");
    assert_eq!(none.header("x-oss-ec"), Some("0042-00000104"));
    let mut astray = copy("/bucket/dir/a%20b", &id, "1");
    "other".clone_into(&mut astray.key);
    world.send(astray).await.assert_error(404, "NoSuchUpload");
    let tagged = copy("/bucket/dir/a%20b", &id, "1").header("x-oss-tagging", "a=b");
    world.send(tagged).await.assert_error(400, "NotImplemented");
    assert_eq!(world.send(list_parts("k", &id)).await.xml().all("Part").count(), 0);
    assert_eq!(world.files().len(), files, "no bytes are left of refused copies");
}

#[tokio::test]
async fn a_version_is_copied_by_its_id_and_a_link_by_what_it_stands_for() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    let first = world.send(put("bucket", "v", "first")).await;
    let first = first.header("x-oss-version-id").unwrap().to_owned();
    let second = world.send(put("bucket", "v", "second")).await;
    let second = second.header("x-oss-version-id").unwrap().to_owned();
    let id = begin(&world, initiate("k")).await;
    let newest = world.send(copy("/bucket/v", &id, "1")).await;
    assert_eq!(newest.header("x-oss-copy-source-version-id"), Some(second.as_str()));
    let older = world.send(copy(&format!("/bucket/v?versionId={first}"), &id, "1")).await;
    assert_eq!(older.header("x-oss-copy-source-version-id"), Some(first.as_str()));
    let link = put("bucket", "link", "").query("symlink", "");
    world.send(link.header("x-oss-symlink-target", "v")).await.assert_status(200);
    let linked = world.send(copy("/bucket/link", &id, "2")).await;
    linked.assert_status(200);
    let listed = world.send(list_parts("k", &id)).await.xml();
    let sizes: Vec<_> = listed.all("Part").map(|part| part.text("Size").to_owned()).collect();
    assert_eq!(sizes, ["5", "6"]);
    let marker = world.send(request("DELETE", "bucket", "v")).await;
    let marker = marker.header("x-oss-version-id").unwrap().to_owned();
    world.send(copy("/bucket/v", &id, "1")).await.assert_error(404, "NoSuchKey");
    let asked = copy(&format!("/bucket/v?versionId={marker}"), &id, "1");
    world.send(asked).await.assert_error(405, "MethodNotAllowed");
    world.send(copy("/bucket/link", &id, "1")).await.assert_error(404, "SymlinkTargetNotExist");
}

#[tokio::test]
async fn a_copied_part_needs_the_rights_of_a_copy() {
    let (source, target) = ("acs:oss:*:*:bucket/plain", "acs:oss:*:*:bucket/k");
    let read = ("Allow", "oss:GetObject", source);
    let version = ("Allow", "oss:GetObjectVersion", source);
    let write = ("Allow", "oss:PutObject", target);
    let link = ("Allow", "oss:GetObject", "acs:oss:*:*:bucket/link");
    let denied = ("Deny", "oss:GetObject", source);
    let all = ("Allow", "oss:*", "*");
    let world = World::with(&[
        ("LTAIboth", ACCOUNT, statements(&[read, write, link])),
        ("LTAIversion", ACCOUNT, statements(&[version, write])),
        ("LTAIreader", ACCOUNT, statements(&[read, version])),
        ("LTAIwriter", ACCOUNT, statements(&[write, link])),
        ("LTAIdenied", ACCOUNT, statements(&[all, denied])),
        ("LTAIforeign", OTHER_ACCOUNT, statements(&[all])),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(put("bucket", "plain", "x")).await.assert_status(200);
    let linked = put("bucket", "link", "").query("symlink", "");
    world.send(linked.header("x-oss-symlink-target", "plain")).await.assert_status(200);
    let id = begin(&world, initiate("k")).await;
    for (who, source, status) in [
        ("LTAIboth", "/bucket/plain", 200),
        ("LTAIboth", "/bucket/link", 200),
        ("LTAIboth", "/bucket/plain?versionId=null", 403),
        ("LTAIversion", "/bucket/plain?versionId=null", 200),
        ("LTAIversion", "/bucket/plain", 403),
        ("LTAIreader", "/bucket/plain", 403),
        ("LTAIwriter", "/bucket/plain", 403),
        ("LTAIwriter", "/bucket/absent", 403),
        // A link is no way around: what it stands for is asked for as well.
        ("LTAIwriter", "/bucket/link", 403),
        ("LTAIdenied", "/bucket/plain", 403),
        ("LTAIdenied", "/bucket/link", 403),
        ("LTAIforeign", "/bucket/plain", 403),
    ] {
        let answer = world.send(copy(source, &id, "1").by(who)).await;
        assert_eq!(answer.status, status, "{who} {source}");
        let unsigned = world.send(copy(source, &id, "1").unsigned()).await;
        assert_eq!(unsigned.status, 403, "nobody {source}");
    }
}

#[tokio::test]
async fn the_bucket_of_another_account_decides_who_copies_parts_from_it() {
    let world = World::new().await;
    world.send(request("PUT", "foreign", "").by("LTAIother")).await.assert_status(200);
    for key in ["open/k", "secret"] {
        world.send(put("foreign", key, "x").by("LTAIother")).await.assert_status(200);
    }
    let id = begin(&world, initiate("k")).await;
    world.send(copy("/foreign/open/k", &id, "1")).await.assert_error(403, "AccessDenied");
    let policy = serde_json::json!({"Version": "1", "Statement": [{
        "Effect": "Allow", "Principal": [ACCOUNT], "Action": ["oss:GetObject"],
        "Resource": [format!("acs:oss:*:{OTHER_ACCOUNT}:foreign/open/*")],
    }]});
    let policy = rolecall_gate::Body::full(policy.to_string().into_bytes());
    let set = request("PUT", "foreign", "").query("policy", "").body(policy);
    world.send(set.by("LTAIother")).await.assert_status(200);
    world.send(copy("/foreign/open/k", &id, "1")).await.assert_status(200);
    world.send(copy("/foreign/secret", &id, "2")).await.assert_error(403, "AccessDenied");
    // Whoever may read there may not write here.
    let theirs = copy("/foreign/secret", &id, "2").by("LTAIother");
    world.send(theirs).await.assert_error(403, "AccessDenied");
    let listed = world.send(list_parts("k", &id)).await.xml();
    assert_eq!(listed.all("Part").count(), 1);
}
