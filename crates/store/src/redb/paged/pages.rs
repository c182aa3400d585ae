//! One state of the records, read from the pages of a read transaction.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{BoxFuture, ready};
use redb::{Database, ReadOnlyTable, ReadableDatabase};

use crate::backend::{Entry, Snapshot};
use crate::redb::load::{HEAD, RECORDS, guarded, redb_error};
use crate::{Key, KeyRange, Revision, StoreError};

/// Most records that are read where the caller runs. A look-up costs a few microseconds from redb's
/// cache or the system's, and a disk's latency at the worst, less often than once; so much is less
/// than a hop to another thread would take from everybody. A long run of records may wait for the
/// disk once for each page, and gets a thread that may.
const IN_PLACE: usize = 32;

/// A read transaction with its table. A clone is the same.
#[derive(Clone)]
pub(super) struct Pages(Arc<Table>);

struct Table {
    /// Holds its transaction.
    records: ReadOnlyTable<&'static [u8], &'static [u8]>,
    revision: Revision,
}

impl Pages {
    /// The present state of a database, which is that of a revision.
    pub(super) fn open(database: &Database, revision: Revision) -> Result<Self, StoreError> {
        let open = || -> Result<_, redb::Error> { Ok(database.begin_read()?.open_table(RECORDS)?) };
        let records = open().map_err(|error| redb_error("read the records", error))?;
        Ok(Self(Arc::new(Table { records, revision })))
    }
}

impl Table {
    fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        guarded(|| {
            let found = self.records.get(&**key.as_bytes());
            let found = found.map_err(|error| redb_error("read a record", error.into()))?;
            found.map(|value| entry(key.clone(), value.value())).transpose()
        })
    }

    fn range(&self, range: &KeyRange, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let Some(bounds) = range.bounds() else { return Ok(Vec::new()) };
        let failed = |error: redb::StorageError| redb_error("read records", error.into());
        guarded(|| {
            let mut entries = Vec::new();
            for found in self.records.range::<&[u8]>(bounds).map_err(failed)? {
                let (key, value) = found.map_err(failed)?;
                if key.value() == HEAD {
                    continue;
                }
                if entries.len() == limit {
                    break;
                }
                // If it is none of ours, its value is not sealed for it either.
                let key = Key::of_encoded(Bytes::copy_from_slice(key.value()));
                entries.push(entry(key, value.value())?);
            }
            Ok(entries)
        })
    }
}

impl Snapshot for Pages {
    fn revision(&self) -> Revision {
        self.0.revision
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Entry>, StoreError>> {
        Box::pin(ready(self.0.get(key)))
    }

    fn range<'a>(
        &'a self,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StoreError>> {
        if limit <= IN_PLACE {
            return Box::pin(ready(self.0.range(range, limit)));
        }
        let (table, range) = (Arc::clone(&self.0), range.clone());
        let read = tokio::task::spawn_blocking(move || table.range(&range, limit));
        Box::pin(async { read.await.map_err(|_| StoreError::Closed)? })
    }
}

/// A record from what the file holds under its key.
fn entry(key: Key, value: &[u8]) -> Result<Entry, StoreError> {
    let Some(revision) = revision(value) else { return Err(no_revision(&key)) };
    let value = Bytes::copy_from_slice(value).split_off(size_of::<u64>());
    Ok(Entry { key, value, revision })
}

/// The revision that wrote a value of the file.
pub(super) fn revision(value: &[u8]) -> Option<Revision> {
    value.first_chunk().map(|number| Revision::new(u64::from_be_bytes(*number)))
}

pub(super) fn no_revision(key: &Key) -> StoreError {
    StoreError::damaged(key.to_string(), "it has no revision")
}
