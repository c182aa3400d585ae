//! How many connections each peer has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The leading bits of an IPv6 address that name one customer: whoever has one address has all that
/// share them. Source: RFC 6177 and RFC 7421.
const IPV6_CUSTOMER_BITS: u32 = 64;

/// The connections of a listener, counted by peer.
#[derive(Debug)]
pub(crate) struct Peers {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of a peer. Dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Place {
    peers: Arc<Peers>,
    peer: IpAddr,
}

impl Peers {
    /// Lets each peer have `most` connections.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, counts: Mutex::default() })
    }

    /// Counts one more connection; `None` where the peer has its share.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = customer(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place { peers: Arc::clone(self), peer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.peers.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}

/// The address under which the connections of a peer are counted.
fn customer(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(IPV6_CUSTOMER_BITS).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_peer_has_its_share_and_gives_it_back() {
        let peers = Peers::new(2);
        let first = peers.enter(ip("192.0.2.1")).unwrap();
        let _second = peers.enter(ip("192.0.2.1")).unwrap();
        assert!(peers.enter(ip("192.0.2.1")).is_none());
        let other = peers.enter(ip("192.0.2.2")).unwrap();
        drop(first);
        let _third = peers.enter(ip("192.0.2.1")).unwrap();
        assert!(peers.enter(ip("192.0.2.1")).is_none());
        drop(other);
        assert_eq!(peers.counts.lock().unwrap().len(), 1, "who has gone is forgotten");
    }

    #[test]
    fn a_customer_is_counted_once_whatever_address_it_takes() {
        for (one, other, same) in [
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            let peers = Peers::new(1);
            let _kept = peers.enter(ip(one)).unwrap();
            assert_eq!(peers.enter(ip(other)).is_none(), same, "{one} {other}");
        }
    }
}
