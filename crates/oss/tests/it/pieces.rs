//! Objects of several pieces: readers finish what they began.

use std::time::Duration;

use rolecall_gate::Service;
use rolecall_types::Secret;

use crate::support::{World, get, put, read, request};

/// An object of three parts, each in a file of its own; its bytes.
async fn of_parts(world: &World, filling: u8) -> Vec<u8> {
    let begun = world.send(request("POST", "bucket", "k").query("uploads", "")).await;
    let id = begun.xml().text("UploadId").to_owned();
    let mut whole = Vec::new();
    for (number, length) in [(1_u8, 400_000), (2, 300_000), (3, 110_000)] {
        let body = vec![filling + number; length];
        whole.extend_from_slice(&body);
        let part = put("bucket", "k", body).query("partNumber", &number.to_string());
        world.send(part.query("uploadId", &id)).await.assert_status(200);
    }
    let complete = request("POST", "bucket", "k").query("uploadId", &id);
    let complete = complete.header("x-oss-complete-all", "yes");
    world.send(complete).await.assert_status(200);
    whole
}

/// Waits until so many blobs are on the disk.
async fn settles(world: &World, blobs: usize) {
    for _ in 0..500 {
        if world.files().len() == blobs {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.files().len(), blobs);
}

#[tokio::test]
async fn a_read_that_has_begun_ends_with_the_bytes_it_began_with() {
    let world = World::new().await;
    let whole = of_parts(&world, 10).await;
    let ask = |range| {
        let asked = get("bucket", "k").header("range", range);
        world.service.serve(world.inbound(asked, &Secret::new("secret".to_owned())))
    };
    let first = ask("bytes=0-").await;
    let replaced = of_parts(&world, 20).await;
    assert_eq!(world.files().len(), 6);
    let (second, third) = (ask("bytes=0-").await, ask("bytes=399999-400000").await);
    world.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    // The third part of what the last request reads a range of, nobody else needed.
    assert_eq!(world.files().len(), 6);
    let first = read(first).await;
    assert!(first.complete && first.body == whole);
    settles(&world, 3).await;
    let third = read(third).await;
    assert!(third.complete && third.body == replaced[399_999..400_001]);
    // Who goes away without reading lets go as well.
    drop(second);
    settles(&world, 0).await;
}

#[tokio::test]
async fn what_nobody_reads_goes_at_once() {
    let world = World::new().await;
    of_parts(&world, 10).await;
    world.send(get("bucket", "k")).await.assert_status(200);
    world.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    assert_eq!(world.files().len(), 0);
}
