//! Records of the store, sealed with their own key as associated data.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce};
use rolecall_types::Random;

use crate::keyring::KeyRing;

/// The first byte of a sealed record: the format, which is also bound to the seal.
const FORMAT: u8 = 1;

/// What stands before the ciphertext: format, key version, nonce.
const HEADER_LENGTH: usize = 1 + size_of::<u32>() + NONCE_LEN;

/// Why a sealed record could not be opened. It says nothing of key or content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or of an unknown format.
    #[error("the record is not a sealed one")]
    Format,
    /// Sealed with a key version that is not in the ring.
    #[error("the record was sealed with key version {0}, which is not in the ring")]
    UnknownKey(u32),
    /// Altered, moved from another key of the store, or sealed by another installation.
    #[error("the seal of the record is broken")]
    Broken,
}

/// Seals and opens records of the store: AES-256-GCM-SIV, the record's key as associated data. A
/// record that was altered, cut or moved to another key does not open.
#[derive(Clone)]
pub struct RecordSealer(KeyRing);

impl RecordSealer {
    /// A sealer with the keys of a ring.
    pub fn new(ring: &KeyRing) -> Self {
        Self(ring.clone())
    }

    /// Seals a record that is stored under `key`.
    pub fn seal(&self, random: &dyn Random, key: &[u8], plain: &[u8]) -> Vec<u8> {
        let newest = self.0.newest();
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let frame = HEADER_LENGTH.saturating_add(AES_256_GCM_SIV.tag_len());
        let mut sealed = Vec::with_capacity(plain.len().saturating_add(frame));
        sealed.push(FORMAT);
        sealed.extend_from_slice(&newest.version.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(plain);
        seal_behind(&newest.record, nonce, &associated_data(key), &mut sealed, start);
        sealed
    }

    /// Opens a record that is stored under `key`.
    pub fn open(&self, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&format, rest) = sealed.split_first().ok_or(SealError::Format)?;
        let (&version, rest) = rest.split_first_chunk().ok_or(SealError::Format)?;
        let (&nonce, body) = rest.split_first_chunk().ok_or(SealError::Format)?;
        if format != FORMAT {
            return Err(SealError::Format);
        }
        let version = u32::from_be_bytes(version);
        let keys = self.0.version(version).ok_or(SealError::UnknownKey(version))?;
        let mut body = body.to_vec();
        open_in_place(&keys.record, nonce, &associated_data(key), &mut body)
            .ok_or(SealError::Broken)?;
        Ok(body)
    }
}

impl fmt::Debug for RecordSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordSealer(…)")
    }
}

/// Encrypts `body` and appends the tag.
pub(crate) fn seal_in_place(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    associated_data: &[u8],
    body: &mut Vec<u8>,
) {
    seal_behind(key, nonce, associated_data, body, 0);
}

/// Encrypts what stands in `out` from `start` on, and appends the tag.
#[expect(clippy::expect_used, reason = "the cipher refuses only what is too large for memory")]
pub(crate) fn seal_behind(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    associated_data: &[u8],
    out: &mut Vec<u8>,
    start: usize,
) {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let body = out.get_mut(start..).unwrap_or_default();
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(associated_data), body)
        .expect("INVARIANT: AES-GCM-SIV seals up to 64 GiB");
    out.extend_from_slice(tag.as_ref());
}

/// Decrypts `body` and cuts the tag off; `None` when the seal is broken.
pub(crate) fn open_in_place(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    associated_data: &[u8],
    body: &mut Vec<u8>,
) -> Option<()> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = key.open_in_place(nonce, Aad::from(associated_data), body).ok()?.len();
    body.truncate(length);
    Some(())
}

fn associated_data(key: &[u8]) -> Vec<u8> {
    const PURPOSE: &[u8] = b"rolecall record 1\0";
    [PURPOSE, key].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rolecall_types::SeededRandom;

    use super::*;

    fn sealer(seed: u64) -> RecordSealer {
        RecordSealer::new(&KeyRing::generate(&SeededRandom::new(seed)))
    }

    #[test]
    fn what_was_touched_or_moved_does_not_open() {
        let sealer = sealer(1);
        let sealed = sealer.seal(&SeededRandom::new(2), b"user/alice", b"{\"name\":\"alice\"}");
        assert_eq!(sealer.open(b"user/alice", &sealed).unwrap(), b"{\"name\":\"alice\"}");
        assert!(!sealed.windows(5).any(|window| window == b"alice"));
        for key in [&b"user/bob"[..], b"user/alic", b"user/alice ", b""] {
            assert_eq!(sealer.open(key, &sealed), Err(SealError::Broken));
        }
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[index] ^= 1 << bit;
                assert!(sealer.open(b"user/alice", &flipped).is_err(), "byte {index} bit {bit}");
            }
            assert!(sealer.open(b"user/alice", &sealed[..index]).is_err(), "cut at {index}");
        }
        let longer = [&sealed[..], b"\0"].concat();
        assert_eq!(sealer.open(b"user/alice", &longer), Err(SealError::Broken));
    }

    #[test]
    fn another_installation_opens_nothing() {
        let sealed = sealer(1).seal(&SeededRandom::new(2), b"k", b"v");
        assert_eq!(sealer(3).open(b"k", &sealed), Err(SealError::Broken));
    }

    #[test]
    fn the_error_names_what_is_missing() {
        let mut sealed = sealer(1).seal(&SeededRandom::new(2), b"k", b"v");
        assert_eq!(sealer(1).open(b"k", &[]), Err(SealError::Format));
        sealed[4] = 9;
        assert_eq!(sealer(1).open(b"k", &sealed), Err(SealError::UnknownKey(9)));
    }

    proptest! {
        #[test]
        fn opening_undoes_sealing(key: Vec<u8>, plain: Vec<u8>, seed: u64) {
            let sealer = sealer(4);
            let sealed = sealer.seal(&SeededRandom::new(seed), &key, &plain);
            prop_assert_eq!(sealer.open(&key, &sealed), Ok(plain));
        }
    }
}
