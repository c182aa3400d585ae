//! Choices that are the same in each run.

use rolecall_types::{Random, SeededRandom};

/// A source of choices.
pub(crate) struct Dice(SeededRandom);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::from_le_bytes(bytes) % end
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// How many requests a search makes: as many as `ROLECALL_SEARCH_CASES` says, or enough for a test.
#[expect(clippy::disallowed_methods, reason = "a search is configured before it begins")]
pub(crate) fn cases(enough: usize) -> usize {
    let cases = std::env::var("ROLECALL_SEARCH_CASES").ok().and_then(|cases| cases.parse().ok());
    cases.unwrap_or(enough)
}
