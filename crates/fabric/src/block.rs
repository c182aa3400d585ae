//! Blocks of addresses, as routes and rules of the fabric name them.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// A block of IPv4 addresses, written as 192.168.0.0/16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    first: Ipv4Addr,
    prefix_length: u8,
}

impl Block {
    /// The block of all addresses that share the first `prefix_length` bits, at most 32, with
    /// `address`; `None` where that is longer.
    pub fn new(address: Ipv4Addr, prefix_length: u8) -> Option<Self> {
        let first = Ipv4Addr::from_bits(address.to_bits() & mask(prefix_length)?);
        Some(Self { first, prefix_length })
    }

    /// The block of one address.
    pub fn single(address: Ipv4Addr) -> Self {
        Self { first: address, prefix_length: 32 }
    }

    /// Its first address.
    pub fn first(self) -> Ipv4Addr {
        self.first
    }

    /// The length of its prefix in bits.
    pub fn prefix_length(self) -> u8 {
        self.prefix_length
    }

    /// Whether the address is one of the block.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        Self::new(address, self.prefix_length) == Some(self)
    }

    /// Whether the blocks share an address.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix_length)
    }
}

fn mask(prefix_length: u8) -> Option<u32> {
    let rest = 32_u32.checked_sub(u32::from(prefix_length))?;
    Some(u32::MAX.checked_shl(rest).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_the_addresses_of_its_prefix() {
        let block = Block::new(Ipv4Addr::new(10, 1, 2, 3), 16).unwrap();
        assert_eq!(block.to_string(), "10.1.0.0/16");
        assert!(block.contains(Ipv4Addr::new(10, 1, 255, 255)));
        assert!(!block.contains(Ipv4Addr::new(10, 2, 0, 0)));
        let all = Block::new(Ipv4Addr::new(10, 1, 2, 3), 0).unwrap();
        assert_eq!(all.to_string(), "0.0.0.0/0");
        assert!(all.contains(Ipv4Addr::BROADCAST));
        let one = Block::single(Ipv4Addr::new(10, 1, 2, 3));
        assert_eq!(Block::new(one.first(), 32), Some(one));
        assert!(
            one.contains(Ipv4Addr::new(10, 1, 2, 3)) && !one.contains(Ipv4Addr::new(10, 1, 2, 2))
        );
        assert_eq!(Block::new(Ipv4Addr::LOCALHOST, 33), None);
        assert!(all.overlaps(one) && one.overlaps(all) && block.overlaps(one));
        assert!(!one.overlaps(Block::single(Ipv4Addr::new(10, 1, 2, 4))));
    }
}
