//! Blobs as files of this machine.
//!
//! ```text
//! <directory>/incoming/<id>          being written
//! <directory>/blobs/<2 digits>/<id>  durable
//! ```
//!
//! An id is 32 random hexadecimal digits; nothing that a client sends becomes part of a path. A
//! blob is written beside its place, synced, moved into it, and the folder synced, so that under
//! `blobs` there is never a part of one.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rolecall_types::Random;
use tokio::task::spawn_blocking;

use super::{BlobError, BlobId, BlobStream, BlobWriter, Blobs, PIECE_BYTES};

/// The characters of an id.
const ID_ALPHABET: &[u8] = b"0123456789abcdef";
/// The number of characters of an id: 128 bits.
const ID_LENGTH: usize = 32;
/// How many of them name the folder, so that none grows too large to list.
const FOLDER_LENGTH: usize = 2;

/// Keeps blobs as files in a directory of its own.
#[derive(Clone)]
pub struct LocalBlobs {
    directory: Arc<Path>,
    random: Arc<dyn Random>,
    folders: Arc<Folders>,
}

impl LocalBlobs {
    /// Opens the directory, and makes it where it is missing. It is ours alone (mode 0700),
    /// whatever the umask and whatever it was before.
    pub fn open(directory: &Path, random: Arc<dyn Random>) -> Result<Self, BlobError> {
        let blobs = directory.join("blobs");
        for path in [directory, &directory.join("incoming"), &blobs] {
            make_directory(path)?;
        }
        sync_directory(directory)?;
        Ok(Self { directory: directory.into(), random, folders: Arc::default() })
    }

    fn place(&self, id: &BlobId) -> Result<PathBuf, BlobError> {
        let id = id.as_str();
        let well_formed =
            id.len() == ID_LENGTH && id.bytes().all(|byte| ID_ALPHABET.contains(&byte));
        let folder = id.get(..FOLDER_LENGTH).filter(|_| well_formed).ok_or(BlobError::Id)?;
        Ok(self.directory.join("blobs").join(folder).join(id))
    }
}

impl fmt::Debug for LocalBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBlobs").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Blobs for LocalBlobs {
    fn begin(&self, length: Option<u64>) -> Box<dyn BlobWriter> {
        let id = BlobId::new(self.random.text(ID_ALPHABET, ID_LENGTH));
        let incoming = self.directory.join("incoming").join(id.as_str());
        let expected = length.and_then(|length| usize::try_from(length).ok());
        let capacity = expected.unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let buffer = Vec::with_capacity(capacity);
        Box::new(Writer { blobs: self.clone(), id, buffer, draft: Some(Draft::new(incoming)) })
    }

    fn open<'a>(
        &'a self,
        id: &'a BlobId,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Option<BlobStream>, BlobError>> {
        Box::pin(async move {
            let path = self.place(id)?;
            let id = id.clone();
            // The first piece is read together with opening: most objects have only one.
            let begun = blocking(move || {
                let file = match File::open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(source) => return Err(io_error("open", &path)(source)),
                };
                let reading = Reading { file: Arc::new(file), id, rest: range };
                reading.next().map(Some)
            });
            Ok(begun.await?.map(|(first, reading)| stream(first, reading)))
        })
    }

    fn delete<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move {
            let path = self.place(id)?;
            blocking(move || remove(&path)).await
        })
    }

    fn sweep(&self, kept: BTreeSet<BlobId>) -> BoxFuture<'_, Result<usize, BlobError>> {
        let directory = Arc::clone(&self.directory);
        Box::pin(blocking(move || {
            let mut removed = sweep_folder(&directory.join("incoming"), &BTreeSet::new())?;
            let blobs = directory.join("blobs");
            for folder in fs::read_dir(&blobs).map_err(io_error("list", &blobs))? {
                let folder = folder.map_err(io_error("list", &blobs))?.path();
                removed = removed.saturating_add(sweep_folder(&folder, &kept)?);
            }
            Ok(removed)
        }))
    }
}

struct Writer {
    blobs: LocalBlobs,
    id: BlobId,
    /// Bytes not yet in the file. A small blob stays here until its end, and takes one trip to the
    /// threads that may block.
    buffer: Vec<u8>,
    /// Absent while such a thread has it.
    draft: Option<Draft>,
}

