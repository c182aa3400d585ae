//! Finds patterns that begin with a wildcard by four letters in a row that a text must hold.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use crate::glob::Glob;

/// The letters of a gram. Shorter ones would be in too many texts, longer ones in too few patterns.
const LENGTH: usize = 4;

/// Items under grams, in a table with open addressing of which at most a quarter is used: most
/// grams of a text meet a free slot at once.
#[derive(Debug)]
pub(crate) struct Grams<T> {
    slots: Vec<Option<(u32, Range<usize>)>>,
    items: Vec<T>,
}

impl<T: Copy> Grams<T> {
    /// Files each pattern under that gram of its own which the fewest patterns have. Returns the
    /// items whose patterns have none, too.
    pub(crate) fn build(patterns: &[(&Glob, T)]) -> (Self, Vec<T>) {
        let mut shared: BTreeMap<u32, usize> = BTreeMap::new();
        for (pattern, _) in patterns {
            for gram in grams_of(pattern) {
                *shared.entry(gram).or_default() += 1;
            }
        }
        let mut filed: BTreeMap<u32, Vec<T>> = BTreeMap::new();
        let mut unfiled = Vec::new();
        for (pattern, item) in patterns {
            match grams_of(pattern).min_by_key(|gram| shared.get(gram)) {
                Some(rarest) => filed.entry(rarest).or_default().push(*item),
                None => unfiled.push(*item),
            }
        }
        let size = if filed.is_empty() { 0 } else { (filed.len() * 4).next_power_of_two() };
        let mut grams = Self { slots: vec![None; size], items: Vec::new() };
        for (gram, items) in filed {
            let start = grams.items.len();
            grams.items.extend(items);
            let range = start..grams.items.len();
            let free = grams.probe(gram).find(|at| grams.slots.get(*at) == Some(&None));
            if let Some(slot) = free.and_then(|at| grams.slots.get_mut(at)) {
                *slot = Some((gram, range));
            }
        }
        (grams, unfiled)
    }

    /// Visits all items whose gram the text holds, some of them perhaps twice.
    pub(crate) fn visit(
        &self,
        text: &str,
        visit: &mut impl FnMut(T) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.slots.is_empty() {
            return ControlFlow::Continue(());
        }
        for gram in grams_in(text) {
            for item in self.find(gram) {
                visit(*item)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The same grams with other items.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Grams<U> {
        Grams { slots: self.slots, items: self.items.into_iter().map(change).collect() }
    }

    fn find(&self, gram: u32) -> &[T] {
        for at in self.probe(gram) {
            match self.slots.get(at) {
                Some(Some((known, range))) if *known == gram => {
                    return self.items.get(range.clone()).unwrap_or_default();
                }
                Some(Some(_)) => {}
                _ => break,
            }
        }
        &[]
    }

    /// The slots in which a gram may be, in order. Their number is a power of two.
    fn probe(&self, gram: u32) -> impl Iterator<Item = usize> + use<T> {
        let mask = self.slots.len().wrapping_sub(1);
        // Fibonacci hashing: the upper bits of the product depend on all letters.
        let hash = gram.wrapping_mul(0x9E37_79B1);
        let start = usize::try_from(hash.rotate_left(16)).unwrap_or(0);
        (0..=mask).map(move |step| start.wrapping_add(step) & mask)
    }
}

fn grams_of(pattern: &Glob) -> impl Iterator<Item = u32> {
    pattern.literals().flat_map(grams_in)
}

/// All grams of a text, in lower case.
fn grams_in(text: &str) -> impl Iterator<Item = u32> {
    text.as_bytes().windows(LENGTH).filter_map(|window| {
        let letters: [u8; LENGTH] = window.try_into().ok()?;
        Some(u32::from_be_bytes(letters.map(|letter| letter.to_ascii_lowercase())))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(patterns: &[&str], text: &str) {
        let globs: Vec<_> = patterns.iter().map(|pattern| Glob::new(pattern)).collect();
        let numbered: Vec<_> = globs.iter().zip(0_usize..).collect();
        let (grams, mut found) = Grams::build(&numbered);
        let end = grams.visit(text, &mut |item| {
            found.push(item);
            ControlFlow::Continue(())
        });
        assert_eq!(end, ControlFlow::Continue(()));
        for (glob, item) in numbered {
            assert!(!glob.matches_folded(text) || found.contains(&item), "{patterns:?} {text:?}");
        }
    }

    #[test]
    fn few_candidates_are_left() {
        let globs: Vec<_> = (0..1000).map(|n| Glob::new(&format!("*/team-{n:04}/*"))).collect();
        let numbered: Vec<_> = globs.iter().zip(0_usize..).collect();
        let (grams, unfiled) = Grams::build(&numbered);
        assert!(unfiled.is_empty());
        let mut found = Vec::new();
        let _ = grams.visit("bucket/team-0417/report", &mut |item| {
            found.push(item);
            ControlFlow::Continue(())
        });
        assert!(found.contains(&417) && found.len() < 20, "{found:?}");
    }

    proptest! {
        #[test]
        fn no_match_is_missed(
            patterns in proptest::collection::vec("[*][abA]{0,6}[*?]?[ab]{0,6}[*]?", 0..12),
            text in "[abA]{0,14}",
        ) {
            check(&patterns.iter().map(String::as_str).collect::<Vec<_>>(), &text);
        }
    }
}
