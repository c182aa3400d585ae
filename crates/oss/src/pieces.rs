//! Pieces of objects: blobs, and the keys of those that are encrypted.

mod holds;
mod sealed;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use rolecall_crypto::{DataKeySeed, KeyRing};
use rolecall_types::Random;

use crate::blobs::{BlobError, BlobId, BlobStream, BlobWriter, Blobs, Sweep};
use crate::error::ObjectError;
use crate::record::{Encryption, Piece};
pub(crate) use holds::Hold;
use holds::Holds;
use sealed::{Opening, Sealing};

/// Keeps pieces. A clone is the same.
#[derive(Clone)]
pub(crate) struct Pieces {
    blobs: Arc<dyn Blobs>,
    key_ring: Arc<KeyRing>,
    random: Arc<dyn Random>,
    holds: Arc<Holds>,
}

impl Pieces {
    /// Pieces in blobs; the ring derives the keys of those that are encrypted.
    pub(crate) fn new(
        blobs: Arc<dyn Blobs>,
        key_ring: Arc<KeyRing>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { blobs, key_ring, random, holds: Arc::default() }
    }

    /// Begins a piece of `length` bytes, where that is known.
    pub(crate) fn begin(&self, length: Option<u64>, encryption: Option<Encryption>) -> PieceWriter {
        let Some(Encryption::Aes256) = encryption else {
            return PieceWriter { blob: self.blobs.begin(length), length: 0, key: None };
        };
        let (key, seed) = self.key_ring.make_data_key(self.random.as_ref());
        let blob = self.blobs.begin(length.map(sealed::sealed_length));
        PieceWriter { blob: Box::new(Sealing::new(blob, key)), length: 0, key: Some(seed) }
    }

    /// Bytes of a piece; the range lies within it. `None`: its blob is not there.
    pub(crate) async fn open(
        &self,
        piece: &Piece,
        range: Range<u64>,
    ) -> Result<Option<BlobStream>, ObjectError> {
        let Some(seed) = &piece.key else { return Ok(self.blobs.open(&piece.blob, range).await?) };
        let key = self.key_ring.data_key(seed)?;
        let within = sealed::sealed_range(&range, piece.length);
        let blob = self.blobs.open(&piece.blob, within).await?;
        Ok(blob.map(|blob| Opening::new(blob, key, piece, range).into_stream()))
    }

    /// Whether the blob of a piece is as long as the piece makes it. `None`: it is not there.
    pub(crate) async fn is_whole(&self, piece: &Piece) -> Result<Option<bool>, ObjectError> {
        let length = match piece.key {
            Some(_) => sealed::sealed_length(piece.length),
            None => piece.length,
        };
        Ok(self.blobs.length(&piece.blob).await?.map(|found| found == length))
    }

    /// Keeps blobs of pieces that will be read from being deleted meanwhile.
    pub(crate) fn hold<'a>(&self, pieces: impl Iterator<Item = &'a Piece>) -> Hold {
        Hold::new(self, pieces.map(|piece| piece.blob.clone()).collect())
    }

    /// How many deletions there were. As long as that stays the same, no blob has gone.
    pub(crate) fn deletions(&self) -> u64 {
        self.holds.deletions()
    }

    /// Deletes a piece's blob, or has it go when nobody holds it any more.
    pub(crate) async fn delete(&self, blob: &BlobId) -> Result<(), ObjectError> {
        if self.holds.doom(blob) {
            return Ok(());
        }
        Ok(self.blobs.delete(blob).await?)
    }

    /// Begins to look for blobs that an earlier run left.
    pub(crate) async fn sweep(&self) -> Result<Box<dyn Sweep>, ObjectError> {
        Ok(self.blobs.sweep().await?)
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

/// A piece on its way. Dropped before its end, it leaves nothing.
pub(crate) struct PieceWriter {
    blob: Box<dyn BlobWriter>,
    length: u64,
    key: Option<DataKeySeed>,
}

impl PieceWriter {
    /// Takes the next bytes.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(length);
        self.blob.write(bytes).await
    }

    /// Makes it durable.
    pub(crate) async fn finish(self) -> Result<Piece, BlobError> {
        let Self { blob, length, key } = self;
        Ok(Piece { blob: blob.finish().await?, length, key })
    }
}
