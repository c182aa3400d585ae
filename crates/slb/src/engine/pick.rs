//! Which server gets the next connection or request.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::health::Health;
use super::target::{Entry, Target};
use crate::record::Scheduler;

/// What choosing remembers between two choices.
#[derive(Debug, Default)]
pub(super) struct Picker {
    next: AtomicUsize,
    turns: Mutex<()>,
}

/// Where a connection comes from and where it arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) client: SocketAddr,
    pub(super) listener: SocketAddr,
}

/// Whether new traffic may go to a server. One with weight 0 gets nothing new; where servers are
/// looked at, one that was not found good gets nothing either.
pub(super) fn is_usable(entry: &Entry, is_checked: bool) -> bool {
    entry.weight > 0 && (!is_checked || entry.target.health() == Health::Normal)
}

impl Picker {
    /// Chooses one of these, which are all usable; `None` where there is none.
    pub(super) fn pick(
        &self,
        scheduler: Scheduler,
        usable: &[&Entry],
        ends: Ends,
    ) -> Option<Arc<Target>> {
        let chosen = match scheduler {
            Scheduler::Wrr => self.in_turn_by_weight(usable),
            Scheduler::Rr => {
                let next = self.next.fetch_add(1, Ordering::Relaxed);
                next.checked_rem(usable.len()).and_then(|place| usable.get(place).copied())
            }
            Scheduler::Wlc => usable.iter().copied().min_by(|one, other| {
                // The one with fewer for its weight: fractions are compared across.
                let load = |entry: &Entry, by: &Entry| {
                    entry.target.forwarded().saturating_mul(by.weight.into())
                };
                load(one, other).cmp(&load(other, one)).then(other.weight.cmp(&one.weight))
            }),
            Scheduler::Sch => highest(usable, ends.client.ip()),
            Scheduler::Tch => highest(usable, (ends.client, ends.listener)),
        };
        chosen.map(|entry| Arc::clone(&entry.target))
    }

    /// Smooth weighted round robin: each comes nearer to its turn by its weight, and who is
    /// nearest goes back by the weight of all.
    fn in_turn_by_weight<'a>(&self, usable: &[&'a Entry]) -> Option<&'a Entry> {
        let _one_at_a_time = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let mut best: Option<(&Entry, i64)> = None;
        let mut total = 0_i64;
        for entry in usable {
            let weight = i64::from(entry.weight);
            total = total.saturating_add(weight);
            let turn = entry.target.turn.load(Ordering::Relaxed).saturating_add(weight);
            entry.target.turn.store(turn, Ordering::Relaxed);
            if best.is_none_or(|(_, nearest)| turn > nearest) {
                best = Some((entry, turn));
            }
        }
        let (entry, turn) = best?;
        entry.target.turn.store(turn.saturating_sub(total), Ordering::Relaxed);
        Some(entry)
    }
}

