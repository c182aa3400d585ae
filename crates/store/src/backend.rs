//! The interface between the store and what keeps its bytes. It is the part of etcd's that the
//! store needs, so that a cluster can stand behind the same transactions.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{Key, KeyRange, StoreError};

/// A state of the whole store: 0 is the empty store, and each committed transaction adds one.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The empty store; as the revision of a key, that it is absent.
    pub const ZERO: Self = Self(0);

    /// The revision with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one that follows. 2^64 transactions do not happen.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A record as a backend keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub key: Key,
    /// Its sealed value.
    pub value: Bytes,
    /// The revision that wrote it last.
    pub revision: Revision,
}

/// One transaction, asked of a backend: if every compare holds, all writes happen.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// What must still be so.
    pub compares: Vec<Compare>,
    /// The sealed value to put at each key, or `None` to delete it. No key occurs twice.
    pub writes: Vec<(Key, Option<Bytes>)>,
}

/// A condition of a commit.
#[derive(Debug, Clone)]
pub enum Compare {
    /// The key was last written at this revision; [`Revision::ZERO`]: the key is absent.
    Key {
        /// The key.
        key: Key,
        /// The revision of its last write.
        revision: Revision,
    },
    /// No key in the range was put or deleted after this revision.
    Range {
        /// The range.
        range: KeyRange,
        /// The revision at which it was read.
        revision: Revision,
    },
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is durable, and every later read and snapshot shows it.
    Committed(Revision),
    /// A compare did not hold; nothing was written.
    Conflict,
}

/// A change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: Key,
    /// Its new sealed value; `None`: it was deleted.
    pub value: Option<Bytes>,
}

/// What one committed transaction changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The transaction's revision.
    pub revision: Revision,
    /// Its changes, each key once. A deletion of an absent key is none.
    pub changes: Vec<Change>,
}

/// Keeps sealed bytes under ordered keys.
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// The newest revision this node knows.
    fn revision(&self) -> Revision;

    /// The state after every commit acknowledged before this call.
    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, StoreError>>;

    /// Runs a transaction. When it answers `Committed` the writes are durable, are seen by every
    /// later snapshot, and can be had from every watcher of this node without waiting.
    ///
    /// [`StoreError::Full`]: nothing was written. After another error, or when the future is
    /// dropped, the commit may turn out to have happened.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitOutcome, StoreError>>;

    /// Follows the commits after `after`.
    fn watch(&self, after: Revision) -> Box<dyn Watcher>;
}

/// One state of a backend, which later commits do not change.
pub trait Snapshot: Send + Sync + 'static {
    /// Which state it is.
    fn revision(&self) -> Revision;

    /// The record at `key`.
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Entry>, StoreError>>;

    /// The first `limit` records of a range in the order of their keys.
    fn range<'a>(
        &'a self,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StoreError>>;
}

/// Yields every commit after a revision: in order, each once, without a gap.
pub trait Watcher: Send + 'static {
    /// The next commit, as soon as there is one. May be dropped and called again without loss.
    ///
    /// [`StoreError::Compacted`] if the commit is no longer held, [`StoreError::Closed`] at the
    /// backend's end.
    fn next(&mut self) -> BoxFuture<'_, Result<Arc<Batch>, StoreError>>;

    /// The next commit if it is already there.
    fn try_next(&mut self) -> Result<Option<Arc<Batch>>, StoreError>;
}
