//! The writer of a store that lives on disk.

use std::sync::Arc;

use redb::{Database, ReadableTable, Table};

use super::overlay::{Overlay, has_room};
use super::pages::{Pages, no_revision, revision};
use super::{CACHE_BYTES, Head};
use crate::backend::{Batch, Change, Commit, CommitOutcome, Compare, Snapshot};
use crate::log::ranges_hold;
use crate::published::Published;
use crate::redb::device::OpenStorage;
use crate::redb::files::Mark;
use crate::redb::load::{
    HEAD, Open, RECORDS, Refused, Vault, guarded, open, open_unchecked, read_head, redb_error,
};
use crate::redb::queue::{Health, Serve, take};
use crate::{Revision, StoreError};

pub(super) struct Writer {
    published: Arc<Published<Pages>>,
    vault: Vault,
    mark: Option<Mark>,
    storage: OpenStorage,
    health: Health,
    /// What is read while the disk is full.
    overlay: Option<Open>,
}

/// A group of commits that is durable.
struct Group {
    batches: Vec<Arc<Batch>>,
    /// In the order of the requests.
    outcomes: Vec<CommitOutcome>,
}

impl Writer {
    pub(super) fn new(
        published: Arc<Published<Pages>>,
        open: Open,
        storage: OpenStorage,
        vault: Vault,
        mark: Option<Mark>,
    ) -> Self {
        Self { published, vault, mark, storage, health: Health::Sound(open), overlay: None }
    }

    fn try_serve(&mut self, commits: Vec<Commit>) -> Result<Vec<CommitOutcome>, StoreError> {
        self.resume()?;
        let Health::Sound(open) = &self.health else { return Err(StoreError::Closed) };
        let served = guarded(|| {
            let group = self.write(&open.database, commits)?;
            let Some(last) = group.batches.last() else { return Ok((group, None)) };
            if let Some(mark) = &self.mark {
                mark.raise(last.revision);
            }
            let pages = Pages::open(&open.database, last.revision)?;
            Ok((group, Some(pages)))
        });
        let failure = take(&open.failure);
        let (group, pages) = match served {
            Ok(served) => served,
            Err(error) => {
                let error = self.health.fail(&error, failure);
                return Err(self.fail(error));
            }
        };
        if let Some(pages) = pages {
            self.published.publish(pages, group.batches);
        }
        Ok(group.outcomes)
    }

    /// Applies to one transaction each commit whose compares hold after those before it, and makes
    /// it durable.
    fn write(&self, database: &Database, commits: Vec<Commit>) -> Result<Group, StoreError> {
        let mut group = Group { batches: Vec::new(), outcomes: Vec::new() };
        let mut revision = self.published.revision();
        let transaction = database.begin_write().map_err(failed)?;
        {
            let mut records = transaction.open_table(RECORDS).map_err(failed)?;
            for commit in commits {
                if !self.holds(&records, &group.batches, &commit.compares)? {
                    group.outcomes.push(CommitOutcome::Conflict);
                    continue;
                }
                revision = revision.next();
                group.batches.push(Arc::new(apply(&mut records, revision, commit)?));
                group.outcomes.push(CommitOutcome::Committed(revision));
            }
            if !group.batches.is_empty() {
                let head = self.vault.seal_head(&Head { revision })?;
                records.insert(HEAD, &*head).map_err(failed)?;
            }
        }
        if group.batches.is_empty() {
            transaction.abort().map_err(failed)?;
        } else {
            transaction.commit().map_err(failed)?;
        }
        Ok(group)
    }

    fn holds(
        &self,
        records: &impl ReadableTable<&'static [u8], &'static [u8]>,
        pending: &[Arc<Batch>],
        compares: &[Compare],
    ) -> Result<bool, StoreError> {
        for compare in compares {
            let Compare::Key { key, revision: expected } = compare else { continue };
            let found = match records.get(&**key.as_bytes()).map_err(failed)? {
                Some(value) => revision(value.value()).ok_or_else(|| no_revision(key))?,
                None => Revision::ZERO,
            };
            if found != *expected {
                return Ok(false);
            }
        }
        Ok(self.published.with_log(|log| ranges_hold(log, pending, compares)))
    }

