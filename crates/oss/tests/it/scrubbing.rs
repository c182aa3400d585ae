//! Looking for rot: what the disk lost is found and named, and nothing else is.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use rolecall_oss::{Rot, ScrubProgress, ScrubReport};
use rolecall_store::{Keyed, Record};
use serde::{Deserialize, Serialize};

use crate::support::{Request, World, get, put, request};

/// A week, in seconds.
const WEEK: i64 = 7 * 24 * 60 * 60;

async fn scrub(world: &World) -> ScrubReport {
    world.service.scrub(&ScrubProgress::default()).await.unwrap()
}

/// What a report names, and how it has rotted.
fn named(report: &ScrubReport) -> Vec<(String, Rot)> {
    assert_eq!(report.rotten, report.findings.len() as u64);
    report.findings.iter().map(|finding| (finding.object.clone(), finding.rot)).collect()
}

/// The files below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { [path].into() }).collect()
}

/// Where on the disk a text is: it is there once.
fn find(world: &World, text: &str) -> (PathBuf, u64) {
    let mut found = Vec::new();
    for path in files(world.folder.path()) {
        let bytes = fs::read(&path).unwrap();
        let hits = bytes.windows(text.len()).enumerate().filter(|(_, it)| *it == text.as_bytes());
        found.extend(hits.map(|(at, _)| (path.clone(), at as u64)));
    }
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

/// Turns one bit of a byte.
fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 4], at).unwrap();
}

/// Bytes that begin with a text which is nowhere else.
fn bytes(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = format!("<{text}>").into_bytes();
    bytes.resize(length, b'.');
    bytes
}

async fn begin(world: &World, key: &str) -> String {
    let begun = world.send(request("POST", "bucket", key).query("uploads", "")).await;
    begun.xml().text("UploadId").to_owned()
}

fn part(key: &str, id: &str, number: u64, body: Vec<u8>) -> Request {
    put("bucket", key, body).query("partNumber", &number.to_string()).query("uploadId", id)
}

/// A world with an object of each kind, and the texts that their bytes begin with.
async fn filled() -> World {
    let world = World::new().await;
    for (key, length) in [("small", 100), ("small-2", 70), ("large", 700_000), ("large-2", 90_000)]
    {
        world.send(put("bucket", key, bytes(key, length))).await.assert_status(200);
    }
    let id = begin(&world, "parts").await;
    for (number, length) in [(1, 110_000), (2, 40_000)] {
        let body = bytes(&format!("part-{number}"), length);
        world.send(part("parts", &id, number, body)).await.assert_status(200);
    }
    let complete = request("POST", "bucket", "parts").query("uploadId", &id);
    let complete = complete.header("x-oss-complete-all", "yes");
    world.send(complete).await.assert_status(200);
    for position in [0, 50] {
        let append = put("bucket", "log", bytes(&format!("log-{position}"), 50));
        let append = append.query("append", "").query("position", &position.to_string());
        world.send(Request { method: "POST", ..append }).await.assert_status(200);
    }
    let open = begin(&world, "open").await;
    world.send(part("open", &open, 7, bytes("open-7", 300))).await.assert_status(200);
    world.send(request("PUT", "kept", "")).await.assert_status(200);
    world.set_versioning("kept", "Enabled").await;
    for number in [1, 2] {
        let body = bytes(&format!("kept-{number}"), 80_000 * number);
        world.send(put("kept", "k/\n", body)).await.assert_status(200);
    }
    world.send(request("DELETE", "kept", "k/\n")).await.assert_status(204);
    world
}

#[tokio::test]
async fn a_flipped_bit_of_every_kind_of_blob_is_found_and_named() {
    let world = filled().await;
    let report = scrub(&world).await;
    assert_eq!(named(&report), []);
    let kinds = [
        ("<small>", "bucket/small", "bucket", "small"),
        ("<large>", "bucket/large", "bucket", "large"),
        ("<part-1>", "bucket/parts", "bucket", "parts"),
        ("<part-2>", "bucket/parts", "bucket", "parts"),
        ("<log-50>", "bucket/log", "bucket", "log"),
        ("<open-7>", "part 00007 of the upload ", "", ""),
        ("<kept-1>", "kept/k/\\n", "", ""),
        ("<kept-2>", "kept/k/\\n", "", ""),
    ];
    for (text, name, bucket, key) in kinds {
        let (path, at) = find(&world, text);
        flip(&path, at + 1);
        let report = scrub(&world).await;
        assert_eq!(report.findings.len(), 1, "{text}: {report:?}");
        let finding = &report.findings[0];
        assert!(finding.object.starts_with(name), "{finding}");
        assert_eq!(finding.rot, Rot::Damaged, "{finding}");
        assert_eq!(finding.version.is_some(), text.starts_with("<kept"), "{finding}");
        if !key.is_empty() {
            let read = world.send(get(bucket, key)).await;
            assert!(read.status == 500 || !read.complete, "{text}");
        }
        flip(&path, at + 1);
        assert_eq!(named(&scrub(&world).await), [], "{text} is mended");
    }
    for key in ["small", "large", "parts", "log"] {
        let read = world.send(get("bucket", key)).await;
        assert!(read.status == 200 && read.complete);
    }
}

