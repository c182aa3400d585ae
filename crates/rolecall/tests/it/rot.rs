//! What the disk lost is named by `rolecall scrub`, `rolecall status`, the log and the metrics.

use std::fs;

use crate::harness::{Object, Request, Scheme, Server};

fn put(server: &Server, key: &str, body: Vec<u8>) {
    let object = Object::new(Scheme::OssV1Query, &server.root, "PUT", ("bucket", key));
    assert_eq!(server.send(&Request { body, ..object.sign() }).status, 200);
}

#[test]
fn rot_is_named_wherever_the_owner_looks() {
    let server = Server::start();
    put(&server, "", Vec::new());
    for (key, length) in [("small", 10), ("large", 100_000)] {
        put(&server, key, vec![7; length]);
    }
    let output = server.command(&["scrub"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim_end(), "2 objects and 100010 bytes read, 0 rotten");
    assert_eq!(server.metric("rolecall_rot_found"), 0);
    assert!(server.metric("rolecall_scrub_last_pass_timestamp_seconds") > 1_700_000_000);
    let read = server.metric("rolecall_scrubbed_objects_total");
    assert!(read >= 2, "{read}");

    let folder = fs::read_dir(server.data().join("oss/blobs/blobs")).unwrap().next().unwrap();
    let file = fs::read_dir(folder.unwrap().path()).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(file).unwrap();
    for _ in 0..2 {
        let output = server.command(&["scrub"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.starts_with("bucket/large: its bytes are missing\n"), "{said}");
        assert!(said.ends_with(" 1 rotten\n"), "{said}");
    }
    assert_eq!(server.metric("rolecall_rot_found"), 1);
    let status = String::from_utf8(server.command(&["status"]).stdout).unwrap();
    assert!(status.contains("1 found") && status.contains("bucket/large"), "{status}");
    let told = server.log().matches("rot was found").count();
    assert_eq!(told, 1, "it is no news the second time");
    let status = server.command(&["status", "--json"]).stdout;
    let status: serde_json::Value = serde_json::from_slice(&status).unwrap();
    assert_eq!(status["scrub"]["findings"][0]["rot"], "missing");
}
