//! Looking for rot: everything that the index refers to is read now and then, so that what the disk
//! lost is known before somebody asks for it.
//!
//! ```text
//! a pass     index: objects ─▶ other versions ─▶ parts of uploads
//! a record   length of each blob ─▶ all of its bytes, checked ─▶ still referred to? ─▶ rot
//! ```
//!
//! A pass goes on a slice at a time, so that it takes a bounded share of the disk; where it is, is
//! kept, so that restarts do not make it begin anew. What is read for requests and lies in the
//! system's memory is not read from the disk again: what rots under it is found when it has gone.
//!
//! A record changes and its blobs go while they are read. So what seems to be rot is rot only if
//! the record still refers to the blob afterwards: a blob goes after the record did.

mod findings;
mod pass;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rolecall_types::{Timestamp, explain};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::error::ObjectError;
use crate::objects::Objects;
use crate::record::{PassState, ScrubState};
use findings::Findings;
pub use findings::{Finding, Rot};
use pass::{Budget, Pass, Turn};

/// How long after the end of a pass the next one begins: a week, in seconds. Disks are commonly
/// scrubbed once a week or once a month, so that a second copy elsewhere is still there; the whole
/// of a large disk at [`SLICE_BYTES`] takes days itself.
const PERIOD_SECONDS: i64 = 7 * 24 * 60 * 60;

/// How many bytes a slice reads, in bytes: 16 MiB. With a slice a second that is a tenth of what a
/// spinning disk reads, and ten terabytes in a week.
const SLICE_BYTES: u64 = 16 << 20;

/// The same when requests came since the last slice.
const SLICE_BYTES_BUSY: u64 = 4 << 20;

/// How many records a slice looks at: small objects cost a seek of the disk each.
const SLICE_RECORDS: u64 = 1_000;

/// The same when requests came since the last slice.
const SLICE_RECORDS_BUSY: u64 = 250;

/// How often it is kept where a pass is, in slices: a restart repeats a minute's work.
const KEEP_EVERY: u32 = 60;

/// Looks for rot, in the background and when it is told to.
#[derive(Debug, Default)]
pub(crate) struct Scrubber {
    findings: Findings,
    /// Records and bytes that were read since the program began.
    read: ScrubProgress,
    running: AtomicBool,
    /// The pass of the background, and what is needed to go on with it.
    background: Mutex<Background>,
    /// Held by the pass that a person asked for.
    asked: Mutex<()>,
}

#[derive(Debug, Default)]
struct Background {
    /// Whether what an earlier run kept was read.
    is_loaded: bool,
    pass: Option<Pass>,
    /// Slices of the pass so far, in this run.
    slices: u32,
    /// How many requests there were at the last slice.
    requests: u64,
}

/// How much was read.
#[derive(Debug, Default)]
pub struct ScrubProgress {
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl ScrubProgress {
    /// Objects, versions and parts of uploads that were read to their end.
    pub fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    /// The bytes of these, as clients see them.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn add_object(&self) {
        self.objects.fetch_add(1, Ordering::Relaxed);
    }

    fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What looking for rot has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubReport {
    /// Whether a pass goes on.
    pub running: bool,
    /// Objects, versions and parts of uploads that were read since the program began.
    pub objects: u64,
    /// Their bytes, as clients see them.
    pub bytes: u64,
    /// When the last pass over everything ended, if there was one.
    pub last_pass: Option<Timestamp>,
    /// How many objects, versions and parts are known to have rotted.
    pub rotten: u64,
    /// Which these are: the first some hundred.
    pub findings: Vec<Finding>,
}

impl Scrubber {
    /// What it has come to.
    pub(crate) fn report(&self) -> ScrubReport {
        ScrubReport {
            running: self.running.load(Ordering::Relaxed),
            objects: self.read.objects(),
            bytes: self.read.bytes(),
            last_pass: self.findings.last_pass(),
            rotten: self.findings.count(),
            findings: self.findings.list(),
        }
    }

