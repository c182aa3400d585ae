//! Where randomness comes from.

use std::sync::Mutex;

/// A source of random bytes. Whoever needs them takes a source as an argument.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// `length` characters drawn evenly from `alphabet`, which holds 1 to 256 ASCII characters.
    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len().clamp(1, 256);
        // Bytes above the largest multiple of the alphabet's size are dropped: no bias.
        let limit = 256 - 256 % size;
        let mut out = String::with_capacity(length);
        let mut pool = [0_u8; 64];
        while out.len() < length {
            self.fill(&mut pool);
            for byte in pool {
                let value = usize::from(byte);
                if value < limit && out.len() < length {
                    let letter = alphabet.get(value % size).copied().unwrap_or(b'0');
                    out.push(char::from(letter));
                }
            }
        }
        out
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret may be made; Linux gives it or never booted"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("INVARIANT: the operating system gives random bytes");
    }
}

/// A generator for tests and simulation: the same seed gives the same bytes. Not secret.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64: small, and good enough where nothing is secret.
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            for (to, from) in chunk.iter_mut().zip(z.to_le_bytes()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_length_and_alphabet_asked_for() {
        let text = SeededRandom::new(1).text(b"abc", 500);
        assert_eq!(text.len(), 500);
        assert!(text.bytes().all(|byte| b"abc".contains(&byte)));
        assert!("abc".chars().all(|letter| text.contains(letter)));
    }

    #[test]
    fn a_seed_repeats() {
        assert_eq!(SeededRandom::new(7).text(b"01", 64), SeededRandom::new(7).text(b"01", 64));
        assert_ne!(SeededRandom::new(7).text(b"01", 64), SeededRandom::new(8).text(b"01", 64));
    }
}
