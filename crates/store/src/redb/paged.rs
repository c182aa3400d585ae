//! The embedded store for more records than should be in memory: redb keeps them in pages on disk,
//! and a bounded cache of those.
//!
//! A snapshot is a read transaction of redb, which keeps the pages that it sees. Commits go through
//! one thread, as those of [`Redb`](super::Redb) do: it applies a group of them to one write
//! transaction, one after the other, makes that durable with one `fdatasync`, opens the next
//! snapshot and only then answers. Whether a range was changed since it was read, the recent
//! changes tell, which are held in memory; a transaction that began before them is a conflict.
//!
//! The file is that of [`Redb`](super::Redb), but for the head, which counts no records: a store
//! that lived in memory opens as it is, and the way back is refused. When the file is opened the
//! checksums of all its pages are verified, and the seal of a record whenever it is read. So what
//! rots is found, and so is an old copy of the file; a record that somebody took back to an earlier
//! state of itself, in a file whose checksums they mended, is not.
//!
//! While the disk is full, what was acknowledged is read through an [`overlay::Overlay`]. After any
//! other failure nothing that the file shows can be believed, and reads end with the writes.

mod overlay;
mod pages;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use rolecall_types::Random;
use serde::{Deserialize, Serialize};

use super::device::OpenStorage;
use super::files::{self, Files, Mark};
use super::load::{self, Vault, guarded};
use super::queue::Queue;
use crate::backend::{Backend, Commit, CommitOutcome, Snapshot, Watcher};
use crate::log::ChangeLog;
use crate::published::Published;
use crate::{Revision, Sealer, StoreError};
use pages::Pages;
use writer::Writer;

/// What redb may hold of the file in memory. All inner pages of the tree over a million objects are
/// about 20 MiB, so that a look-up misses the cache once at the most; and a third of what a server
/// of objects may use.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of recent changes held: those of some thousand commits, while a transaction spans a
/// few dozen.
const LOG_BYTES: usize = 8 * 1024 * 1024;

/// The sealed head. That of a store which lived in memory has more fields.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Head {
    revision: Revision,
}

/// A store in a folder, read from disk. Dropping it waits for the last commit and closes the file.
pub struct PagedRedb {
    published: Arc<Published<Pages>>,
    queue: Option<Queue>,
    /// Keeps other processes out of the folder; dropped last.
    _files: Option<Files>,
}

impl PagedRedb {
    /// Opens the store in `folder` and checks its pages; makes an empty one if there is none.
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
        Self::start(files.storage(), mark.revision(), vault, Some(mark), Some(files))
    }

    /// Makes an empty store on storage of the caller's, for tests that break it.
    pub fn create_on(
        storage: OpenStorage,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let vault = Vault { sealer, random };
        load::create(&*storage, &empty(&vault)?)?;
        Self::start(storage, Revision::ZERO, vault, None, None)
    }

    /// Opens the store on storage of the caller's, for tests that break it. At least revision
    /// `acknowledged` must be there.
    pub fn open_on(
        storage: OpenStorage,
        acknowledged: Revision,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        Self::start(storage, acknowledged, Vault { sealer, random }, None, None)
    }

    fn start(
        storage: OpenStorage,
        acknowledged: Revision,
        vault: Vault,
        mark: Option<Mark>,
        files: Option<Files>,
    ) -> Result<Self, StoreError> {
        let open = load::open(&storage, CACHE_BYTES).map_err(|refused| refused.error)?;
        let pages = guarded(|| {
            let Head { revision } = load::read_head(&open.database, &vault)?;
            Pages::open(&open.database, revision)
        })?;
        let revision = pages.revision();
        files::check_acknowledged(acknowledged, revision)?;
        if let Some(mark) = &mark {
            mark.raise(revision);
        }
        let published = Published::new(pages, ChangeLog::new(revision, LOG_BYTES));
        let writer = Writer::new(Arc::clone(&published), open, storage, vault, mark);
        Ok(Self { published, queue: Some(Queue::start(writer)?), _files: files })
    }
}

/// The sealed head of an empty store.
fn empty(vault: &Vault) -> Result<Vec<u8>, StoreError> {
    vault.seal_head(&Head { revision: Revision::ZERO })
}

impl Backend for PagedRedb {
    fn revision(&self) -> Revision {
        self.published.revision()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Snapshot>, StoreError>> {
        let pages = self.published.snapshot();
        Box::pin(ready(pages.map(|pages| Box::new(pages) as Box<dyn Snapshot>)))
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

impl Drop for PagedRedb {
    fn drop(&mut self) {
        drop(self.queue.take());
        self.published.end(StoreError::Closed);
    }
}

impl fmt::Debug for PagedRedb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagedRedb").field("revision", &self.revision()).finish_non_exhaustive()
    }
}
