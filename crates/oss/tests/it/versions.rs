//! Versions of objects: what each state of a bucket keeps, and what reads and deletions tell.

use crate::support::{Answer, Request, World, get, policy, put, request};

async fn enabled() -> World {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    world
}

/// Puts an object and returns its version's id.
async fn put_version(world: &World, key: &str, body: &str) -> String {
    let answer = world.send(put("bucket", key, body.to_owned())).await;
    answer.assert_status(200);
    version_of(&answer)
}

fn version_of(answer: &Answer) -> String {
    answer.header("x-oss-version-id").unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

fn delete(key: &str) -> Request {
    request("DELETE", "bucket", key)
}

#[tokio::test]
async fn a_bucket_that_never_had_versioning_tells_no_versions() {
    let world = World::new().await;
    let written = world.send(put("bucket", "k", "x")).await;
    let read = world.send(get("bucket", "k")).await;
    let null = world.send(get("bucket", "k").query("versionId", "null")).await;
    let deleted = world.send(delete("k")).await;
    let absent = world.send(get("bucket", "k")).await;
    null.assert_status(200);
    deleted.assert_status(204);
    absent.assert_error(404, "NoSuchKey");
    for answer in [&written, &read, &null, &deleted, &absent] {
        assert_eq!(answer.header("x-oss-version-id"), None);
        assert_eq!(answer.header("x-oss-delete-marker"), None);
    }
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let deleted = world.send(delete("k").query("versionId", "null")).await;
    deleted.assert_status(204);
    assert_eq!(deleted.header("x-oss-version-id"), Some("null"));
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn every_write_of_a_versioned_bucket_can_be_read_by_its_id() {
    let world = enabled().await;
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(put_version(&world, "k", &format!("state {number}")).await);
    }
    for (number, id) in ids.iter().enumerate() {
        for method in ["GET", "HEAD"] {
            let read = world.send(request(method, "bucket", "k").query("versionId", id)).await;
            read.assert_status(200);
            assert_eq!(version_of(&read), *id);
            assert_eq!(read.length, Some(7));
        }
        let read = world.send(get("bucket", "k").query("versionId", id)).await;
        assert_eq!(read.body, format!("state {number}").as_bytes());
        let meta = request("HEAD", "bucket", "k").query("objectMeta", "").query("versionId", id);
        assert_eq!(version_of(&world.send(meta).await), *id);
    }
    let newest = world.send(get("bucket", "k")).await;
    assert_eq!((newest.body.as_slice(), version_of(&newest)), (&b"state 3"[..], ids[3].clone()));
    assert_eq!(world.files().len(), 4);
}

#[tokio::test]
async fn an_object_of_before_versioning_becomes_the_version_null() {
    let world = World::new().await;
    world.send(put("bucket", "k", "before")).await.assert_status(200);
    world.set_versioning("bucket", "Enabled").await;
    let id = put_version(&world, "k", "after").await;
    assert_ne!(id, "null");
    let old = world.send(get("bucket", "k").query("versionId", "null")).await;
    assert_eq!((old.body.as_slice(), version_of(&old).as_str()), (&b"before"[..], "null"));
    world.set_versioning("bucket", "Suspended").await;
    assert_eq!(put_version(&world, "k", "suspended").await, "null");
    let null = world.send(get("bucket", "k").query("versionId", "null")).await;
    assert_eq!(null.body, b"suspended", "the older null was replaced");
    let kept = world.send(get("bucket", "k").query("versionId", &id)).await;
    assert_eq!(kept.body, b"after");
    assert_eq!(world.files().len(), 2);
}

#[tokio::test]
async fn deleting_a_key_leaves_a_marker_that_reads_tell() {
    let world = enabled().await;
    let id = put_version(&world, "k", "x").await;
    let deleted = world.send(delete("k")).await;
    deleted.assert_status(204);
    assert_eq!(deleted.header("x-oss-delete-marker"), Some("true"));
    let marker = version_of(&deleted);
    for method in ["GET", "HEAD"] {
        let absent = world.send(request(method, "bucket", "k")).await;
        absent.assert_error(404, "NoSuchKey");
        assert_eq!(absent.header("x-oss-delete-marker"), Some("true"));
        assert_eq!(version_of(&absent), marker);
        let refused = world.send(request(method, "bucket", "k").query("versionId", &marker)).await;
        refused.assert_error(405, "MethodNotAllowed");
        assert_eq!(refused.header("allow"), Some("DELETE"));
        assert_eq!(refused.header("x-oss-delete-marker"), Some("true"));
        assert_eq!(refused.error().text("Method"), method);
        assert_eq!(refused.error().text("ResourceType"), "DeleteMarker");
    }
    world.send(get("bucket", "k").query("versionId", &id)).await.assert_status(200);
    let undone = world.send(delete("k").query("versionId", &marker)).await;
    undone.assert_status(204);
    assert_eq!(undone.header("x-oss-delete-marker"), Some("true"));
    assert_eq!(version_of(&undone), marker);
    assert_eq!(version_of(&world.send(get("bucket", "k")).await), id);
}

#[tokio::test]
async fn a_key_that_never_was_gets_a_marker_too() {
    let world = enabled().await;
    let deleted = world.send(delete("k")).await;
    assert_eq!(deleted.header("x-oss-delete-marker"), Some("true"));
    world.set_versioning("bucket", "Suspended").await;
    let suspended = world.send(delete("k")).await;
    assert_eq!(version_of(&suspended), "null");
    assert_eq!(suspended.header("x-oss-delete-marker"), Some("true"));
}

#[tokio::test]
async fn the_newest_older_version_becomes_current_when_the_current_one_is_deleted() {
    let world = enabled().await;
    let first = put_version(&world, "k", "first").await;
    let second = put_version(&world, "k", "second").await;
    let third = put_version(&world, "k", "third").await;
    let deleted = world.send(delete("k").query("versionId", &third)).await;
    deleted.assert_status(204);
    assert_eq!(version_of(&deleted), third);
    assert_eq!(deleted.header("x-oss-delete-marker"), None);
    assert_eq!(world.send(get("bucket", "k")).await.body, b"second");
    world.send(delete("k").query("versionId", &first)).await.assert_status(204);
    assert_eq!(world.send(get("bucket", "k")).await.body, b"second");
    world.send(delete("k").query("versionId", &second)).await.assert_status(204);
    let absent = world.send(get("bucket", "k")).await;
    absent.assert_error(404, "NoSuchKey");
    assert_eq!(absent.header("x-oss-delete-marker"), None);
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn a_version_that_is_not_there_is_told_from_an_id_that_none_could_have() {
    let world = enabled().await;
    let id = put_version(&world, "k", "x").await;
    let unknown = format!("{}{}", id.get(..16).unwrap(), "0".repeat(32));
    for method in ["GET", "HEAD"] {
        for (key, version) in [("k", unknown.as_str()), ("other", &id), ("k", "null")] {
            let read = request(method, "bucket", key).query("versionId", version);
            world.send(read).await.assert_error(404, "NoSuchVersion");
        }
    }
    for method in ["GET", "HEAD", "DELETE"] {
        for (version, message) in [
            ("", "Version id can not be the empty string."),
            ("latest", "Invalid version id specified."),
            ("NULL", "Invalid version id specified."),
        ] {
            let asked = request(method, "bucket", "k").query("versionId", version);
            let refused = world.send(asked).await;
            refused.assert_error(400, "InvalidArgument");
            assert_eq!(refused.error().text("Message"), message);
            assert_eq!(refused.error().text("ArgumentName"), "versionId");
        }
    }
    let deleted = world.send(delete("k").query("versionId", &unknown)).await;
    deleted.assert_status(204);
    world.send(get("bucket", "k")).await.assert_status(200);
}

#[tokio::test]
async fn overwriting_cannot_be_forbidden_where_nothing_is_overwritten() {
    let world = enabled().await;
    let forbidding = || put("bucket", "k", "x").header("x-oss-forbid-overwrite", "true");
    world.send(forbidding()).await.assert_status(200);
    world.send(forbidding()).await.assert_status(200);
    world.set_versioning("bucket", "Suspended").await;
    world.send(forbidding()).await.assert_status(200);
    world.send(forbidding()).await.assert_status(200);
}

#[tokio::test]
async fn a_bucket_with_versions_or_markers_is_not_empty() {
    let world = enabled().await;
    let id = put_version(&world, "k", "x").await;
    let marker = version_of(&world.send(delete("k")).await);
    let drop_bucket = || request("DELETE", "bucket", "");
    world.send(drop_bucket()).await.assert_error(409, "BucketNotEmpty");
    world.send(delete("k").query("versionId", &id)).await.assert_status(204);
    world.send(drop_bucket()).await.assert_error(409, "BucketNotEmpty");
    world.send(delete("k").query("versionId", &marker)).await.assert_status(204);
    world.send(drop_bucket()).await.assert_status(204);
}

#[tokio::test]
async fn a_version_has_actions_of_its_own() {
    let newest = statements_of(&["oss:GetObject", "oss:DeleteObject", "oss:PutObject"]);
    let versions = statements_of(&["oss:GetObjectVersion", "oss:DeleteObjectVersion"]);
    let world = World::with(&[
        ("LTAInewest", crate::support::ACCOUNT, newest),
        ("LTAIversions", crate::support::ACCOUNT, versions),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.set_versioning("bucket", "Enabled").await;
    let id = put_version(&world, "k", "x").await;
    for (method, query) in [("GET", None), ("HEAD", None), ("HEAD", Some("objectMeta"))] {
        let ask = |who: &str, version: Option<&str>| {
            let asked = request(method, "bucket", "k").by(who);
            let asked = query.into_iter().fold(asked, |asked, name| asked.query(name, ""));
            version.into_iter().fold(asked, |asked, id| asked.query("versionId", id))
        };
        world.send(ask("LTAInewest", None)).await.assert_status(200);
        world.send(ask("LTAInewest", Some(&id))).await.assert_error(403, "AccessDenied");
        world.send(ask("LTAInewest", Some("null"))).await.assert_error(403, "AccessDenied");
        world.send(ask("LTAIversions", None)).await.assert_error(403, "AccessDenied");
        world.send(ask("LTAIversions", Some(&id))).await.assert_status(200);
    }
    let refused = world.send(delete("k").by("LTAInewest").query("versionId", &id)).await;
    refused.assert_error(403, "AccessDenied");
    world.send(delete("k").by("LTAIversions")).await.assert_error(403, "AccessDenied");
    world.send(delete("k").by("LTAInewest")).await.assert_status(204);
    let done = world.send(delete("k").by("LTAIversions").query("versionId", &id)).await;
    done.assert_status(204);
}

fn statements_of(actions: &[&str]) -> String {
    let statements: Vec<_> =
        actions.iter().map(|action| ("Allow", *action, "acs:oss:*:*:bucket/*")).collect();
    crate::support::statements(&statements)
}

#[tokio::test]
async fn the_bytes_of_every_version_outlive_a_restart() {
    let world = enabled().await;
    let first = put_version(&world, "k", "first").await;
    put_version(&world, "k", "second").await;
    world.send(delete("k")).await.assert_status(204);
    let world = world.restarted().await;
    assert_eq!(world.files().len(), 2);
    let read = world.send(get("bucket", "k").query("versionId", &first)).await;
    assert_eq!(read.body, b"first");
}

#[tokio::test]
async fn the_id_of_a_version_opens_no_other_bucket() {
    let others = policy("Allow", "oss:*", "acs:oss:*:*:other/*");
    let world = World::with(&[("LTAIuser", crate::support::ACCOUNT, others)]).await;
    for bucket in ["bucket", "other"] {
        world.send(request("PUT", bucket, "")).await.assert_status(200);
        world.set_versioning(bucket, "Enabled").await;
    }
    let id = put_version(&world, "k", "secret").await;
    let ask = |bucket: &str| get(bucket, "k").query("versionId", &id).by("LTAIuser");
    world.send(ask("bucket")).await.assert_error(403, "AccessDenied");
    world.send(ask("other")).await.assert_error(404, "NoSuchVersion");
}
