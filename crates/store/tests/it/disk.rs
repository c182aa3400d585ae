//! A disk in memory that remembers what was written and synced, and fails when it is told to.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redb::StorageBackend;
use rolecall_store::redb::OpenStorage;

/// The unit in which a disk writes or does not.
pub(crate) const SECTOR: usize = 512;

/// How long a slow disk takes for a sync.
const SLOW_SYNC: Duration = Duration::from_millis(5);

/// What reached the disk, in order; beside it, what the store acknowledged.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Bytes at an offset.
    Write(usize, Vec<u8>),
    /// A new length.
    Resize(usize),
    /// Everything before is durable.
    Sync,
    /// The commit of this revision was acknowledged.
    Acknowledged(u64),
}

/// A failure that the disk is told to give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// How many writes, resizes and syncs still succeed.
    pub(crate) after: usize,
    /// What the failing ones say.
    pub(crate) kind: io::ErrorKind,
}

/// The disk. A clone is the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    steps: Vec<Step>,
    fault: Option<Fault>,
    habit: Habit,
}

/// How the disk syncs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Habit {
    /// As it says.
    #[default]
    Honest,
    /// It says so, and has done nothing: a defect that the simulation of crashes must find.
    Lying,
    /// As it says, after some time, in which other commits can come to wait.
    Slow,
}

impl Disk {
    /// An empty disk with a habit.
    pub(crate) fn new(habit: Habit) -> Self {
        Self(Arc::new(Mutex::new(State { habit, ..State::default() })))
    }

    /// A disk that holds `bytes`.
    pub(crate) fn with(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { bytes, ..State::default() })))
    }

    /// How the store opens it.
    pub(crate) fn storage(&self) -> OpenStorage {
        let disk = self.clone();
        Box::new(move || Ok(Box::new(disk.clone()) as Box<dyn StorageBackend>))
    }

    /// What it holds, synced or not.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// What happened to it since it was last asked.
    pub(crate) fn take_steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.state().steps)
    }

    /// Notes that a commit was acknowledged.
    pub(crate) fn acknowledged(&self, revision: u64) {
        self.state().steps.push(Step::Acknowledged(revision));
    }

    /// Sets or ends a failure.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, step: Step) -> io::Result<()> {
        let mut state = self.state();
        if let Some(fault) = &mut state.fault {
            let Some(after) = fault.after.checked_sub(1) else { return Err(fault.kind.into()) };
            fault.after = after;
        }
        apply(&mut state.bytes, &step);
        state.steps.push(step);
        Ok(())
    }
}

/// Does to `bytes` what the step did to the disk.
pub(crate) fn apply(bytes: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Write(offset, data) => {
            let end = offset.saturating_add(data.len());
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(target) = bytes.get_mut(*offset..end) {
                target.copy_from_slice(data);
            }
        }
        Step::Resize(length) => bytes.resize(*length, 0),
        Step::Sync | Step::Acknowledged(_) => {}
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        u64::try_from(self.state().bytes.len()).map_err(io::Error::other)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let state = self.state();
        let source = state.bytes.get(start..start.saturating_add(out.len()));
        out.copy_from_slice(source.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Step::Resize(usize::try_from(len).map_err(io::Error::other)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        let habit = self.state().habit;
        match habit {
            Habit::Honest => {}
            Habit::Lying => return Ok(()),
            Habit::Slow => std::thread::sleep(SLOW_SYNC),
        }
        self.change(Step::Sync)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.change(Step::Write(offset, data.to_vec()))
    }
}
