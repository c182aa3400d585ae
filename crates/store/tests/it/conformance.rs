//! The suite of all backends.

use std::sync::Arc;

use rolecall_store::{Memory, Redb};
use rolecall_testkit::store_suite::{PlainSealer, store_suite};
use rolecall_types::SeededRandom;

use crate::disk::Disk;

#[tokio::test]
async fn memory() {
    store_suite(|| Arc::new(Memory::new())).await.unwrap();
}

/// On a disk in memory: the suite makes some thousand commits, each with a sync of its own.
#[tokio::test]
async fn redb() {
    let open = || {
        let random = Arc::new(SeededRandom::new(1));
        let disk = Disk::default();
        Arc::new(Redb::create_on(disk.storage(), Arc::new(PlainSealer), random).unwrap()) as _
    };
    store_suite(open).await.unwrap();
}
