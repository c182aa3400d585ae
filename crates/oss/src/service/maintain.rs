//! What the service does without being asked: lifecycle rules once a day, access logs once an hour,
//! and a slice of the look for rot whenever it is called.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use rolecall_types::Timestamp;

use super::{Inner, ObjectService};
use crate::error::ObjectError;
use crate::lifecycle::{LifecycleReport, midnight_before};
use crate::scrub::{ScrubProgress, ScrubReport};

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// What lifecycle rules did, if it was time to look at them.
    pub lifecycle: Option<LifecycleReport>,
    /// Objects of access logs that were written.
    pub logs: u64,
    /// Lines of access logs that were lost since the program began.
    pub lines_lost: u64,
}

impl ObjectService {
    /// Does what is due by the clock of the service, and nothing where nothing is. Call it often:
    /// a clock that is moved tells nobody. Calls at the same time do not do the same twice.
    pub async fn maintain(&self) -> Result<Maintenance, ObjectError> {
        let now = self.0.gate.clock().now();
        let logs = self.0.deliver(now, false).await;
        let lifecycle = self.0.run_lifecycles(now).await?;
        let requests = self.0.requests.load(Ordering::Relaxed);
        self.0.scrubber.slice(&self.0.objects, now, requests).await?;
        Ok(Maintenance { lifecycle, logs, lines_lost: self.0.access_log.lost() })
    }

    /// What looking for rot has come to.
    pub fn scrub_report(&self) -> ScrubReport {
        self.0.scrubber.report()
    }

    /// Reads everything that the index refers to, as fast as it goes, and tells what has rotted.
    /// `progress` shows meanwhile how far it has come. Dropped, it ends.
    pub async fn scrub(&self, progress: &ScrubProgress) -> Result<ScrubReport, ObjectError> {
        let now = || self.0.gate.clock().now();
        self.0.scrubber.pass(&self.0.objects, now, progress).await
    }

    /// Writes the lines of access logs that wait, before the program ends.
    pub async fn flush(&self) {
        let now = self.0.gate.clock().now();
        self.0.deliver(now, true).await;
    }
}

impl Inner {
    async fn deliver(&self, now: Timestamp, all: bool) -> u64 {
        let random = self.gate.random().as_ref();
        self.access_log.deliver(&self.objects, random, now, all).await
    }

    /// Runs lifecycle rules, if a midnight is over at which this program did not look at them.
    async fn run_lifecycles(&self, now: Timestamp) -> Result<Option<LifecycleReport>, ObjectError> {
        let midnight = midnight_before(now);
        let before = {
            let mut ran = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
            ran.replace(midnight)
        };
        if before.is_some_and(|before| before >= midnight) {
            return Ok(None);
        }
        let report = self.objects.run_lifecycles(now).await;
        if report.as_ref().map_or(true, |report| report.failed > 0) {
            let mut ran = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
            *ran = before;
        }
        report.map(Some)
    }
}
