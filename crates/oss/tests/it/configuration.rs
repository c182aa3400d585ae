//! What the owner of a bucket sets: each document is set, told and taken back.

use rolecall_gate::Body;

use crate::support::{Request, World, request};

/// A `PUT` of a sub-resource's document.
pub(crate) fn set(sub_resource: &str, document: impl Into<String>) -> Request {
    let body = Body::full(document.into());
    request("PUT", "bucket", "").query(sub_resource, "").body(body)
}

/// A `GET` of it.
pub(crate) fn told(sub_resource: &str) -> Request {
    request("GET", "bucket", "").query(sub_resource, "")
}

#[tokio::test]
async fn versioning_is_set_and_told_and_never_unset() {
    let world = World::new().await;
    let unset = world.send(told("versioning")).await.xml();
    assert_eq!(unset.name, "VersioningConfiguration");
    assert!(unset.children.is_empty());
    let document = |status: &str| {
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>")
    };
    for status in ["Suspended", "Enabled"] {
        let answer = world.send(set("versioning", document(status))).await;
        answer.assert_status(200);
        assert!(answer.body.is_empty());
        assert_eq!(world.send(told("versioning")).await.xml().text("Status"), status);
        let info = world.send(told("bucketInfo")).await.xml();
        assert_eq!(info.text("Bucket/Versioning"), status);
    }
    let missing = world.send(set("versioning", "<VersioningConfiguration/>")).await;
    missing.assert_error(400, "InvalidArgument");
    assert_eq!(missing.error().text("Message"), "The Versioning element must be specified.");
    for wrong in [document("enabled"), document("Off"), "<Other/>".to_owned(), String::new()] {
        world.send(set("versioning", wrong)).await.assert_error(400, "MalformedXML");
    }
    let nowhere = request("PUT", "nowhere", "").query("versioning", "");
    world
        .send(nowhere.body(Body::full(document("Enabled"))))
        .await
        .assert_error(404, "NoSuchBucket");
    let digest = set("versioning", document("Suspended")).header("content-md5", "AAAA");
    world.send(digest).await.assert_error(400, "InvalidDigest");
    assert_eq!(world.send(told("versioning")).await.xml().text("Status"), "Enabled");
}
