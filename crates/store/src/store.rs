//! The store as the rest of the program sees it: typed, sealed, transactional.

use std::fmt;
use std::sync::Arc;

use rolecall_types::Random;

use crate::backend::{Backend, Entry, Snapshot};
use crate::packed::unpack;
use crate::record::decode;
use crate::{Key, KeyRange, Record, Revision, Sealer, StoreError, Transaction, UnsealError, Watch};

/// A backend, and what seals the values that it keeps. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    sealer: Arc<dyn Sealer>,
    random: Arc<dyn Random>,
}

impl Store {
    /// The store on a backend. `random` gives the nonces of the seals.
    pub fn new(
        backend: Arc<dyn Backend>,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { backend, sealer, random }
    }

    /// Begins a transaction on the present state.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(self.read().await?))
    }

    /// The present state, for reads that belong to no transaction. To follow the store, read its
    /// tables here and then [`Store::watch`] from the reader's revision: nothing is missed.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        let snapshot = self.backend.snapshot().await?;
        Ok(Reader { store: self.clone(), snapshot })
    }

    /// Follows the transactions committed after `after`.
    pub fn watch(&self, after: Revision) -> Watch {
        Watch::new(self.clone(), self.backend.watch(after))
    }

    /// The newest revision this node knows.
    pub fn revision(&self) -> Revision {
        self.backend.revision()
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    pub(crate) fn seal(&self, key: &Key, plain: &[u8]) -> Vec<u8> {
        self.sealer.seal(&*self.random, key.as_bytes(), plain)
    }

    pub(crate) fn unseal(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let damaged = |UnsealError(reason)| StoreError::damaged(key.to_string(), reason);
        self.sealer.open(key.as_bytes(), sealed).map_err(damaged)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend).finish_non_exhaustive()
    }
}

/// What [`Reader::look`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look<T> {
    /// No record.
    Absent,
    /// The record that is known.
    Same,
    /// A record that is not known, and the revision that wrote it.
    Other(Revision, T),
}

/// One state of the store, which later transactions do not change.
pub struct Reader {
    store: Store,
    snapshot: Box<dyn Snapshot>,
}

impl Reader {
    /// Which state it is.
    pub fn revision(&self) -> Revision {
        self.snapshot.revision()
    }

    /// The record at these parts of its table.
    pub async fn get<T: Record>(&self, parts: &[&str]) -> Result<Option<T>, StoreError> {
        let key = Key::of::<T>(parts);
        let Some(entry) = self.entry(&key).await? else { return Ok(None) };
        decode(&key, &self.store.unseal(&key, &entry.value)?).map(Some)
    }

    /// The record at these parts, unless it is still the one that `known` wrote: whoever keeps what
    /// he made of a record need not decode it again.
    pub async fn look<T: Record>(
        &self,
        parts: &[&str],
        known: Option<Revision>,
    ) -> Result<Look<T>, StoreError> {
        let key = Key::of::<T>(parts);
        match self.entry(&key).await? {
            None => Ok(Look::Absent),
            Some(entry) if known == Some(entry.revision) => Ok(Look::Same),
            Some(Entry { value, revision, .. }) => {
                let record = decode(&key, &self.store.unseal(&key, &value)?)?;
                Ok(Look::Other(revision, record))
            }
        }
    }

    /// The records with these leading parts (none: the whole table) in the order of their keys.
    pub async fn all<T: Record>(&self, leading: &[&str]) -> Result<Vec<(Key, T)>, StoreError> {
        self.scan(leading, None, usize::MAX).await
    }

    /// At most `limit` records with these leading parts, from behind `after`.
    pub async fn scan<T: Record>(
        &self,
        leading: &[&str],
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        self.scan_range(scanned::<T>(leading, after), limit).await
    }

    /// At most `limit` records of a range that lies within the table of `T`.
    pub async fn scan_range<T: Record>(
        &self,
        range: KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let mut records = Vec::new();
        for entry in self.entries(&range, limit).await? {
            let plain = self.store.unseal(&entry.key, &entry.value)?;
            let record = decode(&entry.key, &plain)?;
            records.push((entry.key, record));
        }
        Ok(records)
    }

    /// As [`Reader::scan_range`], but a record that cannot be read stands for itself: for whoever
    /// looks for damage, and must get past it.
    pub async fn examine<T: Record>(
        &self,
        range: KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, Result<T, StoreError>)>, StoreError> {
        let read = |Entry { key, value, .. }: Entry| {
            let plain = self.store.unseal(&key, &value);
            let record = plain.and_then(|plain| decode(&key, &plain));
            (key, record)
        };
        Ok(self.entries(&range, limit).await?.into_iter().map(read).collect())
    }

    /// Every record's key and JSON in the clear, for an operator's command. It shows secrets.
    pub async fn dump(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        let mut dump = Vec::new();
        for entry in self.entries(&KeyRange::all(), usize::MAX).await? {
            let plain = self.store.unseal(&entry.key, &entry.value)?;
            let json = unpack(&entry.key, &plain)?.into_owned();
            dump.push((entry.key, json));
        }
        Ok(dump)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) async fn entry(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.snapshot.get(key).await
    }

    pub(crate) async fn entries(
        &self,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.snapshot.range(range, limit).await
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

/// The keys of a table with these leading parts, from behind `after`.
pub(crate) fn scanned<T: Record>(leading: &[&str], after: Option<&Key>) -> KeyRange {
    let range = KeyRange::under(T::TABLE, leading);
    match after {
        Some(after) => range.after(after),
        None => range,
    }
}
