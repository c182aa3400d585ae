//! Buckets: made, listed, described, deleted.

use rolecall_gate::Body;
use rolecall_oss::BUCKETS_MAX;

use crate::support::{ACCOUNT, Request, World, put, request};

fn create(name: &str) -> Request {
    request("PUT", name, "")
}

#[tokio::test]
async fn a_bucket_lives() {
    let world = World::with(&[]).await;
    let made = world.send(create("my-bucket")).await;
    made.assert_status(200);
    assert_eq!(made.header("location"), Some("/my-bucket"));
    assert!(made.body.is_empty());
    world.send(create("my-bucket")).await.assert_status(200);
    world.send(create("my-bucket").by("LTAIother")).await.assert_error(409, "BucketAlreadyExists");
    world.send(put("my-bucket", "k", "x")).await.assert_status(200);
    let full = world.send(request("DELETE", "my-bucket", "")).await;
    full.assert_error(409, "BucketNotEmpty");
    assert_eq!(full.error().text("EC"), "0015-00000301");
    assert_eq!(full.error().text("BucketName"), "my-bucket");
    world.send(request("DELETE", "my-bucket", "k")).await.assert_status(204);
    let gone = world.send(request("DELETE", "my-bucket", "")).await;
    gone.assert_status(204);
    assert!(gone.body.is_empty());
    let missing = world.send(request("DELETE", "my-bucket", "")).await;
    missing.assert_error(404, "NoSuchBucket");
    assert_eq!(missing.error().text("BucketName"), "my-bucket");
    world.send(create("my-bucket").by("LTAIother")).await.assert_status(200);
}

