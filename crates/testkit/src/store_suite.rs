//! What every backend of the store must do. A backend's tests call [`store_suite`] in one line.

mod random;

use std::sync::Arc;

use rolecall_store::{
    Backend, Event, Key, KeyRange, Record, Revision, Sealer, Store, StoreError, Transaction,
    UnsealError, Watch,
};
use rolecall_types::{Random, SeededRandom};
use serde::{Deserialize, Serialize};

/// Runs the whole suite; `open` gives an empty backend each time. A wrong answer panics with what
/// was expected, an error of the backend is returned.
pub async fn store_suite(open: impl Fn() -> Arc<dyn Backend>) -> Result<(), StoreError> {
    let store = || store_on(open());
    keys_are_ordered_and_ranges_bounded(&store()).await?;
    own_writes_are_seen(&store()).await?;
    a_transaction_reads_one_state(&store()).await?;
    what_was_read_is_checked(store).await?;
    write_skew_is_refused(&store()).await?;
    no_update_is_lost(&store()).await?;
    revisions_count_the_transactions(&store()).await?;
    a_watch_has_every_change(&store()).await?;
    for seed in 0..20 {
        random::transactions_match_a_map(&store(), seed).await?;
    }
    Ok(())
}

/// A store on a backend, with [`PlainSealer`] and randomness that repeats.
pub fn store_on(backend: Arc<dyn Backend>) -> Store {
    Store::new(backend, Arc::new(PlainSealer), Arc::new(SeededRandom::new(1)))
}

/// Seals with a checksum over key and value, and hides nothing: for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainSealer;

impl Sealer for PlainSealer {
    fn seal(&self, _random: &dyn Random, key: &[u8], plain: &[u8]) -> Vec<u8> {
        [&checksum(key, plain), plain].concat()
    }

    fn open(&self, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (sum, plain) =
            sealed.split_first_chunk().ok_or_else(|| UnsealError("too short".to_owned()))?;
        if *sum == checksum(key, plain) {
            Ok(plain.to_vec())
        } else {
            Err(UnsealError("the checksum differs".to_owned()))
        }
    }
}

/// FNV-1a over the key, its length and the value.
fn checksum(key: &[u8], plain: &[u8]) -> [u8; 8] {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.iter().chain(&key.len().to_be_bytes()).chain(plain) {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    sum.to_be_bytes()
}

/// The record that the suite keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What tells one value from another.
    pub number: u64,
}

impl Record for Item {
    const TABLE: &'static str = "item";
    const VERSION: u32 = 1;
}

/// A record of a neighbouring table, which ranges over [`Item`] must not touch.
#[derive(Debug, Serialize, Deserialize)]
struct Neighbour;

impl Record for Neighbour {
    const TABLE: &'static str = "item2";
    const VERSION: u32 = 1;
}

async fn put(store: &Store, parts: &[&str], number: u64) -> Result<Revision, StoreError> {
    let mut transaction = store.begin().await?;
    transaction.put_at(parts, &Item { number })?;
    transaction.commit().await
}

async fn delete(store: &Store, parts: &[&str]) -> Result<Revision, StoreError> {
    let mut transaction = store.begin().await?;
    transaction.delete::<Item>(parts);
    transaction.commit().await
}

/// The records found, as their parts joined with slashes.
fn names(found: &[(Key, Item)]) -> Vec<String> {
    found.iter().map(|(key, _)| key.texts().join("/")).collect()
}

