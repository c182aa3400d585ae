//! Objects: written, read back as they were, replaced, deleted.

use rolecall_oss::{KEY_BYTES_MAX, METADATA_BYTES_MAX, PIECE_BYTES};

use crate::support::{World, chunked, get, put, request};

/// `hello`, with the sums that the vendor's clients compute.
const HELLO_MD5: &str = "5D41402ABC4B2A76B9719D911017C592";
const HELLO_CRC64: &str = "11177612005948864433";

#[tokio::test]
async fn an_object_comes_back_as_it_was() {
    let world = World::new().await;
    let sent = put("bucket", "dir/a b+c", "hello")
        .header("content-type", "text/plain")
        .header("cache-control", "no-cache")
        .header("content-disposition", "attachment")
        .header("content-encoding", "identity")
        .header("content-language", "zh")
        .header("expires", "Fri, 23 Jan 2015 12:33:18 GMT")
        .header("x-oss-meta-author", "王小明")
        .header("x-oss-meta-empty", "")
        .header("x-oss-object-acl", "private")
        .header("x-oss-acl", "private")
        .header("x-oss-storage-class", "Standard")
        .header("x-oss-unheard-of", "x");
    let written = world.send(sent).await;
    written.assert_status(200);
    assert!(written.body.is_empty());
    assert_eq!(written.header("etag"), Some(format!("\"{HELLO_MD5}\"").as_str()));
    assert_eq!(written.header("content-md5"), Some("XUFAKrxLKna5cZ2REBfFkg=="));
    assert_eq!(written.header("x-oss-hash-crc64ecma"), Some(HELLO_CRC64));
    world.clock.advance(100);
    let read = world.send(get("bucket", "dir/a b+c")).await;
    read.assert_status(200);
    let head = world.send(request("HEAD", "bucket", "dir/a b+c")).await;
    head.assert_status(200);
    assert_eq!(read.body, b"hello");
    assert!(head.body.is_empty());
    for answer in [&read, &head] {
        assert_eq!(answer.length, Some(5));
        for (name, value) in [
            ("content-type", "text/plain"),
            ("cache-control", "no-cache"),
            ("content-disposition", "attachment"),
            ("content-encoding", "identity"),
            ("content-language", "zh"),
            ("expires", "Fri, 23 Jan 2015 12:33:18 GMT"),
            ("x-oss-meta-author", "王小明"),
            ("x-oss-meta-empty", ""),
            ("etag", "\"5D41402ABC4B2A76B9719D911017C592\""),
            ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
            ("x-oss-hash-crc64ecma", HELLO_CRC64),
            ("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
            ("x-oss-object-type", "Normal"),
            ("x-oss-storage-class", "Standard"),
            ("accept-ranges", "bytes"),
            ("server", "AliyunOSS"),
            ("date", "Tue, 14 Nov 2023 22:15:00 GMT"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
    }
    let meta = world.send(request("HEAD", "bucket", "dir/a b+c").query("objectMeta", "")).await;
    meta.assert_status(200);
    assert_eq!(meta.length, Some(5));
    assert_eq!(meta.header("etag"), Some(format!("\"{HELLO_MD5}\"").as_str()));
    assert_eq!(meta.header("last-modified"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
    assert_eq!(meta.header("x-oss-hash-crc64ecma"), Some(HELLO_CRC64));
    assert_eq!(meta.header("x-oss-meta-author"), None);
}

#[tokio::test]
async fn an_object_without_headers_and_bytes() {
    let world = World::new().await;
    world.send(put("bucket", "dir/", "")).await.assert_status(200);
    let read = world.send(get("bucket", "dir/")).await;
    read.assert_status(200);
    assert_eq!((read.length, read.body.len()), (Some(0), 0));
    assert_eq!(read.header("content-type"), Some("application/octet-stream"));
    assert_eq!(read.header("etag"), Some("\"D41D8CD98F00B204E9800998ECF8427E\""));
    assert_eq!(read.header("x-oss-hash-crc64ecma"), Some("0"));
    assert_eq!(world.files(), [""; 0].map(std::path::PathBuf::from));
}

#[tokio::test]
async fn a_large_object_streams_in_and_out() {
    let world = World::new().await;
    let bytes: Vec<u8> = (0..=PIECE_BYTES * 3).map(|at| (at % 251).to_le_bytes()[0]).collect();
    let pieces = bytes.chunks(100_003).map(<[u8]>::to_vec).collect();
    let sent = request("PUT", "bucket", "large")
        .header("transfer-encoding", "chunked")
        .body(chunked(pieces));
    world.send(sent).await.assert_status(200);
    let read = world.send(get("bucket", "large")).await;
    assert!(read.complete && read.body == bytes);
    assert_eq!(read.length, Some(bytes.len() as u64));
    let part = world.send(get("bucket", "large").header("range", "bytes=262143-524288")).await;
    part.assert_status(206);
    assert!(part.complete && part.body == bytes[262_143..=524_288]);
    assert_eq!(part.header("content-range"), Some("bytes 262143-524288/786433"));
    assert_eq!(part.header("x-oss-hash-crc64ecma"), read.header("x-oss-hash-crc64ecma"));
}

#[tokio::test]
async fn an_object_is_replaced_as_a_whole_and_its_bytes_go() {
    let world = World::new().await;
    let first = put("bucket", "k", "first").header("x-oss-meta-a", "1");
    world.send(first).await.assert_status(200);
    world.send(put("bucket", "k", "second")).await.assert_status(200);
    let read = world.send(get("bucket", "k")).await;
    assert_eq!(read.body, b"second");
    assert_eq!(read.header("x-oss-meta-a"), None);
    assert_eq!(world.files().len(), 1);
    world.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    let deleted = world.send(request("DELETE", "bucket", "k")).await;
    deleted.assert_status(204);
    assert!(deleted.body.is_empty());
    let missing = world.send(get("bucket", "k")).await;
    missing.assert_error(404, "NoSuchKey");
    assert_eq!(missing.error().text("Key"), "k");
    assert_eq!(missing.error().text("EC"), "0026-00000001");
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn a_restart_keeps_objects_and_sweeps_the_rest() {
    let world = World::new().await;
    let large = vec![5; 100_000];
    world.send(put("bucket", "k", "kept")).await.assert_status(200);
    world.send(put("bucket", "large", large.clone())).await.assert_status(200);
    let files = world.files();
    let folder = world.folder.path().join("blobs/01");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0123456789abcdef0123456789abcdef"), b"stray").unwrap();
    std::fs::write(world.folder.path().join("incoming/half"), b"half").unwrap();
    let torn = std::fs::OpenOptions::new().append(true).open(&files[1]).unwrap();
    std::io::Write::write_all(&mut &torn, b"blob\x05\0\0\0half").unwrap();
    let world = world.restarted().await;
    assert_eq!(world.files(), files);
    world.send(put("bucket", "more", "behind")).await.assert_status(200);
    for (key, body) in [("k", &b"kept"[..]), ("large", &large), ("more", b"behind")] {
        assert_eq!(world.send(get("bucket", key)).await.body, body);
    }
    assert_eq!(world.files().len(), 3);
}

/// Keys that would be dangerous as paths, in SQL, or in headers, and the edges of the length.
fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "..",
        ".",
        "a/../b",
        "../../etc/passwd",
        "a//b",
        "a/",
        "a/./b",
        "a\\b",
        "con",
        "~",
        "*",
        "?",
        "a?acl",
        "a&b=c",
        "a%2Fb",
        "%00",
        "a+b",
        "a b",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "\u{1}\u{7f}",
        "a\0b",
        "\u{feff}",
        "中文",
        "é",
        "e\u{301}",
        "\u{10ffff}",
        "<a>&\"'",
        "incoming",
        "blobs/00",
        "#frag",
        "a;b",
        "a:b",
        "${acs:UserName}",
    ]
    .map(str::to_owned)
    .to_vec();
    keys.push("k".repeat(KEY_BYTES_MAX));
    keys.push("/".repeat(KEY_BYTES_MAX).replacen('/', "k", 1));
    keys.push("中".repeat(341));
    keys
}

#[tokio::test]
async fn odd_keys_are_names_and_never_paths() {
    let world = World::new().await;
    for key in odd_keys() {
        let body = key.clone().into_bytes();
        world.send(put("bucket", &key, body)).await.assert_status(200);
    }
    for key in odd_keys() {
        let read = world.send(get("bucket", &key)).await;
        assert_eq!(read.body, key.as_bytes(), "{key:?}");
    }
    for file in world.files() {
        assert_eq!(file, world.folder.path().join("segments/00000000"));
    }
    assert_eq!(world.files().len(), odd_keys().len());
    for key in odd_keys() {
        world.send(request("DELETE", "bucket", &key)).await.assert_status(204);
        world.send(get("bucket", &key)).await.assert_error(404, "NoSuchKey");
    }
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn keys_that_no_object_can_have() {
    let world = World::new().await;
    let too_long = "k".repeat(KEY_BYTES_MAX + 1);
    let too_long_in_bytes = "中".repeat(342);
    for method in ["PUT", "GET", "HEAD", "DELETE"] {
        for key in ["/k", "\\invalid-object-name", &too_long, &too_long_in_bytes] {
            let sent = request(method, "bucket", key).header("content-length", "0");
            world.send(sent).await.assert_error(400, "InvalidObjectName");
        }
    }
    assert_eq!(world.files().len(), 0);
}

#[tokio::test]
async fn metadata_has_a_limit() {
    let world = World::new().await;
    let with = |bytes: usize| {
        put("bucket", "k", "x")
            .header("x-oss-meta-a", &"v".repeat(bytes - 3))
            .header("x-oss-meta-bb", "")
    };
    world.send(with(METADATA_BYTES_MAX)).await.assert_status(200);
    let refused = world.send(with(METADATA_BYTES_MAX + 1)).await;
    refused.assert_error(400, "InvalidArgument");
    assert_eq!(refused.error().text("Message"), "Meta is too large.");
}

#[tokio::test]
async fn an_object_may_be_the_first_of_its_key_only() {
    let world = World::new().await;
    let only = |value: &str| put("bucket", "k", "x").header("x-oss-forbid-overwrite", value);
    world.send(only("true")).await.assert_status(200);
    let refused = world.send(only("true")).await;
    refused.assert_error(409, "FileAlreadyExists");
    assert_eq!(refused.error().text("EC"), "0026-00000002");
    world.send(only("false")).await.assert_status(200);
    world.send(only("maybe")).await.assert_error(400, "InvalidArgument");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn what_is_not_served_is_refused_and_nothing_is_written() {
    let world = World::new().await;
    for (name, value) in [
        ("x-oss-server-side-encryption", "KMS"),
        ("x-oss-server-side-encryption", "SM4"),
        ("x-oss-server-side-encryption-key-id", "key"),
        ("x-oss-server-side-data-encryption", "SM4"),
        ("x-oss-storage-class", "Archive"),
        ("x-oss-callback", "e30="),
        ("x-oss-symlink-target", "a"),
        ("x-oss-persistent-headers", "a:b"),
        ("if-match", "\"a\""),
        ("if-none-match", "*"),
    ] {
        let answer = world.send(put("bucket", "k", "x").header(name, value)).await;
        answer.assert_error(400, "NotImplemented");
        assert_eq!(answer.error().text("Header"), name);
    }
    for (name, value) in [("x-oss-storage-class", "Gold"), ("x-oss-object-acl", "mine")] {
        let answer = world.send(put("bucket", "k", "x").header(name, value)).await;
        answer.assert_error(400, "InvalidArgument");
        assert_eq!(answer.error().text("ArgumentName"), name);
    }
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.files().len(), 0);
}
