//! The folder of a store: who may look into it, who has it open, and what it had acknowledged.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::device::OpenStorage;
use super::load::{FILE_NAME, create};
use crate::{Revision, StoreError};

/// Accessible to the owner only, whatever the umask (V50 in the security notes of the project).
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A folder that this process alone has open.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    _lock: File,
}

impl Files {
    /// Makes the folder if need be, and takes hold of it.
    pub(super) fn lock(folder: &Path) -> Result<Self, StoreError> {
        let made = || -> io::Result<File> {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
            std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))?;
            open_private(&folder.join("store.lock"))
        };
        let attempted = || format!("lock the store's folder `{}`", folder.display());
        let lock = made().map_err(|source| StoreError::io(attempted(), source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::AlreadyOpen { path: folder.to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(StoreError::io(attempted(), source)),
        }
    }

    /// Makes an empty store unless there is one. The file appears whole: it gets its name when
    /// everything in it is durable, so that a file cut to nothing is never taken for a new one.
    /// `head` is the sealed head of an empty store.
    pub(super) fn create_if_new(&self, head: &[u8]) -> Result<(), StoreError> {
        let attempted = || format!("create a store in `{}`", self.folder.display());
        let failed = |source| StoreError::io(attempted(), source);
        let path = self.folder.join(FILE_NAME);
        if path.try_exists().map_err(failed)? {
            let mode = Permissions::from_mode(FILE_MODE);
            return std::fs::set_permissions(&path, mode).map_err(failed);
        }
        if self.mark()?.revision() > Revision::ZERO {
            return Err(StoreError::damaged(FILE_NAME, "the file is missing"));
        }
        let unfinished = self.folder.join("store.redb.new");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        create(&*storage_at(unfinished.clone()), head)?;
        let named = || -> io::Result<()> {
            open_private(&unfinished)?.sync_all()?;
            std::fs::rename(&unfinished, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        named().map_err(failed)
    }

    /// How to open the store's file.
    pub(super) fn storage(&self) -> OpenStorage {
        storage_at(self.folder.join(FILE_NAME))
    }

    /// The mark of what has been acknowledged.
    pub(super) fn mark(&self) -> Result<Mark, StoreError> {
        Mark::open(&self.folder.join("store.mark"))
            .map_err(|source| StoreError::io("open the store's mark", source))
    }
}

/// The newest acknowledged revision, in a file of its own.
///
/// A crash may take back the commit in flight, and so may damage to the newest of redb's two
/// headers: only something outside the file can tell them apart. The mark is written after each
/// commit and before its answer, and not synced: it is exact when the program was killed, and
/// behind when the power failed, but never ahead. It also finds that an old copy of the
/// file was put back.
#[derive(Debug)]
pub(super) struct Mark {
    file: File,
    revision: Revision,
}

impl Mark {
    fn open(path: &Path) -> io::Result<Self> {
        let file = open_private(path)?;
        let mut number = [0; size_of::<u64>()];
        let mut inverse = [0; size_of::<u64>()];
        // Too short is a mark that was never written; unequal halves are one that was damaged.
        // Neither says anything, and neither is worth refusing to start.
        let read = file
            .read_exact_at(&mut number, 0)
            .and_then(|()| file.read_exact_at(&mut inverse, size_of::<u64>() as u64));
        let number = u64::from_be_bytes(number);
        let known = read.is_ok() && number == !u64::from_be_bytes(inverse);
        if read.is_ok() && !known {
            tracing::warn!("the store's mark is damaged; it is written anew");
        }
        let revision = Revision::new(if known { number } else { 0 });
        let mark = Self { file, revision };
        mark.write(revision)?;
        Ok(mark)
    }

    /// What had been acknowledged when the mark was opened.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    /// Raises the mark after a commit, which stands whatever becomes of the mark.
    pub(super) fn raise(&self, revision: Revision) {
        if let Err(error) = self.write(revision) {
            tracing::warn!(%error, "the store's mark was not written");
        }
    }

    fn write(&self, revision: Revision) -> io::Result<()> {
        let number = revision.number();
        let mut bytes = Vec::from(number.to_be_bytes());
        bytes.extend_from_slice(&(!number).to_be_bytes());
        self.file.write_all_at(&bytes, 0)
    }
}

/// Refuses a file whose newest revision is older than what was acknowledged.
pub(super) fn check_acknowledged(
    acknowledged: Revision,
    found: Revision,
) -> Result<(), StoreError> {
    if found >= acknowledged {
        return Ok(());
    }
    let reason = format!(
        "it ends at revision {found}, but {acknowledged} was acknowledged; if an older copy was \
         put back on purpose, delete `store.mark` beside it"
    );
    Err(StoreError::damaged(FILE_NAME, reason))
}

fn storage_at(path: PathBuf) -> OpenStorage {
    Box::new(move || {
        let backend = FileBackend::new(open_private(&path)?).map_err(io::Error::other)?;
        Ok(Box::new(backend) as Box<dyn StorageBackend>)
    })
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
    let file = file.open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    Ok(file)
}
