//! Blobs that somebody is about to read: they stay until they were read.
//!
//! An object of several pieces is read one piece after the other. When it is replaced or deleted
//! meanwhile, its blobs go only when nobody reads them any more; where the program ends before
//! that, the next start finds that nothing refers to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolecall_types::explain;

use super::Pieces;
use crate::blobs::BlobId;

/// Which blobs are held.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many deletions there were.
    deletions: u64,
    held: HashMap<BlobId, Held>,
}

#[derive(Debug, Default)]
struct Held {
    readers: u32,
    /// Whether it goes with its last reader.
    is_doomed: bool,
}

impl Holds {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change of an entry is a single one: it is whole whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deletions(&self) -> u64 {
        self.lock().deletions
    }

    /// Notes that a blob is deleted; whether somebody holds it, so that it stays for now.
    pub(super) fn doom(&self, blob: &BlobId) -> bool {
        let mut state = self.lock();
        state.deletions = state.deletions.wrapping_add(1);
        let Some(held) = state.held.get_mut(blob) else { return false };
        held.is_doomed = true;
        true
    }

    fn take(&self, blobs: &[BlobId]) {
        let mut state = self.lock();
        for blob in blobs {
            let held = state.held.entry(blob.clone()).or_default();
            held.readers = held.readers.saturating_add(1);
        }
    }

    /// Lets blobs go, and returns those that are to be deleted now.
    fn release(&self, blobs: &[BlobId]) -> Vec<BlobId> {
        let mut state = self.lock();
        let mut doomed = Vec::new();
        for blob in blobs {
            let Some(held) = state.held.get_mut(blob) else { continue };
            held.readers = held.readers.saturating_sub(1);
            if held.readers == 0 && state.held.remove(blob).is_some_and(|held| held.is_doomed) {
                doomed.push(blob.clone());
            }
        }
        doomed
    }
}

/// Blobs that stay as long as it lives.
#[derive(Debug)]
pub(crate) struct Hold {
    pieces: Pieces,
    blobs: Vec<BlobId>,
}

impl Hold {
    pub(super) fn new(pieces: &Pieces, blobs: Vec<BlobId>) -> Self {
        pieces.holds.take(&blobs);
        Self { pieces: pieces.clone(), blobs }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let doomed = self.pieces.holds.release(&self.blobs);
        if doomed.is_empty() {
            return;
        }
        // Without a runtime the program ends, and the next start deletes them.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let blobs = Arc::clone(&self.pieces.blobs);
        runtime.spawn(async move {
            for blob in doomed {
                if let Err(error) = blobs.delete(&blob).await {
                    let cause = explain(&error);
                    tracing::warn!(cause, "an unused blob stays until the next start");
                }
            }
        });
    }
}
