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

/// The CRC of two runs of bytes, one behind the other, by the CRC of each and the second's length.
///
/// A CRC is a polynomial modulo [`POLYNOMIAL`], and bytes behind it multiply it by a power of x.
/// The way of zlib's `crc32_combine`; the library's own goes by matrices and takes a hundred times
/// as long, which ten thousand parts would feel.
pub(crate) fn combine(first: u64, second: u64, second_length: u64) -> u64 {
    let mut shifted = first;
    // x to the power of 8: one byte.
    let mut power = ONE >> 8;
    let mut bytes = second_length;
    while bytes > 0 {
        if bytes & 1 == 1 {
            shifted = product(power, shifted);
        }
        power = product(power, power);
        bytes >>= 1;
    }
    shifted ^ second
}

/// The polynomial of CRC-64/XZ without its highest power, the lowest one in the highest bit.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// The polynomial 1.
const ONE: u64 = 1 << 63;

/// The product of two polynomials modulo [`POLYNOMIAL`].
fn product(left: u64, right: u64) -> u64 {
    let (mut sum, mut shifted, mut rest) = (0, right, left);
    while rest != 0 {
        if rest & ONE != 0 {
            sum ^= shifted;
        }
        rest <<= 1;
        shifted = (shifted >> 1) ^ if shifted & 1 == 1 { POLYNOMIAL } else { 0 };
    }
    sum
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

    proptest::proptest! {
        #[test]
        fn a_whole_is_the_combination_of_its_parts(first: Vec<u8>, second: Vec<u8>) {
            let crc = |parts: &[&[u8]]| {
                let mut crc = Crc64::new();
                for part in parts {
                    crc.update(part);
                }
                crc.finish()
            };
            let length = u64::try_from(second.len()).unwrap();
            let combined = combine(crc(&[&first]), crc(&[&second]), length);
            proptest::prop_assert_eq!(combined, crc(&[&first, &second]));
        }

        #[test]
        fn combinations_of_any_length_are_the_librarys(first: u64, second: u64, length: u64) {
            let library = crc_fast::checksum_combine(CrcAlgorithm::Crc64Xz, first, second, length);
            proptest::prop_assert_eq!(combine(first, second, length), library);
        }
    }
}
