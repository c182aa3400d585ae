//! A small, fast generator: one per case, so that cases can be made in any order.

use serde_json::Value;

/// `SplitMix64`. Not secret, and the same on every machine. It may be told what to throw first.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    state: u64,
    /// The next throws, the last one first.
    told: Vec<u8>,
}

impl Dice {
    /// The generator for the item at `index` of the sequence that `seed` names.
    pub(super) fn at(seed: u64, index: u64) -> Self {
        let mut dice = Self { state: seed, told: Vec::new() };
        let start = dice.number();
        Self { state: start ^ index.wrapping_mul(0xD134_2543_DE82_EF95), ..dice }
    }

    /// A generator that throws what it is told to, a byte for each number, and what
    /// it likes when that is used up.
    pub(super) fn told(throws: &[u8]) -> Self {
        Self { state: 0, told: throws.iter().rev().copied().collect() }
    }

    /// Any number.
    pub(super) fn number(&mut self) -> u64 {
        if let Some(throw) = self.told.pop() {
            // Callers drop the lowest bit.
            return u64::from(throw) << 1;
        }
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, zero if `limit` is.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() >> 1).unwrap_or(0).checked_rem(limit).unwrap_or(0)
    }

    /// True in so many cases of a hundred.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of the texts, empty if there is none.
    pub(super) fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts.get(self.below(texts.len())).copied().unwrap_or("")
    }

    /// The text with the case of one character turned.
    pub(super) fn turned(&mut self, text: &str) -> String {
        let place = self.below(text.chars().count());
        let turn = |(index, letter): (usize, char)| match letter {
            _ if index != place => letter,
            'a'..='z' => letter.to_ascii_uppercase(),
            _ => letter.to_ascii_lowercase(),
        };
        text.chars().enumerate().map(turn).collect()
    }

    /// A list, which may be written bare if it holds one value.
    pub(super) fn bare_or_list(&mut self, mut values: Vec<Value>) -> Value {
        if values.len() == 1 && self.percent(50) {
            return values.swap_remove(0);
        }
        Value::Array(values)
    }
}