async fn keys_are_ordered_and_ranges_bounded(store: &Store) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    for parts in [&["b"][..], &["a", "2"], &["a"], &["a\0", "1"], &["a", "10"], &["", "z"], &[]] {
        transaction.put_at(parts, &Item { number: 0 })?;
    }
    transaction.put_at(&["a"], &Neighbour)?;
    transaction.commit().await?;

    let all = ["", "/z", "a", "a/10", "a/2", "a\0/1", "b"];
    let mut transaction = store.begin().await?;
    let reader = store.read().await?;
    let after = |parts: &[&str]| Some(Key::of::<Item>(parts));
    for (leading, after, limit, expected) in [
        (&[][..], None, 100, &all[..]),
        (&[], None, 3, &["", "/z", "a"]),
        (&[], after(&["a"]), 2, &["a/10", "a/2"]),
        (&[], after(&["a", "1"]), 1, &["a/10"]),
        (&[], after(&["b"]), 9, &[]),
        (&[], None, 0, &[]),
        (&["a"], None, 9, &["a", "a/10", "a/2"]),
        (&["a"], after(&[]), 2, &["a", "a/10"]),
        (&["a", "2"], None, 9, &["a/2"]),
        (&["c"], None, 9, &[]),
    ] {
        let found = transaction.scan::<Item>(leading, after.as_ref(), limit).await?;
        assert_eq!(names(&found), expected, "scan under {leading:?} after {after:?}");
        let found = reader.scan::<Item>(leading, after.as_ref(), limit).await?;
        assert_eq!(names(&found), expected, "read under {leading:?} after {after:?}");
    }
    let range = KeyRange::beginning(Item::TABLE, &["a"], b"1");
    let found = transaction.scan_range::<Item>(range, 9).await?;
    assert_eq!(names(&found), ["a/10"]);
    assert_eq!(reader.all::<Neighbour>(&[]).await?.len(), 1);
    assert_eq!(reader.dump().await?.len(), all.len() + 1);
    Ok(())
}

async fn own_writes_are_seen(store: &Store) -> Result<(), StoreError> {
    for name in ["a", "c", "e", "g"] {
        put(store, &[name], 1).await?;
    }
    let mut transaction = store.begin().await?;
    transaction.put_at(&["b"], &Item { number: 2 })?;
    transaction.put_at(&["c"], &Item { number: 2 })?;
    transaction.delete::<Item>(&["a"]);
    transaction.delete::<Item>(&["e"]);
    transaction.delete::<Item>(&["nothing"]);
    assert_eq!(transaction.get::<Item>(&["a"]).await?, None);
    assert_eq!(transaction.get::<Item>(&["b"]).await?, Some(Item { number: 2 }));
    for (limit, expected) in [(1, &["b"][..]), (2, &["b", "c"]), (3, &["b", "c", "g"])] {
        let found = transaction.scan::<Item>(&[], None, limit).await?;
        assert_eq!(names(&found), expected);
    }
    transaction.put_at(&["a"], &Item { number: 3 })?;
    assert_eq!(transaction.get::<Item>(&["a"]).await?, Some(Item { number: 3 }));
    assert_eq!(store.read().await?.get::<Item>(&["b"]).await?, None, "seen before the commit");
    transaction.commit().await?;
    let found = store.read().await?.all::<Item>(&[]).await?;
    let numbers: Vec<u64> = found.iter().map(|(_, item)| item.number).collect();
    assert_eq!((names(&found).concat(), numbers), ("abcg".to_owned(), vec![3, 2, 2, 1]));
    Ok(())
}

async fn a_transaction_reads_one_state(store: &Store) -> Result<(), StoreError> {
    put(store, &["a"], 1).await?;
    let mut transaction = store.begin().await?;
    let reader = store.read().await?;
    put(store, &["a"], 2).await?;
    put(store, &["b"], 2).await?;
    assert_eq!(transaction.get::<Item>(&["a"]).await?, Some(Item { number: 1 }));
    assert_eq!(names(&transaction.scan::<Item>(&[], None, 9).await?), ["a"]);
    assert_eq!(names(&reader.all::<Item>(&[]).await?), ["a"]);
    let revision = transaction.revision();
    assert_eq!(transaction.commit().await?, revision, "reads alone never conflict");
    assert_eq!(store.begin().await?.get::<Item>(&["a"]).await?, Some(Item { number: 2 }));
    Ok(())
}

