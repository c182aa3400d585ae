//! Commits that wait together share a sync.

use std::sync::Arc;

use rolecall_store::Store;
use rolecall_testkit::store_suite::{Item, PlainSealer};
use rolecall_types::SeededRandom;

use crate::disk::{Disk, Habit, Step};
use crate::engine::{Engine, IN_MEMORY, ON_DISK};

fn create(engine: Engine, disk: &Disk) -> Store {
    let random = Arc::new(SeededRandom::new(1));
    let backend = engine.create(disk, Arc::new(PlainSealer), random.clone()).unwrap();
    Store::new(backend, Arc::new(PlainSealer), random)
}

async fn put(store: Store, name: u64, number: u64) {
    let mut transaction = store.begin().await.unwrap();
    transaction.put_at(&[&name.to_string()], &Item { number }).unwrap();
    transaction.commit().await.unwrap();
}

fn syncs(disk: &Disk) -> usize {
    disk.take_steps().iter().filter(|step| matches!(step, Step::Sync)).count()
}

#[tokio::test]
async fn a_commit_alone_costs_one_sync() {
    for engine in [IN_MEMORY, ON_DISK] {
        let disk = Disk::default();
        let store = create(engine, &disk);
        put(store.clone(), 0, 0).await;
        syncs(&disk);
        for number in 1..=100 {
            put(store.clone(), 0, number).await;
        }
        assert_eq!(syncs(&disk), 100);
    }
}

#[tokio::test]
async fn commits_that_wait_share_one() {
    for engine in [IN_MEMORY, ON_DISK] {
        let disk = Disk::new(Habit::Slow);
        let store = create(engine, &disk);
        syncs(&disk);
        let commits = (0..100).map(|name| tokio::spawn(put(store.clone(), name, name)));
        let tasks: Vec<_> = commits.collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(store.revision().number(), 100, "each is a revision of its own");
        // The first alone, the rest while it syncs; and a few for the file's growth.
        let syncs = syncs(&disk);
        assert!(syncs < 10, "{syncs} syncs for 100 commits");
    }
}