#[tokio::test]
async fn a_bucket_that_is_made_again_is_empty() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    world.send(request("DELETE", "bucket", "")).await.assert_status(204);
    world.send(create("bucket")).await.assert_status(200);
    world.send(request("GET", "bucket", "k")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn names_have_limits() {
    let world = World::with(&[]).await;
    let longest = "a".repeat(63);
    for good in ["abc", "0-9", &longest] {
        world.send(create(good)).await.assert_status(200);
    }
    let too_long = "a".repeat(64);
    for bad in ["ab", &too_long, "-abc", "abc-", "Abc", "a_c", "a.c", "a c", "中文名"] {
        let answer = world.send(create(bad)).await;
        answer.assert_error(400, "InvalidBucketName");
        assert_eq!(answer.error().text("EC"), "0015-00000001", "{bad}");
    }
    world.send(request("GET", "Abc", "k")).await.assert_error(400, "InvalidBucketName");
}

#[tokio::test]
async fn an_account_has_a_limit() {
    let world = World::with(&[]).await;
    for number in 0..BUCKETS_MAX {
        world.send(create(&format!("bucket-{number}"))).await.assert_status(200);
    }
    world.send(create("one-more")).await.assert_error(400, "TooManyBuckets");
    world.send(create("bucket-0")).await.assert_status(200);
    world.send(create("one-more").by("LTAIother")).await.assert_status(200);
    world.send(request("DELETE", "bucket-7", "")).await.assert_status(204);
    world.send(create("bucket-new")).await.assert_status(200);
}

#[tokio::test]
async fn the_configuration_is_served_or_refused() {
    let world = World::with(&[]).await;
    let configured = |name: &str, value: &str| {
        let element = format!("<{name}>{value}</{name}>");
        let document = format!("<CreateBucketConfiguration>{element}</CreateBucketConfiguration>");
        create("bucket").body(Body::full(document)).header("content-type", "text/plain")
    };
    for (name, value) in [
        ("StorageClass", "Standard"),
        ("DataRedundancyType", "LRS"),
        ("LocationConstraint", "oss-cn-hangzhou"),
        ("LocationConstraint", "cn-hangzhou"),
        ("Unknown", "x"),
    ] {
        world.send(configured(name, value)).await.assert_status(200);
    }
    for (name, value, status, code) in [
        ("StorageClass", "IA", 409, "BucketAlreadyExists"),
        ("StorageClass", "Archive", 501, "NotImplemented"),
        ("StorageClass", "Gold", 400, "InvalidArgument"),
        ("DataRedundancyType", "ZRS", 409, "BucketAlreadyExists"),
        ("DataRedundancyType", "XRS", 400, "InvalidArgument"),
        ("LocationConstraint", "oss-cn-beijing", 400, "InvalidLocationConstraint"),
    ] {
        world.send(configured(name, value)).await.assert_error(status, code);
    }
    for body in ["<CreateBucketConfiguration/>", ""] {
        world.send(create("bucket").body(Body::full(body))).await.assert_status(200);
    }
    for body in ["x", "<Other/>", "<!DOCTYPE a [<!ENTITY e \"x\">]><CreateBucketConfiguration/>"] {
        let answer = world.send(create("bucket").body(Body::full(body))).await;
        answer.assert_error(400, "MalformedXML");
    }
    let large = Body::full(vec![b' '; (2 << 20) + 1]);
    world.send(create("bucket").body(large)).await.assert_error(400, "MalformedXML");
    let wrong = create("bucket").header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    world.send(wrong).await.assert_error(400, "InvalidDigest");
    let right = create("bucket").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    world.send(right).await.assert_status(200);
}

#[tokio::test]
async fn a_bucket_is_made_with_an_access_control_list_that_there_is() {
    let world = World::with(&[]).await;
    let with = |acl: &str| create("bucket").header("x-oss-acl", acl);
    let unknown = world.send(with("everybody")).await;
    unknown.assert_error(400, "InvalidArgument");
    assert_eq!(unknown.error().text("ArgumentName"), "x-oss-acl");
    assert_eq!(unknown.error().text("ArgumentValue"), "everybody");
    world.send(request("GET", "bucket", "k")).await.assert_error(404, "NoSuchBucket");
    let listed = async || {
        let acl = world.send(request("GET", "bucket", "").query("acl", "")).await.xml();
        acl.text("AccessControlList/Grant").to_owned()
    };
    for acl in ["public-read", "private", "public-read-write"] {
        world.send(with(acl)).await.assert_status(200);
        assert_eq!(listed().await, acl);
        // Where it is not told, it stays.
        world.send(create("bucket")).await.assert_status(200);
        assert_eq!(listed().await, acl);
    }
    let others = with("private").by("LTAIother");
    world.send(others).await.assert_error(409, "BucketAlreadyExists");
    assert_eq!(listed().await, "public-read-write");
}

#[tokio::test]
async fn what_there_is_to_know_of_a_bucket() {
    let world = World::new().await;
    let location = world.send(request("GET", "bucket", "").query("location", "")).await.xml();
    assert_eq!(
        (location.name.as_str(), location.text.as_str()),
        ("LocationConstraint", "oss-cn-hangzhou")
    );
    let acl = world.send(request("GET", "bucket", "").query("acl", "")).await.xml();
    assert_eq!(acl.name, "AccessControlPolicy");
    assert_eq!(acl.text("Owner/ID"), ACCOUNT);
    assert_eq!(acl.text("Owner/DisplayName"), ACCOUNT);
    assert_eq!(acl.text("AccessControlList/Grant"), "private");
    let info = world.send(request("GET", "bucket", "").query("bucketInfo", "")).await.xml();
    assert_eq!(info.name, "BucketInfo");
    for (path, expected) in [
        ("Bucket/Name", "bucket"),
        ("Bucket/CreationDate", "2023-11-14T22:13:20.000Z"),
        ("Bucket/StorageClass", "Standard"),
        ("Bucket/ExtranetEndpoint", "http://127.0.0.1:4600"),
        ("Bucket/IntranetEndpoint", "http://127.0.0.1:4601"),
        ("Bucket/Location", "oss-cn-hangzhou"),
        ("Bucket/Owner/ID", ACCOUNT),
        ("Bucket/Owner/DisplayName", ACCOUNT),
        ("Bucket/AccessControlList/Grant", "private"),
        ("Bucket/AccessMonitor", "Disabled"),
        ("Bucket/BlockPublicAccess", "false"),
        ("Bucket/DataRedundancyType", "LRS"),
        ("Bucket/ServerSideEncryptionRule/SSEAlgorithm", "None"),
    ] {
        assert_eq!(info.text(path), expected, "{path}");
    }
    assert_eq!(info.find("Bucket").unwrap().find("Versioning"), None);
}

#[tokio::test]
async fn buckets_are_listed_by_their_account() {
    let world = World::with(&[]).await;
    for name in ["bbb", "aaa", "abc", "ccc"] {
        world.send(create(name)).await.assert_status(200);
    }
    world.send(create("aba").by("LTAIother")).await.assert_status(200);
    let list = async |query: &[(&str, &str)]| {
        let asked = query.iter().fold(request("GET", "", ""), |r, (n, v)| r.query(n, v));
        let answer = world.send(asked).await.xml();
        assert_eq!(answer.name, "ListAllMyBucketsResult");
        assert_eq!(answer.text("Owner/ID"), ACCOUNT);
        let buckets = answer.find("Buckets").unwrap();
        let names: Vec<_> = buckets.all("Bucket").map(|it| it.text("Name").to_owned()).collect();
        let next = answer.find("NextMarker").map(|it| it.text.clone());
        assert_eq!(answer.text("IsTruncated"), next.is_some().to_string());
        (names.join(" "), next)
    };
    let page = |names: &str, next: Option<&str>| (names.to_owned(), next.map(str::to_owned));
    assert_eq!(list(&[]).await, page("aaa abc bbb ccc", None));
    assert_eq!(list(&[("prefix", ""), ("marker", ""), ("max-keys", "100")]).await.1, None);
    assert_eq!(list(&[("prefix", "a")]).await, page("aaa abc", None));
    assert_eq!(list(&[("max-keys", "2")]).await, page("aaa abc", Some("abc")));
    assert_eq!(list(&[("max-keys", "2"), ("marker", "abc")]).await, page("bbb ccc", None));
    assert_eq!(list(&[("marker", "abb")]).await, page("abc bbb ccc", None));
    assert_eq!(list(&[("marker", "zzz")]).await, page("", None));
    for bad in ["0", "1001", "x", "-1"] {
        let answer = world.send(request("GET", "", "").query("max-keys", bad)).await;
        answer.assert_error(400, "InvalidArgument");
        assert_eq!(answer.error().text("ArgumentName"), "max-keys");
        assert_eq!(answer.error().text("ArgumentValue"), bad);
    }
    let answer = world.send(request("GET", "", "")).await.xml();
    let first = answer.find("Buckets").unwrap().find("Bucket").unwrap();
    for (path, expected) in [
        ("CreationDate", "2023-11-14T22:13:20.000Z"),
        ("ExtranetEndpoint", "http://127.0.0.1:4600"),
        ("IntranetEndpoint", "http://127.0.0.1:4601"),
        ("Location", "oss-cn-hangzhou"),
        ("Region", "cn-hangzhou"),
        ("StorageClass", "Standard"),
    ] {
        assert_eq!(first.text(path), expected, "{path}");
    }
}
