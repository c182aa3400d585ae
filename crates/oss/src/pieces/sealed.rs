//! Blobs that are encrypted chunk by chunk, so that a range needs no more than its chunks.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use rolecall_crypto::{CHUNK_SEAL_BYTES, ChunkPlace, DataKey};

use crate::blobs::{BlobError, BlobId, BlobStream, BlobWriter};
use crate::record::Piece;

/// How many plain bytes a chunk has: 64 KiB. Its seal is then nothing beside it, and a range costs
/// up to so many more at each end.
const CHUNK_BYTES: u64 = 64 * 1024;
/// The length of its seal.
const SEAL_BYTES: u64 = 16;
const _: () = assert!(CHUNK_SEAL_BYTES == 16);

/// How many chunks so many plain bytes are.
fn chunks(length: u64) -> u64 {
    length.div_ceil(CHUNK_BYTES)
}

/// How long so many plain bytes become.
pub(super) fn sealed_length(length: u64) -> u64 {
    length.saturating_add(chunks(length).saturating_mul(SEAL_BYTES))
}

/// Where in the blob the chunks are that have a range of the plain bytes.
pub(super) fn sealed_range(range: &Range<u64>, length: u64) -> Range<u64> {
    let sealed = CHUNK_BYTES.saturating_add(SEAL_BYTES);
    let start = (range.start / CHUNK_BYTES).saturating_mul(sealed);
    let end = chunks(range.end).saturating_mul(sealed);
    start..end.min(sealed_length(length))
}

/// Encrypts what is written to a blob.
pub(super) struct Sealing {
    blob: Box<dyn BlobWriter>,
    key: DataKey,
    number: u32,
    /// The chunk that is not known not to be the last one.
    chunk: Vec<u8>,
}

impl Sealing {
    pub(super) fn new(blob: Box<dyn BlobWriter>, key: DataKey) -> Self {
        Self { blob, key, number: 0, chunk: Vec::new() }
    }

    fn sealed(&mut self, last: bool) -> Bytes {
        let mut chunk = std::mem::take(&mut self.chunk);
        self.key.seal(ChunkPlace { number: self.number, last }, &mut chunk);
        chunk.into()
    }
}

impl BlobWriter for Sealing {
    fn write(&mut self, mut bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            let whole = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
            while !bytes.is_empty() {
                if self.chunk.len() == whole {
                    let sealed = self.sealed(false);
                    self.number = self.number.checked_add(1).ok_or(BlobError::Full)?;
                    self.blob.write(sealed).await?;
                }
                let room = whole.saturating_sub(self.chunk.len()).min(bytes.len());
                self.chunk.extend_from_slice(&bytes.split_to(room));
            }
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<BlobId, BlobError>> {
        Box::pin(async move {
            let sealed = self.sealed(true);
            self.blob.write(sealed).await?;
            self.blob.finish().await
        })
    }
}

/// Decrypts what is read from a blob.
pub(super) struct Opening {
    blob: BlobStream,
    key: DataKey,
    id: BlobId,
    /// The plain length of the whole blob.
    length: u64,
    /// The plain bytes that are still wanted.
    rest: Range<u64>,
    /// What was read and not yet decrypted.
    read: BytesMut,
}

impl Opening {
    pub(super) fn new(blob: BlobStream, key: DataKey, piece: &Piece, range: Range<u64>) -> Self {
        let (id, length) = (piece.blob.clone(), piece.length);
        Self { blob, key, id, length, rest: range, read: BytesMut::new() }
    }

    pub(super) fn into_stream(self) -> BlobStream {
        Box::pin(futures_util::stream::unfold(Some(self), |opening| async move {
            let mut opening = opening.filter(|opening| !opening.rest.is_empty())?;
            match opening.next().await {
                Ok(bytes) => Some((Ok(bytes), Some(opening))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    }

    /// The wanted bytes of the next chunk.
    async fn next(&mut self) -> Result<Bytes, BlobError> {
        let damaged = || BlobError::Damaged(self.id.as_str().to_owned());
        let number = self.rest.start / CHUNK_BYTES;
        let begins = number.saturating_mul(CHUNK_BYTES);
        let ends = begins.saturating_add(CHUNK_BYTES).min(self.length);
        let within = |at: u64| usize::try_from(at.saturating_sub(begins)).map_err(|_| damaged());
        let sealed = within(ends)?.saturating_add(CHUNK_SEAL_BYTES);
        while self.read.len() < sealed {
            let Some(bytes) = self.blob.next().await else {
                return Err(BlobError::Short(self.id.as_str().to_owned()));
            };
            self.read.extend_from_slice(&bytes?);
        }
        let place = ChunkPlace {
            number: u32::try_from(number).map_err(|_| damaged())?,
            last: ends == self.length,
        };
        let mut chunk = self.read.split_to(sealed);
        self.key.open(place, &mut chunk).ok_or_else(damaged)?;
        let wanted = within(self.rest.start)?..within(self.rest.end.min(ends))?;
        self.rest.start = ends.min(self.rest.end);
        Ok(chunk.freeze().slice(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_their_chunks() {
        let chunk = CHUNK_BYTES;
        assert_eq!(sealed_length(0), 0);
        assert_eq!(sealed_length(1), 17);
        assert_eq!(sealed_length(chunk), chunk + 16);
        assert_eq!(sealed_length(chunk + 1), chunk + 33);
        let length = 2 * chunk + 5;
        for (range, within) in [
            (0..1, 0..chunk + 16),
            (0..chunk, 0..chunk + 16),
            (chunk - 1..chunk + 1, 0..2 * (chunk + 16)),
            (chunk..2 * chunk, chunk + 16..2 * (chunk + 16)),
            (2 * chunk + 4..2 * chunk + 5, 2 * (chunk + 16)..sealed_length(length)),
            (0..length, 0..sealed_length(length)),
        ] {
            assert_eq!(sealed_range(&range, length), within, "{range:?}");
        }
    }
}
