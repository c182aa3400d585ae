//! Lifecycle rules at work: what they do to objects, by the clock of the service.

use rolecall_oss::LifecycleReport;

use super::{set, told};
use crate::support::{World, put, request};

/// The seconds of a day. Tests begin at 22:13:20, so that the next midnight is in less than two
/// hours.
const DAY: i64 = 24 * 60 * 60;

fn rule(inner: &str) -> String {
    format!("<Rule><Status>Enabled</Status>{inner}</Rule>")
}

async fn set_rules(world: &World, rules: &str) {
    let document = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    let overlap = set("lifecycle", document).header("x-oss-allow-same-action-overlap", "true");
    world.send(overlap).await.assert_status(200);
}

/// Moves the clock and lets the service do what is due.
async fn after(world: &World, seconds: i64) -> Option<LifecycleReport> {
    world.clock.advance(seconds);
    world.service.maintain().await.unwrap().lifecycle
}

async fn keys(world: &World) -> String {
    let listed = world.send(request("GET", "bucket", "")).await.xml();
    let keys: Vec<_> = listed.all("Contents").map(|it| it.text("Key").to_owned()).collect();
    keys.join(" ")
}

#[tokio::test]
async fn objects_expire_when_their_days_are_over() {
    let world = World::new().await;
    let rules = rule("<Prefix>log/</Prefix><Expiration><Days>1</Days></Expiration>");
    set_rules(&world, &rules).await;
    for key in ["log/a", "log/b", "other"] {
        world.send(put("bucket", key, "x")).await.assert_status(200);
    }
    assert_eq!(world.files().len(), 3);
    // At the next midnight they are some two hours old.
    let report = after(&world, DAY / 4).await.unwrap();
    assert_eq!((report.seen, report.expired), (2, 0));
    assert_eq!(after(&world, 60).await, None, "it is looked at once a day");
    world.send(put("bucket", "log/b", "again")).await.assert_status(200);
    let report = after(&world, DAY).await.unwrap();
    assert_eq!((report.seen, report.expired), (2, 1));
    assert_eq!(keys(&world).await, "log/b other");
    assert_eq!(world.files().len(), 2, "the bytes are gone as well");
    assert_eq!(after(&world, DAY).await.unwrap().expired, 1);
    assert_eq!(keys(&world).await, "other");
}

#[tokio::test]
async fn a_clock_that_jumps_does_all_of_it() {
    let world = World::new().await;
    set_rules(&world, &rule("<Expiration><Days>30</Days></Expiration>")).await;
    for number in 0..1234 {
        let key = format!("k{number:04}");
        world.send(put("bucket", &key, "")).await.assert_status(200);
    }
    let report = after(&world, 32 * DAY).await.unwrap();
    assert_eq!((report.seen, report.expired, report.failed), (1234, 1234, 0));
    assert_eq!(keys(&world).await, "");
}

#[tokio::test]
async fn what_was_not_done_before_a_restart_is_done_after_it() {
    let world = World::new().await;
    set_rules(&world, &rule("<Expiration><Days>1</Days></Expiration>")).await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.clock.advance(3 * DAY);
    let world = world.restarted().await;
    assert_eq!(after(&world, 0).await.unwrap().expired, 1);
    let world = world.restarted().await;
    let report = after(&world, 0).await.unwrap();
    assert_eq!(report.seen, 0, "the day was done");
}

