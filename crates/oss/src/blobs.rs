//! Where the bytes of objects are: blobs, which the index refers to.
//!
//! A blob has no name that a client could choose: whoever keeps it gives it an id when it is
//! durable. The index alone knows which blobs are in use; a keeper is told when one no longer is,
//! and, at a start, which of those that it has still are ([`Sweep`]).

mod buffers;
mod disk;
mod files;
mod local;
mod segments;

use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub use local::{Holdings, LocalBlobs};

/// How many bytes are handled at once, in bytes. It bounds what a request holds in memory.
pub const PIECE_BYTES: usize = 256 * 1024;

/// The id of a blob, as its keeper gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(String);

impl BlobId {
    /// An id that a keeper gives.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes of a blob in their order, in pieces of at most [`PIECE_BYTES`]. Each piece is what was
/// written, or an error.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes, BlobError>> + Send>>;

/// A blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The operating system refused.
    #[error("{attempted} `{path}`")]
    Io {
        /// What was attempted.
        attempted: &'static str,
        /// On which file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// There is no room for it. What was written before can be read.
    #[error("write a blob: the disk is full")]
    Full,
    /// The blob is shorter than the index says.
    #[error("read blob `{0}`: it is shorter than it was when it was written")]
    Short(String),
    /// The bytes are not those that were written.
    #[error("read blob `{0}`: its bytes have changed since they were written")]
    Damaged(String),
    /// A file of blobs that another version of this program wrote.
    #[error("open `{path}`: it is not of a format that this version knows")]
    Format {
        /// The file.
        path: String,
    },
    /// The index holds an id that no keeper gave.
    #[error("use a blob: its id is malformed")]
    Id,
    /// The work was given up because the program ends.
    #[error("use a blob: the program is stopping")]
    Stopping,
}

/// Keeps blobs.
pub trait Blobs: fmt::Debug + Send + Sync + 'static {
    /// Begins a blob of `length` bytes, where that is known.
    fn begin(&self, length: Option<u64>) -> Box<dyn BlobWriter>;

    /// Bytes of a blob; the range lies within it. `None`: there is no such blob.
    fn open<'a>(
        &'a self,
        id: &'a BlobId,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Option<BlobStream>, BlobError>>;

    /// How long a blob is, as its keeper sees without reading it, in bytes. `None`: there is none.
    fn length<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<Option<u64>, BlobError>>;

    /// Deletes a blob. Who reads it already reads on. One that is not there is none to delete.
    fn delete<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<(), BlobError>>;

    /// Begins to look for what an earlier run left. Blobs of this run are not meant, finished or
    /// not: they may come and go meanwhile.
    fn sweep(&self) -> BoxFuture<'_, Result<Box<dyn Sweep>, BlobError>>;
}

/// A blob on its way. Dropped before its end, it leaves nothing.
pub trait BlobWriter: Send {
    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>>;

    /// Makes the blob durable. Only now it has an id.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<BlobId, BlobError>>;
}

/// Finds the blobs that nothing refers to. Every reference that a state of the index has is shown
/// to it; the state must be one that was read after the sweep began.
pub trait Sweep: Send {
    /// A blob that is in use.
    fn keep(&mut self, id: &BlobId) -> Result<(), BlobError>;

    /// Deletes what was not kept, and returns how many files that gave back.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<usize, BlobError>>;
}
