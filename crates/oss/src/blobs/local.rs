//! Blobs on this machine: small ones share segments, a large one is a file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rolecall_types::Random;
use tokio::task::{JoinHandle, spawn_blocking};

use super::disk::{self, Disk, ThisDisk, blocking};
use super::files::{Draft, FileSweep, Files, ID_ALPHABET, ID_LENGTH};
use super::segments::{SMALL_BYTES_MAX, SegmentSweep, Segments};
use super::{BlobError, BlobId, BlobStream, BlobWriter, Blobs, PIECE_BYTES, Sweep};

/// Keeps blobs in a directory of its own.
#[derive(Clone)]
pub struct LocalBlobs {
    files: Files,
    segments: Segments,
    random: Arc<dyn Random>,
}

/// The files that hold blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    /// Of each large blob, finished or not, its file.
    pub large: Vec<PathBuf>,
    /// Of each small blob the segment that it is in.
    pub small: Vec<PathBuf>,
}

impl LocalBlobs {
    /// Opens the directory, and makes it where it is missing. It is ours alone (mode 0700),
    /// whatever the umask and whatever it was before.
    pub fn open(directory: &Path, random: Arc<dyn Random>) -> Result<Self, BlobError> {
        Self::on(Arc::new(ThisDisk), directory, random)
    }

    fn on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        random: Arc<dyn Random>,
    ) -> Result<Self, BlobError> {
        let segments = directory.join("segments");
        disk::make_directory(directory)?;
        disk::make_directory(&segments)?;
        let files = Files::open(directory, Arc::clone(&disk))?;
        disk::sync_directory(directory)?;
        Ok(Self { files, segments: Segments::open(segments, disk)?, random })
    }

    /// Looks at everything that is there, which blocks. Of what an earlier run wrote and nothing
    /// refers to, only a sweep knows.
    pub fn holdings(&self) -> Result<Holdings, BlobError> {
        Ok(Holdings { large: self.files.holdings()?, small: self.segments.holdings()? })
    }
}

impl fmt::Debug for LocalBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBlobs").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Blobs for LocalBlobs {
    fn begin(&self, length: Option<u64>) -> Box<dyn BlobWriter> {
        let expected = length.and_then(|length| usize::try_from(length).ok());
        let capacity = expected.unwrap_or(SMALL_BYTES_MAX).min(PIECE_BYTES);
        let buffer = Vec::with_capacity(capacity);
        Box::new(Writer { blobs: self.clone(), buffer, large: None })
    }

    fn open<'a>(
        &'a self,
        id: &'a BlobId,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Option<BlobStream>, BlobError>> {
        Box::pin(async move {
            if is_large(id) {
                return self.files.read(id, range).await;
            }
            let bytes = self.segments.read(id, range).await?;
            let stream = |bytes| futures_util::stream::iter([Ok(bytes)]);
            Ok(bytes.map(|bytes| Box::pin(stream(bytes)) as BlobStream))
        })
    }

    fn length<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<Option<u64>, BlobError>> {
        Box::pin(async move {
            if is_large(id) { self.files.length(id).await } else { self.segments.length(id) }
        })
    }

    fn delete<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move {
            if is_large(id) { self.files.delete(id).await } else { self.segments.delete(id).await }
        })
    }

    fn sweep(&self) -> BoxFuture<'_, Result<Box<dyn Sweep>, BlobError>> {
        Box::pin(async move {
            let sweep = Both { files: self.files.sweep().await?, segments: self.segments.sweep() };
            Ok(Box::new(sweep) as Box<dyn Sweep>)
        })
    }
}

/// Whether an id can only be that of a large blob.
fn is_large(id: &BlobId) -> bool {
    id.as_str().len() == ID_LENGTH
}

struct Both {
    files: FileSweep,
    segments: SegmentSweep,
}

impl Sweep for Both {
    fn keep(&mut self, id: &BlobId) -> Result<(), BlobError> {
        if is_large(id) { self.files.keep(id) } else { self.segments.keep(id) }
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<usize, BlobError>> {
        Box::pin(blocking(move || {
            let files = self.files.finish()?;
            Ok(files.saturating_add(self.segments.finish()?))
        }))
    }
}

struct Writer {
    blobs: LocalBlobs,
    /// Bytes not yet written. A small blob stays here until its end.
    buffer: Vec<u8>,
    large: Option<Large>,
}

/// A blob that is too long for a segment.
struct Large {
    id: BlobId,
    /// Bytes on their way into the file, while the next ones arrive.
    writing: JoinHandle<Result<(Draft, Vec<u8>), BlobError>>,
}

impl Large {
    async fn written(self) -> Result<(BlobId, Draft, Vec<u8>), BlobError> {
        let (draft, buffer) = self.writing.await.map_err(|_| BlobError::Stopping)??;
        Ok((self.id, draft, buffer))
    }
}

impl BlobWriter for Writer {
    fn write(&mut self, mut bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            while !bytes.is_empty() {
                let room = PIECE_BYTES.saturating_sub(self.buffer.len());
                self.buffer.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
                if self.buffer.len() >= PIECE_BYTES {
                    self.flush().await?;
                }
            }
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<BlobId, BlobError>> {
        Box::pin(async move {
            if self.large.is_none() && self.buffer.len() <= SMALL_BYTES_MAX {
                return self.blobs.segments.append(self.buffer).await;
            }
            if !self.buffer.is_empty() {
                self.flush().await?;
            }
            let large = self.large.take().ok_or(BlobError::Stopping)?;
            let (id, draft, _) = large.written().await?;
            blocking(move || draft.settle()).await?;
            Ok(id)
        })
    }
}

impl Writer {
    /// Sends the buffer on its way, after the one before it has arrived.
    async fn flush(&mut self) -> Result<(), BlobError> {
        let (id, draft, empty) = if let Some(large) = self.large.take() {
            large.written().await?
        } else {
            let id = BlobId::new(self.blobs.random.text(ID_ALPHABET, ID_LENGTH));
            let draft = self.blobs.files.draft(&id)?;
            (id, draft, Vec::new())
        };
        let full = std::mem::replace(&mut self.buffer, empty);
        let writing = spawn_blocking(move || draft.append(full));
        self.large = Some(Large { id, writing });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
