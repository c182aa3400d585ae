//! How much of the machine the checks of passwords may take, and who goes first.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, thread};

use rolecall_api::{ApiError, code as common};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// How many may wait for a check or for a derivation; further ones are refused. Where two cores
/// derive, the last waits about three seconds. The limit is ours.
const MAX_WAITING: usize = 64;

/// How many of them may be about one user. The limit is ours.
const MAX_IN_LINE: usize = 16;

/// How many of them may come from one address: half of all, so that a flood from there leaves
/// places to everybody else, whatever names it tries. The limit is ours.
const MAX_OF_SOURCE: usize = 32;

/// Who is checked, by its names in keys.
type Name = (String, String);

/// The checks of one name, of which each waits for the one before.
type Line = Arc<tokio::sync::Mutex<()>>;

/// Those who wait or are checked now: what they share at each place, and how many they are there.
type Crowd<K, T> = Mutex<HashMap<K, (T, usize)>>;

/// Lets in as many as the machine can take.
pub(super) struct Limiter {
    places: Arc<Semaphore>,
    /// Cores that may derive: half of them, so that a flood leaves some to all others.
    deriving: Arc<Semaphore>,
    lines: Arc<Crowd<Name, Line>>,
    sources: Arc<Crowd<IpAddr, ()>>,
}

/// A place among those who wait, until it is dropped.
pub(super) struct Waiting {
    _of_source: Standing<IpAddr, ()>,
    _of_all: OwnedSemaphorePermit,
}

/// The only one that is checked of its name, until it is dropped.
pub(super) struct Turn {
    // Fields are dropped in this order: the next one goes before the line is left.
    _first: OwnedMutexGuard<()>,
    _standing: Standing<Name, Line>,
    _place: Waiting,
}

/// One of a crowd.
struct Standing<K: Eq + Hash, T> {
    crowd: Arc<Crowd<K, T>>,
    at: K,
}

impl Limiter {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            places: Arc::new(Semaphore::new(MAX_WAITING)),
            deriving: Arc::new(Semaphore::new((cores / 2).max(1))),
            lines: Arc::default(),
            sources: Arc::default(),
        }
    }

    /// A place among those who wait; none where there are too many, or too many from there.
    pub(super) fn place(&self, source: IpAddr) -> Result<Waiting, ApiError> {
        let ((), of_source) = Standing::join(&self.sources, place_of(source), MAX_OF_SOURCE)?;
        let of_all = Arc::clone(&self.places).try_acquire_owned();
        let of_all = of_all.map_err(|_| ApiError::new(&common::THROTTLING))?;
        Ok(Waiting { _of_source: of_source, _of_all: of_all })
    }

    /// Waits until nobody else of this name is checked. The checks of one name write to the same
    /// records, and take one core at a time.
    pub(super) async fn turn(
        &self,
        account: &str,
        user: &str,
        source: IpAddr,
    ) -> Result<Turn, ApiError> {
        let place = self.place(source)?;
        let name = (account.to_owned(), user.to_owned());
        let (line, standing) = Standing::join(&self.lines, name, MAX_IN_LINE)?;
        Ok(Turn { _first: line.lock_owned().await, _standing: standing, _place: place })
    }

    /// Does work that takes a core for a while. It counts as long as it runs, also when nobody
    /// waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let failed = |cause: &dyn fmt::Display| {
            ApiError::new(&common::INTERNAL_ERROR).because(format!("derive a password: {cause}"))
        };
        let core = Arc::clone(&self.deriving).acquire_owned().await;
        let core = core.map_err(|error| failed(&error))?;
        let work = move || {
            let outcome = work();
            drop(core);
            outcome
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
    }
}

