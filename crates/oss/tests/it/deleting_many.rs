//! Many deletions in one request.

use rolecall_gate::Body;

use crate::support::{ACCOUNT, Element, Request, World, get, put, request, statements};

fn deletion(document: impl Into<String>) -> Request {
    let document: String = document.into();
    let request = request("POST", "bucket", "").query("delete", "");
    request.body(Body::full(document.into_bytes()))
}

fn keys(keys: &[&str]) -> String {
    let object = |key: &&str| format!("<Object><Key>{key}</Key></Object>");
    format!("<Delete>{}</Delete>", keys.iter().map(object).collect::<String>())
}

fn told(result: &Element) -> Vec<String> {
    result.all("Deleted").map(|one| one.text("Key").to_owned()).collect()
}

async fn world(keys: &[&str]) -> World {
    let world = World::new().await;
    for key in keys {
        world.send(put("bucket", key, "x")).await.assert_status(200);
    }
    world
}

#[tokio::test]
async fn every_key_is_deleted_and_told_whether_or_not_it_was_there() {
    let world = world(&["a", "b", "c<&>", "kept"]).await;
    let answer = world.send(deletion(keys(&["b", "a", "absent", "c&lt;&amp;&gt;"]))).await;
    answer.assert_status(200);
    let result = answer.xml();
    assert_eq!(result.name, "DeleteResult");
    assert_eq!(told(&result), ["b", "a", "absent", "c<&>"]);
    for deleted in result.all("Deleted") {
        for absent in ["VersionId", "DeleteMarker", "DeleteMarkerVersionId"] {
            assert_eq!(deleted.find(absent), None, "{absent}");
        }
    }
    for key in ["a", "b", "c<&>"] {
        world.send(get("bucket", key)).await.assert_error(404, "NoSuchKey");
    }
    world.send(get("bucket", "kept")).await.assert_status(200);
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn a_quiet_request_is_told_nothing() {
    let world = world(&["a"]).await;
    let document = "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>";
    let answer = world.send(deletion(document)).await;
    answer.assert_status(200);
    assert!(answer.body.is_empty());
    world.send(get("bucket", "a")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn keys_are_encoded_in_the_answer_and_plain_in_the_request() {
    let world = world(&["a b+%20/中"]).await;
    let asked = deletion(keys(&["a b+%20/中"])).query("encoding-type", "url");
    let result = world.send(asked).await.xml();
    assert_eq!(result.text("EncodingType"), "url");
    assert_eq!(result.text("Deleted/Key"), "a%20b%2B%2520%2F%E4%B8%AD");
    world.send(get("bucket", "a b+%20/中")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn versions_go_for_good_and_keys_get_markers() {
    let world = World::new().await;
    world.set_versioning("bucket", "Enabled").await;
    let id = world.send(put("bucket", "a", "x")).await;
    let id = id.header("x-oss-version-id").unwrap().to_owned();
    world.send(put("bucket", "b", "x")).await.assert_status(200);
    let document = format!(
        "<Delete><Object><Key>a</Key><VersionId>{id}</VersionId></Object>\
         <Object><Key>b</Key></Object></Delete>"
    );
    let result = world.send(deletion(document)).await.xml();
    let [version, key] = &result.children[..] else { panic!("{result:?}") };
    assert_eq!((version.text("Key"), version.text("VersionId")), ("a", id.as_str()));
    assert_eq!(version.find("DeleteMarker"), None);
    assert_eq!((key.text("Key"), key.text("DeleteMarker")), ("b", "true"));
    assert_eq!(key.find("VersionId"), None, "only where the request named one");
    let marker = key.text("DeleteMarkerVersionId").to_owned();
    world.send(get("bucket", "a")).await.assert_error(404, "NoSuchKey");
    let document =
        format!("<Delete><Object><Key>b</Key><VersionId>{marker}</VersionId></Object></Delete>");
    let result = world.send(deletion(document)).await.xml();
    assert_eq!(result.text("Deleted/VersionId"), marker);
    assert_eq!(result.text("Deleted/DeleteMarker"), "true");
    assert_eq!(result.text("Deleted/DeleteMarkerVersionId"), marker);
    world.send(get("bucket", "b")).await.assert_status(200);
}

#[tokio::test]
async fn what_is_no_list_of_keys_deletes_nothing() {
    let world = world(&["a"]).await;
    let many: Vec<String> = (0..1001).map(|number| format!("k{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = format!("<Delete><!-- {} --></Delete>", "x".repeat(2 << 20));
    for document in [
        "",
        "x",
        "<Delete/>",
        "<Delete><Quiet>true</Quiet></Delete>",
        "<Delete><Object/></Delete>",
        "<Delete><Object><Key>a</Key></Object>",
        "<Other><Object><Key>a</Key></Object></Other>",
        "<!DOCTYPE Delete [<!ENTITY a \"a\">]><Delete><Object><Key>&a;</Key></Object></Delete>",
        "<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>",
        &keys(&many),
        &long,
    ] {
        let answer = world.send(deletion(document)).await;
        answer.assert_error(400, "MalformedXML");
    }
    for (key, code) in [("", "InvalidObjectName"), ("/a", "InvalidObjectName")] {
        world.send(deletion(keys(&["a", key]))).await.assert_error(400, code);
    }
    let odd = "<Delete><Object><Key>a</Key><VersionId>x</VersionId></Object></Delete>";
    world.send(deletion(odd)).await.assert_error(400, "InvalidArgument");
    let wrong = deletion(keys(&["a"])).header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
    world.send(wrong).await.assert_error(400, "InvalidDigest");
    world.send(get("bucket", "a")).await.assert_status(200);
    let all: Vec<&str> = many[..1000].to_vec();
    let answer = world.send(deletion(keys(&all))).await;
    answer.assert_status(200);
    assert_eq!(answer.xml().all("Deleted").count(), 1000);
}

#[tokio::test]
async fn every_key_is_decided() {
    let a = ("Allow", "oss:DeleteObject", "acs:oss:*:*:bucket/a");
    let all = ("Allow", "oss:*", "acs:oss:*:*:bucket/*");
    let world = World::with(&[
        ("LTAIa", ACCOUNT, statements(&[a])),
        ("LTAIall", ACCOUNT, statements(&[all])),
        ("LTAIdenied", ACCOUNT, statements(&[all, ("Deny", "oss:DeleteObject", a.2)])),
        ("LTAIkeys", ACCOUNT, statements(&[("Allow", "oss:DeleteObject", all.2)])),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    for key in ["a", "b"] {
        world.send(put("bucket", key, "x")).await.assert_status(200);
    }
    let version = "<Delete><Object><Key>a</Key><VersionId>null</VersionId></Object></Delete>";
    world.send(deletion(version).by("LTAIkeys")).await.assert_error(403, "AccessDenied");
    for order in [["a", "b"], ["b", "a"]] {
        let refused = world.send(deletion(keys(&order)).by("LTAIdenied")).await;
        refused.assert_error(403, "AccessDenied");
        assert_eq!(refused.header("x-oss-ec"), Some("0003-00000204"));
    }
    world.send(deletion(keys(&["b"])).by("LTAIa")).await.assert_error(403, "AccessDenied");
    for key in ["a", "b"] {
        world.send(get("bucket", key)).await.assert_status(200);
    }
    let some = world.send(deletion(keys(&["b", "a", "c"])).by("LTAIa")).await;
    some.assert_status(200);
    assert_eq!(told(&some.xml()), ["a"], "what nothing allows is not told");
    world.send(get("bucket", "a")).await.assert_error(404, "NoSuchKey");
    world.send(get("bucket", "b")).await.assert_status(200);
    world.send(deletion(keys(&["a", "b"])).by("LTAIall")).await.assert_status(200);
    world.send(get("bucket", "b")).await.assert_error(404, "NoSuchKey");
}
