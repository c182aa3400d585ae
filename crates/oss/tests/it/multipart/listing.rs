//! Lists of parts and of uploads.

use super::{begin, initiate, list_parts, send};
use crate::support::{Element, Request, World, request};

fn uploads() -> Request {
    request("GET", "bucket", "").query("uploads", "")
}

fn texts<'a>(document: &'a Element, list: &'a str, name: &str) -> Vec<&'a str> {
    document.all(list).map(|element| element.text(name)).collect()
}

#[tokio::test]
async fn parts_page_by_page() {
    let world = World::new().await;
    let id = begin(&world, initiate("a b")).await;
    for number in [3, 1, 10_000, 20, 100] {
        send(&world, "a b", &id, number, vec![b'x'; 5]).await;
    }
    let (mut marker, mut seen) = ("0".to_owned(), Vec::new());
    loop {
        let asked = list_parts("a b", &id)
            .query("max-parts", "2")
            .query("part-number-marker", &marker)
            .query("encoding-type", "url");
        let document = world.send(asked).await.xml();
        assert_eq!(document.name, "ListPartsResult");
        for (path, expected) in [
            ("EncodingType", "url"),
            ("Bucket", "bucket"),
            ("Key", "a%20b"),
            ("UploadId", &id),
            ("StorageClass", "Standard"),
            ("PartNumberMarker", &marker),
            ("MaxParts", "2"),
        ] {
            assert_eq!(document.text(path), expected, "{path}");
        }
        for listed in document.all("Part") {
            seen.push(listed.text("PartNumber").to_owned());
            assert_eq!(listed.text("Size"), "5");
            assert_eq!(listed.text("LastModified"), "2023-11-14T22:13:20.000Z");
            assert_eq!(listed.text("ETag").len(), 34);
            assert!(listed.text("HashCrc64ecma").parse::<u64>().is_ok());
        }
        document.text("NextPartNumberMarker").clone_into(&mut marker);
        assert_eq!(Some(&marker), seen.last());
        if document.text("IsTruncated") == "false" {
            break;
        }
    }
    assert_eq!(seen, ["1", "3", "20", "100", "10000"]);
    let empty = begin(&world, initiate("a b")).await;
    let document = world.send(list_parts("a b", &empty)).await.xml();
    assert_eq!(document.text("NextPartNumberMarker"), "0");
    assert_eq!(document.text("MaxParts"), "1000");
    assert_eq!(document.text("Key"), "a b");
    assert!(document.find("EncodingType").is_none());
}

#[tokio::test]
async fn uploads_page_by_page_by_key_and_id() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for key in ["b", "a", "b", "a/1", "a/2", "a/2", "中", "a/", "c"] {
        expected.push((key.to_owned(), begin(&world, initiate(key)).await));
    }
    expected.sort();
    for limit in 1..=10 {
        let (mut key, mut id, mut seen) = (String::new(), String::new(), Vec::new());
        loop {
            let asked = uploads()
                .query("key-marker", &key)
                .query("upload-id-marker", &id)
                .query("max-uploads", &limit.to_string());
            let document = world.send(asked).await.xml();
            assert_eq!(document.name, "ListMultipartUploadsResult");
            assert_eq!(document.text("KeyMarker"), key);
            assert_eq!(document.text("UploadIdMarker"), id);
            for listed in document.all("Upload") {
                assert_eq!(listed.text("Initiated"), "2023-11-14T22:13:20.000Z");
                seen.push((listed.text("Key").to_owned(), listed.text("UploadId").to_owned()));
            }
            document.text("NextKeyMarker").clone_into(&mut key);
            document.text("NextUploadIdMarker").clone_into(&mut id);
            if document.text("IsTruncated") == "false" {
                assert_eq!((&*key, &*id), ("", ""));
                break;
            }
        }
        assert_eq!(seen, expected, "{limit} at once");
    }
    let all = |asked: Request| async { world.send(asked).await.xml() };
    let document = all(uploads().query("key-marker", "a/2")).await;
    assert_eq!(texts(&document, "Upload", "Key"), ["b", "b", "c", "中"], "all of the key are over");
    let document = all(uploads().query("upload-id-marker", "F")).await;
    assert_eq!(document.all("Upload").count(), 9, "an id without a key is no marker");
    let document = all(uploads().query("prefix", "a/").query("encoding-type", "url")).await;
    assert_eq!(texts(&document, "Upload", "Key"), ["a%2F", "a%2F1", "a%2F2", "a%2F2"]);
    assert_eq!(document.text("Prefix"), "a%2F");
}

#[tokio::test]
async fn uploads_fold_into_common_prefixes() {
    let world = World::new().await;
    for key in ["a/1", "a/1", "a/2", "b", "c/d/1", "c/e", "d"] {
        begin(&world, initiate(key)).await;
    }
    let asked = |limit: &str| uploads().query("delimiter", "/").query("max-uploads", limit);
    let document = world.send(asked("1000")).await.xml();
    assert_eq!(texts(&document, "Upload", "Key"), ["b", "d"]);
    assert_eq!(texts(&document, "CommonPrefixes", "Prefix"), ["a/", "c/"]);
    let (mut seen, mut key, mut id) = (Vec::new(), String::new(), String::new());
    loop {
        let page = asked("1").query("key-marker", &key).query("upload-id-marker", &id);
        let document = world.send(page).await.xml();
        let found =
            [texts(&document, "Upload", "Key"), texts(&document, "CommonPrefixes", "Prefix")];
        seen.extend(found.concat().into_iter().map(str::to_owned));
        document.text("NextKeyMarker").clone_into(&mut key);
        document.text("NextUploadIdMarker").clone_into(&mut id);
        if document.text("IsTruncated") == "false" {
            break;
        }
    }
    assert_eq!(seen, ["a/", "b", "c/", "d"]);
    let inside = uploads().query("delimiter", "/").query("prefix", "c/");
    let document = world.send(inside).await.xml();
    assert_eq!(texts(&document, "Upload", "Key"), ["c/e"]);
    assert_eq!(texts(&document, "CommonPrefixes", "Prefix"), ["c/d/"]);
}
