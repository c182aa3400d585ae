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
pub(crate) fn cases(enough: usize) -> usize {
    configured("ROLECALL_SEARCH_CASES", enough)
}

/// How often the program is killed: as often as `ROLECALL_CRASH_ROUNDS` says, or enough for a test.
pub(crate) fn rounds(enough: usize) -> usize {
    configured("ROLECALL_CRASH_ROUNDS", enough)
}

#[expect(clippy::disallowed_methods, reason = "a search is configured before it begins")]
fn configured(name: &str, enough: usize) -> usize {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(enough)
}
