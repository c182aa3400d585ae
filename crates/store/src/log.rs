//! The recent changes: what watchers read, and what range reads are checked against.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::backend::Batch;
use crate::{Compare, KeyRange, Revision, StoreError};

/// Most transactions held. At the disk's some hundred commits a second this is over half a minute,
/// far longer than a transaction or a watcher's pause may last.
const BATCHES_MAX: usize = 16_384;
/// Most bytes of keys and values held by a store that lives in memory.
pub(crate) const LOG_BYTES: usize = 32 * 1024 * 1024;

/// The latest batches without a gap, bounded in number and in bytes.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    batches: VecDeque<Arc<Batch>>,
    /// Everything after this revision is held.
    floor: Revision,
    bytes: usize,
    bytes_max: usize,
}

impl ChangeLog {
    /// The log of a store whose newest revision is `floor`, of at most so many bytes of keys and
    /// values.
    pub(crate) fn new(floor: Revision, bytes_max: usize) -> Self {
        Self { batches: VecDeque::new(), floor, bytes: 0, bytes_max }
    }

    /// Adds the next revision, and forgets the oldest ones beyond the bounds.
    pub(crate) fn push(&mut self, batch: Arc<Batch>) {
        self.bytes = self.bytes.saturating_add(bytes_of(&batch));
        self.batches.push_back(batch);
        while self.batches.len() > BATCHES_MAX || self.bytes > self.bytes_max {
            let Some(oldest) = self.batches.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(bytes_of(&oldest));
            self.floor = oldest.revision;
        }
    }

    /// The batch that follows `revision`, if it has been made.
    pub(crate) fn after(&self, revision: Revision) -> Result<Option<Arc<Batch>>, StoreError> {
        Ok(self.all_after(revision)?.next().cloned())
    }

    /// Whether a range read at `revision` would still be read the same, as far as is known.
    pub(crate) fn unchanged(&self, range: &KeyRange, revision: Revision) -> bool {
        self.all_after(revision)
            .is_ok_and(|mut batches| !batches.any(|batch| touches(batch, range)))
    }

    fn all_after(
        &self,
        revision: Revision,
    ) -> Result<impl Iterator<Item = &Arc<Batch>>, StoreError> {
        // Revisions are consecutive, so a batch's place follows from its revision.
        let index = revision.number().checked_sub(self.floor.number());
        let index = index.ok_or(StoreError::Compacted { oldest: self.floor })?;
        Ok(self.batches.iter().skip(usize::try_from(index).unwrap_or(usize::MAX)))
    }
}

/// Whether all compares on ranges hold against the log and the batches that follow it.
pub(crate) fn ranges_hold(log: &ChangeLog, pending: &[Arc<Batch>], compares: &[Compare]) -> bool {
    compares.iter().all(|compare| match compare {
        Compare::Key { .. } => true,
        Compare::Range { range, revision } => {
            log.unchanged(range, *revision)
                && !pending.iter().any(|batch| batch.revision > *revision && touches(batch, range))
        }
    })
}

fn touches(batch: &Batch, range: &KeyRange) -> bool {
    batch.changes.iter().any(|change| range.contains(&change.key))
}

fn bytes_of(batch: &Batch) -> usize {
    let bytes = |change: &crate::Change| {
        change.key.as_bytes().len() + change.value.as_ref().map_or(0, bytes::Bytes::len)
    };
    batch.changes.iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Change, Key};

    fn batch(revision: u64, length: usize) -> Arc<Batch> {
        let key = Key::new("t", &[revision.to_string()]);
        let change = Change { key, value: Some(Bytes::from(vec![0; length])) };
        Arc::new(Batch { revision: Revision::new(revision), changes: vec![change] })
    }

    fn check(log: &ChangeLog, after: u64) -> Result<Option<u64>, u64> {
        match log.after(Revision::new(after)) {
            Ok(batch) => Ok(batch.map(|batch| batch.revision.number())),
            Err(StoreError::Compacted { oldest }) => Err(oldest.number()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn each_revision_is_followed_by_the_next() {
        let mut log = ChangeLog::new(Revision::new(5), LOG_BYTES);
        assert_eq!(check(&log, 5), Ok(None));
        log.push(batch(6, 1));
        log.push(batch(7, 1));
        assert_eq!(check(&log, 4), Err(5));
        assert_eq!(check(&log, 5), Ok(Some(6)));
        assert_eq!(check(&log, 6), Ok(Some(7)));
        assert_eq!(check(&log, 7), Ok(None));
        assert_eq!(check(&log, 99), Ok(None));
    }

    #[test]
    fn the_bounds_hold_and_what_is_forgotten_is_said() {
        let mut many = ChangeLog::new(Revision::ZERO, LOG_BYTES);
        for revision in 1..=BATCHES_MAX as u64 + 3 {
            many.push(batch(revision, 0));
        }
        assert_eq!(many.batches.len(), BATCHES_MAX);
        assert_eq!(check(&many, 2), Err(3));
        assert_eq!(check(&many, 3), Ok(Some(4)));

        let mut large = ChangeLog::new(Revision::ZERO, LOG_BYTES);
        for revision in 1..=5 {
            large.push(batch(revision, LOG_BYTES / 3));
        }
        assert_eq!(check(&large, 2), Err(3));
        assert!(large.bytes <= LOG_BYTES);
    }

    #[test]
    fn a_range_has_changed_if_a_key_in_it_has_or_if_nobody_knows() {
        let mut log = ChangeLog::new(Revision::new(5), LOG_BYTES);
        log.push(batch(6, 1));
        let six = KeyRange::under("t", &["6"]);
        let other = KeyRange::under("t", &["9"]);
        assert!(log.unchanged(&other, Revision::new(5)));
        assert!(!log.unchanged(&six, Revision::new(5)));
        assert!(log.unchanged(&six, Revision::new(6)));
        assert!(!log.unchanged(&other, Revision::new(4)));

        let read = |range: &KeyRange, at| {
            let compare = Compare::Range { range: range.clone(), revision: Revision::new(at) };
            ranges_hold(&log, &[batch(7, 1)], &[compare])
        };
        assert!(read(&six, 6));
        assert!(!read(&KeyRange::under("t", &["7"]), 6));
        assert!(read(&KeyRange::under("t", &["7"]), 7));
    }
}
