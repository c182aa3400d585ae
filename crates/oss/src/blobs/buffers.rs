//! Memory for pieces on their way out. The system takes longer to give so much, and to clear it,
//! than to read a file into it: what was sent is kept for the next piece.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// How many buffers wait for their next use, each of a chunk's length: 2 MiB.
const KEPT_MAX: usize = 16;

/// Buffers of one length. A clone is the same.
#[derive(Clone)]
pub(super) struct Buffers {
    length: usize,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Buffers {
    /// Buffers of up to so many bytes.
    pub(super) fn new(length: usize) -> Self {
        Self { length, kept: Arc::default() }
    }

    /// A buffer of `length` bytes, or of as many as there are in one. Anything may be in it.
    pub(super) fn take(&self, length: usize) -> Buffer {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = kept.unwrap_or_else(|| vec![0; self.length]);
        Buffer { length: length.min(bytes.len()), bytes, home: self.clone() }
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers").field("length", &self.length).finish_non_exhaustive()
    }
}

/// A buffer, which goes back when it is dropped.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
    home: Buffers,
}

impl Buffer {
    /// The buffer as bytes; it goes back when the last of them are gone.
    pub(super) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut kept = self.home.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_kept_within_a_bound() {
        let buffers = Buffers::new(8);
        let place = |buffer: &Buffer| buffer.as_ref().as_ptr();
        let mut first = buffers.take(8);
        first.as_mut().copy_from_slice(b"whatever");
        let at = place(&first);
        let bytes = first.freeze();
        let (part, rest) = (bytes.slice(..3), bytes.slice(3..));
        drop((bytes, part));
        assert_ne!(place(&buffers.take(8)), at, "a part of it is still on its way");
        drop(rest);
        let again = buffers.take(2);
        assert_eq!((place(&again), again.as_ref().len()), (at, 2));
        assert_eq!(buffers.take(9).as_ref().len(), 8, "there are no longer ones");
        drop((0..100).map(|_| buffers.take(8)).collect::<Vec<_>>());
        assert_eq!(buffers.kept.lock().unwrap().len(), KEPT_MAX);
    }
}
