//! Which addresses of a vSwitch are taken.

use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::Cidr;

/// How many addresses at the end of a vSwitch the vendor keeps; it keeps the first one too.
/// Source: VPC `CreateVSwitch`.
const RESERVED_AT_END: u64 = 3;

/// The addresses of a vSwitch: one bit each, set where an instance has it.
///
/// A vSwitch has at most 65,536 addresses (its prefix is 16 bits or longer), so a pool is at most
/// 8 KiB, and a vSwitch and its addresses are one record: two calls that take an address at the
/// same time meet there, and the slower one runs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressPool {
    block: Cidr,
    #[serde(with = "bits")]
    taken: Vec<u8>,
    /// Where the search for a free address goes on. It runs through the whole block before it
    /// comes back, so that an address that was given back rests as long as possible.
    next: u64,
}

impl AddressPool {
    /// A pool of which nothing is taken.
    pub fn new(block: Cidr) -> Self {
        let bytes = usize::try_from(block.size().div_ceil(8)).unwrap_or(usize::MAX);
        Self { block, taken: vec![0; bytes], next: 1 }
    }

    /// The block.
    pub fn block(&self) -> Cidr {
        self.block
    }

    /// How many addresses instances may still take.
    pub fn available(&self) -> u64 {
        self.usable().end.saturating_sub(1).saturating_sub(self.in_use())
    }

    /// How many addresses instances have.
    pub fn in_use(&self) -> u64 {
        self.taken.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// Whether instances may have the address: it is in the block and not reserved.
    pub fn may_hold(&self, address: Ipv4Addr) -> bool {
        self.block.offset(address).is_some_and(|offset| self.usable().contains(&offset))
    }

    /// Takes the next free address; `None` where all are taken.
    pub fn take_next(&mut self) -> Option<Ipv4Addr> {
        let usable = self.usable();
        let offset = (self.next.max(usable.start)..usable.end)
            .chain(usable.clone())
            .find(|offset| !self.is_taken(*offset))?;
        self.next = offset.saturating_add(1);
        let address = self.block.address(offset)?;
        self.take(address).then_some(address)
    }

    /// Takes this address; `false` where instances may not have it or one has it already.
    pub fn take(&mut self, address: Ipv4Addr) -> bool {
        let Some(offset) = self.block.offset(address).filter(|_| self.may_hold(address)) else {
            return false;
        };
        !self.is_taken(offset) && self.set(offset, true)
    }

    /// Gives an address back.
    pub fn give_back(&mut self, address: Ipv4Addr) {
        if let Some(offset) = self.block.offset(address) {
            self.set(offset, false);
        }
    }

    /// The places of the addresses that instances may have.
    fn usable(&self) -> std::ops::Range<u64> {
        1..self.block.size().saturating_sub(RESERVED_AT_END)
    }

    fn is_taken(&self, offset: u64) -> bool {
        let (index, bit) = place(offset);
        self.taken.get(index).is_none_or(|byte| byte & bit != 0)
    }

    fn set(&mut self, offset: u64, taken: bool) -> bool {
        let (index, bit) = place(offset);
        let Some(byte) = self.taken.get_mut(index) else { return false };
        *byte = if taken { *byte | bit } else { *byte & !bit };
        true
    }
}

fn place(offset: u64) -> (usize, u8) {
    (usize::try_from(offset / 8).unwrap_or(usize::MAX), 1 << (offset % 8))
}

/// Bits as Base64: a list of numbers would be four times as long.
mod bits {
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    use super::{Deserialize, Engine, STANDARD_NO_PAD};

    pub(super) fn serialize<S: Serializer>(bits: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bits))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn pool(block: &str) -> AddressPool {
        AddressPool::new(block.parse().unwrap())
    }

    #[test]
    fn the_first_and_the_last_three_are_reserved() {
        let mut small = pool("192.168.1.0/29");
        assert_eq!(small.available(), 4);
        let taken: Vec<_> = std::iter::from_fn(|| small.take_next()).collect();
        let last_bytes: Vec<u8> = taken.iter().map(|address| address.octets()[3]).collect();
        assert_eq!(last_bytes, [1, 2, 3, 4]);
        assert_eq!((small.available(), small.in_use()), (0, 4));
        for reserved in [0, 5, 6, 7, 8] {
            assert!(!small.take(Ipv4Addr::new(192, 168, 1, reserved)), "{reserved}");
        }
        assert_eq!(pool("10.0.0.0/16").available(), 65_532);
    }

    #[test]
    fn an_address_that_was_given_back_rests() {
        let mut small = pool("192.168.1.0/29");
        let first = small.take_next().unwrap();
        small.give_back(first);
        assert_ne!(small.take_next().unwrap(), first);
        let rest: Vec<_> = std::iter::from_fn(|| small.take_next()).collect();
        assert_eq!(rest.last(), Some(&first));
    }

    #[test]
    fn it_is_kept_as_json() {
        let mut small = pool("192.168.1.0/28");
        small.take_next();
        let json = serde_json::to_string(&small).unwrap();
        assert_eq!(json, r#"{"block":"192.168.1.0/28","taken":"AgA","next":2}"#);
        assert_eq!(serde_json::from_str::<AddressPool>(&json).unwrap(), small);
    }

    proptest! {
        #[test]
        fn no_address_is_taken_twice(script in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut pool = pool("172.16.0.0/28");
            let mut taken = HashSet::new();
            for step in script {
                match step {
                    0..100 => {
                        let address = pool.take_next();
                        prop_assert_eq!(address.is_none(), taken.len() == 12);
                        prop_assert!(address.is_none_or(|address| taken.insert(address)));
                    }
                    100..180 => {
                        let address = Ipv4Addr::new(172, 16, 0, step % 18);
                        let free = pool.may_hold(address) && !taken.contains(&address);
                        prop_assert_eq!(pool.take(address), free);
                        taken.extend(free.then_some(address));
                    }
                    _ => {
                        let address = Ipv4Addr::new(172, 16, 0, step % 18);
                        taken.remove(&address);
                        pool.give_back(address);
                    }
                }
                prop_assert_eq!(pool.in_use(), taken.len() as u64);
                prop_assert_eq!(pool.available(), 12 - taken.len() as u64);
            }
        }
    }
}
