//! Hashes of passwords that people choose.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_types::{Random, Secret};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::ct_eq;

/// How often PBKDF2-HMAC-SHA512 goes round for a new hash. Source: OWASP, Password Storage Cheat
/// Sheet. A stored hash keeps the number that it was made with.
const ITERATIONS: u32 = 210_000;

/// The most rounds that a stored hash may ask for: ten times of today's. The limit is ours.
const MAX_ITERATIONS: u32 = 10 * ITERATIONS;

/// The bytes of a salt. Source: NIST SP 800-132 asks for 16 at least.
const SALT_BYTES: usize = 16;

/// The bytes of a hash.
const HASH_BYTES: usize = 32;

/// A password that cannot be read back: PBKDF2-HMAC-SHA512 with a salt.
///
/// To make one or to compare one takes about a tenth of a second of a core, on purpose: never do it
/// where others wait. Stored as the text `<rounds>$<salt>$<hash>`, both in Base64.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    iterations: NonZeroU32,
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl PasswordHash {
    /// The hash of a person's first password, under a fresh salt.
    pub fn first(random: &dyn Random, password: &Secret<String>) -> Self {
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt);
        Self::derive(password, salt, rounds(ITERATIONS))
    }

    /// The hash of the next password of the same person, under the same salt: one derivation then
    /// compares a password with all of its earlier ones.
    #[must_use]
    pub fn next(&self, password: &Secret<String>) -> Self {
        Self::derive(password, self.salt, rounds(ITERATIONS))
    }

    /// The hash of no password, to take as long over a name that nobody has as over one that
    /// somebody has.
    pub fn of_nobody() -> Self {
        let (salt, hash) = ([0; SALT_BYTES], [0; HASH_BYTES]);
        Self { iterations: rounds(ITERATIONS), salt, hash }
    }

    /// Whether this is the password. Its time does not depend on how much of it is right.
    pub fn holds(&self, password: &Secret<String>) -> bool {
        ct_eq(&self.hash, &Self::derive(password, self.salt, self.iterations).hash)
    }

    /// Whether this is one of the passwords of some hashes.
    pub fn any_holds<'a>(
        hashes: impl IntoIterator<Item = &'a Self>,
        password: &Secret<String>,
    ) -> bool {
        let mut derived: Option<Self> = None;
        hashes.into_iter().any(|hash| {
            let fits = derived
                .as_ref()
                .is_some_and(|it| it.salt == hash.salt && it.iterations == hash.iterations);
            if !fits {
                derived = Some(Self::derive(password, hash.salt, hash.iterations));
            }
            derived.as_ref().is_some_and(|derived| ct_eq(&derived.hash, &hash.hash))
        })
    }

    fn derive(password: &Secret<String>, salt: [u8; SALT_BYTES], iterations: NonZeroU32) -> Self {
        let mut hash = [0; HASH_BYTES];
        let (function, text) = (pbkdf2::PBKDF2_HMAC_SHA512, password.expose().as_bytes());
        pbkdf2::derive(function, iterations, &salt, text, &mut hash);
        Self { iterations, salt, hash }
    }

    fn parse(text: &str) -> Option<Self> {
        let (iterations, rest) = text.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let iterations: NonZeroU32 = iterations.parse().ok()?;
        Some(Self {
            iterations: (iterations.get() <= MAX_ITERATIONS).then_some(iterations)?,
            salt: STANDARD.decode(salt).ok()?.try_into().ok()?,
            hash: STANDARD.decode(hash).ok()?.try_into().ok()?,
        })
    }
}

fn rounds(iterations: u32) -> NonZeroU32 {
    NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN)
}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (salt, hash) = (STANDARD.encode(self.salt), STANDARD.encode(self.hash));
        to.collect_str(&format_args!("{}${salt}${hash}", self.iterations))
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not the hash of a password"))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;
    use crate::hash::hex;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_function_is_pbkdf2() {
        // Known answer: the first block of PBKDF2-HMAC-SHA512("passwd", "salt" × 4, 1), as
        // Python's `hashlib` computes it.
        let salt = *b"saltsaltsaltsalt";
        let hash = PasswordHash::derive(&secret("passwd"), salt, rounds(1));
        assert_eq!(
            hex(&hash.hash),
            "e3e26121ed6215b92fb8c665c02bfa0246f9cb8408d2809ef9c64ca5416685e5"
        );
    }

    #[test]
    fn a_password_holds_and_no_other() {
        let first = PasswordHash::first(&SeededRandom::new(1), &secret("correct horse"));
        assert!(first.holds(&secret("correct horse")));
        assert!(!first.holds(&secret("Correct horse")));
        let next = first.next(&secret("battery staple"));
        assert_eq!(next.salt, first.salt);
        let both = [&next, &first];
        assert!(PasswordHash::any_holds(both, &secret("correct horse")));
        assert!(!PasswordHash::any_holds(both, &secret("staple")));
        assert!(!PasswordHash::any_holds([], &secret("")));
        assert!(!PasswordHash::of_nobody().holds(&secret("")));
    }

    #[test]
    fn a_hash_is_read_back_and_shows_nothing() {
        let hash = PasswordHash::derive(&secret("pw"), [7; SALT_BYTES], rounds(3));
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<PasswordHash>(&text).unwrap(), hash);
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
        for wrong in ["\"\"", "\"1$$\"", "\"0$AAAA$AAAA\"", &text.replace("3$", "2100001$"), "1"] {
            assert!(serde_json::from_str::<PasswordHash>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hashes_of_other_rounds_are_compared_too() {
        let old = PasswordHash::derive(&secret("old"), [7; SALT_BYTES], rounds(3));
        let new = PasswordHash::derive(&secret("new"), [7; SALT_BYTES], rounds(4));
        for password in ["old", "new"] {
            assert!(PasswordHash::any_holds([&new, &old], &secret(password)), "{password}");
        }
        assert!(!PasswordHash::any_holds([&new, &old], &secret("none")));
    }
}