/// What counts as one source: an address, or the network of 64 bits that one site has of IPv6.
fn place_of(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

impl<K: Clone + Eq + Hash, T: Clone + Default> Standing<K, T> {
    /// Joins those who stand at a place, if they are not too many.
    fn join(crowd: &Arc<Crowd<K, T>>, at: K, most: usize) -> Result<(T, Self), ApiError> {
        let mut places = crowd.lock().unwrap_or_else(PoisonError::into_inner);
        let (shared, standing) = places.entry(at.clone()).or_default();
        if *standing >= most {
            return Err(ApiError::new(&common::THROTTLING));
        }
        *standing = standing.saturating_add(1);
        Ok((shared.clone(), Self { crowd: Arc::clone(crowd), at }))
    }
}

impl<K: Eq + Hash, T> Drop for Standing<K, T> {
    fn drop(&mut self) {
        let mut places = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, standing)) = places.get_mut(&self.at) {
            *standing = standing.saturating_sub(1);
            if *standing == 0 {
                places.remove(&self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn is_throttled<T>(outcome: Result<T, ApiError>) -> bool {
        outcome.is_err_and(|error| error.name() == "Throttling")
    }

    /// An address of documentation's own.
    fn from(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[tokio::test]
    async fn lines_are_short_and_leave_nothing_behind() {
        let limiter = Limiter::new();
        let first = limiter.turn("a", "alice", from(1)).await.unwrap();
        let mut waiting: Vec<_> =
            (1..MAX_IN_LINE).map(|_| Box::pin(limiter.turn("a", "alice", from(1)))).collect();
        for turn in &mut waiting {
            assert!(futures_util::poll!(turn.as_mut()).is_pending());
        }
        assert!(is_throttled(limiter.turn("a", "alice", from(2)).await));
        // Nobody else waits for them, until all places are taken.
        let other = limiter.turn("a", "bob", from(1)).await.unwrap();
        let mut places = Vec::new();
        for last in 2..=9 {
            places.extend((0..MAX_IN_LINE).map_while(|_| limiter.place(from(last)).ok()));
        }
        assert_eq!(places.len(), MAX_WAITING - MAX_IN_LINE - 1);
        assert!(is_throttled(limiter.turn("a", "carol", from(10)).await));
        drop((first, waiting, other, places));
        assert!(limiter.lines.lock().unwrap().is_empty());
        assert!(limiter.sources.lock().unwrap().is_empty());
        assert_eq!(limiter.places.available_permits(), MAX_WAITING);
        limiter.turn("a", "alice", from(1)).await.unwrap();
    }

    #[tokio::test]
    async fn one_source_leaves_places_to_others() {
        let limiter = Limiter::new();
        let mut turns = Vec::new();
        for number in 0..MAX_OF_SOURCE {
            turns.push(limiter.turn("a", &number.to_string(), from(1)).await.unwrap());
        }
        assert!(is_throttled(limiter.turn("a", "another", from(1)).await));
        assert!(is_throttled(limiter.turn("b", "0", from(1)).await), "whatever the account");
        assert!(is_throttled(limiter.place(from(1))));
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert!(is_throttled(limiter.place(mapped)), "it is the same address");
        // Who was refused took no place.
        let others: Vec<_> = (0..MAX_OF_SOURCE).map(|_| limiter.place(from(2)).unwrap()).collect();
        assert_eq!(limiter.places.available_permits(), 0);
        drop((turns, others));
        assert_eq!(limiter.places.available_permits(), MAX_WAITING);
        assert!(limiter.sources.lock().unwrap().is_empty());
        // A site has more addresses of IPv6 than there are places.
        let of_site =
            |site: u16, last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, site, 0, 0, 0, last));
        let site: Vec<_> = (0..).map_while(|last| limiter.place(of_site(1, last)).ok()).collect();
        assert_eq!(site.len(), MAX_OF_SOURCE);
        assert!(limiter.place(of_site(2, 0)).is_ok());
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_still_counts() {
        let limiter = Limiter::new();
        let cores = limiter.deriving.available_permits();
        let (release, held) = mpsc::channel::<()>();
        let mut work = Box::pin(limiter.run(move || held.recv()));
        assert!(futures_util::poll!(work.as_mut()).is_pending());
        drop(work);
        assert_eq!(limiter.deriving.available_permits(), cores - 1);
        release.send(()).unwrap();
        let all = u32::try_from(cores).unwrap();
        let all = limiter.deriving.acquire_many(all).await;
        assert!(all.is_ok(), "the core is free again");
    }
}