/// What a transaction reads before another one commits.
#[derive(Debug, Clone, Copy)]
enum Read {
    Nothing,
    Get(&'static str),
    Scan(&'static str, usize),
}

/// What the other one does.
#[derive(Debug, Clone, Copy)]
enum Other {
    Put(&'static str, &'static str),
    Delete(&'static str, &'static str),
    PutAndDelete(&'static str, &'static str),
}

async fn what_was_read_is_checked(store: impl Fn() -> Store) -> Result<(), StoreError> {
    use Other::{Delete, Put, PutAndDelete};
    use Read::{Get, Nothing, Scan};
    // Stored at first: f/b, f/d, f/f.
    for (read, other, conflict) in [
        (Nothing, Put("f", "b"), false),
        (Get("b"), Put("f", "b"), true),
        (Get("b"), Delete("f", "b"), true),
        (Get("b"), PutAndDelete("f", "b"), true),
        (Get("b"), Put("f", "d"), false),
        (Get("c"), Put("f", "c"), true),
        (Get("c"), Delete("f", "c"), false),
        (Get("c"), PutAndDelete("f", "c"), false),
        (Get("c"), Put("f", "b"), false),
        (Scan("f", 9), Put("f", "b"), true),
        (Scan("f", 9), Put("f", "c"), true),
        (Scan("f", 9), Put("f", "z"), true),
        (Scan("f", 9), Delete("f", "d"), true),
        (Scan("f", 9), PutAndDelete("f", "c"), true),
        (Scan("f", 9), Delete("f", "c"), false),
        (Scan("f", 9), Put("g", "b"), false),
        (Scan("f", 2), Put("f", "a"), true),
        (Scan("f", 2), Put("f", "c"), true),
        (Scan("f", 2), Delete("f", "d"), true),
        (Scan("f", 2), Put("f", "e"), false),
        (Scan("f", 2), Delete("f", "f"), false),
        (Scan("f", 3), Put("f", "z"), false),
        (Scan("f", 4), Put("f", "z"), true),
        (Scan("empty", 9), Put("empty", "a"), true),
        (Scan("empty", 9), Put("f", "a"), false),
    ] {
        let store = store();
        for name in ["b", "d", "f"] {
            put(&store, &["f", name], 1).await?;
        }
        let mut transaction = store.begin().await?;
        match read {
            Nothing => {}
            Get(name) => {
                transaction.get::<Item>(&["f", name]).await?;
            }
            Scan(leading, limit) => {
                transaction.scan::<Item>(&[leading], None, limit).await?;
            }
        }
        match other {
            Put(leading, name) => {
                put(&store, &[leading, name], 2).await?;
            }
            Delete(leading, name) => {
                delete(&store, &[leading, name]).await?;
            }
            PutAndDelete(leading, name) => {
                put(&store, &[leading, name], 2).await?;
                delete(&store, &[leading, name]).await?;
            }
        }
        // A key that was put and deleted again is as absent as it was: that is no conflict for
        // one who found it absent, and one for everybody else.
        transaction.put_at(&["mine"], &Item { number: 3 })?;
        let before = store.revision();
        let outcome = transaction.commit().await;
        let refused = matches!(outcome, Err(StoreError::Conflict));
        assert_eq!(refused, conflict, "{read:?} {other:?}: {outcome:?}");
        let mine = store.read().await?.get::<Item>(&["mine"]).await?;
        assert_eq!(mine.is_none(), conflict, "a refused transaction writes nothing");
        assert_eq!(store.revision() == before, conflict);
    }
    Ok(())
}

async fn write_skew_is_refused(store: &Store) -> Result<(), StoreError> {
    put(store, &["a"], 1).await?;
    put(store, &["b"], 1).await?;
    let both = async |mut transaction: Transaction, write: &str| {
        for name in ["a", "b"] {
            transaction.get::<Item>(&[name]).await?;
        }
        transaction.put_at(&[write], &Item { number: 0 })?;
        Ok::<_, StoreError>(transaction)
    };
    let first = both(store.begin().await?, "a").await?;
    let second = both(store.begin().await?, "b").await?;
    first.commit().await?;
    assert!(matches!(second.commit().await, Err(StoreError::Conflict)));
    Ok(())
}

async fn no_update_is_lost(store: &Store) -> Result<(), StoreError> {
    const TASKS: u64 = 8;
    const INCREMENTS: u64 = 25;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut left = INCREMENTS;
                while left > 0 {
                    let mut transaction = store.begin().await?;
                    let item = transaction.get::<Item>(&["counter"]).await?;
                    let number = item.map_or(0, |item| item.number) + 1;
                    tokio::task::yield_now().await;
                    transaction.put_at(&["counter"], &Item { number })?;
                    match transaction.commit().await {
                        Ok(_) => left -= 1,
                        Err(StoreError::Conflict) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(|_| StoreError::Closed)??;
    }
    let counter = store.read().await?.get::<Item>(&["counter"]).await?;
    assert_eq!(counter, Some(Item { number: TASKS * INCREMENTS }));
    assert_eq!(store.revision(), Revision::new(TASKS * INCREMENTS), "conflicts make no revision");
    Ok(())
}

async fn revisions_count_the_transactions(store: &Store) -> Result<(), StoreError> {
    assert_eq!(store.revision(), Revision::ZERO);
    for number in 1..=5 {
        assert_eq!(put(store, &["a"], number).await?, Revision::new(number));
        assert_eq!(store.revision(), Revision::new(number));
        assert_eq!(store.read().await?.revision(), Revision::new(number));
    }
    assert_eq!(delete(store, &["a"]).await?, Revision::new(6));
    assert_eq!(delete(store, &["a"]).await?, Revision::new(7), "a deletion of nothing counts");
    Ok(())
}

async fn a_watch_has_every_change(store: &Store) -> Result<(), StoreError> {
    let mut from_start = store.watch(Revision::ZERO);
    assert!(from_start.try_next()?.is_none());
    let waiting = tokio::spawn(async move {
        let events = from_start.next().await?;
        Ok::<_, StoreError>((from_start, events))
    });
    tokio::task::yield_now().await;
    let mut transaction = store.begin().await?;
    transaction.put_at(&["a"], &Item { number: 1 })?;
    transaction.put_at(&["b"], &Item { number: 1 })?;
    transaction.put_at(&["n"], &Neighbour)?;
    transaction.commit().await?;
    let (mut from_start, first) = waiting.await.map_err(|_| StoreError::Closed)??;
    assert_eq!(first.revision, Revision::new(1));
    assert_eq!(changes(&first.events)?, [("a".to_owned(), Some(1)), ("b".to_owned(), Some(1))]);
    assert_eq!(first.events.len(), 3);

    // Acknowledged is available: a view needs no patience to see its own node's writes.
    put(store, &["a"], 2).await?;
    delete(store, &["b"]).await?;
    delete(store, &["b"]).await?;
    let mut from_middle = store.watch(Revision::new(2));
    let expected = [vec![("a".to_owned(), Some(2))], vec![("b".to_owned(), None)], vec![]];
    for (revision, expected) in (2..).zip(expected) {
        check_next(&mut from_start, revision, &expected)?;
        if revision > 2 {
            check_next(&mut from_middle, revision, &expected)?;
        }
    }
    assert!(from_start.try_next()?.is_none());
    assert!(from_middle.try_next()?.is_none());
    Ok(())
}

fn check_next(
    watch: &mut Watch,
    revision: u64,
    expected: &[(String, Option<u64>)],
) -> Result<(), StoreError> {
    let events = watch.try_next()?;
    let found = events.as_ref().map(|events| events.revision.number());
    assert_eq!(found, Some(revision), "a gap in the watch");
    assert_eq!(changes(&events.map(|events| events.events).unwrap_or_default())?, expected);
    Ok(())
}

fn changes(events: &[Event]) -> Result<Vec<(String, Option<u64>)>, StoreError> {
    let mut changes = Vec::new();
    for event in events {
        if let Some((key, item)) = event.of::<Item>()? {
            changes.push((key.texts().join("/"), item.map(|item| item.number)));
        }
    }
    Ok(changes)
}
