//! Which addresses may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses, such as `10.0.0.0/8` or `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an address and the length of its prefix, such as 10.0.0.0/8, with no bit behind it")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').ok_or(NetworkError)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let prefix: u8 = prefix.parse().map_err(|_| NetworkError)?;
        let network = Self { address, prefix };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let clean = prefix <= most && network.masked(address) == Some(bits(address));
        if clean { Ok(network) } else { Err(NetworkError) }
    }
}

impl Network {
    /// Whether an address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && self.masked(address) == self.masked(self.address)
    }

    /// The bits of an address that the prefix covers.
    fn masked(&self, address: IpAddr) -> Option<u128> {
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let behind = width.checked_sub(u32::from(self.prefix))?;
        Some(bits(address).checked_shr(behind).unwrap_or(0).checked_shl(behind).unwrap_or(0))
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Where metadata services are: nobody's keys, whatever is allowed.
const NEVER: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xFD00, 0xEC2, 0, 0, 0, 0, 0, 0x254)),
];

/// The ranges of IPv4 that are not public: address and length of the prefix.
/// Source: IANA's registry of special-purpose addresses.
const SPECIAL_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The public range of IPv6, and what in it is not: address and length of the prefix.
const PUBLIC_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3FFF, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// An address in its plainest form: one of IPv4 that is written as IPv6 is one of IPv4.
pub(super) fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether a plain address may be asked: a public one, or one that the operator allows.
pub(super) fn may_be_asked(address: IpAddr, allowed: &[Network]) -> bool {
    if NEVER.contains(&address) {
        return false;
    }
    is_public(address) || allowed.iter().any(|network| network.contains(address))
}

fn is_public(address: IpAddr) -> bool {
    let within = |base: IpAddr, prefix| Network { address: base, prefix }.contains(address);
    match address {
        IpAddr::V4(_) => !SPECIAL_V4.iter().any(|(base, prefix)| within((*base).into(), *prefix)),
        IpAddr::V6(_) => {
            within(PUBLIC_V6.0.into(), PUBLIC_V6.1)
                && !SPECIAL_V6.iter().any(|(base, prefix)| within((*base).into(), *prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        plain(text.parse().unwrap())
    }

    #[test]
    fn ranges_are_read_with_no_bit_behind_their_prefix() {
        for right in ["10.0.0.0/8", "127.0.0.1/32", "0.0.0.0/0", "fd00::/8", "::1/128", "::/0"] {
            assert!(right.parse::<Network>().is_ok(), "{right}");
        }
        for wrong in ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "a/8", "10.0.0.0/-1", "::1/127", ""]
        {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let ten: Network = "10.0.0.0/8".parse().unwrap();
        assert!(ten.contains(ip("10.255.0.1")) && !ten.contains(ip("11.0.0.1")));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains(ip("1.2.3.4")) && !all.contains(ip("2606::1")));
    }

    #[test]
    fn only_public_addresses_may_be_asked() {
        for public in ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111"] {
            assert!(may_be_asked(ip(public), &[]), "{public}");
        }
        for near in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may_be_asked(ip(near), &[]), "{near}");
        }
    }

    #[test]
    fn the_operator_may_allow_ranges_but_no_metadata_service() {
        let all: Vec<Network> =
            ["0.0.0.0/0", "::/0"].iter().map(|text| text.parse().unwrap()).collect();
        for allowed in ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "fd00::1"] {
            assert!(may_be_asked(ip(allowed), &all), "{allowed}");
        }
        for never in
            ["100.100.100.200", "169.254.169.254", "fd00:ec2::254", "::ffff:100.100.100.200"]
        {
            assert!(!may_be_asked(ip(never), &all), "{never}");
        }
    }
}
