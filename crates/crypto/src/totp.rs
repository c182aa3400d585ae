//! One-time codes of authenticator apps: TOTP (RFC 6238) with SHA-1, 30 seconds and 6 digits, the
//! one form that all apps know.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE32;
use rolecall_types::{Random, Secret, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::ct_eq;

/// How long a code stands, in seconds. Source: RFC 6238, section 4.1.
pub const TOTP_STEP_SECONDS: i64 = 30;

/// The digits of a code. Source: RFC 4226, section 5.3.
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;

/// The bytes of a fresh seed: 64 characters in Base32, as the vendor's sample has them.
/// Source: `CreateVirtualMFADevice`.
const SEED_BYTES: usize = 40;

/// The most bytes of a seed that is read. The limit is ours: a block of SHA-1.
const MAX_SEED_BYTES: usize = 64;

/// What a device and we share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSeed(Secret<Vec<u8>>);

/// A code as a person types it: exactly six ASCII digits.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpCode(Secret<[u8; DIGITS]>);

impl TotpCode {
    /// Takes exactly six ASCII digits, and nothing around or between them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; DIGITS] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then(|| Self(Secret::new(digits)))
    }

    /// The code as text, to show it to the owner of the seed.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }
}

impl TotpSeed {
    /// A fresh seed of 40 bytes.
    pub fn generate(random: &dyn Random) -> Self {
        let mut seed = vec![0; SEED_BYTES];
        random.fill(&mut seed);
        Self(Secret::new(seed))
    }

    /// The seed in Base32, as apps take it.
    pub fn base32(&self) -> Secret<String> {
        Secret::new(BASE32.encode(self.0.expose()))
    }

    /// Takes a seed in Base32, of 1 to 64 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let seed = BASE32.decode(text.as_bytes()).ok()?;
        (1..=MAX_SEED_BYTES).contains(&seed.len()).then(|| Self(Secret::new(seed)))
    }

    /// The step in which an instant lies, counted from the Unix epoch.
    pub fn step(at: Timestamp) -> u64 {
        u64::try_from(at.as_second().div_euclid(TOTP_STEP_SECONDS)).unwrap_or(0)
    }

    /// The code of a step.
    pub fn code(&self, step: u64) -> TotpCode {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.expose());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        // RFC 4226, section 5.3: the last four bits say where the 31 bits begin.
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or(0) & 0xF);
        let bytes = tag.iter().skip(offset).take(4);
        let number = bytes.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let mut rest = (number & 0x7FFF_FFFF) % MODULUS;
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit = digit.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
        }
        TotpCode(Secret::new(digits))
    }

    /// The step whose code this is: the present one, the one before or the one behind it, and none
    /// up to `used`. Who accepts the code must remember the step as used.
    pub fn find(&self, code: &TotpCode, now: Timestamp, used: u64) -> Option<u64> {
        self.find_run(std::slice::from_ref(code), now, used)
    }

    /// The step of the last of some codes that follow one another. The last one must be of the
    /// present step or a neighbour of it, and the first one of a step behind `used`.
    pub fn find_run(&self, codes: &[TotpCode], now: Timestamp, used: u64) -> Option<u64> {
        let now = Self::step(now);
        let behind = u64::try_from(codes.len()).ok()?.checked_sub(1)?;
        let window = now.saturating_sub(1)..=now.saturating_add(1);
        window.filter(|last| last.saturating_sub(behind) > used).find(|last| {
            let first = last.saturating_sub(behind);
            (first..=*last)
                .zip(codes)
                .all(|(step, code)| ct_eq(self.code(step).0.expose(), code.0.expose()))
        })
    }
}

impl Serialize for TotpSeed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.base32().expose())
    }
}

impl<'de> Deserialize<'de> for TotpSeed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Secret::new(String::deserialize(from)?);
        Self::parse(text.expose()).ok_or_else(|| de::Error::custom("not a seed in Base32"))
    }
}

impl fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSeed(…)")
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    /// The seed of the RFCs' vectors.
    fn rfc() -> TotpSeed {
        TotpSeed(Secret::new(b"12345678901234567890".to_vec()))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_4226() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, expected) in expected.into_iter().enumerate() {
            assert_eq!(rfc().code(step.try_into().unwrap()).expose(), expected);
        }
    }

    #[test]
    fn the_vectors_of_rfc_6238() {
        // Appendix B has eight digits; six are the last six of them.
        for (second, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(rfc().code(TotpSeed::step(at(second))).expose(), expected.split_at(2).1);
        }
    }

    #[test]
    fn a_code_is_six_ascii_digits() {
        assert!(TotpCode::parse("000000").is_some());
        for wrong in
            ["", "12345", "1234567", " 12345", "12345 ", "12 456", "１２", "+12345", "12345a"]
        {
            assert!(TotpCode::parse(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn the_window_is_one_step_to_each_side_and_never_goes_back() {
        let (seed, now) = (rfc(), at(30 * 1000 + 7));
        for step in 995..=1005 {
            let found = seed.find(&seed.code(step), now, 0);
            assert_eq!(found, (999..=1001).contains(&step).then_some(step));
        }
        assert_eq!(seed.find(&seed.code(1000), now, 999), Some(1000));
        for used in [1000, 1001] {
            assert_eq!(seed.find(&seed.code(1000), now, used), None);
        }
    }

    #[test]
    fn a_run_is_of_neighbours_in_their_order() {
        let (seed, now) = (rfc(), at(30 * 1000));
        let run =
            |first, second, used| seed.find_run(&[seed.code(first), seed.code(second)], now, used);
        for (first, second) in [(998, 999), (999, 1000), (1000, 1001)] {
            assert_eq!(run(first, second, 0), Some(second));
        }
        assert_eq!(run(999, 1000, 998), Some(1000));
        for (first, second, used) in [
            (997, 998, 0),
            (1001, 1002, 0),
            (1000, 999, 0),
            (999, 1001, 0),
            (1000, 1000, 0),
            (999, 1000, 999),
        ] {
            assert_eq!(run(first, second, used), None, "{first} {second} {used}");
        }
        assert_eq!(seed.find_run(&[], now, 0), None);
    }

    #[test]
    fn a_seed_is_read_back_and_shows_nothing() {
        let seed = TotpSeed::generate(&SeededRandom::new(1));
        assert_eq!(seed.base32().expose().len(), 64);
        let text = serde_json::to_string(&seed).unwrap();
        assert_eq!(serde_json::from_str::<TotpSeed>(&text).unwrap(), seed);
        assert_eq!(format!("{seed:?} {:?}", seed.code(1)), "TotpSeed(…) TotpCode(…)");
        for wrong in ["", "a", "MFRGG", "MFRGGZDF=", &"A".repeat(104)] {
            assert!(TotpSeed::parse(wrong).is_none(), "{wrong}");
        }
    }
}
