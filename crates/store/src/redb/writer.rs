//! The writer of a store that lives in memory.

use std::sync::Arc;

use redb::Database;

use super::census::Census;
use super::device::OpenStorage;
use super::files::Mark;
use super::load::{CACHE_BYTES, HEAD, Loaded, RECORDS, Refused, Vault};
use super::load::{guarded, open, read_head, redb_error};
use super::queue::{Health, Serve, take};
use crate::StoreError;
use crate::backend::{Batch, Commit, CommitOutcome};
use crate::published::Published;
use crate::space::Space;
use crate::stored::Stored;

pub(super) struct Writer {
    published: Arc<Published<Space>>,
    census: Census,
    vault: Vault,
    mark: Option<Mark>,
    storage: OpenStorage,
    health: Health,
}

/// What a group of commits leads to, before it is durable.
struct Group {
    space: Space,
    census: Census,
    batches: Vec<Arc<Batch>>,
    /// In the order of the requests; `None` is a conflict.
    outcomes: Vec<Option<CommitOutcome>>,
}

impl Writer {
    pub(super) fn new(
        published: Arc<Published<Space>>,
        loaded: Loaded,
        vault: Vault,
        mark: Option<Mark>,
    ) -> Self {
        let Loaded { census, open, storage, .. } = loaded;
        Self { published, census, vault, mark, storage, health: Health::Sound(open) }
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
        let open = match open(&self.storage, CACHE_BYTES) {
            Ok(open) => open,
            Err(Refused { failure: Some(failure), .. }) if failure.is_full() => {
                return Err(StoreError::Full);
            }
            Err(Refused { error, .. }) => return Err(self.health.stop(error.to_string())),
        };
        // What failed for lack of room must not have happened after all.
        let census = guarded(|| read_head::<Census>(&open.database, &self.vault));
        match census {
            Ok(census) if census == self.census => {
                tracing::info!("the disk has room again: the store takes writes");
                self.health = Health::Sound(open);
                Ok(())
            }
            Ok(census) => {
                let reason = format!("the file is at revision {}", census.revision);
                Err(self.health.stop(reason))
            }
            Err(error) => Err(self.health.stop(error.to_string())),
        }
    }

    /// Tries each commit on the state that those before it lead to.
    fn group(&self, commits: Vec<Commit>) -> Result<Group, StoreError> {
        let mut group = Group {
            space: self.published.snapshot()?,
            census: self.census.clone(),
            batches: Vec::new(),
            outcomes: Vec::with_capacity(commits.len()),
        };
        for commit in commits {
            let before = group.space.clone();
            let committed =
                self.published.with_log(|log| group.space.try_commit(log, &group.batches, commit));
            let Some(batch) = committed else {
                group.outcomes.push(None);
                continue;
            };
            count(&mut group.census, &before, &batch);
            group.outcomes.push(Some(CommitOutcome::Committed(batch.revision)));
            group.batches.push(batch);
        }
        Ok(group)
    }

    fn persist(&mut self, group: &Group) -> Result<(), StoreError> {
        let Health::Sound(open) = &self.health else { return Err(StoreError::Closed) };
        let sealed = self.vault.seal_head(&group.census)?;
        let written = guarded(|| {
            write(&open.database, &group.batches, &sealed)
                .map_err(|error| redb_error("commit", error))
        });
        let failure = take(&open.failure);
        if let Err(error) = written {
            return Err(self.health.fail(&error, failure));
        }
        if let Some(mark) = &self.mark {
            mark.raise(group.census.revision);
        }
        Ok(())
    }
}

impl Serve for Writer {
    fn serve(&mut self, commits: Vec<Commit>) -> Vec<Result<CommitOutcome, StoreError>> {
        let count = commits.len();
        let group = self.resume().and_then(|()| self.group(commits));
        let group = match group {
            Ok(group) => group,
            Err(error) => return vec![Err(error); count],
        };
        let durable = if group.batches.is_empty() { Ok(()) } else { self.persist(&group) };
        let answer = |outcome: Option<CommitOutcome>| match (outcome, &durable) {
            (None, _) => Ok(CommitOutcome::Conflict),
            (Some(outcome), Ok(())) => Ok(outcome),
            (Some(_), Err(error)) => Err(error.clone()),
        };
        let answers = group.outcomes.iter().copied().map(answer).collect();
        if durable.is_ok() && !group.batches.is_empty() {
            self.census = group.census;
            self.published.publish(group.space, group.batches);
        }
        answers
    }

    fn close(self) {
        self.health.close();
    }
}

fn count(census: &mut Census, before: &Space, batch: &Batch) {
    for change in &batch.changes {
        if let Some(old) = before.stored(&change.key) {
            census.remove(old);
        }
        if let Some(value) = &change.value {
            census.add(&Stored::new(&change.key, batch.revision, value));
        }
    }
    census.revision = batch.revision;
}

fn write(database: &Database, batches: &[Arc<Batch>], census: &[u8]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut records = transaction.open_table(RECORDS)?;
        for batch in batches {
            let revision = batch.revision.number().to_be_bytes();
            for change in &batch.changes {
                let key = &**change.key.as_bytes();
                match &change.value {
                    Some(value) => records.insert(key, &*[&revision, &**value].concat())?,
                    None => records.remove(key)?,
                };
            }
        }
        records.insert(HEAD, census)?;
    }
    transaction.commit()?;
    Ok(())
}
