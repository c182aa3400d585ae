//! Where the time comes from.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time. Whoever needs it takes a clock as an argument.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// What the clocks of those who were not told of a move say. The same as [`Clock::now`] but on
    /// a moved clock: programs go on signing requests by their own machine's time.
    fn unmoved(&self) -> Timestamp {
        self.now()
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock moved forward from another one by its owner, and never back.
#[derive(Debug)]
pub struct ShiftedClock<C> {
    base: C,
    shift_seconds: AtomicI64,
}

impl<C: Clock> ShiftedClock<C> {
    /// A clock that runs `shift_seconds` ahead of `base`.
    pub fn new(base: C, shift_seconds: u32) -> Self {
        Self { base, shift_seconds: AtomicI64::new(i64::from(shift_seconds)) }
    }

    /// Moves the clock forward and returns the whole shift in seconds.
    pub fn advance(&self, seconds: u32) -> i64 {
        let seconds = i64::from(seconds);
        self.shift_seconds.fetch_add(seconds, Ordering::SeqCst).saturating_add(seconds)
    }

    /// How far ahead of its base the clock runs, in seconds.
    pub fn shift_seconds(&self) -> i64 {
        self.shift_seconds.load(Ordering::SeqCst)
    }
}

impl<C: Clock> Clock for ShiftedClock<C> {
    fn now(&self) -> Timestamp {
        let base = self.base.now();
        base.saturating_add(SignedDuration::from_secs(self.shift_seconds())).unwrap_or(base)
    }

    fn unmoved(&self) -> Timestamp {
        self.base.unmoved()
    }
}

/// A clock for tests: it stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `second` of the Unix epoch.
    pub fn at(second: i64) -> Self {
        Self(AtomicI64::new(second))
    }

    /// Moves the clock by `seconds`, back too.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_still_tells_what_others_see() {
        let clock = ShiftedClock::new(ManualClock::at(1_000), 5);
        assert_eq!(clock.advance(10), 15);
        assert_eq!(clock.now().as_second(), 1_015);
        assert_eq!(clock.unmoved().as_second(), 1_000);
    }
}
