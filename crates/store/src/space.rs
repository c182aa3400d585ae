//! The records of an embedded store, in memory.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use imbl::OrdSet;

use crate::backend::{Batch, Change, Commit, Compare, Entry, Snapshot};
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
