//! Lifecycle rules in buckets that keep versions, and on uploads that were not completed.

use rolecall_oss::LifecycleReport;

use super::{set, told};
use crate::support::{World, get, put, request};

/// The seconds of a day. Tests begin at 22:13:20.
const DAY: i64 = 24 * 60 * 60;

async fn world(rule: &str) -> World {
    let world = World::new().await;
    let document = format!(
        "<LifecycleConfiguration><Rule><Status>Enabled</Status>{rule}</Rule>\
         </LifecycleConfiguration>"
    );
    world.send(set("lifecycle", document)).await.assert_status(200);
    world
}

async fn keeps_versions(world: &World) {
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    world.send(set("versioning", enabled)).await.assert_status(200);
}

async fn after(world: &World, seconds: i64) -> LifecycleReport {
    world.clock.advance(seconds);
    world.service.maintain().await.unwrap().lifecycle.unwrap()
}

/// How many objects, with their versions, and how many delete markers there are.
async fn counted(world: &World) -> (String, String) {
    let stat = world.send(told("stat")).await.xml();
    (stat.text("ObjectCount").to_owned(), stat.text("DeleteMarkerCount").to_owned())
}

fn pair(objects: u32, markers: u32) -> (String, String) {
    (objects.to_string(), markers.to_string())
}

#[tokio::test]
async fn an_object_with_versions_expires_behind_a_delete_marker() {
    let world = world("<Expiration><Days>1</Days></Expiration>").await;
    keeps_versions(&world).await;
    let stored = world.send(put("bucket", "k", "x")).await;
    let version = stored.header("x-oss-version-id").unwrap().to_owned();
    let report = after(&world, 2 * DAY).await;
    assert_eq!((report.expired, report.versions_expired), (1, 0));
    let gone = world.send(get("bucket", "k")).await;
    gone.assert_error(404, "NoSuchKey");
    assert_eq!(gone.header("x-oss-delete-marker"), Some("true"));
    let kept = world.send(get("bucket", "k").query("versionId", &version)).await;
    assert_eq!(kept.body, b"x");
    assert_eq!(counted(&world).await, pair(1, 1));
    assert_eq!(after(&world, 9 * DAY).await.expired, 0, "a marker does not expire again");
    assert_eq!(counted(&world).await, pair(1, 1));
}

#[tokio::test]
async fn replaced_versions_expire_by_when_they_were_replaced() {
    let rule = "<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays>\
                </NoncurrentVersionExpiration>";
    let world = world(rule).await;
    keeps_versions(&world).await;
    world.send(put("bucket", "k", "one")).await.assert_status(200);
    world.send(put("bucket", "other", "x")).await.assert_status(200);
    world.clock.advance(5 * DAY);
    // The first is old, and was replaced just now; the second a day later.
    world.send(put("bucket", "k", "two")).await.assert_status(200);
    assert_eq!(after(&world, DAY).await.versions_expired, 0);
    world.send(put("bucket", "k", "three")).await.assert_status(200);
    assert_eq!(counted(&world).await, pair(4, 0));
    assert_eq!(after(&world, DAY).await.versions_expired, 0);
    assert_eq!(after(&world, DAY).await.versions_expired, 1);
    assert_eq!(after(&world, DAY).await.versions_expired, 1);
    assert_eq!(after(&world, 9 * DAY).await.versions_expired, 0);
    assert_eq!(counted(&world).await, pair(2, 0));
    assert_eq!(world.send(get("bucket", "k")).await.body, b"three");
    assert_eq!(world.send(get("bucket", "other")).await.body, b"x");
}

#[tokio::test]
async fn versions_behind_a_marker_go_and_then_the_marker() {
    let rule = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>\
                </Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>\
                </NoncurrentVersionExpiration>";
    let world = world(rule).await;
    keeps_versions(&world).await;
    for key in ["a", "b"] {
        world.send(put("bucket", key, "x")).await.assert_status(200);
        world.send(request("DELETE", "bucket", key)).await.assert_status(204);
    }
    world.send(request("DELETE", "bucket", "never")).await.assert_status(204);
    assert_eq!(counted(&world).await, pair(2, 3));
    let first = after(&world, DAY / 4).await;
    assert_eq!((first.versions_expired, first.markers_expired), (0, 1), "one hid nothing");
    let second = after(&world, DAY).await;
    assert_eq!((second.versions_expired, second.markers_expired), (2, 0));
    let third = after(&world, DAY).await;
    assert_eq!((third.versions_expired, third.markers_expired), (0, 2));
    assert_eq!(counted(&world).await, pair(0, 0));
    world.send(request("DELETE", "bucket", "")).await.assert_status(204);
}

#[tokio::test]
async fn a_rule_without_a_word_of_versions_leaves_them() {
    let world = world("<Expiration><Days>1</Days></Expiration>").await;
    keeps_versions(&world).await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(put("bucket", "k", "y")).await.assert_status(200);
    let report = after(&world, 9 * DAY).await;
    assert_eq!((report.expired, report.versions_expired, report.markers_expired), (1, 0, 0));
    assert_eq!(counted(&world).await, pair(2, 1));
}

#[tokio::test]
async fn replaced_versions_move_to_another_class() {
    let rule = "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays>\
                <StorageClass>IA</StorageClass></NoncurrentVersionTransition>";
    let world = world(rule).await;
    keeps_versions(&world).await;
    let stored = world.send(put("bucket", "k", "x")).await;
    let version = stored.header("x-oss-version-id").unwrap().to_owned();
    world.send(put("bucket", "k", "y")).await.assert_status(200);
    assert_eq!(after(&world, 2 * DAY).await.transitioned, 1);
    let class = async |request| {
        let answer = world.send(request).await;
        answer.header("x-oss-storage-class").map(str::to_owned)
    };
    let old = request("HEAD", "bucket", "k").query("versionId", &version);
    assert_eq!(class(old).await.as_deref(), Some("IA"));
    assert_eq!(class(request("HEAD", "bucket", "k")).await.as_deref(), Some("Standard"));
    assert_eq!(after(&world, DAY).await.transitioned, 0);
}

#[tokio::test]
async fn uploads_that_were_not_completed_are_given_up() {
    let rule = "<Prefix>up/</Prefix><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>";
    let world = world(rule).await;
    for key in ["up/a", "up/b", "other"] {
        let begun = world.send(request("POST", "bucket", key).query("uploads", "")).await.xml();
        let part = put("bucket", key, "part").query("partNumber", "1");
        let part = part.query("uploadId", begun.text("UploadId"));
        world.send(part).await.assert_status(200);
    }
    let uploads = async || {
        let stat = world.send(told("stat")).await.xml();
        let number = |name: &str| stat.text(name).to_owned();
        (number("MultipartUploadCount"), number("MultipartPartCount"), number("Storage"))
    };
    let counts = |uploads: &str| (uploads.to_owned(), uploads.to_owned(), "0".to_owned());
    assert_eq!(uploads().await, counts("3"));
    assert_eq!(after(&world, DAY / 4).await.uploads_aborted, 0);
    assert_eq!(after(&world, DAY).await.uploads_aborted, 2);
    assert_eq!(after(&world, DAY).await.uploads_aborted, 0);
    assert_eq!(uploads().await, counts("1"));
}