    /// Makes sure that there is a file to write to.
    fn resume(&mut self) -> Result<(), StoreError> {
        match &self.health {
            Health::Sound(_) => return Ok(()),
            Health::Stopped { reason } => {
                return Err(StoreError::Stopped { reason: reason.clone() });
            }
            Health::Full => {}
        }
        // To open the file means to read all of it.
        if !has_room(&self.storage) {
            return Err(StoreError::Full);
        }
        // Nothing may read the file through it any more when its pages are written anew.
        drop(self.overlay.take());
        let open = match open(&self.storage, CACHE_BYTES) {
            Ok(open) => open,
            Err(Refused { failure: Some(failure), .. }) if failure.is_full() => {
                return Err(self.fail(StoreError::Full));
            }
            Err(Refused { error, .. }) => {
                let error = self.health.stop(error.to_string());
                return Err(self.fail(error));
            }
        };
        self.show(&open)?;
        tracing::info!("the disk has room again: the store takes writes");
        self.health = Health::Sound(open);
        Ok(())
    }

    /// Settles what is read after a failure that has ended the writes.
    fn fail(&mut self, error: StoreError) -> StoreError {
        if !matches!(error, StoreError::Full) {
            self.published.end(error.clone());
            return error;
        }
        let opened = open_unchecked(Overlay::over(&self.storage), CACHE_BYTES);
        match opened.map_err(|refused| refused.error) {
            Ok(open) => match self.show(&open) {
                Ok(()) => {
                    self.overlay = Some(open);
                    error
                }
                Err(error) => error,
            },
            Err(error) => {
                let error = self.health.stop(error.to_string());
                self.published.end(error.clone());
                error
            }
        }
    }

    /// Lets everybody read from a database that was opened anew. What failed for lack of room must
    /// not have happened after all.
    fn show(&mut self, open: &Open) -> Result<(), StoreError> {
        let acknowledged = self.published.revision();
        let pages = guarded(|| {
            let Head { revision } = read_head(&open.database, &self.vault)?;
            Pages::open(&open.database, revision)
        });
        let reason = match pages {
            Ok(pages) if pages.revision() == acknowledged => {
                self.published.publish(pages, Vec::new());
                return Ok(());
            }
            Ok(pages) => format!("the file is at revision {}", pages.revision()),
            Err(error) => error.to_string(),
        };
        let error = self.health.stop(reason);
        self.published.end(error.clone());
        Err(error)
    }
}

impl Serve for Writer {
    fn serve(&mut self, commits: Vec<Commit>) -> Vec<Result<CommitOutcome, StoreError>> {
        let count = commits.len();
        match self.try_serve(commits) {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); count],
        }
    }

    fn close(self) {
        self.health.close();
    }
}

/// Does what a commit says, and tells what it changed.
fn apply(
    records: &mut Table<'_, &'static [u8], &'static [u8]>,
    revision: Revision,
    commit: Commit,
) -> Result<Batch, StoreError> {
    let number = revision.number().to_be_bytes();
    let mut changes = Vec::with_capacity(commit.writes.len());
    for (key, value) in commit.writes {
        let place = &**key.as_bytes();
        let changed = match &value {
            Some(value) => {
                records.insert(place, &*[&number, &**value].concat()).map_err(failed)?;
                true
            }
            None => records.remove(place).map_err(failed)?.is_some(),
        };
        if changed {
            changes.push(Change { key, value });
        }
    }
    Ok(Batch { revision, changes })
}

fn failed(error: impl Into<redb::Error>) -> StoreError {
    redb_error("commit", error.into())
}
