//! The one thread that writes.

use std::sync::{Arc, PoisonError};

use redb::Database;
use tokio::sync::{mpsc, oneshot};

use super::census::Census;
use super::device::{Failure, OpenStorage};
use super::files::Mark;
use super::load::{CENSUS, Loaded, Open, RECORDS, Refused, Vault};
use super::load::{guarded, open, read_census, redb_error};
use crate::StoreError;
use crate::backend::{Batch, Commit, CommitOutcome};
use crate::space::{Published, Space};
use crate::stored::Stored;

/// Most commits that share one sync.
const GROUP_LENGTH: usize = 256;

/// A commit that waits, and where its answer goes.
pub(super) struct Request {
    pub(super) commit: Commit,
    pub(super) reply: oneshot::Sender<Result<CommitOutcome, StoreError>>,
}

pub(super) struct Writer {
    published: Arc<Published>,
    census: Census,
    vault: Vault,
    mark: Option<Mark>,
    storage: OpenStorage,
    health: Health,
}

enum Health {
    Sound(Open),
    /// The disk was full; the file must be opened anew, because redb has closed itself.
    Full,
    /// A failure after which the file may differ from what is believed; only a restart helps.
    Stopped {
        reason: String,
    },
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
        published: Arc<Published>,
        loaded: Loaded,
        vault: Vault,
        mark: Option<Mark>,
    ) -> Self {
        let Loaded { census, open, storage, .. } = loaded;
        Self { published, census, vault, mark, storage, health: Health::Sound(open) }
    }

    /// Serves until nobody can ask any more, then closes the file.
    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Request>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut commits = vec![first.commit];
            let mut replies = vec![first.reply];
            while commits.len() < GROUP_LENGTH
                && let Ok(next) = waiting.try_recv()
            {
                commits.push(next.commit);
                replies.push(next.reply);
            }
            let answers = self.serve(commits);
            for (reply, answer) in replies.into_iter().zip(answers) {
                // The caller may have gone away; the commit stands all the same.
                let _ = reply.send(answer);
            }
        }
        if let Health::Sound(open) = self.health {
            let close = || open.database.close().map_err(|error| redb_error("close", error.into()));
            if let Err(error) = guarded(close) {
                tracing::error!(%error, "the store's file was not closed cleanly");
            }
        }
    }

    /// Makes a group of commits durable and visible, and gives the answer to each.
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

    /// Makes sure that there is a file to write to.
    fn resume(&mut self) -> Result<(), StoreError> {
        match &self.health {
            Health::Sound(_) => return Ok(()),
            Health::Stopped { reason } => {
                return Err(StoreError::Stopped { reason: reason.clone() });
            }
            Health::Full => {}
        }
        let open = match open(&self.storage) {
            Ok(open) => open,
            Err(Refused { failure: Some(failure), .. }) if failure.is_full() => {
                return Err(StoreError::Full);
            }
            Err(Refused { error, .. }) => return Err(self.stop(error.to_string())),
        };
        // What failed for lack of room must not have happened after all.
        let census = guarded(|| read_census(&open.database, &self.vault));
        match census {
            Ok(census) if census == self.census => {
                tracing::info!("the disk has room again: the store takes writes");
                self.health = Health::Sound(open);
                Ok(())
            }
            Ok(census) => {
                let reason = format!("the file is at revision {}", census.revision);
                Err(self.stop(reason))
            }
            Err(error) => Err(self.stop(error.to_string())),
        }
    }

    /// Tries each commit on the state that those before it lead to.
    fn group(&self, commits: Vec<Commit>) -> Result<Group, StoreError> {
        let mut group = Group {
            space: self.published.space()?,
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
        let sealed = self.vault.seal_census(&group.census)?;
        let written = guarded(|| {
            write(&open.database, &group.batches, &sealed)
                .map_err(|error| redb_error("commit", error))
        });
        let failure = open.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (written, failure) {
            (Ok(()), _) => {
                if let Some(mark) = &self.mark
                    && let Err(error) = mark.write(group.census.revision)
                {
                    tracing::warn!(%error, "the store's mark was not written");
                }
                Ok(())
            }
            (Err(error), Some(failure)) if failure.is_full() => {
                tracing::error!(%error, "the disk is full: the store takes no writes");
                self.health = Health::Full;
                Err(StoreError::Full)
            }
            (Err(error), failure) => Err(self.stop(reason_of(&error, failure))),
        }
    }

    /// Ends all writing. The state in memory is what was acknowledged, and stays readable.
    fn stop(&mut self, reason: String) -> StoreError {
        tracing::error!(reason, "the store takes no writes until the program is restarted");
        self.health = Health::Stopped { reason: reason.clone() };
        StoreError::Stopped { reason }
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
        records.insert(CENSUS, census)?;
    }
    transaction.commit()?;
    Ok(())
}

fn reason_of(error: &StoreError, failure: Option<Failure>) -> String {
    let Some(Failure { operation, text, .. }) = failure else { return error.to_string() };
    format!("{operation} of the store's file: {text}")
}
