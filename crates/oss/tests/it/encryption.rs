//! Server-side encryption: what is on the disk, what readers see, what is not served.

use std::fs;
use std::path::Path;

use rolecall_oss::PIECE_BYTES;

use crate::support::{World, get, put, request};

const HEADER: &str = "x-oss-server-side-encryption";
/// What must not be on the disk.
const CANARY: &[u8] = b"the canary sings in the clear";

/// Bytes full of canaries.
fn canaries(length: usize) -> Vec<u8> {
    CANARY.iter().copied().cycle().take(length).collect()
}

/// Whether a file below a folder holds a canary, or the beginning of one.
fn sings(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return sings(&path);
        }
        fs::read(path).unwrap().windows(9).any(|window| window == &CANARY[..9])
    })
}

#[tokio::test]
async fn v47_nothing_in_the_clear_is_on_the_disk() {
    let world = World::new().await;
    for length in [1, 9, 65_535, 65_536, 65_537, 131_072, PIECE_BYTES * 3 + 5] {
        let key = format!("k{length}");
        let upload = put("bucket", &key, canaries(length)).header(HEADER, "AES256");
        let written = world.send(upload).await;
        written.assert_status(200);
        assert_eq!(written.header(HEADER), Some("AES256"));
        let read = world.send(get("bucket", &key)).await;
        assert!(read.complete && read.body == canaries(length), "{length}");
        assert_eq!(read.header(HEADER), Some("AES256"));
        assert_eq!(read.header("x-oss-hash-crc64ecma"), written.header("x-oss-hash-crc64ecma"));
        assert_eq!(read.header("etag"), written.header("etag"));
        assert_eq!(
            world.send(request("HEAD", "bucket", &key)).await.header(HEADER),
            Some("AES256")
        );
    }
    assert!(!sings(world.folder.path()));
    world.send(put("bucket", "clear", canaries(40))).await.assert_status(200);
    assert!(sings(world.folder.path()), "the search finds what is there");
    let clear = world.send(get("bucket", "clear")).await;
    assert_eq!(clear.header(HEADER), None);
    let empty = put("bucket", "empty", "").header(HEADER, "AES256");
    world.send(empty).await.assert_status(200);
    assert_eq!(world.send(get("bucket", "empty")).await.header(HEADER), Some("AES256"));
}

#[tokio::test]
async fn ranges_of_what_is_encrypted() {
    let world = World::new().await;
    let length = 65_536 * 5 + 7;
    let bytes = canaries(length);
    let upload = put("bucket", "k", bytes.clone()).header(HEADER, "AES256");
    world.send(upload).await.assert_status(200);
    for (first, last) in [
        (0, 0),
        (65_535, 65_536),
        (65_536, 131_071),
        (1, 200_000),
        (length - 8, length - 1),
        (length - 7, length - 7),
    ] {
        let range = format!("bytes={first}-{last}");
        let part = world.send(get("bucket", "k").header("range", &range)).await;
        part.assert_status(206);
        assert!(part.complete && part.body == bytes[first..=last], "{range}");
    }
}

#[tokio::test]
async fn a_changed_or_shortened_object_is_not_delivered() {
    let world = World::new().await;
    let length = 65_536 * 3;
    let upload = |key: &str| put("bucket", key, canaries(length)).header(HEADER, "AES256");
    world.send(upload("a")).await.assert_status(200);
    let first = world.files().pop().unwrap();
    world.send(upload("b")).await.assert_status(200);
    let files = world.files();
    let second = files.iter().find(|file| **file != first).unwrap();
    // Its checksums are right, but it is another object's.
    fs::copy(second, &first).unwrap();
    world.send(get("bucket", "a")).await.assert_error(500, "InternalError");
    assert!(world.send(get("bucket", "b")).await.complete);
}