#[tokio::test]
async fn an_encrypted_blob_and_its_key_are_looked_at() {
    let world = World::new().await;
    let before = files(world.folder.path());
    let upload = put("bucket", "secret", bytes("secret", 200_000));
    let upload = upload.header("x-oss-server-side-encryption", "AES256");
    world.send(upload).await.assert_status(200);
    let path = files(world.folder.path()).difference(&before).next().unwrap().clone();
    assert_eq!(named(&scrub(&world).await), []);
    flip(&path, 100_000);
    assert_eq!(named(&scrub(&world).await), [("bucket/secret".to_owned(), Rot::Damaged)]);
}

#[tokio::test]
async fn what_is_gone_or_cut_or_grown_is_found() {
    let world = filled().await;
    let (large, _) = find(&world, "<large>");
    let whole = fs::read(&large).unwrap();
    let length = whole.len() as u64;
    let file = || OpenOptions::new().write(true).open(&large).unwrap();
    let expect = |rots: &'static [Rot]| {
        let world = &world;
        async move {
            let report = scrub(world).await;
            let [(name, rot)] = named(&report).try_into().unwrap();
            assert_eq!(name, "bucket/large");
            assert!(rots.contains(&rot), "{rot:?}");
        }
    };
    for cut in [1, 8, 9, 200_000, length] {
        file().set_len(length - cut).unwrap();
        expect(&[Rot::Length, Rot::Damaged]).await;
        fs::write(&large, &whole).unwrap();
    }
    for more in [1, 7, 8, 9, 131_080] {
        file().set_len(length + more).unwrap();
        expect(&[Rot::Length, Rot::Damaged]).await;
        fs::write(&large, &whole).unwrap();
    }
    fs::remove_file(&large).unwrap();
    expect(&[Rot::Missing]).await;
    fs::write(&large, &whole).unwrap();
    assert_eq!(named(&scrub(&world).await), []);

    // The last blob of the segment that is cut is that of the upload.
    let (segment, at) = find(&world, "<open-7>");
    OpenOptions::new().write(true).open(&segment).unwrap().set_len(at + 10).unwrap();
    let [(name, rot)] = named(&scrub(&world).await).try_into().unwrap();
    assert!(name.starts_with("part 00007") && rot == Rot::Length, "{name}: {rot:?}");
    OpenOptions::new().write(true).open(&segment).unwrap().set_len(0).unwrap();
    let found: Vec<_> = named(&scrub(&world).await).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found.len(), 5, "{found:?}");
    for name in ["bucket/small", "bucket/small-2", "bucket/parts", "bucket/log"] {
        assert!(found.contains(&name.to_owned()), "{name}");
    }
}

/// An object's record that says nothing.
#[derive(Serialize, Deserialize)]
struct Nonsense(String);

impl Record for Nonsense {
    const TABLE: &'static str = "oss-object";
    const VERSION: u32 = 1;
}

