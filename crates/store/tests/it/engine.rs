//! The embedded stores on redb, to run one test on each.

use std::path::Path;
use std::sync::Arc;

use rolecall_store::redb::OpenStorage;
use rolecall_store::{Backend, PagedRedb, Redb, Revision, Sealer, StoreError};
use rolecall_types::Random;

use crate::disk::Disk;

type Opened = Result<Arc<dyn Backend>, StoreError>;
type Create = fn(OpenStorage, Arc<dyn Sealer>, Arc<dyn Random>) -> Opened;
type Reopen = fn(OpenStorage, Revision, Arc<dyn Sealer>, Arc<dyn Random>) -> Opened;
type Open = fn(&Path, Arc<dyn Sealer>, Arc<dyn Random>) -> Opened;

/// An engine, by its ways to be opened.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// Makes a store on storage.
    create: Create,
    /// Opens one there.
    reopen: Reopen,
    /// Opens one in a folder, or makes it.
    open: Open,
}

/// The one that lives in memory.
pub(crate) const IN_MEMORY: Engine = Engine {
    create: |storage, sealer, random| Ok(Arc::new(Redb::create_on(storage, sealer, random)?)),
    reopen: |storage, acknowledged, sealer, random| {
        Ok(Arc::new(Redb::open_on(storage, acknowledged, sealer, random)?))
    },
    open: |folder, sealer, random| Ok(Arc::new(Redb::open(folder, sealer, random)?)),
};

/// The one that lives on disk.
pub(crate) const ON_DISK: Engine = Engine {
    create: |storage, sealer, random| Ok(Arc::new(PagedRedb::create_on(storage, sealer, random)?)),
    reopen: |storage, acknowledged, sealer, random| {
        Ok(Arc::new(PagedRedb::open_on(storage, acknowledged, sealer, random)?))
    },
    open: |folder, sealer, random| Ok(Arc::new(PagedRedb::open(folder, sealer, random)?)),
};

impl Engine {
    /// Makes an empty store on a disk.
    pub(crate) fn create(
        self,
        disk: &Disk,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Opened {
        (self.create)(disk.storage(), sealer, random)
    }

    /// Opens the store on a disk.
    pub(crate) fn reopen(
        self,
        disk: &Disk,
        acknowledged: Revision,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Opened {
        (self.reopen)(disk.storage(), acknowledged, sealer, random)
    }

    /// Opens the store in a folder.
    pub(crate) fn open(
        self,
        folder: &Path,
        sealer: Arc<dyn Sealer>,
        random: Arc<dyn Random>,
    ) -> Opened {
        (self.open)(folder, sealer, random)
    }
}
