//! An index whose commits fail, with and without having happened.

use std::sync::Arc;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use rolecall_store::{
    Backend, Commit, CommitOutcome, Memory, Revision, Snapshot, StoreError, Watcher,
};

use crate::support::{World, get, put, request};

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    /// It happens, and its caller hears of a failure.
    Unheard,
    /// It does not happen, and its caller hears so.
    Full,
}

#[derive(Debug)]
struct Moody {
    memory: Memory,
    fate: Mutex<Fate>,
}

impl Backend for Moody {
    fn revision(&self) -> Revision {
        self.memory.revision()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, StoreError>> {
        self.memory.snapshot()
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitOutcome, StoreError>> {
        let fate = *self.fate.lock().unwrap();
        Box::pin(async move {
            match fate {
                Fate::Good => self.memory.commit(commit).await,
                Fate::Unheard => {
                    self.memory.commit(commit).await?;
                    Err(StoreError::Closed)
                }
                Fate::Full => Err(StoreError::Full),
            }
        })
    }

    fn watch(&self, after: Revision) -> Box<dyn Watcher> {
        self.memory.watch(after)
    }
}

async fn world() -> (World, Arc<Moody>) {
    let moody = Arc::new(Moody { memory: Memory::new(), fate: Mutex::new(Fate::Good) });
    let world = World::over(moody.clone(), &[]).await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(put("bucket", "k", "old")).await.assert_status(200);
    (world, moody)
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_keeps_all_bytes_until_the_next_start() {
    let (world, moody) = world().await;
    *moody.fate.lock().unwrap() = Fate::Unheard;
    world.send(put("bucket", "k", "new")).await.assert_error(500, "InternalError");
    assert_eq!(world.send(get("bucket", "k")).await.body, b"new");
    assert_eq!(world.files().len(), 2);
    *moody.fate.lock().unwrap() = Fate::Good;
    let world = world.restarted().await;
    assert_eq!(world.send(get("bucket", "k")).await.body, b"new");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn a_commit_that_failed_leaves_the_old_object() {
    let (world, moody) = world().await;
    *moody.fate.lock().unwrap() = Fate::Full;
    world.send(put("bucket", "k", "new")).await.assert_error(503, "ServiceUnavailable");
    let refused = world.send(request("DELETE", "bucket", "k")).await;
    refused.assert_error(503, "ServiceUnavailable");
    assert_eq!(world.send(get("bucket", "k")).await.body, b"old");
    assert_eq!(world.files().len(), 1);
}
