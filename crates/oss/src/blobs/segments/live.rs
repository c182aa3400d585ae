//! Which parts of a segment are in use.

use std::ops::Range;

/// What blobs are aligned to, in bytes: small, so that little is lost between them, and as many to
/// a page as a word has bits.
pub(super) const GRANULE_BYTES: u64 = 64;

/// What a file system gives back at once, in bytes.
pub(super) const PAGE_BYTES: u64 = 4096;

/// Granules of a page.
const PAGE_GRANULES: u32 = u64::BITS;

/// How many granules so many bytes take.
pub(super) fn granules(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(GRANULE_BYTES)).unwrap_or(u32::MAX)
}

/// One bit for each granule of a segment, one word for each page: a fifth of a percent of what the
/// segment has on the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct LiveMap(Vec<u64>);

impl LiveMap {
    /// Marks granules as in use. Those that were not yet counted grow the map.
    pub(super) fn set(&mut self, range: &Range<u32>) {
        let pages = usize::try_from(range.end.div_ceil(PAGE_GRANULES)).unwrap_or(usize::MAX);
        if self.0.len() < pages {
            self.0.resize(pages, 0);
        }
        self.each(range, |word, mask| *word |= mask);
    }

    /// Marks granules as free.
    pub(super) fn clear(&mut self, range: &Range<u32>) -> Freed {
        let mut freed = Freed::default();
        self.each(range, |word, mask| freed.note(word, *word & !mask));
        freed
    }

    /// Whether a granule is in use.
    pub(super) fn has(&self, granule: u32) -> bool {
        let word = usize::try_from(granule / PAGE_GRANULES).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (granule % PAGE_GRANULES) & 1 == 1)
    }

    /// Frees what `other` has not, up to a granule.
    pub(super) fn retain(&mut self, other: &Self, end: u32) -> Freed {
        let (mut freed, mut begins) = (Freed::default(), 0_u32);
        for (index, word) in self.0.iter_mut().enumerate() {
            let keeps = other.0.get(index).copied().unwrap_or_default();
            let mask = mask(0, end.saturating_sub(begins).min(PAGE_GRANULES));
            freed.note(word, *word & (keeps | !mask));
            begins = begins.saturating_add(PAGE_GRANULES);
        }
        freed
    }

    /// The number of pages.
    pub(super) fn pages(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The runs of free pages, in bytes.
    pub(super) fn holes(&self) -> Vec<Range<u64>> {
        let mut holes: Vec<Range<u64>> = Vec::new();
        let mut begins = 0_u64;
        for word in &self.0 {
            let ends = begins.saturating_add(PAGE_BYTES);
            if *word == 0 {
                match holes.last_mut().filter(|last| last.end == begins) {
                    Some(last) => last.end = ends,
                    None => holes.push(begins..ends),
                }
            }
            begins = ends;
        }
        holes
    }

    fn each(&mut self, range: &Range<u32>, mut change: impl FnMut(&mut u64, u64)) {
        let first = range.start / PAGE_GRANULES;
        let mut begins = first.saturating_mul(PAGE_GRANULES);
        let words = self.0.iter_mut().skip(usize::try_from(first).unwrap_or(usize::MAX));
        for word in words {
            if begins >= range.end {
                break;
            }
            let from = range.start.saturating_sub(begins).min(PAGE_GRANULES);
            let to = range.end.saturating_sub(begins).min(PAGE_GRANULES);
            change(word, mask(from, to));
            begins = begins.saturating_add(PAGE_GRANULES);
        }
    }
}

/// What became free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Freed {
    /// Granules that were in use.
    pub(super) granules: u32,
    /// Pages of which no granule is in use any more.
    pub(super) pages: u32,
}

impl Freed {
    fn note(&mut self, word: &mut u64, after: u64) {
        let before = std::mem::replace(word, after);
        let granules = (before & !after).count_ones();
        self.granules = self.granules.saturating_add(granules);
        if granules > 0 && after == 0 {
            self.pages = self.pages.saturating_add(1);
        }
    }
}

/// The bits `from..to` of a word.
fn mask(from: u32, to: u32) -> u64 {
    let below = |bit: u32| u64::MAX.checked_shr(PAGE_GRANULES.saturating_sub(bit)).unwrap_or(0);
    below(to) & !below(from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_at_their_edges() {
        assert_eq!(mask(0, 0), 0);
        assert_eq!(mask(0, 64), u64::MAX);
        assert_eq!(mask(64, 64), 0);
        assert_eq!(mask(63, 64), 1 << 63);
        assert_eq!(mask(1, 3), 0b110);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Set(Range<u32>),
        Clear(Range<u32>),
        Retain(Range<u32>, u32),
    }

    fn range() -> impl Strategy<Value = Range<u32>> {
        (0_u32..400, 0_u32..200).prop_map(|(start, length)| start..start + length)
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            range().prop_map(Step::Set),
            range().prop_map(Step::Clear),
            (range(), 0_u32..600).prop_map(|(range, end)| Step::Retain(range, end)),
        ]
    }

    /// The pages of a map of so many that have no granule of a set.
    fn free(set: &BTreeSet<u32>, pages: u32) -> u32 {
        let used = |page: u32| set.range(page * 64..(page + 1) * 64).next().is_some();
        u32::try_from((0..pages).filter(|page| !used(*page)).count()).unwrap()
    }

    proptest! {
        #[test]
        fn a_map_is_a_set_of_granules(steps in prop::collection::vec(step(), 0..20)) {
            let (mut map, mut set) = (LiveMap::default(), BTreeSet::new());
            for step in steps {
                let (before, used) = (free(&set, map.pages()), set.len());
                let freed = match step {
                    Step::Set(range) => {
                        map.set(&range);
                        set.extend(range);
                        continue;
                    }
                    Step::Clear(range) => {
                        set.retain(|granule| !range.contains(granule));
                        map.clear(&range)
                    }
                    Step::Retain(range, end) => {
                        let mut other = LiveMap::default();
                        other.set(&range);
                        set.retain(|granule| *granule >= end || range.contains(granule));
                        map.retain(&other, end)
                    }
                };
                let pages = free(&set, map.pages()) - before;
                let granules = u32::try_from(used - set.len()).unwrap();
                prop_assert_eq!(freed, Freed { granules, pages });
                for granule in 0..650 {
                    prop_assert_eq!(map.has(granule), set.contains(&granule));
                }
                let holes: u64 = map.holes().iter().map(|hole| hole.end - hole.start).sum();
                prop_assert_eq!(holes / PAGE_BYTES, u64::from(free(&set, map.pages())));
            }
        }
    }
}
