//! The storage under redb, with a memory of what failed first: redb reports a failure once and
//! then only that there was one, but what may be done next depends on which it was.

use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{BackendError, StorageBackend};

/// Opens the storage: at start, and again when a full disk has room.
pub type OpenStorage = Box<dyn Fn() -> io::Result<Box<dyn StorageBackend>> + Send>;

/// The first failure of a device since it was opened.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) operation: &'static str,
    pub(super) kind: io::ErrorKind,
    pub(super) text: String,
}

impl Failure {
    /// Whether the storage only lacked room, and nothing that was written before is in doubt.
    /// A failed sync is never that: the system may have dropped what it could not write, and
    /// would call the next sync a success.
    pub(super) fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        self.operation != SYNC && matches!(self.kind, StorageFull | QuotaExceeded | FileTooLarge)
    }
}

pub(super) type FirstFailure = Arc<Mutex<Option<Failure>>>;

const SYNC: &str = "sync";

#[derive(Debug)]
pub(super) struct Device {
    storage: Box<dyn StorageBackend>,
    failure: FirstFailure,
}

impl Device {
    pub(super) fn new(storage: Box<dyn StorageBackend>, failure: FirstFailure) -> Self {
        Self { storage, failure }
    }

    fn note<T>(&self, operation: &'static str, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            let failure = || Failure { operation, kind: error.kind(), text: error.to_string() };
            first.get_or_insert_with(failure);
        }
        result
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        self.note("measure", self.storage.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.note("read", self.storage.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.note("resize", self.storage.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.note(SYNC, self.storage.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.note("write", self.storage.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.storage.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.storage.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.storage.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.storage.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.storage.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.storage.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.storage.query_lock_range(start, end)
    }
}
