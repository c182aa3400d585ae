//! Uploads by parts.

mod completing;
mod copying;
mod listing;
mod racing;
mod scripts;

use crate::support::{Answer, Request, World, get, put, request};

/// The fewest bytes of a part that is not the last one.
const LEAST: usize = 100 * 1024;

fn initiate(key: &str) -> Request {
    request("POST", "bucket", key).query("uploads", "")
}

/// Begins an upload, and returns its id.
async fn begin(world: &World, asked: Request) -> String {
    let answer = world.send(asked).await;
    answer.assert_status(200);
    let document = answer.xml();
    assert_eq!(document.name, "InitiateMultipartUploadResult");
    let id = document.text("UploadId").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    id
}

fn part(key: &str, id: &str, number: u64, body: impl Into<bytes::Bytes>) -> Request {
    let number = number.to_string();
    put("bucket", key, body).query("uploadId", id).query("partNumber", &number)
}

/// Sends a part, and returns its `ETag`.
async fn send(world: &World, key: &str, id: &str, number: u64, body: Vec<u8>) -> String {
    let answer = world.send(part(key, id, number, body)).await;
    answer.assert_status(200);
    answer.header("etag").unwrap().to_owned()
}

/// The document that names these parts.
fn document(parts: &[(u64, &str)]) -> String {
    let part = |(number, etag): &(u64, &str)| {
        let etag = etag.replace('"', "&quot;");
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

fn complete(key: &str, id: &str, parts: &[(u64, &str)]) -> Request {
    complete_by(key, id, document(parts))
}

fn complete_by(key: &str, id: &str, document: impl Into<bytes::Bytes>) -> Request {
    let mut asked = put("bucket", key, document).query("uploadId", id);
    asked.method = "POST";
    asked
}

fn complete_all(key: &str, id: &str) -> Request {
    request("POST", "bucket", key).query("uploadId", id).header("x-oss-complete-all", "yes")
}

fn abort(key: &str, id: &str) -> Request {
    request("DELETE", "bucket", key).query("uploadId", id)
}

fn list_parts(key: &str, id: &str) -> Request {
    request("GET", "bucket", key).query("uploadId", id)
}

async fn object(world: &World, key: &str) -> Answer {
    let answer = world.send(get("bucket", key)).await;
    answer.assert_status(200);
    assert!(answer.complete);
    answer
}

#[tokio::test]
async fn parts_become_an_object_with_what_was_said_at_the_beginning() {
    let world = World::new().await;
    let asked = initiate("k & <l>")
        .header("content-type", "text/x")
        .header("cache-control", "no-store")
        .header("x-oss-meta-author", "me")
        .header("x-oss-object-acl", "private");
    let id = begin(&world, asked).await;
    world.send(get("bucket", "k & <l>")).await.assert_error(404, "NoSuchKey");
    let (first, second) = (vec![1; LEAST], vec![2; LEAST + 5]);
    // In any order, and with a hole between.
    let two = send(&world, "k & <l>", &id, 7, second.clone()).await;
    let one = send(&world, "k & <l>", &id, 2, first.clone()).await;
    let answer = world.send(complete("k & <l>", &id, &[(2, &one), (7, &two)])).await;
    answer.assert_status(200);
    let result = answer.xml();
    assert_eq!(result.name, "CompleteMultipartUploadResult");
    assert_eq!(result.text("Bucket"), "bucket");
    assert_eq!(result.text("Key"), "k & <l>");
    assert_eq!(result.text("Location"), "http://127.0.0.1:4600/bucket/k%20%26%20%3Cl%3E");
    assert!(result.find("EncodingType").is_none());
    let etag = result.text("ETag").to_owned();
    assert!(etag.ends_with("-2\"") && etag.len() == 36, "{etag}");

    let object = object(&world, "k & <l>").await;
    assert_eq!(object.body, [first, second].concat());
    for (name, value) in [
        ("etag", etag.as_str()),
        ("x-oss-object-type", "Multipart"),
        ("x-oss-hash-crc64ecma", answer.header("x-oss-hash-crc64ecma").unwrap()),
        ("content-type", "text/x"),
        ("cache-control", "no-store"),
        ("x-oss-meta-author", "me"),
    ] {
        assert_eq!(object.header(name), Some(value), "{name}");
    }
    assert_eq!(object.header("content-md5"), None);
    world.send(complete_all("k & <l>", &id)).await.assert_error(404, "NoSuchUpload");
    let range = get("bucket", "k & <l>").header("range", "bytes=102398-102401");
    assert_eq!(world.send(range).await.body, [1, 1, 2, 2]);
}

#[tokio::test]
async fn a_part_tells_its_sums_and_is_replaced_as_a_whole() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    let answer = world.send(part("k", &id, 1, "hello")).await;
    assert_eq!(answer.header("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""));
    assert_eq!(answer.header("content-md5"), Some("XUFAKrxLKna5cZ2REBfFkg=="));
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("11177612005948864433"));
    assert_eq!(world.files().len(), 1);
    for wrong in [
        part("k", &id, 1, "other").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        part("k", &id, 1, "other").header("content-md5", "x"),
    ] {
        world.send(wrong).await.assert_error(400, "InvalidDigest");
    }
    let wrong = part("k", &id, 1, "other").header("x-oss-hash-crc64ecma", "1");
    world.send(wrong).await.assert_error(400, "InvalidCRC64");
    let old = world.send(list_parts("k", &id)).await.xml();
    assert_eq!(old.text("Part/ETag"), "\"5D41402ABC4B2A76B9719D911017C592\"");
    let new = send(&world, "k", &id, 1, b"new".to_vec()).await;
    assert_eq!(world.files().len(), 1, "the old bytes are gone");
    world.send(complete("k", &id, &[(1, &new)])).await.assert_status(200);
    assert_eq!(object(&world, "k").await.body, b"new");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn an_upload_is_of_its_bucket_and_key_alone() {
    let world = World::new().await;
    world.send(request("PUT", "other", "")).await.assert_status(200);
    world.send(request("PUT", "theirs", "").by("LTAIother")).await.assert_status(200);
    let id = begin(&world, initiate("k")).await;
    let etag = send(&world, "k", &id, 1, b"mine".to_vec()).await;
    let elsewhere = |bucket: &str, key: &str, who: &str| {
        let move_to = |mut asked: Request| {
            asked.bucket = Some(bucket.to_owned());
            key.clone_into(&mut asked.key);
            who.clone_into(&mut asked.who);
            asked
        };
        [
            part(key, &id, 2, "x"),
            complete(key, &id, &[(1, &etag)]),
            complete_all(key, &id),
            abort(key, &id),
            list_parts(key, &id),
        ]
        .map(move_to)
    };
    for (bucket, key, who) in [
        ("bucket", "k2", "LTAIroot"),
        ("bucket", "k/", "LTAIroot"),
        ("other", "k", "LTAIroot"),
        ("theirs", "k", "LTAIother"),
    ] {
        for asked in elsewhere(bucket, key, who) {
            let what = format!("{} {bucket}/{key}", asked.method);
            let answer = world.send(asked).await;
            assert_eq!((answer.status, &*answer.code()), (404, "NoSuchUpload"), "{what}");
        }
    }
    let wrong =
        [(part("k", "nothing", 1, "x"), "0042-00000104"), (abort("k", "nothing"), "0042-00000002")];
    for (asked, ec) in wrong {
        assert_eq!(world.send(asked).await.header("x-oss-ec"), Some(ec));
    }
    world.send(complete("k", &id, &[(1, &etag)])).await.assert_status(200);
    assert_eq!(object(&world, "k").await.body, b"mine");
}

/// Numbers that none of the fields of an upload may have, at the edges of the integers that they
/// might be kept in.
const NO_NUMBERS: &[&str] = &[
    "-1",
    "4294967296",
    "4294967297",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551617",
    "1.0",
    "1e3",
    "a",
    "١",
];

#[tokio::test]
async fn numbers_at_every_edge() {
    let world = World::new().await;
    let id = begin(&world, initiate("k")).await;
    let numbered =
        |number: &str| put("bucket", "k", "x").query("uploadId", &id).query("partNumber", number);
    for right in ["1", "10000", "2"] {
        world.send(numbered(right)).await.assert_status(200);
    }
    let beyond = ["0", "10001", "2147483648", "4294967295"];
    for wrong in NO_NUMBERS.iter().chain(&beyond) {
        world.send(numbered(wrong)).await.assert_error(400, "InvalidArgument");
        let named = format!(
            "<CompleteMultipartUpload><Part><PartNumber>{wrong}</PartNumber>\
             <ETag>9DD4E461268C8034F5C8564E155C67A6</ETag></Part></CompleteMultipartUpload>"
        );
        let answer = world.send(complete_by("k", &id, named)).await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(matches!(&*answer.code(), "InvalidPart" | "MalformedXML"), "{wrong}");
    }
    for wrong in NO_NUMBERS.iter().chain(&["0", "1001", "2147483648", "4294967295"]) {
        let asked = list_parts("k", &id).query("max-parts", wrong);
        world.send(asked).await.assert_error(400, "InvalidArgument");
        let asked = request("GET", "bucket", "").query("uploads", "").query("max-uploads", wrong);
        world.send(asked).await.assert_error(400, "InvalidArgument");
    }
    for wrong in NO_NUMBERS {
        let asked = list_parts("k", &id).query("part-number-marker", wrong);
        world.send(asked).await.assert_error(400, "InvalidArgument");
    }
    for (marker, expected) in
        [("0", 3), ("1", 2), ("9999", 1), ("10000", 0), ("10001", 0), ("4294967295", 0)]
    {
        let asked = list_parts("k", &id).query("part-number-marker", marker);
        let document = world.send(asked).await.xml();
        assert_eq!(document.all("Part").count(), expected, "{marker}");
    }
    let unnumbered = put("bucket", "k", "x").query("uploadId", &id);
    assert_eq!(world.send(unnumbered).await.status, 400);
    assert_eq!(world.files().len(), 3);
}

#[tokio::test]
async fn what_is_not_served_is_refused_at_the_beginning() {
    let world = World::new().await;
    for (name, value) in
        [("x-oss-server-side-encryption", "KMS"), ("x-oss-storage-class", "Archive")]
    {
        let asked = initiate("k").header(name, value);
        world.send(asked).await.assert_error(400, "NotImplemented");
    }
    let asked = initiate("k").header("x-oss-meta-a", &"v".repeat(9_000));
    world.send(asked).await.assert_error(400, "InvalidArgument");
    let asked = initiate(&"k".repeat(1_024));
    world.send(asked).await.assert_error(400, "InvalidObjectName");
    let uploads = request("GET", "bucket", "").query("uploads", "");
    assert_eq!(world.send(uploads).await.xml().all("Upload").count(), 0);
}
