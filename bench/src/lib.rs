//! What the measuring programs share: the clock.

use nix::time::{ClockId, clock_gettime};

/// CPU time of this thread, in nanoseconds: other work on the machine does not count.
///
/// # Panics
///
/// Where the system does not count it; Linux does.
pub fn thread_nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux counts CPU time");
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec()).unwrap_or_default()
}
