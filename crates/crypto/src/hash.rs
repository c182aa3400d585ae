//! Hashes, keyed hashes and their comparison.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;

/// The SHA-256 of a body that arrives piece by piece.
#[derive(Clone)]
pub struct BodyHash(digest::Context);

impl BodyHash {
    /// The hash of nothing so far.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces, as 64 lower-case hexadecimal digits.
    pub fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

impl Default for BodyHash {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyHash(…)")
    }
}

/// The SHA-256 of some pieces, one behind the other.
pub fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    hash
}

/// The SHA-1 of some pieces, one behind the other: what old formats of others ask for, and no proof
/// of anything.
pub fn sha1(pieces: &[&[u8]]) -> [u8; 20] {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for piece in pieces {
        context.update(piece);
    }
    let mut hash = [0; 20];
    for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    hash
}

/// What [`sha256_hex`] makes of no bytes: most calls have no body.
pub static EMPTY_SHA256: LazyLock<String> = LazyLock::new(|| sha256_hex(b""));

/// The SHA-256 of `bytes`, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// The SHA-1 of `bytes`, as 40 lower-case hexadecimal digits: a certificate's fingerprint, and no
/// proof of anything.
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex(&sha1(&[bytes]))
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
pub fn ct_eq(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// The bytes of a text in padded Base64; `None` where it is none.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// HMAC-SHA256 with a key that is set up for this one use.
pub(crate) fn hmac_sha256(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

/// HMAC-SHA1 in Base64, which RPC V1 and OSS V1 signatures are.
pub(crate) fn hmac_sha1_base64(key: &[u8], data: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    STANDARD.encode(hmac::sign(&key, data))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut hash = BodyHash::new();
        assert_eq!(hash.clone().finish(), *EMPTY_SHA256);
        hash.update(b"InstanceName=a%20b&");
        hash.update(b"UserData=IyEvYmluL3No");
        let whole = "74ce971d8ab4727036389e665c32cd5e2e4bb825a41de50149101e7bb880ea31";
        assert_eq!(hash.finish(), whole);
        assert_eq!(sha256_hex(b"InstanceName=a%20b&UserData=IyEvYmluL3No"), whole);
    }

    #[test]
    fn equality_is_of_all_bytes_and_the_length() {
        assert!(ct_eq(b"", b""));
        assert!(ct_eq(b"abc", b"abc"));
        for other in [&b"abd"[..], b"ab", b"abcd", b""] {
            assert!(!ct_eq(b"abc", other));
        }
    }
}