    /// Goes on for a slice with the pass of the background, or begins one if it is time.
    /// `requests` is how many there were so far.
    pub(crate) async fn slice(
        &self,
        objects: &Objects,
        now: Timestamp,
        requests: u64,
    ) -> Result<(), ObjectError> {
        let Ok(mut background) = self.background.try_lock() else { return Ok(()) };
        let Background { is_loaded, pass, slices, requests: before } = &mut *background;
        if !*is_loaded {
            *pass = self.load(objects).await?;
            *is_loaded = true;
        }
        if pass.is_none() && !self.is_due(now) {
            return Ok(());
        }
        let is_busy = std::mem::replace(before, requests) != requests;
        let budget = if is_busy {
            Budget::of(SLICE_BYTES_BUSY, SLICE_RECORDS_BUSY)
        } else {
            Budget::of(SLICE_BYTES, SLICE_RECORDS)
        };
        if pass.is_none() {
            *slices = 0;
        }
        let going = pass.get_or_insert_with(|| Pass::begin(self.findings.next_pass()));
        self.running.store(true, Ordering::Relaxed);
        let turn = Turn { objects, scrubber: self, now, budget, progress: &self.read };
        let is_over = going.run(turn).await?;
        if is_over {
            self.end(going, now);
            *pass = None;
        }
        let is_time = slices.is_multiple_of(KEEP_EVERY);
        *slices = slices.saturating_add(1);
        if is_over || is_time {
            self.keep(objects, pass.as_ref()).await;
        }
        Ok(())
    }

    /// Reads everything once, as fast as it goes, and tells what it has come to.
    pub(crate) async fn pass(
        &self,
        objects: &Objects,
        now: impl Fn() -> Timestamp,
        progress: &ScrubProgress,
    ) -> Result<ScrubReport, ObjectError> {
        let _turn = self.asked.lock().await;
        // What an earlier run found is known from here on, and not found anew.
        self.slice(objects, now(), 0).await?;
        let mut pass = Pass::begin(self.findings.next_pass());
        let budget = Budget::of(u64::MAX, u64::MAX);
        pass.run(Turn { objects, scrubber: self, now: now(), budget, progress }).await?;
        self.read.objects.fetch_add(progress.objects(), Ordering::Relaxed);
        self.read.bytes.fetch_add(progress.bytes(), Ordering::Relaxed);
        let mut background = self.background.lock().await;
        // The pass of the background would look at the same once more.
        background.pass = None;
        self.end(&pass, now());
        self.keep(objects, None).await;
        Ok(self.report())
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.findings
            .last_pass()
            .is_none_or(|last| now.as_second().saturating_sub(last.as_second()) >= PERIOD_SECONDS)
    }

    fn end(&self, pass: &Pass, now: Timestamp) {
        self.running.store(false, Ordering::Relaxed);
        self.findings.end(pass.number(), now);
    }

    /// What an earlier run kept, and its pass.
    async fn load(&self, objects: &Objects) -> Result<Option<Pass>, ObjectError> {
        let ScrubState { last_pass, pass, findings } = objects.index.scrub_state().await?;
        self.findings.load(last_pass, findings);
        let after = pass.and_then(|PassState { after }| findings::place(&after));
        // What was kept belongs to the pass that goes on, or to one that is over.
        let number = self.findings.next_pass();
        Ok(after.map(|after| Pass::resume(number, after)))
    }

    /// Keeps where the pass is. That it is not kept costs a part of a pass after a restart.
    async fn keep(&self, objects: &Objects, pass: Option<&Pass>) {
        let after = pass.and_then(Pass::after).map(findings::text_of);
        let state = ScrubState {
            last_pass: self.findings.last_pass(),
            pass: after.map(|after| PassState { after }),
            findings: self.findings.kept(),
        };
        if let Err(error) = objects.index.keep_scrub_state(&state).await {
            tracing::warn!(cause = %explain(&error), "how far the scrubber has come is not kept");
        }
    }
}
