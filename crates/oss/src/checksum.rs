//! The checksum of objects: CRC-64/XZ, which the vendor calls `crc64ecma`.

use crc_fast::{CrcAlgorithm, Digest};

/// The CRC of bytes that come piece by piece.
pub(crate) struct Crc64(Digest);

impl Crc64 {
    /// The CRC of nothing so far.
    pub(crate) fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Xz))
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The CRC of all bytes.
    pub(crate) fn finish(&self) -> u64 {
        self.0.finalize()
    }
}

/// The CRC of bytes that are all there.
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Xz, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_reference() {
        for (text, expected) in [
            ("", 0),
            ("a", 3_675_645_893_302_102_789),
            ("hello", 11_177_612_005_948_864_433),
            ("123456789", 11_051_210_869_376_104_954),
        ] {
            let mut crc = Crc64::new();
            for byte in text.bytes() {
                crc.update(&[byte]);
            }
            assert_eq!(crc.finish(), expected, "{text}");
        }
    }
}