#[tokio::test]
async fn other_ways_to_encrypt_are_refused() {
    let world = World::new().await;
    for (value, code) in [
        ("KMS", "NotImplemented"),
        ("SM4", "NotImplemented"),
        ("aes256", "InvalidEncryptionAlgorithmError"),
        ("AES128", "InvalidEncryptionAlgorithmError"),
    ] {
        let upload = put("bucket", "k", "x").header(HEADER, value);
        world.send(upload).await.assert_error(400, code);
    }
    for name in ["x-oss-server-side-encryption-key-id", "x-oss-server-side-data-encryption"] {
        let upload = put("bucket", "k", "x").header(HEADER, "AES256").header(name, "x");
        world.send(upload).await.assert_error(400, "NotImplemented");
    }
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn v47_headers_of_a_client_do_not_reach_what_the_service_keeps() {
    let world = World::new().await;
    let spellings =
        ["x-oss-meta-", "x-oss-meta-x-oss-", "x-oss-internal-", "x-oss-", "x-amz-meta-"];
    let names = [
        "key",
        "pieces",
        "encryption",
        "sealed-key",
        "data-key",
        "blob",
        "etag",
        "crc64",
        "kind",
        "server-side-encryption-key",
        "object-encryption",
        "size",
        "version",
        "acl",
        "modified",
        "metadata",
        "tags",
        "hash-crc64ecma-stored",
        "bucket",
        "storage",
    ];
    for (number, name) in names.iter().enumerate() {
        for spelling in spellings {
            let key = format!("{number}{spelling}");
            let upload = put("bucket", &key, CANARY)
                .header(HEADER, "AES256")
                .header(&format!("{spelling}{name}"), "AAAA");
            let written = world.send(upload).await;
            if written.status != 200 {
                assert_eq!(written.status, 400, "{spelling}{name}");
                continue;
            }
            let read = world.send(get("bucket", &key)).await;
            assert_eq!(read.body, CANARY, "{spelling}{name}");
            assert_eq!(read.header(HEADER), Some("AES256"));
            assert_eq!(read.header("x-oss-object-type"), Some("Normal"));
        }
    }
    assert!(!sings(world.folder.path()));
}

#[tokio::test]
async fn parts_and_appended_bytes_are_encrypted_as_was_said_at_the_beginning() {
    let world = World::new().await;
    let begun = world
        .send(request("POST", "bucket", "parts").query("uploads", "").header(HEADER, "AES256"))
        .await;
    begun.assert_status(200);
    assert_eq!(begun.header(HEADER), Some("AES256"));
    let id = begun.xml().text("UploadId").to_owned();
    for number in ["1", "2"] {
        let part = put("bucket", "parts", canaries(150_000));
        let sent = world.send(part.query("uploadId", &id).query("partNumber", number)).await;
        sent.assert_status(200);
        assert_eq!(sent.header(HEADER), Some("AES256"));
    }
    let completed = request("POST", "bucket", "parts")
        .query("uploadId", &id)
        .header("x-oss-complete-all", "yes");
    let completed = world.send(completed).await;
    completed.assert_status(200);
    assert_eq!(completed.header(HEADER), Some("AES256"));
    let read = world.send(get("bucket", "parts")).await;
    assert!(read.complete && read.body == [canaries(150_000), canaries(150_000)].concat());
    assert_eq!(read.header(HEADER), Some("AES256"));
    let range = get("bucket", "parts").header("range", "bytes=149990-150010");
    assert_eq!(world.send(range).await.body, read.body[149_990..=150_010]);

    let append = |position: &str, body: &[u8]| {
        let mut asked = put("bucket", "log", body.to_vec()).query("append", "");
        asked.method = "POST";
        asked.query("position", position)
    };
    let first = world.send(append("0", CANARY).header(HEADER, "AES256")).await;
    first.assert_status(200);
    let position = CANARY.len().to_string();
    let second = world.send(append(&position, CANARY)).await;
    second.assert_status(200);
    assert_eq!(second.header(HEADER), Some("AES256"), "as the bytes before");
    assert_eq!(world.send(get("bucket", "log")).await.body, [CANARY, CANARY].concat());

    let link = |key: &str| {
        request("PUT", "bucket", key).query("symlink", "").header("x-oss-symlink-target", "log")
    };
    let refused = world.send(link("refused").header(HEADER, "AES256")).await;
    refused.assert_error(400, "NotImplemented");
    world.send(link("link")).await.assert_status(200);
    let through = world.send(get("bucket", "link")).await;
    assert_eq!(through.body, [CANARY, CANARY].concat());
    assert_eq!(through.header(HEADER), Some("AES256"));
    assert!(!sings(world.folder.path()));
}

#[tokio::test]
async fn a_buckets_rule_stands_for_what_writers_do_not_say() {
    let world = World::new().await;
    let rule = "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>\
                <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
                </ServerSideEncryptionRule>";
    world.send(put("bucket", "", rule).query("encryption", "")).await.assert_status(200);
    let info = world.send(get("bucket", "").query("bucketInfo", "")).await.xml();
    assert_eq!(info.text("Bucket/ServerSideEncryptionRule/SSEAlgorithm"), "AES256");
    let written = world.send(put("bucket", "k", CANARY)).await;
    assert_eq!(written.header(HEADER), Some("AES256"));
    let read = world.send(get("bucket", "k")).await;
    assert_eq!((read.body.as_slice(), read.header(HEADER)), (CANARY, Some("AES256")));
    assert!(!sings(world.folder.path()));
    let unset = request("DELETE", "bucket", "").query("encryption", "");
    world.send(unset).await.assert_status(204);
    world.send(put("bucket", "clear", CANARY)).await.assert_status(200);
    assert!(sings(world.folder.path()));
    assert_eq!(world.send(get("bucket", "k")).await.body, CANARY, "what was encrypted stays so");
}

#[tokio::test]
async fn a_copy_is_encrypted_if_it_is_said_to_be() {
    let world = World::new().await;
    let secret = put("bucket", "secret", canaries(100_000)).header(HEADER, "AES256");
    world.send(secret).await.assert_status(200);
    let copy = |from: &str, to: &str| {
        request("PUT", "bucket", to).header("x-oss-copy-source", &format!("/bucket/{from}"))
    };
    let sealed = world.send(copy("secret", "sealed").header(HEADER, "AES256")).await;
    assert_eq!(sealed.header(HEADER), Some("AES256"));
    assert_eq!(world.send(get("bucket", "sealed")).await.body, canaries(100_000));
    assert!(!sings(world.folder.path()));
    assert_eq!(world.send(copy("secret", "clear")).await.header(HEADER), None);
    assert!(sings(world.folder.path()));
    // Onto itself, the bytes are written anew where they were in the clear.
    let onto = world.send(copy("clear", "clear").header(HEADER, "AES256")).await;
    assert_eq!(onto.header(HEADER), Some("AES256"));
    assert_eq!(world.send(get("bucket", "clear")).await.body, canaries(100_000));
    assert!(!sings(world.folder.path()));
    let stays = world.send(copy("clear", "clear")).await;
    assert_eq!(stays.header(HEADER), Some("AES256"));
    assert_eq!(world.send(get("bucket", "clear")).await.header(HEADER), Some("AES256"));
}
