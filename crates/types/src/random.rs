//! Where randomness comes from.

use std::cell::RefCell;
use std::sync::Mutex;

use zeroize::Zeroize;

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
///
/// Ids and nonces, of which each request has some, come from a supply that the system fills for
/// sixteen of them at once; what is longer, as all keys and secrets are, is asked for by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Each thread has its own, so that nothing is locked. A thread's child would have a copy,
        // but the program makes none: it starts others by `exec`.
        thread_local! {
            static SUPPLY: RefCell<Supply> = RefCell::default();
        }
        let taken = SUPPLY.try_with(|supply| supply.try_borrow_mut().map(|mut it| it.take(bytes)));
        if !matches!(taken, Ok(Ok(true))) {
            ask_system(bytes);
        }
    }
}

/// The most bytes that are taken from the supply.
const SMALL: usize = 16;

/// Random bytes that the system gave and nobody has: the first `left` of them.
struct Supply {
    bytes: [u8; SMALL * 16],
    left: usize,
}

impl Default for Supply {
    fn default() -> Self {
        Self { bytes: [0; SMALL * 16], left: 0 }
    }
}

impl Supply {
    /// Fills `bytes` if they are few. What is given out is wiped here.
    fn take(&mut self, bytes: &mut [u8]) -> bool {
        if bytes.len() > SMALL {
            return false;
        }
        if self.left < bytes.len() {
            ask_system(&mut self.bytes);
            self.left = self.bytes.len();
        }
        let rest = self.left.saturating_sub(bytes.len());
        let given = self.bytes.get_mut(rest..self.left).unwrap_or_default();
        for (to, from) in bytes.iter_mut().zip(given.iter()) {
            *to = *from;
        }
        given.zeroize();
        self.left = rest;
        true
    }
}

#[expect(
    clippy::expect_used,
    reason = "without randomness no secret may be made; Linux gives it or never booted"
)]
fn ask_system(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("INVARIANT: the operating system gives random bytes");
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
    fn nothing_of_the_supply_is_given_twice() {
        let mut drawn = std::collections::HashSet::new();
        let draw = |length: usize| {
            let mut bytes = vec![0; length];
            SystemRandom.fill(&mut bytes);
            bytes
        };
        for length in (8..=40).cycle().take(2_000) {
            let bytes = draw(length);
            let (head, _) = bytes.as_chunks::<8>();
            assert!(head.iter().all(|part| drawn.insert(*part)), "{length}");
        }
        let other = std::thread::spawn(move || draw(8)).join().unwrap();
        assert!(drawn.insert(other.try_into().unwrap()), "another thread has another supply");
    }

    #[test]
    fn what_was_given_is_wiped() {
        let mut supply = Supply::default();
        let mut given = [0; SMALL];
        assert!(supply.take(&mut given) && given != [0; SMALL]);
        assert_eq!(supply.left, SMALL * 15);
        assert_eq!(supply.bytes[SMALL * 15..], [0; SMALL]);
        assert!(!supply.take(&mut [0; SMALL + 1]), "what is long comes from the system");
    }

    #[test]
    fn a_seed_repeats() {
        assert_eq!(SeededRandom::new(7).text(b"01", 64), SeededRandom::new(7).text(b"01", 64));
        assert_ne!(SeededRandom::new(7).text(b"01", 64), SeededRandom::new(8).text(b"01", 64));
    }
}
