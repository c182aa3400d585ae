//! The store in memory only, for tests and for `dev` without a data folder.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};

use crate::backend::{Backend, Commit, CommitOutcome, Snapshot, Watcher};
use crate::log::{ChangeLog, LOG_BYTES};
use crate::published::Published;
use crate::space::Space;
use crate::{Revision, StoreError};

/// A backend that forgets everything when it is dropped.
#[derive(Debug)]
pub struct Memory {
    published: Arc<Published<Space>>,
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        let log = ChangeLog::new(Revision::ZERO, LOG_BYTES);
        Self { published: Published::new(Space::default(), log) }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Backend for Memory {
    fn revision(&self) -> Revision {
        self.published.revision()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, StoreError>> {
        let space = self.published.snapshot();
        Box::pin(ready(space.map(|space| Box::new(space) as Box<dyn Snapshot>)))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitOutcome, StoreError>> {
        Box::pin(async move {
            let revision = self.published.commit(commit)?;
            Ok(revision.map_or(CommitOutcome::Conflict, CommitOutcome::Committed))
        })
    }

    fn watch(&self, after: Revision) -> Box<dyn Watcher> {
        self.published.watch(after)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.published.end(StoreError::Closed);
    }
}
