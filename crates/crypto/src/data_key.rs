//! Keys that encrypt bytes of users: one for each run of bytes, derived by the ring from a random
//! seed that is kept beside them.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rolecall_types::Random;
use serde::{Deserialize, Serialize};

use crate::keyring::{KeyRing, KeyVersion};
use crate::record::{SealError, seal_in_place};

/// How many bytes a sealed chunk has more than a plain one.
pub const CHUNK_SEAL_BYTES: usize = 16;

/// The length of what a data key is derived from, in bytes: no two are ever the same.
const SALT_LENGTH: usize = 16;

/// A key that encrypts one run of bytes, cut into chunks: AES-256-GCM, with the number of
/// the chunk and whether it is the last one as nonce. A chunk that was altered does not open; nor
/// does one in another place, or of another run, or a run that ends before its last chunk.
///
/// Of no number may two different chunks be sealed: the key is new for each run, and its numbers
/// only grow. Source: the construction STREAM of Hoang, Reyhanitabar, Rogaway and Vizár.
pub struct DataKey(LessSafeKey);

/// What a data key is derived from again, by the key ring alone: it is worth nothing without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataKeySeed(String);

/// Where in its run a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    /// How many chunks stand before it.
    pub number: u32,
    /// Whether none stands behind it.
    pub last: bool,
}

impl KeyRing {
    /// A fresh data key, and what to keep to have it again.
    pub fn make_data_key(&self, random: &dyn Random) -> (DataKey, DataKeySeed) {
        let mut salt = [0; SALT_LENGTH];
        random.fill(&mut salt);
        let newest = self.newest();
        let kept = [&newest.version.to_be_bytes()[..], &salt].concat();
        (DataKey::derive(newest, &salt), DataKeySeed(STANDARD_NO_PAD.encode(kept)))
    }

    /// The data key of a seed. Of a seed that was altered it is another one, which opens nothing.
    pub fn data_key(&self, seed: &DataKeySeed) -> Result<DataKey, SealError> {
        let kept = STANDARD_NO_PAD.decode(&seed.0).map_err(|_| SealError::Format)?;
        let (&version, salt) = kept.split_first_chunk().ok_or(SealError::Format)?;
        let salt: &[u8; SALT_LENGTH] = salt.try_into().map_err(|_| SealError::Format)?;
        let version = u32::from_be_bytes(version);
        let keys = self.version(version).ok_or(SealError::UnknownKey(version))?;
        Ok(DataKey::derive(keys, salt))
    }
}

impl DataKey {
    #[expect(clippy::expect_used, reason = "the lengths are constants")]
    fn derive(keys: &KeyVersion, salt: &[u8; SALT_LENGTH]) -> Self {
        let key = hmac::sign(&keys.data_key, salt);
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref())
            .expect("INVARIANT: HMAC-SHA256 gives the 32 bytes of a key of AES-256-GCM");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts a chunk where it stands, and appends its seal of [`CHUNK_SEAL_BYTES`].
    pub fn seal(&self, place: ChunkPlace, chunk: &mut Vec<u8>) {
        seal_in_place(&self.0, place.nonce(), &[], chunk);
    }

    /// Decrypts a chunk where it stands, and returns it without its seal; `None` when it is not the
    /// chunk that was sealed for this place.
    pub fn open<'a>(&self, place: ChunkPlace, chunk: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        self.0.open_in_place(nonce, Aad::empty(), chunk).ok()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl ChunkPlace {
    fn nonce(self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        let tail = self.number.to_be_bytes().into_iter().chain([u8::from(self.last)]);
        for (to, from) in nonce.iter_mut().rev().zip(tail.rev()) {
            *to = from;
        }
        nonce
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    fn at(number: u32, last: bool) -> ChunkPlace {
        ChunkPlace { number, last }
    }

    fn sealed(key: &DataKey, place: ChunkPlace, plain: &[u8]) -> Vec<u8> {
        let mut chunk = plain.to_vec();
        key.seal(place, &mut chunk);
        assert_eq!(chunk.len(), plain.len() + CHUNK_SEAL_BYTES);
        chunk
    }

    fn opened(key: &DataKey, place: ChunkPlace, chunk: &[u8]) -> Option<Vec<u8>> {
        key.open(place, &mut chunk.to_vec()).map(|plain| plain.to_vec())
    }

    #[test]
    fn a_chunk_opens_in_its_place_alone() {
        let ring = KeyRing::generate(&SeededRandom::new(1));
        let random = SeededRandom::new(2);
        let (key, _) = ring.make_data_key(&random);
        let (other, _) = ring.make_data_key(&random);
        let chunk = sealed(&key, at(7, false), b"secret");
        assert!(!chunk.windows(3).any(|window| window == b"sec"));
        assert_eq!(opened(&key, at(7, false), &chunk).unwrap(), b"secret");
        for place in [at(7, true), at(6, false), at(8, false), at(7 << 8, false)] {
            assert_eq!(opened(&key, place, &chunk), None, "{place:?}");
        }
        assert_eq!(opened(&other, at(7, false), &chunk), None);
        for index in 0..chunk.len() {
            let mut flipped = chunk.clone();
            flipped[index] ^= 1;
            assert_eq!(opened(&key, at(7, false), &flipped), None, "byte {index}");
            assert_eq!(opened(&key, at(7, false), &chunk[..index]), None, "cut at {index}");
        }
        assert_ne!(sealed(&key, at(7, true), b"secret"), chunk);
    }

    #[test]
    fn a_seed_is_a_key_to_its_ring_alone() {
        let ring = KeyRing::generate(&SeededRandom::new(1));
        let (key, seed) = ring.make_data_key(&SeededRandom::new(2));
        let chunk = sealed(&key, at(0, true), b"secret");
        let again = ring.data_key(&seed).unwrap();
        assert_eq!(opened(&again, at(0, true), &chunk).unwrap(), b"secret");
        let stranger = KeyRing::generate(&SeededRandom::new(3)).data_key(&seed).unwrap();
        assert_eq!(opened(&stranger, at(0, true), &chunk), None);
        let bytes = STANDARD_NO_PAD.decode(&seed.0).unwrap();
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1;
            let flipped = DataKeySeed(STANDARD_NO_PAD.encode(&flipped));
            let other = ring.data_key(&flipped).ok();
            let plain = other.and_then(|other| opened(&other, at(0, true), &chunk));
            assert_eq!(plain, None, "byte {index}");
            let cut = DataKeySeed(STANDARD_NO_PAD.encode(&bytes[..index]));
            assert_eq!(ring.data_key(&cut).unwrap_err(), SealError::Format, "cut at {index}");
        }
        let newer = DataKeySeed(STANDARD_NO_PAD.encode([&[0, 0, 0, 9][..], &bytes[4..]].concat()));
        assert_eq!(ring.data_key(&newer).unwrap_err(), SealError::UnknownKey(9));
    }
}
