//! Reading a file that cannot be written, because its disk is full.

use std::collections::BTreeMap;
use std::io;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::StorageBackend;

use crate::redb::device::OpenStorage;

/// The unit in which changes are held, in bytes: a page of redb.
const BLOCK: usize = 4096;
/// How much room there must be before the engine is let at a file again, in bytes: more than it
/// writes to open one.
const ROOM: usize = 1024 * 1024;

/// A file, and what was written over it, which stays in memory: redb mends a file that was not
/// closed before it reads it, a few pages for whatever length.
#[derive(Debug)]
pub(super) struct Overlay {
    storage: Box<dyn StorageBackend>,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    length: u64,
    /// How much of the file below is seen; beyond it are zeros.
    below: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    /// How to open an overlay over some storage.
    pub(super) fn over(
        storage: &OpenStorage,
    ) -> impl FnOnce() -> io::Result<Box<dyn StorageBackend>> {
        move || {
            let storage = storage()?;
            let length = storage.len()?;
            let state = RwLock::new(State { length, below: length, blocks: BTreeMap::new() });
            Ok(Box::new(Self { storage, state }) as Box<dyn StorageBackend>)
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is below, and zeros where nothing is.
    fn read_below(&self, state: &State, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let seen = usize::try_from(state.below.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (from_below, zeros) = out.split_at_mut(seen.min(out.len()));
        zeros.fill(0);
        if from_below.is_empty() { Ok(()) } else { self.storage.read(offset, from_below) }
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        self.read_below(&state, offset, out)?;
        for (block, within, piece) in pieces(offset, out) {
            let changed = state.blocks.get(&block).and_then(|block| block.get(within..));
            let changed = changed.and_then(|changed| changed.get(..piece.len()));
            if let Some(changed) = changed {
                piece.copy_from_slice(changed);
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state_mut();
        let whole = length / BLOCK as u64;
        let within = usize::try_from(length % BLOCK as u64).map_err(io::Error::other)?;
        state.blocks.split_off(&(whole + u64::from(within > 0)));
        if let Some(last) = state.blocks.get_mut(&whole).and_then(|last| last.get_mut(within..)) {
            last.fill(0);
        }
        state.below = state.below.min(length);
        state.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state_mut();
        let mut data = data.to_vec();
        for (block, within, piece) in pieces(offset, &mut data) {
            if !state.blocks.contains_key(&block) {
                let mut below = vec![0; BLOCK];
                self.read_below(&state, block.saturating_mul(BLOCK as u64), &mut below)?;
                state.blocks.insert(block, below);
            }
            let target = state.blocks.get_mut(&block).and_then(|block| block.get_mut(within..));
            if let Some(target) = target.and_then(|target| target.get_mut(..piece.len())) {
                target.copy_from_slice(piece);
            }
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.storage.close()
    }
}

/// The parts of `bytes`, which stand at an offset of a file, that are in one block each: the number
/// of the block, the place within it, and the part.
fn pieces(offset: u64, mut bytes: &mut [u8]) -> impl Iterator<Item = (u64, usize, &mut [u8])> {
    let mut block = offset / BLOCK as u64;
    let mut within = usize::try_from(offset % BLOCK as u64).unwrap_or(0);
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let length = bytes.len().min(BLOCK.saturating_sub(within));
        let (piece, rest) = std::mem::take(&mut bytes).split_at_mut(length);
        bytes = rest;
        let found = (block, within, piece);
        (block, within) = (block.saturating_add(1), 0);
        Some(found)
    })
}

/// Whether there is room on a disk that was full: a piece is written behind the end of the file,
/// and cut off again.
pub(super) fn has_room(storage: &OpenStorage) -> bool {
    let try_it = || -> io::Result<()> {
        let storage = storage()?;
        let length = storage.len()?;
        let written = storage
            .set_len(length.saturating_add(ROOM as u64))
            .and_then(|()| storage.write(length, &vec![0; ROOM]));
        let cut = storage.set_len(length);
        storage.close()?;
        written.and(cut)
    };
    try_it().is_ok()
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;
    use rolecall_types::{Random, SeededRandom};

    use super::*;

    /// A number below `limit`.
    fn below(random: &SeededRandom, limit: usize) -> usize {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % limit as u64).unwrap()
    }

    /// Does random things to an overlay and to a vector, which must stay alike; what is below must
    /// stay as it is.
    #[test]
    fn what_was_written_over_a_file_is_read_and_the_file_is_not_changed() {
        let random = SeededRandom::new(1);
        for _ in 0..50 {
            let mut model = vec![0; below(&random, 5 * BLOCK)];
            random.fill(&mut model);
            let file = model.clone();
            let storage: OpenStorage = Box::new(move || {
                let below = InMemoryBackend::new();
                below.set_len(file.len() as u64)?;
                below.write(0, &file)?;
                Ok(Box::new(below))
            });
            let overlay = Overlay::over(&storage)().unwrap();
            for _ in 0..50 {
                if below(&random, 4) == 0 {
                    let length = below(&random, 6 * BLOCK);
                    overlay.set_len(length as u64).unwrap();
                    model.resize(length, 0);
                } else if !model.is_empty() {
                    let start = below(&random, model.len());
                    let end = start + below(&random, model.len() - start + 1);
                    random.fill(&mut model[start..end]);
                    overlay.write(start as u64, &model[start..end]).unwrap();
                }
                assert_eq!(overlay.len().unwrap(), model.len() as u64);
                let start = below(&random, model.len() + 1);
                let end = start + below(&random, model.len() - start + 1);
                let mut found = vec![1; end - start];
                overlay.read(start as u64, &mut found).unwrap();
                assert!(found == model[start..end], "{start}..{end} of {}", model.len());
            }
        }
    }
}
