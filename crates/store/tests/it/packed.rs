//! Records that are packed: whoever reads them sees what was put, and both forms are read.

use std::path::Path;
use std::sync::Arc;

use rolecall_crypto::{KeyRing, RecordSealer};
use rolecall_store::{Record, Redb, Revision, Store};
use rolecall_types::SeededRandom;
use serde::{Deserialize, Serialize};

/// Twice the same record: as it was once, and packed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Plain(Text);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Packed(Text);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Text {
    trust_policy: String,
}

impl Record for Plain {
    const TABLE: &'static str = "text";
    const VERSION: u32 = 1;
}

impl Record for Packed {
    const TABLE: &'static str = "text";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

fn text(number: usize) -> Text {
    let trust_policy = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{{"Service":["s{number}.aliyuncs.com"]}}}}]}}"#
    );
    Text { trust_policy }
}

fn open(folder: &Path) -> Store {
    let ring = KeyRing::generate(&SeededRandom::new(1));
    let (sealer, random) = (Arc::new(RecordSealer::new(&ring)), Arc::new(SeededRandom::new(2)));
    let backend = Redb::open(folder, sealer.clone(), random.clone()).unwrap();
    Store::new(Arc::new(backend), sealer, random)
}

fn name(number: usize) -> String {
    format!("{number:04}")
}

#[tokio::test]
async fn everybody_reads_what_was_put() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut transaction = store.begin().await.unwrap();
    for number in 0..1_000 {
        transaction.put_at(&[&name(number)], &Packed(text(number))).unwrap();
    }
    assert_eq!(transaction.get::<Packed>(&["0007"]).await.unwrap(), Some(Packed(text(7))));
    assert_eq!(transaction.scan::<Packed>(&[], None, 9).await.unwrap()[8].1, Packed(text(8)));
    transaction.commit().await.unwrap();
    let events = store.watch(Revision::ZERO).next().await.unwrap();
    let (_, seen) = events.events[9].of::<Packed>().unwrap().unwrap();
    assert_eq!(seen, Some(Packed(text(9))));
    drop((events, store));

    let reader = open(folder.path()).read().await.unwrap();
    let all: Vec<Packed> =
        reader.all(&[]).await.unwrap().into_iter().map(|(_, record)| record).collect();
    assert_eq!(all, (0..1_000).map(|number| Packed(text(number))).collect::<Vec<_>>());
    for (number, (key, json)) in reader.dump().await.unwrap().into_iter().enumerate() {
        assert_eq!(key.texts(), [name(number)]);
        let expected = serde_json::json!({"v": 1, "r": text(number)}).to_string();
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }
}

#[tokio::test]
async fn a_type_that_begins_to_pack_or_ends_it_reads_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut transaction = store.begin().await.unwrap();
    transaction.put_at(&["a"], &Plain(text(1))).unwrap();
    transaction.put_at(&["b"], &Packed(text(2))).unwrap();
    transaction.commit().await.unwrap();
    let reader = store.read().await.unwrap();
    assert_eq!(reader.get::<Packed>(&["a"]).await.unwrap(), Some(Packed(text(1))));
    assert_eq!(reader.get::<Plain>(&["b"]).await.unwrap(), Some(Plain(text(2))));
}