/// The server with the highest draw for what came: each has its own, so that one that leaves moves
/// only what it had. Its weight lengthens its draws.
fn highest<'a>(usable: &[&'a Entry], what: impl Hash) -> Option<&'a Entry> {
    let draw = |entry: &Entry| {
        let mut hasher = DefaultHasher::new();
        (&what, entry.target.server_id(), entry.target.address()).hash(&mut hasher);
        // The upper 52 bits as a fraction above 0 and below 1.
        let upper = u32::try_from(hasher.finish() >> 32).unwrap_or(u32::MAX);
        let fraction = (f64::from(upper) + 1.0) / (f64::from(u32::MAX) + 2.0);
        -f64::from(entry.weight) / fraction.ln()
    };
    usable.iter().copied().max_by(|one, other| draw(one).total_cmp(&draw(other)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    use rolecall_types::{InstanceId, VpcId};

    use super::*;
    use crate::engine::target::Forwarded;
    use crate::engine::tests_support::Nowhere;
    use crate::record::Vpc;

    fn entries(weights: &[u8]) -> Vec<Entry> {
        let entry = |(weight, number): (&u8, u8)| {
            let vpc =
                Vpc { id: VpcId::parse("vpc-a").unwrap(), block: (Ipv4Addr::new(10, 0, 0, 0), 8) };
            let id = InstanceId::parse(&format!("i-{number}")).unwrap();
            let place = (vpc, Ipv4Addr::new(10, 0, 0, number));
            let target = Target::new(id, place, 80, Arc::new(Nowhere));
            Entry { target: Arc::new(target), weight: *weight }
        };
        weights.iter().zip(0_u8..).map(entry).collect()
    }

    fn ends(port: u16) -> Ends {
        let client = SocketAddr::from(([10, 0, 1, 1], port));
        Ends { client, listener: SocketAddr::from(([10, 0, 0, 9], 80)) }
    }

    fn picks(entries: &[Entry], scheduler: Scheduler, count: u16) -> Vec<u8> {
        let (picker, usable): (Picker, Vec<_>) =
            (Picker::default(), entries.iter().filter(|it| is_usable(it, false)).collect());
        let one = |port| picker.pick(scheduler, &usable, ends(port)).unwrap();
        (0..count).map(|port| one(port).address().ip().octets()[3]).collect()
    }

    #[test]
    fn in_turn_by_weight_and_without() {
        assert_eq!(picks(&entries(&[5, 1, 1]), Scheduler::Wrr, 7), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(picks(&entries(&[100, 0, 100]), Scheduler::Wrr, 4), [0, 2, 0, 2]);
        assert_eq!(picks(&entries(&[5, 1, 1]), Scheduler::Rr, 4), [0, 1, 2, 0]);
    }

    #[test]
    fn nobody_is_chosen_among_none() {
        for scheduler in
            [Scheduler::Wrr, Scheduler::Rr, Scheduler::Wlc, Scheduler::Sch, Scheduler::Tch]
        {
            assert!(Picker::default().pick(scheduler, &[], ends(1)).is_none());
        }
    }

    #[test]
    fn the_one_with_the_fewest_for_its_weight() {
        let entries = entries(&[100, 50]);
        let forward = |place: usize| Forwarded::to(Arc::clone(&entries[place].target));
        let mut held = Vec::new();
        let mut order = Vec::new();
        for _ in 0..6 {
            let place = usize::from(picks(&entries, Scheduler::Wlc, 1)[0]);
            order.push(place);
            held.push(forward(place));
        }
        assert_eq!(order.iter().filter(|place| **place == 0).count(), 4, "{order:?}");
        drop(held);
        assert_eq!(entries[0].target.forwarded(), 0);
    }

    #[test]
    fn a_client_comes_back_and_one_server_less_moves_only_its_own() {
        let all = entries(&[100; 8]);
        assert!(picks(&all, Scheduler::Sch, 20).windows(2).all(|pair| pair[0] == pair[1]));
        let before = picks(&all, Scheduler::Tch, 2_000);
        let mut shares = BTreeMap::new();
        for server in &before {
            *shares.entry(*server).or_insert(0) += 1;
        }
        assert!(shares.len() == 8 && shares.values().all(|share| *share > 150), "{shares:?}");
        let after = picks(&all[..7], Scheduler::Tch, 2_000);
        let moved = before.iter().zip(&after).filter(|(one, other)| one != other);
        assert!(moved.clone().all(|(one, _)| *one == 7));
        assert_eq!(moved.count(), shares[&7]);
    }

    #[test]
    fn what_is_not_good_is_not_used() {
        let all = entries(&[100]);
        for (health, expected) in
            [(Health::Unknown, false), (Health::Normal, true), (Health::Abnormal, false)]
        {
            all[0].target.set_health(health);
            assert_eq!(is_usable(&all[0], true), expected);
            assert!(is_usable(&all[0], false));
        }
    }
}
