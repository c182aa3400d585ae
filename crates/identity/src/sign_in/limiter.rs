//! How much of the machine the checks of passwords may take, and who goes first.

use std::collections::HashMap;
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

/// Who is checked, by its names in keys.
type Name = (String, String);

/// Lets in as many as the machine can take.
pub(super) struct Limiter {
    places: Arc<Semaphore>,
    /// Cores that may derive: half of them, so that a flood leaves some to all others.
    deriving: Arc<Semaphore>,
    lines: Arc<Lines>,
}

/// The lines of those who are checked now, and how many stand in each.
type Lines = Mutex<HashMap<Name, (Arc<tokio::sync::Mutex<()>>, usize)>>;

/// The only one that is checked of its name, until it is dropped.
pub(super) struct Turn {
    // Fields are dropped in this order: the next one goes before the line is left.
    _first: OwnedMutexGuard<()>,
    _standing: Standing,
    _place: OwnedSemaphorePermit,
}

/// One who stands in a line.
struct Standing {
    lines: Arc<Lines>,
    name: Name,
}

impl Limiter {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            places: Arc::new(Semaphore::new(MAX_WAITING)),
            deriving: Arc::new(Semaphore::new((cores / 2).max(1))),
            lines: Arc::default(),
        }
    }

    /// A place among those who wait; none where there are too many.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| ApiError::new(&common::THROTTLING))
    }

    /// Waits until nobody else of this name is checked. The checks of one name write to the same
    /// records, and take one core at a time.
    pub(super) async fn turn(&self, account: &str, user: &str) -> Result<Turn, ApiError> {
        let place = self.place()?;
        let name = (account.to_owned(), user.to_owned());
        let (line, standing) = Standing::join(&self.lines, name)?;
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

impl Standing {
    fn join(
        lines: &Arc<Lines>,
        name: Name,
    ) -> Result<(Arc<tokio::sync::Mutex<()>>, Self), ApiError> {
        let mut open = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (line, standing) = open.entry(name.clone()).or_default();
        if *standing >= MAX_IN_LINE {
            return Err(ApiError::new(&common::THROTTLING));
        }
        *standing = standing.saturating_add(1);
        Ok((Arc::clone(line), Self { lines: Arc::clone(lines), name }))
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let mut open = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, standing)) = open.get_mut(&self.name) {
            *standing = standing.saturating_sub(1);
            if *standing == 0 {
                open.remove(&self.name);
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

    #[tokio::test]
    async fn lines_are_short_and_leave_nothing_behind() {
        let limiter = Limiter::new();
        let first = limiter.turn("a", "alice").await.unwrap();
        let mut waiting: Vec<_> =
            (1..MAX_IN_LINE).map(|_| Box::pin(limiter.turn("a", "alice"))).collect();
        for turn in &mut waiting {
            assert!(futures_util::poll!(turn.as_mut()).is_pending());
        }
        assert!(is_throttled(limiter.turn("a", "alice").await));
        // Nobody else waits for them, until all places are taken.
        let other = limiter.turn("a", "bob").await.unwrap();
        let mut places = Vec::new();
        while let Ok(place) = limiter.place() {
            places.push(place);
        }
        assert_eq!(places.len(), MAX_WAITING - MAX_IN_LINE - 1);
        assert!(is_throttled(limiter.turn("a", "carol").await));
        drop((first, waiting, other, places));
        assert!(limiter.lines.lock().unwrap().is_empty());
        assert_eq!(limiter.places.available_permits(), MAX_WAITING);
        limiter.turn("a", "alice").await.unwrap();
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
