//! The records of an embedded store, in memory, and their publication to readers and watchers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, ready};
use imbl::OrdSet;
use tokio::sync::watch;

use crate::backend::{Batch, Change, Commit, Compare, Entry, Snapshot, Watcher};
use crate::log::{ChangeLog, ranges_hold};
use crate::stored::Stored;
use crate::{Key, KeyRange, Revision, StoreError};

/// One state of all records. A clone shares the memory of what does not change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space {
    records: OrdSet<Stored>,
    revision: Revision,
}

impl Space {
    pub(crate) fn new(records: OrdSet<Stored>, revision: Revision) -> Self {
        Self { records, revision }
    }

    pub(crate) fn records(&self) -> &OrdSet<Stored> {
        &self.records
    }

    pub(crate) fn stored(&self, key: &Key) -> Option<&Stored> {
        self.records.get(&**key.as_bytes())
    }

    /// Applies a commit if its compares hold in this state, which comes after `log` and `pending`.
    pub(crate) fn try_commit(
        &mut self,
        log: &ChangeLog,
        pending: &[Arc<Batch>],
        commit: Commit,
    ) -> Option<Arc<Batch>> {
        let keys_hold = commit.compares.iter().all(|compare| match compare {
            Compare::Key { key, revision } => {
                self.stored(key).map_or(Revision::ZERO, Stored::revision) == *revision
            }
            Compare::Range { .. } => true,
        });
        (keys_hold && ranges_hold(log, pending, &commit.compares)).then(|| self.apply(commit))
    }

    fn apply(&mut self, commit: Commit) -> Arc<Batch> {
        let revision = self.revision.next();
        self.revision = revision;
        let mut changes = Vec::with_capacity(commit.writes.len());
        for (key, value) in commit.writes {
            let changed = match &value {
                Some(value) => {
                    self.records.insert(Stored::new(&key, revision, value));
                    true
                }
                None => self.records.remove(&**key.as_bytes()).is_some(),
            };
            if changed {
                changes.push(Change { key, value });
            }
        }
        Arc::new(Batch { revision, changes })
    }

    fn entries(&self, range: &KeyRange, limit: usize) -> Vec<Entry> {
        let Some(bounds) = range.bounds() else { return Vec::new() };
        self.records.range::<_, [u8]>(bounds).take(limit).map(Stored::entry).collect()
    }
}

impl Snapshot for Space {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Entry>, StoreError>> {
        Box::pin(ready(Ok(self.stored(key).map(Stored::entry))))
    }

    fn range<'a>(
        &'a self,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StoreError>> {
        Box::pin(ready(Ok(self.entries(range, limit))))
    }
}

/// The state that readers and watchers of an embedded backend see.
#[derive(Debug)]
pub(crate) struct Published {
    state: Mutex<State>,
    /// Tells watchers that there is something to look at.
    changed: watch::Sender<Revision>,
}

#[derive(Debug)]
struct State {
    space: Space,
    log: ChangeLog,
    closed: bool,
}

impl Published {
    pub(crate) fn new(space: Space) -> Arc<Self> {
        let revision = space.revision;
        let state = State { log: ChangeLog::new(revision), space, closed: false };
        Arc::new(Self { state: Mutex::new(state), changed: watch::Sender::new(revision) })
    }

    pub(crate) fn revision(&self) -> Revision {
        *self.changed.borrow()
    }

    pub(crate) fn space(&self) -> Result<Space, StoreError> {
        let state = self.state();
        if state.closed { Err(StoreError::Closed) } else { Ok(state.space.clone()) }
    }

    /// Checks, applies and shows one commit at once, for a backend that has nothing to wait for.
    pub(crate) fn commit(&self, commit: Commit) -> Result<Option<Revision>, StoreError> {
        let mut state = self.state();
        let State { space, log, closed } = &mut *state;
        if *closed {
            return Err(StoreError::Closed);
        }
        let Some(batch) = space.try_commit(log, &[], commit) else { return Ok(None) };
        let revision = batch.revision;
        log.push(batch);
        self.changed.send_replace(revision);
        Ok(Some(revision))
    }

    /// Runs `check` over the log of what has been published.
    pub(crate) fn with_log<T>(&self, check: impl FnOnce(&ChangeLog) -> T) -> T {
        check(&self.state().log)
    }

    /// Shows a new state, which `batches` have led to from the one before.
    pub(crate) fn publish(&self, space: Space, batches: Vec<Arc<Batch>>) {
        let mut state = self.state();
        let revision = space.revision;
        state.space = space;
        for batch in batches {
            state.log.push(batch);
        }
        self.changed.send_replace(revision);
    }

    /// Ends reads, and watches once they have seen everything.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.changed.send_modify(|_| ());
    }

    pub(crate) fn watch(self: &Arc<Self>, after: Revision) -> Box<dyn Watcher> {
        let changed = self.changed.subscribe();
        Box::new(LogWatcher { published: Arc::clone(self), changed, seen: after })
    }

    fn batch_after(&self, revision: Revision) -> Result<Option<Arc<Batch>>, StoreError> {
        let state = self.state();
        match state.log.after(revision)? {
            None if state.closed => Err(StoreError::Closed),
            batch => Ok(batch),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The lock is held over single steps that leave the state whole, so a panic elsewhere in
        // the program must not take the store with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct LogWatcher {
    published: Arc<Published>,
    changed: watch::Receiver<Revision>,
    seen: Revision,
}

impl Watcher for LogWatcher {
    fn next(&mut self) -> BoxFuture<'_, Result<Arc<Batch>, StoreError>> {
        Box::pin(async {
            loop {
                // Marked as seen before the look, so that a commit between look and wait wakes us.
                self.changed.borrow_and_update();
                if let Some(batch) = self.try_next()? {
                    return Ok(batch);
                }
                self.changed.changed().await.map_err(|_| StoreError::Closed)?;
            }
        })
    }

    fn try_next(&mut self) -> Result<Option<Arc<Batch>>, StoreError> {
        let batch = self.published.batch_after(self.seen)?;
        if let Some(batch) = &batch {
            self.seen = batch.revision;
        }
        Ok(batch)
    }
}
