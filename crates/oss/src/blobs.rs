//! Where the bytes of objects are: blobs, which the index refers to.
//!
//! A blob has no name that a client could choose: whoever keeps it gives it an id when it is
//! durable. So a store that packs many small blobs into one log can stand here as well.

mod local;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub use local::LocalBlobs;

/// How many bytes are handled at once, in bytes. It bounds what a request holds in memory.
pub const PIECE_BYTES: usize = 256 * 1024;

/// The id of a blob, as its keeper gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Bytes of a blob in their order, in pieces of at most [`PIECE_BYTES`].
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
    /// The blob is shorter than the index says.
    #[error("read blob `{0}`: it is shorter than it was when it was written")]
    Short(String),
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

    /// Deletes a blob. Who reads it already reads on. One that is not there is none to delete.
    fn delete<'a>(&'a self, id: &'a BlobId) -> BoxFuture<'a, Result<(), BlobError>>;

    /// Deletes every blob that is not in `kept` and whatever else an earlier run left, and returns
    /// how many that were. Only while nothing is written.
    fn sweep(&self, kept: BTreeSet<BlobId>) -> BoxFuture<'_, Result<usize, BlobError>>;
}

/// A blob on its way. Dropped before its end, it leaves nothing.
pub trait BlobWriter: Send {
    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>>;

    /// Makes the blob durable. Only now it has an id.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<BlobId, BlobError>>;
}
