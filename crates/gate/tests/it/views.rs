//! Views: they follow the store, and who waits for a revision sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolecall_gate::{View, Views};
use rolecall_store::{Events, Record, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::support::{block_on, store};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    number: u64,
}

impl Record for Item {
    const TABLE: &'static str = "item";
    const VERSION: u32 = 1;
}

/// Keeps the sum of what it saw, and fails at a number that it is told.
#[derive(Default)]
struct Sum {
    seen: AtomicU64,
    fails_at: Option<u64>,
}

impl View for Sum {
    fn apply(&self, events: &Events) -> Result<(), StoreError> {
        for event in &events.events {
            let Some((_, Some(item))) = event.of::<Item>()? else { continue };
            if self.fails_at == Some(item.number) {
                return Err(StoreError::Conflict);
            }
            self.seen.fetch_add(item.number, Ordering::SeqCst);
        }
        Ok(())
    }
}

async fn put(store: &Store, number: u64) -> rolecall_store::Revision {
    let mut transaction = store.begin().await.unwrap();
    transaction.put_at(&[&number.to_string()], &Item { number }).unwrap();
    transaction.commit().await.unwrap()
}

#[test]
fn who_waits_for_a_revision_sees_it_in_every_view() {
    block_on(async {
        let store = store();
        let start = store.read().await.unwrap().revision();
        let sums = [Arc::new(Sum::default()), Arc::new(Sum::default())];
        let followers = sums.iter().map(|sum| Arc::clone(sum) as Arc<dyn View>).collect();
        let (views, work) = Views::follow(store.clone(), start, followers);
        assert_eq!(views.revision(), start);
        tokio::spawn(work);
        let mut expected = 0;
        for number in 1..=50 {
            let revision = put(&store, number).await;
            expected += number;
            views.reach(revision).await.unwrap();
            assert!(views.revision() >= revision);
            for sum in &sums {
                assert_eq!(sum.seen.load(Ordering::SeqCst), expected);
            }
        }
        views.reach(start).await.unwrap();
    });
}

/// A view that cannot take in a change stops all of them: nobody decides by a picture with holes.
#[test]
fn a_view_that_fails_is_told_to_everybody_who_waits() {
    block_on(async {
        let store = store();
        let start = store.read().await.unwrap().revision();
        let sum = Arc::new(Sum { fails_at: Some(3), ..Sum::default() });
        let (views, work) = Views::follow(store.clone(), start, vec![sum.clone()]);
        let work = tokio::spawn(work);
        let good = put(&store, 2).await;
        views.reach(good).await.unwrap();
        let bad = put(&store, 3).await;
        let error = views.reach(bad).await.unwrap_err();
        assert_eq!(error.to_string(), "the views have stopped following the store");
        assert!(matches!(work.await.unwrap(), StoreError::Conflict));
        assert_eq!(views.revision(), good, "no view claims to show what it does not");
    });
}
