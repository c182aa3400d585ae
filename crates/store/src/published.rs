//! The publication of an embedded store's states to readers and watchers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::backend::{Batch, Commit, Snapshot, Watcher};
use crate::log::ChangeLog;
use crate::space::Space;
use crate::{Revision, StoreError};

/// The state that readers and watchers of an embedded backend see.
#[derive(Debug)]
pub(crate) struct Published<S> {
    state: Mutex<State<S>>,
    /// Tells watchers that there is something to look at.
    changed: watch::Sender<Revision>,
}

#[derive(Debug)]
struct State<S> {
    snapshot: S,
    log: ChangeLog,
    /// Why nothing is read any more.
    ended: Option<StoreError>,
}

impl<S: Snapshot + Clone> Published<S> {
    pub(crate) fn new(snapshot: S, log: ChangeLog) -> Arc<Self> {
        let revision = snapshot.revision();
        let state = State { snapshot, log, ended: None };
        Arc::new(Self { state: Mutex::new(state), changed: watch::Sender::new(revision) })
    }

    pub(crate) fn revision(&self) -> Revision {
        *self.changed.borrow()
    }

    pub(crate) fn snapshot(&self) -> Result<S, StoreError> {
        let state = self.state();
        match &state.ended {
            Some(error) => Err(error.clone()),
            None => Ok(state.snapshot.clone()),
        }
    }

    /// Runs `check` over the log of what has been published.
    pub(crate) fn with_log<T>(&self, check: impl FnOnce(&ChangeLog) -> T) -> T {
        check(&self.state().log)
    }

    /// Shows a new state, which `batches` have led to from the one before.
    pub(crate) fn publish(&self, snapshot: S, batches: Vec<Arc<Batch>>) {
        let mut state = self.state();
        let revision = snapshot.revision();
        state.snapshot = snapshot;
        for batch in batches {
            state.log.push(batch);
        }
        self.changed.send_replace(revision);
    }

    /// Ends reads with an error, and watches once they have seen everything.
    pub(crate) fn end(&self, error: StoreError) {
        self.state().ended = Some(error);
        self.changed.send_modify(|_| ());
    }

    pub(crate) fn watch(self: &Arc<Self>, after: Revision) -> Box<dyn Watcher> {
        let changed = self.changed.subscribe();
        Box::new(LogWatcher { published: Arc::clone(self), changed, seen: after })
    }

    fn batch_after(&self, revision: Revision) -> Result<Option<Arc<Batch>>, StoreError> {
        let state = self.state();
        match (state.log.after(revision)?, &state.ended) {
            (None, Some(error)) => Err(error.clone()),
            (batch, _) => Ok(batch),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        // The lock is held over single steps that leave the state whole, so a panic elsewhere in
        // the program must not take the store with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Published<Space> {
    /// Checks, applies and shows one commit at once, for a backend that has nothing to wait for.
    pub(crate) fn commit(&self, commit: Commit) -> Result<Option<Revision>, StoreError> {
        let mut state = self.state();
        let State { snapshot, log, ended } = &mut *state;
        if let Some(error) = ended {
            return Err(error.clone());
        }
        let Some(batch) = snapshot.try_commit(log, &[], commit) else { return Ok(None) };
        let revision = batch.revision;
        log.push(batch);
        self.changed.send_replace(revision);
        Ok(Some(revision))
    }
}

struct LogWatcher<S> {
    published: Arc<Published<S>>,
    changed: watch::Receiver<Revision>,
    seen: Revision,
}

impl<S: Snapshot + Clone> Watcher for LogWatcher<S> {
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
