//! Which blobs of an earlier run are still in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::live::LiveMap;
use super::place::Place;
use super::{BlobError, BlobId, Shared};

/// A sweep of segments: one bit for each granule that an earlier run wrote.
pub(in super::super) struct SegmentSweep {
    shared: Arc<Shared>,
    kept: BTreeMap<u32, LiveMap>,
}

impl SegmentSweep {
    pub(super) fn begin(shared: &Arc<Shared>) -> Self {
        let mut header = LiveMap::default();
        header.set(&(0..1));
        let segments = shared.lock();
        let inherited = segments.iter().filter(|(_, segment)| segment.inherited > 0);
        let kept = inherited.map(|(number, _)| (*number, header.clone())).collect();
        drop(segments);
        Self { kept, shared: Arc::clone(shared) }
    }

    pub(in super::super) fn keep(&mut self, id: &BlobId) -> Result<(), BlobError> {
        let place = Place::parse(id)?;
        // One of this run is in a segment, or behind an end, that the sweep does not look at.
        if let Some(kept) = self.kept.get_mut(&place.segment) {
            kept.set(&place.granules());
        }
        Ok(())
    }

    /// Frees what was not kept, and returns how many files went.
    pub(in super::super) fn finish(self) -> Result<usize, BlobError> {
        let mut removed = 0_usize;
        for (number, kept) in self.kept {
            if let Some(segment) = self.shared.lock().get_mut(&number) {
                let freed = segment.live.retain(&kept, segment.inherited);
                segment.note(freed);
                segment.inherited = 0;
            }
            removed = removed.saturating_add(usize::from(self.shared.reclaim(number)?));
        }
        Ok(removed)
    }
}
