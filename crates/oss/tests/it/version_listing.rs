//! Listing of versions: pages, folding, what a page tells.

use crate::support::{ACCOUNT, Element, Request, World, put, request, statements};

fn listing() -> Request {
    request("GET", "bucket", "").query("versions", "")
}

/// Versions of some keys: `a` thrice, `dir/x` twice and deleted, `dir/y`, `z`.
async fn world() -> World {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    for key in ["a", "dir/x", "z", "a", "dir/y", "dir/x", "a"] {
        world.send(put("bucket", key, "hello")).await.assert_status(200);
    }
    world.send(request("DELETE", "bucket", "dir/x")).await.assert_status(204);
    world
}

fn keys(page: &Element, kind: &str) -> Vec<String> {
    page.all(kind).map(|entry| entry.text("Key").to_owned()).collect()
}

#[tokio::test]
async fn a_page_in_full() {
    let world = world().await;
    let page = world.send(listing().query("prefix", "dir/x")).await.xml();
    assert_eq!(page.name, "ListVersionsResult");
    for (path, expected) in [
        ("Name", "bucket"),
        ("Prefix", "dir/x"),
        ("KeyMarker", ""),
        ("VersionIdMarker", ""),
        ("MaxKeys", "100"),
        ("Delimiter", ""),
        ("IsTruncated", "false"),
        ("DeleteMarker/Key", "dir/x"),
        ("DeleteMarker/IsLatest", "true"),
        ("DeleteMarker/LastModified", "2023-11-14T22:13:20.000Z"),
        ("DeleteMarker/Owner/ID", ACCOUNT),
        ("Version/Key", "dir/x"),
        ("Version/IsLatest", "false"),
        ("Version/LastModified", "2023-11-14T22:13:20.000Z"),
        ("Version/ETag", "\"5D41402ABC4B2A76B9719D911017C592\""),
        ("Version/Type", "Normal"),
        ("Version/Size", "5"),
        ("Version/StorageClass", "Standard"),
        ("Version/Owner/ID", ACCOUNT),
        ("Version/Owner/DisplayName", ACCOUNT),
    ] {
        assert_eq!(page.text(path), expected, "{path}");
    }
    assert_eq!(keys(&page, "Version"), ["dir/x", "dir/x"]);
    for absent in ["EncodingType", "NextKeyMarker", "NextVersionIdMarker", "CommonPrefixes"] {
        assert_eq!(page.find(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn an_unversioned_bucket_has_one_version_of_each_key() {
    let world = World::new().await;
    for key in ["b", "a"] {
        world.send(put("bucket", key, "")).await.assert_status(200);
    }
    let page = world.send(listing()).await.xml();
    assert_eq!(keys(&page, "Version"), ["a", "b"]);
    assert!(page.all("Version").all(|it| it.text("VersionId") == "null"));
    assert!(page.all("Version").all(|it| it.text("IsLatest") == "true"));
}

#[tokio::test]
async fn a_common_prefix_stands_for_all_versions_below_it() {
    let world = world().await;
    let folding = || listing().query("delimiter", "/");
    let page = world.send(folding()).await.xml();
    assert_eq!(keys(&page, "Version"), ["a", "a", "a", "z"]);
    assert_eq!(keys(&page, "DeleteMarker"), [] as [String; 0]);
    assert_eq!(page.all("CommonPrefixes").count(), 1);
    assert_eq!(page.text("CommonPrefixes/Prefix"), "dir/");
    let page = world.send(folding().query("max-keys", "4")).await.xml();
    assert_eq!(keys(&page, "Version"), ["a", "a", "a"]);
    assert_eq!(page.text("NextKeyMarker"), "dir/");
    assert_eq!(page.text("NextVersionIdMarker"), "");
    let page = world.send(folding().query("key-marker", "dir/")).await.xml();
    assert_eq!(keys(&page, "Version"), ["z"]);
    assert_eq!(page.all("CommonPrefixes").count(), 0);
    let within = folding().query("prefix", "dir/");
    let page = world.send(within).await.xml();
    assert_eq!(keys(&page, "Version"), ["dir/x", "dir/x", "dir/y"]);
}

#[tokio::test]
async fn a_key_marker_alone_is_behind_all_versions_of_its_key() {
    let world = world().await;
    let page = world.send(listing().query("key-marker", "a")).await.xml();
    assert_eq!(keys(&page, "Version"), ["dir/x", "dir/x", "dir/y", "z"]);
    let page = world.send(listing().query("key-marker", "dir/x")).await.xml();
    assert_eq!(keys(&page, "Version"), ["dir/y", "z"]);
    assert_eq!(keys(&page, "DeleteMarker"), [] as [String; 0]);
}

#[tokio::test]
async fn a_page_goes_on_where_versions_of_the_last_one_were_deleted() {
    let world = world().await;
    let first = world.send(listing().query("max-keys", "2")).await.xml();
    let go_on = || {
        listing()
            .query("key-marker", first.text("NextKeyMarker"))
            .query("version-id-marker", first.text("NextVersionIdMarker"))
    };
    for version in first.all("Version") {
        let id = version.text("VersionId");
        let deletion = request("DELETE", "bucket", version.text("Key")).query("versionId", id);
        world.send(deletion).await.assert_status(204);
    }
    let second = world.send(go_on()).await.xml();
    assert_eq!(keys(&second, "Version"), ["a", "dir/x", "dir/x", "dir/y", "z"]);
    assert_eq!(second.text("Version/IsLatest"), "true", "the oldest has become the current one");
}

#[tokio::test]
async fn keys_are_encoded_where_that_is_asked() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    world.send(put("bucket", "a b+\u{1}/c", "")).await.assert_status(200);
    world.send(request("DELETE", "bucket", "a b+\u{1}/c")).await.assert_status(204);
    let page = listing().query("encoding-type", "url").query("max-keys", "1");
    let page = world.send(page.query("prefix", "a b").query("key-marker", "a ")).await.xml();
    assert_eq!(page.text("EncodingType"), "url");
    assert_eq!(page.text("Prefix"), "a%20b");
    assert_eq!(page.text("KeyMarker"), "a%20");
    assert_eq!(page.text("DeleteMarker/Key"), "a%20b%2B%01%2Fc");
    assert_eq!(page.text("NextKeyMarker"), "a%20b%2B%01%2Fc");
}

#[tokio::test]
async fn what_cannot_be_asked() {
    let world = world().await;
    for (name, value) in [
        ("max-keys", "0"),
        ("max-keys", "1001"),
        ("encoding-type", "base64"),
        ("version-id-marker", "null"),
    ] {
        let refused = world.send(listing().query(name, value)).await;
        refused.assert_error(400, "InvalidArgument");
        assert_eq!(refused.error().text("ArgumentName"), name);
    }
    let odd = listing().query("key-marker", "a").query("version-id-marker", "odd");
    world.send(odd).await.assert_error(400, "InvalidArgument");
}

#[tokio::test]
async fn listing_versions_is_a_right_of_its_own() {
    let bucket = "acs:oss:*:*:bucket";
    let objects = statements(&[("Allow", "oss:ListObjects", bucket)]);
    let versions = statements(&[("Allow", "oss:ListObjectVersions", bucket)]);
    let world =
        World::with(&[("LTAIobjects", ACCOUNT, objects), ("LTAIversions", ACCOUNT, versions)])
            .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(listing().by("LTAIobjects")).await.assert_error(403, "AccessDenied");
    world.send(listing().by("LTAIversions")).await.assert_status(200);
    let plain = request("GET", "bucket", "");
    world.send(plain.by("LTAIversions")).await.assert_error(403, "AccessDenied");
}