impl BlobWriter for Writer {
    fn write(&mut self, mut bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            while !bytes.is_empty() {
                let room = PIECE_BYTES.saturating_sub(self.buffer.len());
                self.buffer.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
                if self.buffer.len() >= PIECE_BYTES {
                    let full = std::mem::take(&mut self.buffer);
                    let draft = self.draft.take().ok_or(BlobError::Stopping)?;
                    let (draft, buffer) = blocking(move || draft.append(full)).await?;
                    (self.draft, self.buffer) = (Some(draft), buffer);
                }
            }
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<BlobId, BlobError>> {
        Box::pin(async move {
            let place = self.blobs.place(&self.id)?;
            let rest = std::mem::take(&mut self.buffer);
            let draft = self.draft.take().ok_or(BlobError::Stopping)?;
            let folders = Arc::clone(&self.blobs.folders);
            blocking(move || draft.append(rest)?.0.settle(&place, &folders)).await?;
            Ok(self.id)
        })
    }
}

/// The folders that this run has seen to be durable. One that merely exists may not be: another
/// thread can be about to sync it.
#[derive(Debug, Default)]
struct Folders(Mutex<BTreeSet<PathBuf>>);

impl Folders {
    fn ensure(&self, folder: &Path) -> Result<(), BlobError> {
        // A set that only grows is whole whatever panics elsewhere.
        let mut durable = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !durable.contains(folder) {
            make_directory(folder)?;
            folder.parent().map_or(Ok(()), sync_directory)?;
            durable.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// A file that is being written. Dropped before it has settled, it goes.
struct Draft {
    path: PathBuf,
    file: Option<File>,
    settled: bool,
}

impl Draft {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None, settled: false }
    }

    /// Appends bytes, and gives the emptied buffer back.
    fn append(mut self, mut bytes: Vec<u8>) -> Result<(Self, Vec<u8>), BlobError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&self.path)
                .map_err(io_error("create", &self.path))?,
        };
        // Set before the bytes are written, so that a failure below finds the file and removes it.
        let written = file.write_all(&bytes).map_err(io_error("write", &self.path));
        self.file = Some(file);
        written?;
        bytes.clear();
        Ok((self, bytes))
    }

    fn settle(mut self, place: &Path, folders: &Folders) -> Result<(), BlobError> {
        if let Some(file) = &self.file {
            file.sync_data().map_err(io_error("sync", &self.path))?;
        }
        let folder = place.parent().ok_or(BlobError::Id)?;
        folders.ensure(folder)?;
        fs::rename(&self.path, place).map_err(io_error("move", &self.path))?;
        self.settled = true;
        sync_directory(folder)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.is_some() && !self.settled {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A blob that is being read.
struct Reading {
    file: Arc<File>,
    id: BlobId,
    rest: Range<u64>,
}

impl Reading {
    fn next(mut self) -> Result<(Bytes, Self), BlobError> {
        let left = self.rest.end.saturating_sub(self.rest.start);
        let length = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, self.rest.start).map_err(|source| {
            match source.kind() {
                io::ErrorKind::UnexpectedEof => BlobError::Short(self.id.as_str().to_owned()),
                _ => io_error("read", Path::new(self.id.as_str()))(source),
            }
        })?;
        let read = u64::try_from(length).unwrap_or(left);
        self.rest.start = self.rest.start.saturating_add(read);
        Ok((bytes.into(), self))
    }
}

fn stream(first: Bytes, reading: Reading) -> BlobStream {
    let next = (Some(first), Some(reading));
    Box::pin(futures_util::stream::unfold(next, |(ready, reading)| async move {
        if let Some(bytes) = ready {
            return Some((Ok(bytes), (None, reading)));
        }
        let reading = reading.filter(|reading| !reading.rest.is_empty())?;
        match blocking(move || reading.next()).await {
            Ok((bytes, reading)) => Some((Ok(bytes), (None, Some(reading)))),
            Err(error) => Some((Err(error), (None, None))),
        }
    }))
}

/// Runs what may block on a thread that may. It runs to its end even if nobody waits any more.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work).await.map_err(|_| BlobError::Stopping)?
}

fn make_directory(path: &Path) -> Result<(), BlobError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(io_error("create the directory", path)(source)),
    }
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(io_error("protect", path))
}

fn sync_directory(path: &Path) -> Result<(), BlobError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io_error("sync", path))
}

fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(io_error("delete", path)),
    }
}

fn sweep_folder(folder: &Path, kept: &BTreeSet<BlobId>) -> Result<usize, BlobError> {
    let mut removed = 0_usize;
    for entry in fs::read_dir(folder).map_err(io_error("list", folder))? {
        let entry = entry.map_err(io_error("list", folder))?;
        let id = entry.file_name().into_string().map(BlobId::new);
        if id.is_ok_and(|id| kept.contains(&id)) {
            continue;
        }
        remove(&entry.path())?;
        removed = removed.saturating_add(1);
    }
    Ok(removed)
}

fn io_error(attempted: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    let path = path.display().to_string();
    move |source| BlobError::Io { attempted, path, source }
}

#[cfg(test)]
mod tests;
