//! The access log of buckets: a line for every request, gathered in memory, and written once an
//! hour into the bucket that the owner named.
//!
//! ```text
//! answer sent ─▶ line ─▶ buffer of (source, target) ─▶ every hour, or when it is full ─▶ object
//! ```
//!
//! The buffer is bounded. What it cannot take is counted, and so is what cannot be written because
//! the target is gone: nothing is lost in silence. What is in the buffer when the machine fails is
//! lost, as the vendor's log promises no more. Source: the page "Logging" of OSS.

mod delivery;
mod line;
mod watched;

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Mutex, PoisonError};

use rolecall_types::{BucketName, Timestamp};

use crate::record::LoggingEnabled;

pub(crate) use line::Line;
pub(crate) use watched::watched;

/// The most bytes of lines that wait for all buckets together.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// How many bytes of lines of one bucket are written before their hour is over.
const FULL_BYTES: usize = 1 << 20;

/// The seconds of an hour.
const HOUR_SECONDS: i64 = 60 * 60;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct AccessLog(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    logs: BTreeMap<Route, Lines>,
    /// The bytes of all lines.
    bytes: usize,
    /// How many lines were lost since the program began.
    lost: u64,
}

/// Which bucket's log goes where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) source: BucketName,
    pub(crate) target: BucketName,
    pub(crate) prefix: String,
}

/// The lines of one log.
#[derive(Debug)]
pub(crate) struct Lines {
    /// When the first of them came.
    pub(crate) since: Timestamp,
    pub(crate) text: Vec<u8>,
    pub(crate) count: u64,
}

impl Route {
    /// Where the log of `source` goes.
    pub(crate) fn of(source: &BucketName, log: &LoggingEnabled) -> Self {
        Self {
            source: source.clone(),
            target: log.target_bucket.clone(),
            prefix: log.target_prefix.clone().unwrap_or_default(),
        }
    }
}

impl AccessLog {
    /// Adds a line, or counts it as lost where no more can wait.
    pub(crate) fn add(&self, route: Route, line: &str, now: Timestamp) {
        let line = Lines { since: now, text: line.as_bytes().to_vec(), count: 1 };
        self.put(route, line);
    }

    /// Adds lines, or counts them as lost where no more can wait.
    fn put(&self, route: Route, more: Lines) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = waiting.bytes.saturating_add(more.text.len());
        if bytes > WAITING_BYTES_MAX {
            waiting.lost = waiting.lost.saturating_add(more.count);
            return;
        }
        waiting.bytes = bytes;
        match waiting.logs.get_mut(&route) {
            Some(lines) => {
                lines.since = lines.since.min(more.since);
                lines.text.extend_from_slice(&more.text);
                lines.count = lines.count.saturating_add(more.count);
            }
            None => {
                waiting.logs.insert(route, more);
            }
        }
    }

    /// Takes what is to be written: the lines of an hour that is over and logs that are full, or
    /// everything.
    fn take(&self, now: Timestamp, all: bool) -> BTreeMap<Route, Lines> {
        let hour = |at: Timestamp| at.as_second().div_euclid(HOUR_SECONDS);
        let is_due =
            |lines: &Lines| all || hour(lines.since) < hour(now) || lines.text.len() >= FULL_BYTES;
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let logs = mem::take(&mut waiting.logs);
        let (due, rest): (BTreeMap<_, _>, _) =
            logs.into_iter().partition(|(_, lines)| is_due(lines));
        waiting.bytes = rest.values().map(|lines: &Lines| lines.text.len()).sum();
        waiting.logs = rest;
        due
    }

    fn lose(&self, lines: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.lost = waiting.lost.saturating_add(lines);
    }

    /// How many lines were lost since the program began.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(source: &str) -> Route {
        let name = |text: &str| BucketName::new(text).unwrap();
        Route { source: name(source), target: name("target"), prefix: String::new() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn taken(log: &AccessLog, now: i64, all: bool) -> Vec<(String, u64)> {
        let due = log.take(at(now), all);
        due.into_iter().map(|(route, lines)| (route.source.to_string(), lines.count)).collect()
    }

    #[test]
    fn lines_wait_until_their_hour_is_over() {
        let log = AccessLog::default();
        log.add(route("one"), "a\n", at(3599));
        log.add(route("two"), "b\n", at(3600));
        log.add(route("one"), "c\n", at(3601));
        assert_eq!(taken(&log, 3599, false), []);
        assert_eq!(taken(&log, 3601, false), [("one".to_owned(), 2)]);
        assert_eq!(taken(&log, 7199, false), []);
        assert_eq!(taken(&log, 7200, false), [("two".to_owned(), 1)]);
        log.add(route("one"), "d\n", at(7200));
        assert_eq!(taken(&log, 7200, true), [("one".to_owned(), 1)]);
    }

    #[test]
    fn a_full_log_does_not_wait() {
        let log = AccessLog::default();
        log.add(route("one"), &"x".repeat(FULL_BYTES), at(0));
        log.add(route("two"), "x", at(0));
        assert_eq!(taken(&log, 1, false), [("one".to_owned(), 1)]);
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let log = AccessLog::default();
        let line = "x".repeat(WAITING_BYTES_MAX / 4);
        for number in 0..6 {
            log.add(route(&format!("source-{number}")), &line, at(0));
        }
        assert_eq!(log.lost(), 2);
        assert_eq!(taken(&log, 0, true).len(), 4);
        log.add(route("one"), &line, at(0));
        assert_eq!((log.lost(), taken(&log, 0, true).len()), (2, 1));
    }
}
