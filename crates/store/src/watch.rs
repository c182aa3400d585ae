//! Following the store: every committed transaction, in order, without a gap.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::backend::{Batch, Watcher};
use crate::record::decode;
use crate::{Key, Record, Revision, Store, StoreError};

/// Yields the transactions committed after a revision.
///
/// A watch costs nothing while it is not asked: it reads from the store's recent changes. If it
/// falls behind those, it ends with [`StoreError::Compacted`], and the follower reads its tables
/// anew and watches from there.
pub struct Watch {
    store: Store,
    watcher: Box<dyn Watcher>,
}

impl Watch {
    pub(crate) fn new(store: Store, watcher: Box<dyn Watcher>) -> Self {
        Self { store, watcher }
    }

    /// The events of the next transaction, as soon as there is one. May be dropped and called
    /// again without loss.
    pub async fn next(&mut self) -> Result<Events, StoreError> {
        let batch = self.watcher.next().await?;
        self.open(&batch)
    }

    /// The events of the next transaction if it has been committed.
    pub fn try_next(&mut self) -> Result<Option<Events>, StoreError> {
        let batch = self.watcher.try_next()?;
        batch.map(|batch| self.open(&batch)).transpose()
    }

    fn open(&self, batch: &Arc<Batch>) -> Result<Events, StoreError> {
        let mut events = Vec::with_capacity(batch.changes.len());
        for change in &batch.changes {
            let key = change.key.clone();
            events.push(match &change.value {
                Some(sealed) => {
                    let plain = self.store.unseal(&key, sealed)?.into();
                    Event::Put { key, plain }
                }
                None => Event::Delete { key },
            });
        }
        Ok(Events { revision: batch.revision, events })
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// What one transaction changed.
#[derive(Debug, Clone)]
pub struct Events {
    /// The transaction's revision.
    pub revision: Revision,
    /// Its changes, each key once; empty if it only deleted what was not there.
    pub events: Vec<Event>,
}

/// A change of one record.
#[derive(Clone)]
pub enum Event {
    /// A record was put.
    Put {
        /// Where.
        key: Key,
        /// The record in the clear, as [`Event::of`] reads it.
        plain: Bytes,
    },
    /// A record was deleted.
    Delete {
        /// Where it was.
        key: Key,
    },
}

impl Event {
    /// Where the change was.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }

    /// If the change was in the table of `T`: the key, and the record unless it was deleted.
    pub fn of<T: Record>(&self) -> Result<Option<(&Key, Option<T>)>, StoreError> {
        if !self.key().is_of::<T>() {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Put { key, plain } => (key, Some(decode(key, plain)?)),
            Self::Delete { key } => (key, None),
        }))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Records may hold secrets: only their keys are shown.
        match self {
            Self::Put { key, .. } => write!(f, "Put({key})"),
            Self::Delete { key } => write!(f, "Delete({key})"),
        }
    }
}
