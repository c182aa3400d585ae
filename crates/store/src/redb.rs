//! The embedded default: records in memory, made durable by redb.
//!
//! One thread writes. It takes the commits that wait, checks each against the state that the ones
//! before it lead to, and makes them durable together in one redb transaction: one `fdatasync` for
//! the group, however many wait. Then it shows the new state to readers and watchers, and only
//! then answers. Readers never touch the file.
//!
//! The file holds one table: under each key the revision of its last write and the sealed value,
//! and one sealed census of all of them (see `census`), written with every group. At start
//! the whole file is read and everything in it is checked.

mod census;
mod device;
mod files;
mod load;
mod paged;
mod queue;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use rolecall_types::Random;

use crate::backend::{Backend, Commit, CommitOutcome, Snapshot, Watcher};
use crate::log::{ChangeLog, LOG_BYTES};
use crate::published::Published;
use crate::space::Space;
use crate::{Revision, Sealer, StoreError};
use census::Census;
use files::{Files, Mark};
use load::{Loaded, Vault};
use queue::Queue;
use writer::Writer;

pub use device::OpenStorage;
pub use paged::PagedRedb;

/// A store in a folder. Dropping it waits for the last commit and closes the file.
pub struct Redb {
    published: Arc<Published<Space>>,
    /// `None` only while dropping.
    queue: Option<Queue>,
    /// Keeps other processes out of the folder; dropped last.
    _files: Option<Files>,
}

impl Redb {
    /// Opens the store in `folder` and checks all of it; makes an empty one if there is none.
    ///
    /// Folder and files are made accessible to their owner only. Blocks while it reads the file.
    ///
    /// [`StoreError::AlreadyOpen`] if another process has it open, [`StoreError::Damaged`] if what
    /// is read is not what was last acknowledged.
    pub fn open(
        folder: &Path,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let vault = Vault { sealer, random };
        let files = Files::lock(folder)?;
        files.create_if_new(&empty(&vault)?)?;
        let mark = files.mark()?;
        let loaded = load::load(files.storage(), &vault)?;
        let revision = loaded.space.revision();
        files::check_acknowledged(mark.revision(), revision)?;
        mark.raise(revision);
        Self::start(loaded, vault, Some(mark), Some(files))
    }

    /// Makes an empty store on storage of the caller's, for tests that break it.
    pub fn create_on(
        storage: OpenStorage,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let vault = Vault { sealer, random };
        load::create(&*storage, &empty(&vault)?)?;
        Self::start(load::load(storage, &vault)?, vault, None, None)
    }

    /// Opens and checks the store on storage of the caller's, for tests that break it. At least
    /// revision `acknowledged` must be there.
    pub fn open_on(
        storage: OpenStorage,
        acknowledged: Revision,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let vault = Vault { sealer, random };
        let loaded = load::load(storage, &vault)?;
        files::check_acknowledged(acknowledged, loaded.space.revision())?;
        Self::start(loaded, vault, None, None)
    }

    fn start(
        loaded: Loaded,
        vault: Vault,
        mark: Option<Mark>,
        files: Option<Files>,
    ) -> Result<Self, StoreError> {
        let log = ChangeLog::new(loaded.space.revision(), LOG_BYTES);
        let published = Published::new(loaded.space.clone(), log);
        let writer = Writer::new(Arc::clone(&published), loaded, vault, mark);
        Ok(Self { published, queue: Some(Queue::start(writer)?), _files: files })
    }
}

/// The sealed census of an empty store.
fn empty(vault: &Vault) -> Result<Vec<u8>, StoreError> {
    vault.seal_head(&Census::new(&*vault.random))
}

impl Backend for Redb {
    fn revision(&self) -> Revision {
        self.published.revision()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, StoreError>> {
        let space = self.published.snapshot();
        Box::pin(ready(space.map(|space| Box::new(space) as Box<dyn Snapshot>)))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitOutcome, StoreError>> {
        Box::pin(async move {
            let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
            queue.commit(commit).await
        })
    }

    fn watch(&self, after: Revision) -> Box<dyn Watcher> {
        self.published.watch(after)
    }
}

impl Drop for Redb {
    fn drop(&mut self) {
        drop(self.queue.take());
        self.published.end(StoreError::Closed);
    }
}

impl fmt::Debug for Redb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redb").field("revision", &self.revision()).finish_non_exhaustive()
    }
}
