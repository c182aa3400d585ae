//! Disks that refuse: after a failure nothing is acknowledged that is not durable, reads go on,
//! and a full disk is no reason to restart.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use rolecall_store::{Revision, Store, StoreError};
use rolecall_testkit::store_suite::{Item, PlainSealer};
use rolecall_types::SeededRandom;

use crate::disk::{Disk, Fault};
use crate::engine::{Engine, IN_MEMORY, ON_DISK};

type Content = BTreeMap<String, u64>;

/// Commits made before the disk fails.
const BEFORE: u64 = 10;
/// Each of the first so many steps after them fails in turn; a commit takes about a dozen.
const FAULTS: usize = 120;

fn create(engine: Engine, disk: &Disk) -> Store {
    let random = Arc::new(SeededRandom::new(1));
    let sealer = Arc::new(PlainSealer);
    let backend = engine.create(disk, sealer.clone(), random.clone()).unwrap();
    Store::new(backend, sealer, random)
}

fn reopen(engine: Engine, disk: &Disk, acknowledged: Revision) -> Store {
    let random = Arc::new(SeededRandom::new(2));
    let sealer = Arc::new(PlainSealer);
    let backend = engine.reopen(disk, acknowledged, sealer.clone(), random.clone()).unwrap();
    Store::new(backend, sealer, random)
}

/// Puts a record whose key is long enough that the file grows now and then.
async fn put(store: &Store, content: &mut Content, number: u64) -> Result<Revision, StoreError> {
    let name = number.to_string().repeat(600);
    let mut transaction = store.begin().await?;
    transaction.put_at(&[&name], &Item { number })?;
    let revision = transaction.commit().await?;
    content.insert(name, number);
    Ok(revision)
}

async fn content(store: &Store) -> Content {
    let items = store.read().await.unwrap().all::<Item>(&[]).await.unwrap();
    items.into_iter().map(|(key, item)| (key.texts().concat(), item.number)).collect()
}

/// What is read after the failure is what was acknowledged, or nothing at all where reads go to the
/// file: a disk that has failed once may show what it has not kept.
#[tokio::test]
async fn a_failed_write_or_sync_stops_writing_and_reading_from_the_file() {
    stops(IN_MEMORY).await;
    stops(ON_DISK).await;
}

async fn stops(engine: Engine) {
    for after in 0..FAULTS {
        let disk = Disk::default();
        let store = create(engine, &disk);
        let mut acknowledged = Content::new();
        for number in 0..BEFORE {
            put(&store, &mut acknowledged, number).await.unwrap();
        }
        disk.fail(Some(Fault { after, kind: ErrorKind::Other }));
        let mut number = BEFORE;
        let error = loop {
            match put(&store, &mut acknowledged, number).await {
                Ok(_) => number += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Stopped { .. }), "{after}: {error:?}");
        // Even if the disk has recovered, nobody knows what it has dropped.
        disk.fail(None);
        let error = put(&store, &mut acknowledged, number + 1).await.unwrap_err();
        assert!(matches!(error, StoreError::Stopped { .. }), "{after}: {error:?}");
        match store.read().await {
            Ok(_) => assert_eq!(content(&store).await, acknowledged, "{after}: reads go on"),
            Err(error) => assert!(matches!(error, StoreError::Stopped { .. }), "{error:?}"),
        }

        let revision = store.revision();
        drop(store);
        let found = content(&reopen(engine, &disk, revision)).await;
        let mut in_flight = acknowledged.clone();
        in_flight.insert(number.to_string().repeat(600), number);
        assert!(found == acknowledged || found == in_flight, "{after}: a commit was lost");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    refuses(IN_MEMORY).await;
    refuses(ON_DISK).await;
}

async fn refuses(engine: Engine) {
    let mut resumed = 0;
    for after in 0..FAULTS {
        let disk = Disk::default();
        let store = create(engine, &disk);
        let mut acknowledged = Content::new();
        for number in 0..BEFORE {
            put(&store, &mut acknowledged, number).await.unwrap();
        }
        disk.fail(Some(Fault { after, kind: ErrorKind::StorageFull }));
        let mut number = BEFORE;
        let error = loop {
            match put(&store, &mut acknowledged, number).await {
                Ok(_) => number += 1,
                Err(error) => break error,
            }
        };
        let full = matches!(error, StoreError::Full);
        if full {
            assert_eq!(content(&store).await, acknowledged, "{after}: reads go on");
            let again = put(&store, &mut acknowledged, number).await.unwrap_err();
            assert!(matches!(again, StoreError::Full), "{after}: {again:?}");
        } else {
            // It was the sync that failed: what it left behind is not known.
            assert!(matches!(error, StoreError::Stopped { .. }), "{after}: {error:?}");
        }
        disk.fail(None);
        for number in number + 1..number + 4 {
            let outcome = put(&store, &mut acknowledged, number).await;
            assert_eq!(outcome.is_ok(), full, "{after}: {outcome:?}");
        }
        if full {
            assert_eq!(content(&store).await, acknowledged, "{after}");
        }
        resumed += usize::from(full);

        let revision = store.revision();
        drop(store);
        let mut found = content(&reopen(engine, &disk, revision)).await;
        if !full {
            found.remove(&number.to_string().repeat(600));
        }
        assert_eq!(found, acknowledged, "{after}");
    }
    assert!(resumed > FAULTS / 2, "only {resumed} of {FAULTS} faults were a full disk");
}

#[tokio::test]
async fn watchers_see_what_was_acknowledged_and_nothing_that_failed() {
    for (engine, ends) in [(IN_MEMORY, false), (ON_DISK, true)] {
        let disk = Disk::default();
        let store = create(engine, &disk);
        let mut watch = store.watch(Revision::ZERO);
        let mut acknowledged = Content::new();
        put(&store, &mut acknowledged, 1).await.unwrap();
        disk.fail(Some(Fault { after: 0, kind: ErrorKind::Other }));
        put(&store, &mut acknowledged, 2).await.unwrap_err();
        assert_eq!(watch.next().await.unwrap().revision, Revision::new(1));
        match watch.try_next() {
            Ok(events) => assert!(events.is_none() && !ends, "{events:?}"),
            Err(error) => assert!(matches!(error, StoreError::Stopped { .. }) && ends, "{error}"),
        }
    }
}
