//! Files as blobs need them.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tokio::task::spawn_blocking;

use super::BlobError;

/// What can fail when bytes are made durable. Tests have disks that do.
pub(super) trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Writes all bytes at an offset.
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Waits until what was written to a file is durable.
    fn sync(&self, file: &File) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug)]
pub(super) struct ThisDisk;

impl Disk for ThisDisk {
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}

/// Runs what may block on a thread that may. It runs to its end even if nobody waits any more.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work).await.map_err(|_| BlobError::Stopping)?
}

/// Fills a buffer from a file if that needs no disk; whether it did.
pub(super) fn read_at_once(file: &File, bytes: &mut [u8], offset: u64) -> bool {
    let wanted = bytes.len();
    let read = preadv2(file, &mut [IoSliceMut::new(bytes)], offset, ReadWriteFlags::NOWAIT);
    // Whatever the reason for less, such as a file system that cannot tell, the slow way finds it.
    read == Ok(wanted)
}

/// Gives whole pages of a file back to the file system; whether it can do that.
pub(super) fn punch(file: &File, bytes: &Range<u64>) -> io::Result<bool> {
    let length = bytes.end.saturating_sub(bytes.start);
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match fallocate(file, flags, bytes.start, length) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Makes a file that is ours alone.
pub(super) fn create(path: &Path) -> Result<File, BlobError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    options.open(path).map_err(io_error("create", path))
}

/// Opens a file to read it; `None` where there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, BlobError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("open", path)(source)),
    }
}

/// Makes a directory that is ours alone, whatever the umask and whatever it was before.
pub(super) fn make_directory(path: &Path) -> Result<(), BlobError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(io_error("create the directory", path)(source)),
    }
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(io_error("protect", path))
}

pub(super) fn sync_directory(path: &Path) -> Result<(), BlobError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io_error("sync", path))
}

/// Deletes a file; whether there was one.
pub(super) fn remove(path: &Path) -> Result<bool, BlobError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(io_error("delete", path)(source)),
    }
}

/// The entries of a directory.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let entries = fs::read_dir(path).map_err(io_error("list", path))?;
    entries.map(|entry| Ok(entry.map_err(io_error("list", path))?.path())).collect()
}

pub(super) fn io_error(
    attempted: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> BlobError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let path = path.display().to_string();
    move |source| match source.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => BlobError::Full,
        _ => BlobError::Io { attempted, path, source },
    }
}