#[tokio::test]
async fn filters_and_overlapping_rules_hold() {
    let world = World::new().await;
    let rules = [
        rule("<Prefix>a/</Prefix><Expiration><Days>9</Days></Expiration>"),
        rule("<Prefix>a/b/</Prefix><Expiration><Days>2</Days></Expiration>"),
        rule(
            "<Prefix>size/</Prefix><Filter><ObjectSizeGreaterThan>3</ObjectSizeGreaterThan>\
             <ObjectSizeLessThan>6</ObjectSizeLessThan><Not><Prefix>size/keep</Prefix></Not>\
             </Filter><Expiration><Days>1</Days></Expiration>",
        ),
        "<Rule><Prefix>off/</Prefix><Status>Disabled</Status><Expiration><Days>1</Days>\
         </Expiration></Rule>"
            .to_owned(),
    ];
    set_rules(&world, &rules.concat()).await;
    for (key, body) in [
        ("a/b/k", "x"),
        ("a/c", "x"),
        ("off/k", "x"),
        ("size/3", "123"),
        ("size/4", "1234"),
        ("size/5", "12345"),
        ("size/6", "123456"),
        ("size/keep", "1234"),
    ] {
        world.send(put("bucket", key, body)).await.assert_status(200);
    }
    after(&world, 4 * DAY).await.unwrap();
    assert_eq!(keys(&world).await, "a/c off/k size/3 size/6 size/keep");
    after(&world, 6 * DAY).await.unwrap();
    assert_eq!(keys(&world).await, "off/k size/3 size/6 size/keep");
}

#[tokio::test]
async fn dates_are_honoured() {
    let world = World::new().await;
    let rules = [
        rule(
            "<Prefix>before/</Prefix><Expiration>\
             <CreatedBeforeDate>2023-11-15T00:00:00.000Z</CreatedBeforeDate></Expiration>",
        ),
        rule(
            "<Prefix>date/</Prefix><Expiration><Date>2023-11-17T00:00:00.000Z</Date></Expiration>",
        ),
    ];
    set_rules(&world, &rules.concat()).await;
    for key in ["before/old", "date/k"] {
        world.send(put("bucket", key, "x")).await.assert_status(200);
    }
    assert_eq!(after(&world, DAY).await.unwrap().expired, 1);
    world.send(put("bucket", "before/new", "x")).await.assert_status(200);
    assert_eq!(after(&world, DAY).await.unwrap().expired, 0);
    assert_eq!(after(&world, DAY).await.unwrap().expired, 1);
    assert_eq!(keys(&world).await, "before/new");
}

#[tokio::test]
async fn objects_move_to_another_class_and_stay_what_they_are() {
    let world = World::new().await;
    let rules = rule(
        "<Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>\
         <Expiration><Days>5</Days></Expiration>",
    );
    set_rules(&world, &rules).await;
    let stored = put("bucket", "k", "content").header("x-oss-meta-a", "b");
    world.send(stored).await.assert_status(200);
    let before = world.send(request("HEAD", "bucket", "k")).await;
    assert_eq!(before.header("x-oss-storage-class"), Some("Standard"));
    let report = after(&world, 2 * DAY).await.unwrap();
    assert_eq!((report.transitioned, report.expired), (1, 0));
    let after_it = world.send(request("GET", "bucket", "k")).await;
    assert_eq!(after_it.header("x-oss-storage-class"), Some("IA"));
    assert_eq!(after_it.body, b"content");
    for name in ["etag", "last-modified", "x-oss-meta-a", "x-oss-hash-crc64ecma"] {
        assert_eq!(before.header(name), after_it.header(name), "{name}");
    }
    assert_eq!(after(&world, DAY).await.unwrap().transitioned, 0, "it is there already");
    assert_eq!(after(&world, 3 * DAY).await.unwrap().expired, 1);
}

#[tokio::test]
async fn rules_of_one_bucket_leave_others_alone_and_end_when_they_are_unset() {
    let world = World::new().await;
    world.send(request("PUT", "other", "")).await.assert_status(200);
    set_rules(&world, &rule("<Expiration><Days>1</Days></Expiration>")).await;
    for bucket in ["bucket", "other"] {
        world.send(put(bucket, "k", "x")).await.assert_status(200);
    }
    world.send(super::unset("lifecycle")).await.assert_status(204);
    assert_eq!(after(&world, 9 * DAY).await.unwrap().seen, 0);
    set_rules(&world, &rule("<Expiration><Days>1</Days></Expiration>")).await;
    assert_eq!(after(&world, DAY).await.unwrap().expired, 1);
    world.send(request("GET", "other", "k")).await.assert_status(200);
    world.send(request("GET", "bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.send(told("lifecycle")).await.status, 200);
}
