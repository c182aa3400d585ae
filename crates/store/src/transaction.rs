//! Serializable transactions over any backend.
//!
//! All reads come from one snapshot. Each key and range that was read is remembered, absent keys
//! too, and sent with the writes as a compare; the backend refuses the commit if another one
//! changed any of them in between. So the transaction is as if it had run alone at its commit.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::backend::{Commit, CommitOutcome, Compare};
use crate::record::decode;
use crate::store::scanned;
use crate::{Encoded, Key, KeyRange, Keyed, Reader, Record, Revision, StoreError};

/// Reads and writes that happen together or not at all.
///
/// Nothing is locked: drop it to give up. Writes are seen by its own later reads at once, and by
/// others when [`Transaction::commit`] has returned.
#[derive(Debug)]
pub struct Transaction {
    reader: Reader,
    keys_read: BTreeMap<Key, Revision>,
    ranges_read: Vec<KeyRange>,
    /// What to seal and put at each key, or `None` to delete it.
    writes: BTreeMap<Key, Option<Bytes>>,
}

impl Transaction {
    pub(crate) fn new(reader: Reader) -> Self {
        let (keys_read, ranges_read, writes) = Default::default();
        Self { reader, keys_read, ranges_read, writes }
    }

    /// The revision that it reads.
    pub fn revision(&self) -> Revision {
        self.reader.revision()
    }

    /// The record at these parts of its table.
    pub async fn get<T: Record>(&mut self, parts: &[&str]) -> Result<Option<T>, StoreError> {
        let key = Key::of::<T>(parts);
        if let Some(written) = self.writes.get(&key) {
            return written.as_ref().map(|plain| decode(&key, plain)).transpose();
        }
        let entry = self.reader.entry(&key).await?;
        let revision = entry.as_ref().map_or(Revision::ZERO, |entry| entry.revision);
        let plain =
            entry.map(|entry| self.reader.store().unseal(&key, &entry.value)).transpose()?;
        let record = plain.map(|plain| decode(&key, &plain)).transpose()?;
        self.keys_read.insert(key, revision);
        Ok(record)
    }

    /// At most `limit` records with these leading parts (none: the whole table), in the order of
    /// their keys, from behind `after`.
    pub async fn scan<T: Record>(
        &mut self,
        leading: &[&str],
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        self.scan_range(scanned::<T>(leading, after), limit).await
    }

    /// At most `limit` records of a range that lies within the table of `T`.
    pub async fn scan_range<T: Record>(
        &mut self,
        range: KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let mut found: BTreeMap<Key, Option<Bytes>> = BTreeMap::new();
        let own = self.writes.iter().filter(|(key, _)| range.contains(key));
        found.extend(own.map(|(key, plain)| (key.clone(), plain.clone())));
        // Each own write takes the place of at most one stored record, so this many suffice.
        let wanted = limit.saturating_add(found.len());
        for entry in self.reader.entries(&range, wanted).await? {
            if found.contains_key(&entry.key) {
                continue;
            }
            let plain = self.reader.store().unseal(&entry.key, &entry.value)?;
            found.insert(entry.key, Some(plain.into()));
        }
        let live = found.into_iter().filter_map(|(key, plain)| Some((key, plain?)));
        let mut records = Vec::new();
        for (key, plain) in live.take(limit) {
            let record = decode(&key, &plain)?;
            records.push((key, record));
        }
        self.ranges_read.push(match records.last() {
            // What lies behind the last record was not looked at, and may change.
            Some((last, _)) if records.len() == limit => range.through(last),
            _ => range,
        });
        Ok(records)
    }

    /// Puts a record in its place.
    pub fn put<T: Keyed>(&mut self, record: &T) -> Result<(), StoreError> {
        self.put_encoded(Encoded::of(record)?);
        Ok(())
    }

    /// Puts a record that was encoded before.
    pub fn put_encoded(&mut self, record: Encoded) {
        let Encoded { key, plain } = record;
        self.writes.insert(key, Some(plain));
    }

    /// Puts a record at these parts of its table.
    pub fn put_at<T: Record>(&mut self, parts: &[&str], record: &T) -> Result<(), StoreError> {
        self.put_encoded(Encoded::at(Key::of::<T>(parts), record)?);
        Ok(())
    }

    /// Deletes the record at these parts of its table, if there is one.
    pub fn delete<T: Record>(&mut self, parts: &[&str]) {
        self.writes.insert(Key::of::<T>(parts), None);
    }

    /// Makes the writes durable and visible, and returns their revision; without writes, the
    /// revision that was read.
    ///
    /// [`StoreError::Conflict`] if another transaction changed what this one had read. After any
    /// other error but [`StoreError::Full`] the writes may turn out to have happened: whoever
    /// repeats the handler must recognise its own work.
    pub async fn commit(self) -> Result<Revision, StoreError> {
        let read_at = self.reader.revision();
        if self.writes.is_empty() {
            // One snapshot is already as good as running alone.
            return Ok(read_at);
        }
        let store = self.reader.store();
        let ranges = self.ranges_read.into_iter();
        let keys = self.keys_read.into_iter();
        let commit = Commit {
            compares: ranges
                .map(|range| Compare::Range { range, revision: read_at })
                .chain(keys.map(|(key, revision)| Compare::Key { key, revision }))
                .collect(),
            writes: self
                .writes
                .into_iter()
                .map(|(key, plain)| {
                    let sealed = plain.map(|plain| store.seal(&key, &plain).into());
                    (key, sealed)
                })
                .collect(),
        };
        match store.backend().commit(commit).await? {
            CommitOutcome::Committed(revision) => Ok(revision),
            CommitOutcome::Conflict => Err(StoreError::Conflict),
        }
    }
}
