//! Blocks of IPv4 addresses, written as `192.168.0.0/16`.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A block of IPv4 addresses: its first address and the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cidr {
    first: u32,
    prefix_length: u8,
}

/// A text that is no block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CidrError;

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a block of IPv4 addresses in its shortest spelling")
    }
}

impl std::error::Error for CidrError {}

/// The blocks whose parts a VPC may be. Source: VPC `CreateVpc`.
const PRIVATE_BLOCKS: [Cidr; 3] = [
    Cidr::of(Ipv4Addr::new(10, 0, 0, 0), 8),
    Cidr::of(Ipv4Addr::new(172, 16, 0, 0), 12),
    Cidr::of(Ipv4Addr::new(192, 168, 0, 0), 16),
];

impl Cidr {
    const fn of(first: Ipv4Addr, prefix_length: u8) -> Self {
        Self { first: first.to_bits(), prefix_length }
    }

    /// The length of the prefix in bits, 0 to 32.
    pub fn prefix_length(self) -> u8 {
        self.prefix_length
    }

    /// The number of addresses.
    pub fn size(self) -> u64 {
        1_u64 << 32_u32.saturating_sub(u32::from(self.prefix_length))
    }

    /// The address at a place in the block, from 0; `None` behind its end.
    pub fn address(self, offset: u64) -> Option<Ipv4Addr> {
        let offset = u32::try_from(offset).ok().filter(|_| offset < self.size())?;
        self.first.checked_add(offset).map(Ipv4Addr::from_bits)
    }

    /// The place of an address in the block; `None` where it lies outside.
    pub fn offset(self, address: Ipv4Addr) -> Option<u64> {
        let offset = u64::from(address.to_bits().checked_sub(self.first)?);
        (offset < self.size()).then_some(offset)
    }

    /// Whether the other block lies in this one.
    pub fn contains(self, other: Self) -> bool {
        other.prefix_length >= self.prefix_length
            && self.offset(Ipv4Addr::from_bits(other.first)).is_some()
    }

    /// Whether the blocks share an address. Two blocks do so only if one contains the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Whether a VPC may have this block: a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.
    pub fn is_private(self) -> bool {
        PRIVATE_BLOCKS.iter().any(|block| block.contains(self))
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    /// Reads the one spelling of a block: no leading zeros, no bits behind the prefix.
    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (first, length) = text.split_once('/').ok_or(CidrError)?;
        let first: Ipv4Addr = first.parse().map_err(|_| CidrError)?;
        let prefix_length: u8 = length.parse().map_err(|_| CidrError)?;
        if prefix_length > 32 {
            return Err(CidrError);
        }
        let block = Self { first: first.to_bits(), prefix_length };
        let aligned = u64::from(block.first).is_multiple_of(block.size());
        if aligned && block.to_string() == text { Ok(block) } else { Err(CidrError) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.first), self.prefix_length)
    }
}

impl From<Cidr> for String {
    fn from(block: Cidr) -> Self {
        block.to_string()
    }
}

impl TryFrom<String> for Cidr {
    type Error = CidrError;

    fn try_from(text: String) -> Result<Self, CidrError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn a_block_has_one_spelling() {
        for text in ["0.0.0.0/0", "10.0.0.0/8", "192.168.1.128/25", "1.2.3.4/32"] {
            assert_eq!(block(text).to_string(), text);
        }
        for wrong in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0/8",
            "10.0.0.0/8 ",
            "::/8",
            "256.0.0.0/8",
        ] {
            assert_eq!(wrong.parse::<Cidr>(), Err(CidrError), "{wrong}");
        }
    }

    #[test]
    fn the_private_blocks_and_their_parts() {
        for yes in ["10.0.0.0/8", "10.9.0.0/28", "172.16.0.0/12", "172.31.0.0/16", "192.168.0.0/16"]
        {
            assert!(block(yes).is_private(), "{yes}");
        }
        for no in ["10.0.0.0/7", "172.32.0.0/16", "172.0.0.0/8", "192.168.0.0/15", "100.64.0.0/10"]
        {
            assert!(!no.parse::<Cidr>().is_ok_and(Cidr::is_private), "{no}");
        }
    }

    #[test]
    fn places_and_addresses() {
        let small = block("192.168.1.8/29");
        assert_eq!(small.size(), 8);
        assert_eq!(small.address(7), Some(Ipv4Addr::new(192, 168, 1, 15)));
        assert_eq!(small.address(8), None);
        assert_eq!(small.offset(Ipv4Addr::new(192, 168, 1, 15)), Some(7));
        assert_eq!(small.offset(Ipv4Addr::new(192, 168, 1, 16)), None);
        assert_eq!(small.offset(Ipv4Addr::new(192, 168, 1, 7)), None);
    }

    proptest! {
        #[test]
        fn blocks_overlap_when_an_address_is_in_both(
            a in any::<u32>(), b in any::<u32>(), la in 20_u8..=32, lb in 20_u8..=32,
        ) {
            // Blocks near each other, so that every relation is drawn.
            let near = |at: u32, length: u8| {
                let size = 1_u64 << (32 - length);
                let first = (u64::from(at % 8192) / size) * size;
                Cidr { first: u32::try_from(first).unwrap(), prefix_length: length }
            };
            let (a, b) = (near(a, la), near(b, lb));
            let shared = (0..a.size()).any(|at| b.offset(a.address(at).unwrap()).is_some());
            prop_assert_eq!(a.overlaps(b), shared);
            prop_assert_eq!(b.overlaps(a), shared);
            prop_assert_eq!(a.to_string().parse::<Cidr>(), Ok(a));
        }
    }
}
