//! The suite of all backends.

use std::sync::Arc;

use rolecall_store::{Backend, Memory, StoreError};
use rolecall_testkit::store_suite::{Item, PlainSealer, store_on, store_suite};
use rolecall_types::{Random, SeededRandom};

use crate::disk::Disk;
use crate::engine::{Engine, IN_MEMORY, ON_DISK};

#[tokio::test]
async fn memory() {
    store_suite(|| Arc::new(Memory::new())).await.unwrap();
}

/// On a disk in memory: the suite makes some thousand commits, each with a sync of its own.
#[tokio::test]
async fn redb() {
    store_suite(|| on_a_disk(IN_MEMORY)).await.unwrap();
}

#[tokio::test]
async fn paged_redb() {
    store_suite(|| on_a_disk(ON_DISK)).await.unwrap();
}

fn on_a_disk(engine: Engine) -> Arc<dyn Backend> {
    let random = Arc::new(SeededRandom::new(1));
    engine.create(&Disk::default(), Arc::new(PlainSealer), random).unwrap()
}

/// Threads move sums between accounts; whoever looks, in whichever way, finds the same total.
#[test]
fn no_thread_ever_sees_half_a_transfer() {
    const ACCOUNTS: u64 = 5;
    const TRANSFERS: u64 = 100;
    let backends: [Arc<dyn Backend>; 3] =
        [Arc::new(Memory::new()), on_a_disk(IN_MEMORY), on_a_disk(ON_DISK)];
    for backend in backends {
        let store = store_on(backend);
        let transfer = async |random: &SeededRandom| {
            let mut transaction = store.begin().await?;
            let all = transaction.scan::<Item>(&[], None, 9).await?;
            let total: u64 = all.iter().map(|(_, item)| item.number).sum();
            assert_eq!(total, ACCOUNTS * 100);
            let (from, to) = (random.text(b"01234", 1), random.text(b"01234", 1));
            for (name, change) in [(from, -1), (to, 1)] {
                let item = transaction.get::<Item>(&[&name]).await?.unwrap();
                let number = item.number.checked_add_signed(change).unwrap();
                transaction.put_at(&[&name], &Item { number })?;
            }
            transaction.commit().await
        };
        block_on(async {
            let mut transaction = store.begin().await.unwrap();
            for account in 0..ACCOUNTS {
                transaction.put_at(&[&account.to_string()], &Item { number: 100 }).unwrap();
            }
            transaction.commit().await.unwrap();
        });
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let transfer = &transfer;
                scope.spawn(move || {
                    let random = SeededRandom::new(thread);
                    let mut left = TRANSFERS;
                    while left > 0 {
                        match block_on(transfer(&random)) {
                            Ok(_) => left -= 1,
                            Err(StoreError::Conflict) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                });
            }
        });
        assert_eq!(store.revision().number(), 1 + 4 * TRANSFERS);
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