impl Keyed for Nonsense {
    fn key(&self) -> rolecall_store::Key {
        rolecall_store::Key::of::<Self>(&[&self.0, "m"])
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_found_and_hides_no_other() {
    let world = World::new().await;
    for key in ["a", "z"] {
        world.send(put("bucket", key, bytes(key, 90_000))).await.assert_status(200);
    }
    let bucket = {
        let objects = world.store.read().await.unwrap().all::<Anything>(&[]).await.unwrap();
        objects[0].0.texts()[0].clone()
    };
    let mut transaction = world.store.begin().await.unwrap();
    transaction.put(&Nonsense(bucket)).unwrap();
    transaction.commit().await.unwrap();
    let (path, _) = find(&world, "<z>");
    fs::remove_file(path).unwrap();
    let expected = [("bucket/m".to_owned(), Rot::Record), ("bucket/z".to_owned(), Rot::Missing)];
    assert_eq!(named(&scrub(&world).await), expected);
    assert_eq!(named(&scrub(&world).await), expected);
}

/// Any record of an object.
#[derive(Serialize, Deserialize)]
struct Anything(serde_json::Value);

impl Record for Anything {
    const TABLE: &'static str = "oss-object";
    const VERSION: u32 = 1;
}

#[tokio::test]
async fn a_pass_comes_every_week_and_goes_on_after_a_restart() {
    let world = World::new().await;
    for number in 0..300 {
        world.send(put("bucket", &format!("{number:03}"), "x")).await.assert_status(200);
    }
    let path = {
        world.send(put("bucket", "zzz", bytes("zzz", 80_000))).await.assert_status(200);
        find(&world, "<zzz>").0
    };
    fs::remove_file(path).unwrap();
    // Requests came, so that a slice is a small one.
    world.service.maintain().await.unwrap();
    let report = world.service.scrub_report();
    assert_eq!((report.running, report.objects, report.last_pass), (true, 250, None));
    let world = world.restarted().await;
    world.service.maintain().await.unwrap();
    let report = world.service.scrub_report();
    assert_eq!((report.running, report.objects), (false, 51));
    assert_eq!(
        report.last_pass.map(rolecall_types::Timestamp::as_second),
        Some(crate::support::START)
    );
    assert_eq!(named(&report), [("bucket/zzz".to_owned(), Rot::Missing)]);

    // It is known after a restart, and until the object is gone.
    let world = world.restarted().await;
    world.clock.advance(WEEK - 1);
    world.service.maintain().await.unwrap();
    let report = world.service.scrub_report();
    assert_eq!((report.objects, report.rotten), (0, 1));
    world.send(request("DELETE", "bucket", "zzz")).await.assert_status(204);
    world.clock.advance(1);
    for _ in 0..2 {
        world.service.maintain().await.unwrap();
    }
    let report = world.service.scrub_report();
    assert_eq!((report.objects, report.bytes, report.rotten), (300, 300, 0));
    assert_eq!(
        report.last_pass.map(rolecall_types::Timestamp::as_second),
        Some(crate::support::START + WEEK)
    );
}

/// What a writer does to a key.
#[derive(Debug, Clone)]
enum Step {
    Put(usize),
    Delete,
    Parts,
    Append,
    Tag,
}

fn step() -> impl Strategy<Value = (u8, Step)> {
    let step = prop_oneof![
        prop_oneof![1_usize..200, 65_000_usize..150_000].prop_map(Step::Put),
        Just(Step::Delete),
        Just(Step::Parts),
        Just(Step::Append),
        Just(Step::Tag),
    ];
    (0_u8..3, step)
}

async fn act(world: &World, bucket: &str, key: u8, step: &Step) {
    let key = &format!("k{key}");
    match step {
        Step::Put(length) => {
            world.send(put(bucket, key, vec![1; *length])).await.assert_status(200);
        }
        Step::Delete => world.send(request("DELETE", bucket, key)).await.assert_status(204),
        Step::Parts => {
            let begun = world.send(request("POST", bucket, key).query("uploads", "")).await;
            let id = begun.xml().text("UploadId").to_owned();
            for number in ["1", "2", "2"] {
                let part = put(bucket, key, vec![2; 110_000]).query("partNumber", number);
                world.send(part.query("uploadId", &id)).await.assert_status(200);
            }
            let complete = request("POST", bucket, key).query("uploadId", &id);
            let complete = complete.header("x-oss-complete-all", "yes");
            world.send(complete).await.assert_status(200);
        }
        Step::Append => {
            let append = put(bucket, key, "more").query("append", "").query("position", "0");
            world.send(Request { method: "POST", ..append }).await;
        }
        Step::Tag => {
            let document =
                "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
            world.send(put(bucket, key, document).query("tagging", "")).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_alarm_is_false_while_objects_change(
        writers in prop::collection::vec(prop::collection::vec(step(), 1..25), 2..4),
        versioned in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let found = runtime.block_on(async {
            let world = Arc::new(World::new().await);
            if versioned {
                world.set_versioning("bucket", "Enabled").await;
            }
            let writers: Vec<_> = writers
                .into_iter()
                .map(|steps| {
                    let world = Arc::clone(&world);
                    tokio::spawn(async move {
                        for (key, step) in &steps {
                            act(&world, "bucket", *key, step).await;
                        }
                    })
                })
                .collect();
            let mut found = Vec::new();
            while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
                found.extend(scrub(&world).await.findings);
            }
            for writer in writers {
                writer.await.unwrap();
            }
            found.extend(scrub(&world).await.findings);
            found
        });
        prop_assert!(found.is_empty(), "{:?}", found);
    }
}
