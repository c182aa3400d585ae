//! What buckets are made as, and what they tell of themselves.

use rolecall_gate::Body;

use super::told;
use crate::support::{ACCOUNT, Request, World, put, request};

fn made(name: &str, inner: &str) -> Request {
    let document = format!("<CreateBucketConfiguration>{inner}</CreateBucketConfiguration>");
    request("PUT", name, "").body(Body::full(document))
}

#[tokio::test]
async fn a_bucket_keeps_its_class_and_its_redundancy() {
    let world = World::with(&[]).await;
    let (seldom, zones) =
        ("<StorageClass>IA</StorageClass>", "<DataRedundancyType>ZRS</DataRedundancyType>");
    world.send(made("bucket", &format!("{seldom}{zones}"))).await.assert_status(200);
    let info = world.send(told("bucketInfo")).await.xml();
    assert_eq!(info.text("Bucket/StorageClass"), "IA");
    assert_eq!(info.text("Bucket/DataRedundancyType"), "ZRS");
    let listed = world.send(request("GET", "", "")).await.xml();
    let first = listed.find("Buckets").unwrap().find("Bucket").unwrap();
    assert_eq!(first.text("StorageClass"), "IA");
    for same in ["", seldom, zones] {
        world.send(made("bucket", same)).await.assert_status(200);
    }
    for other in
        ["<StorageClass>Standard</StorageClass>", "<DataRedundancyType>LRS</DataRedundancyType>"]
    {
        world.send(made("bucket", other)).await.assert_error(409, "BucketAlreadyExists");
    }
    for class in ["Archive", "ColdArchive", "DeepColdArchive"] {
        let class = format!("<StorageClass>{class}</StorageClass>");
        world.send(made("cold", &class)).await.assert_error(501, "NotImplemented");
    }
}

#[tokio::test]
async fn objects_are_of_the_class_of_their_bucket_or_of_their_own() {
    let world = World::with(&[]).await;
    world.send(made("bucket", "<StorageClass>IA</StorageClass>")).await.assert_status(200);
    world.send(put("bucket", "a", "x")).await.assert_status(200);
    let own = put("bucket", "b", "x").header("x-oss-storage-class", "Standard");
    world.send(own).await.assert_status(200);
    for (key, class) in [("a", "IA"), ("b", "Standard")] {
        let answer = world.send(request("HEAD", "bucket", key)).await;
        assert_eq!(answer.header("x-oss-storage-class"), Some(class));
    }
    let listed = world.send(request("GET", "bucket", "")).await.xml();
    let classes: Vec<_> = listed.all("Contents").map(|it| it.text("StorageClass")).collect();
    assert_eq!(classes, ["IA", "Standard"]);
    let archive = put("bucket", "c", "x").header("x-oss-storage-class", "Archive");
    world.send(archive).await.assert_error(400, "NotImplemented");
}

#[tokio::test]
async fn a_bucket_tells_where_it_is() {
    let world = World::new().await;
    let answer = world.send(request("HEAD", "bucket", "")).await;
    answer.assert_status(200);
    assert_eq!(answer.header("x-oss-bucket-region"), Some("oss-cn-hangzhou"));
    assert!(answer.body.is_empty());
    let missing = world.send(request("HEAD", "nowhere", "")).await;
    missing.assert_error(404, "NoSuchBucket");
    assert!(missing.body.is_empty());
    let regions = |value: &str| request("GET", "", "").query("regions", value);
    for asked in ["", "oss-cn-hangzhou"] {
        let list = world.send(regions(asked)).await.xml();
        assert_eq!(list.name, "RegionInfoList");
        assert_eq!(list.all("RegionInfo").count(), 1);
        assert_eq!(list.text("RegionInfo/Region"), "oss-cn-hangzhou");
        assert_eq!(list.text("RegionInfo/InternetEndpoint"), "http://127.0.0.1:4600");
        assert_eq!(list.text("RegionInfo/InternalEndpoint"), "http://127.0.0.1:4601");
    }
    world.send(regions("oss-cn-beijing")).await.assert_error(404, "NoSuchRegion");
}

#[tokio::test]
async fn a_bucket_tells_how_much_is_in_it() {
    let world = World::new().await;
    let stat = async || world.send(told("stat")).await.xml();
    let empty = stat().await;
    assert_eq!(empty.name, "BucketStat");
    assert_eq!((empty.text("Storage"), empty.text("ObjectCount")), ("0", "0"));
    assert_eq!(empty.text("LastModifiedTime"), "1700000000");
    for (key, length, class) in
        [("a", 10, "Standard"), ("b", 70_000, "IA"), ("c", 5, "IA"), ("d", 0, "Standard")]
    {
        let object = put("bucket", key, vec![b'x'; length]).header("x-oss-storage-class", class);
        world.send(object).await.assert_status(200);
    }
    world.send(put("bucket", "a", "seven b")).await.assert_status(200);
    world.send(request("DELETE", "bucket", "d")).await.assert_status(204);
    let counted = stat().await;
    for (name, expected) in [
        ("Storage", 70_012),
        ("ObjectCount", 3),
        ("StandardStorage", 7),
        ("StandardObjectCount", 1),
        ("InfrequentAccessStorage", 70_000 + 65_536),
        ("InfrequentAccessRealStorage", 70_005),
        ("InfrequentAccessObjectCount", 2),
        ("LiveChannelCount", 0),
        ("ArchiveObjectCount", 0),
    ] {
        assert_eq!(counted.text(name), expected.to_string(), "{name}");
    }
}

#[tokio::test]
async fn a_bucket_has_no_live_channels() {
    let world = World::new().await;
    let list = world.send(told("live").query("prefix", "p").query("max-keys", "7")).await.xml();
    assert_eq!(list.name, "ListLiveChannelResult");
    for (name, expected) in
        [("Prefix", "p"), ("Marker", ""), ("MaxKeys", "7"), ("IsTruncated", "false")]
    {
        assert_eq!(list.text(name), expected, "{name}");
    }
    assert!(list.find("LiveChannel").is_none());
    world.send(told("live").query("max-keys", "0")).await.assert_error(400, "InvalidArgument");
    let made = request("PUT", "bucket", "channel").query("live", "");
    world.send(made).await.assert_error(501, "NotImplemented");
}

#[tokio::test]
async fn the_information_of_a_bucket_is_what_was_set() {
    let world = World::new().await;
    world.send(request("PUT", "logs", "")).await.assert_status(200);
    let log = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket>\
               <TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>";
    world.send(super::set("logging", log)).await.assert_status(200);
    let info = world.send(told("bucketInfo")).await.xml();
    assert_eq!(info.text("Bucket/BucketPolicy/LogBucket"), "logs");
    assert_eq!(info.text("Bucket/BucketPolicy/LogPrefix"), "p/");
    assert_eq!(info.text("Bucket/Owner/ID"), ACCOUNT);
}
