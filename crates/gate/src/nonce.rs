//! Signature nonces: each works once for its AccessKey, over a restart too.
//!
//! A nonce must be remembered until its request's timestamp leaves the window. Nonces stand in
//! buckets of five minutes of that timestamp, so that forgetting is dropping a bucket, and the cost
//! of one does not grow with the number of the others. Each is written to a journal before its
//! request goes on: the page cache keeps it when the process is killed. A machine that lost power
//! may have lost the last second of the journal; the ledger then refuses every timestamp from
//! before its own start.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolecall_crypto::sha256;
use rolecall_types::{AccessKeyId, Timestamp};

use crate::ALLOWED_SKEW_SECONDS;

/// Seconds of request time that share a bucket.
const BUCKET_SECONDS: i64 = 300;
/// Seconds of arrival time that share a journal file.
const JOURNAL_SECONDS: i64 = 900;
/// Bytes of one entry: the bucket's number and the digest.
const ENTRY_BYTES: usize = 24;
/// Changes at each start of the machine. Source: `random(4)`.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A failure of the journal. Requests are refused while it lasts.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempted} the nonce journal in `{path}`")]
pub struct NonceError {
    attempted: &'static str,
    path: String,
    source: io::Error,
}

/// What the ledger knows a nonce of a key by: the first half of a SHA-256, which is enough to tell
/// nonces apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceDigest(u128);

impl NonceDigest {
    /// Of a key and a nonce.
    pub fn of(key: &AccessKeyId, nonce: &str) -> Self {
        let hash = sha256(&[key.as_str().as_bytes(), b"\0", nonce.as_bytes()]);
        Self(hash.first_chunk().copied().map_or(0, u128::from_le_bytes))
    }
}

/// The nonces that were used lately.
#[derive(Debug)]
pub struct NonceLedger {
    directory: Option<PathBuf>,
    floor: Timestamp,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<i64, HashSet<u128>>,
    journal: Option<Arc<Journal>>,
}

/// A file that nonces are appended to.
#[derive(Debug)]
struct Journal {
    number: i64,
    path: PathBuf,
    file: File,
}

impl NonceLedger {
    /// A ledger without a journal, for tests and simulation.
    pub fn in_memory() -> Self {
        Self { directory: None, floor: Timestamp::MIN, state: Mutex::default() }
    }

    /// Opens the journal in `directory`, making it where it is missing.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, NonceError> {
        let fail = |attempted| {
            move |source| NonceError { attempted, path: directory.display().to_string(), source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(fail("create"))?;
        let mut state = State::default();
        let oldest = journal_of(now).saturating_sub(2);
        for entry in fs::read_dir(directory).map_err(fail("list"))? {
            let path = entry.map_err(fail("list"))?.path();
            let Some(number) = journal_number(&path) else { continue };
            if number < oldest {
                fs::remove_file(&path).map_err(fail("shorten"))?;
            } else {
                state.load(&fs::read(&path).map_err(fail("read"))?);
            }
        }
        let floor = floor(directory, now, !state.buckets.is_empty()).map_err(fail("mark"))?;
        Ok(Self { directory: Some(directory.to_owned()), floor, state: Mutex::new(state) })
    }

    /// Whether a timestamp is from before a loss of power that may have lost nonces.
    pub fn is_before_floor(&self, signed_at: Timestamp) -> bool {
        signed_at < self.floor
    }

    /// Whether the nonce was used already, whatever the timestamp was.
    pub fn is_used(&self, NonceDigest(digest): NonceDigest) -> bool {
        self.lock().buckets.values().any(|bucket| bucket.contains(&digest))
    }

    /// Uses the nonce; `false` if it was used before.
    pub fn use_up(
        &self,
        NonceDigest(digest): NonceDigest,
        signed_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, NonceError> {
        let bucket = bucket_of(signed_at);
        let journal = {
            let mut state = self.lock();
            state.forget(now);
            if state.buckets.values().any(|bucket| bucket.contains(&digest)) {
                return Ok(false);
            }
            let journal = match &self.directory {
                Some(directory) => Some(state.journal(directory, now)?),
                None => None,
            };
            state.buckets.entry(bucket).or_default().insert(digest);
            journal
        };
        // Outside the lock: each appends one entry, which the system keeps whole.
        let Some(journal) = journal else { return Ok(true) };
        match journal.append(bucket, digest) {
            Ok(()) => Ok(true),
            Err(error) => {
                self.lock().give_back(bucket, digest);
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops the buckets whose timestamps have all left the window.
    fn forget(&mut self, now: Timestamp) {
        let oldest = bucket_of(now).saturating_sub(ALLOWED_SKEW_SECONDS / BUCKET_SECONDS + 1);
        while let Some(first) = self.buckets.first_entry() {
            if *first.key() >= oldest {
                break;
            }
            first.remove();
        }
    }

    fn load(&mut self, bytes: &[u8]) {
        for entry in bytes.chunks_exact(ENTRY_BYTES) {
            let Some((number, digest)) = entry.split_first_chunk::<8>() else { continue };
            if let Ok(digest) = digest.try_into().map(u128::from_le_bytes) {
                self.buckets.entry(i64::from_le_bytes(*number)).or_default().insert(digest);
            }
        }
    }

    /// The journal of this quarter of an hour.
    fn journal(&mut self, directory: &Path, now: Timestamp) -> Result<Arc<Journal>, NonceError> {
        let number = journal_of(now);
        if let Some(journal) = self.journal.as_ref().filter(|journal| journal.number == number) {
            return Ok(Arc::clone(journal));
        }
        let path = journal_path(directory, number);
        let file = open_journal(&path).map_err(|source| NonceError {
            attempted: "open",
            path: path.display().to_string(),
            source,
        })?;
        // What it held has left the window; if it stays, the next start takes it away.
        let _ = fs::remove_file(journal_path(directory, number.saturating_sub(3)));
        let journal = Arc::new(Journal { number, path, file });
        self.journal = Some(Arc::clone(&journal));
        Ok(journal)
    }

    /// Forgets a nonce that could not be written, and the journal that did not take it: it may have
    /// taken a part, which opening it again cuts off.
    fn give_back(&mut self, bucket: i64, digest: u128) {
        self.journal = None;
        if let Some(bucket) = self.buckets.get_mut(&bucket) {
            bucket.remove(&digest);
        }
    }
}

impl Journal {
    fn append(&self, bucket: i64, digest: u128) -> Result<(), NonceError> {
        let mut entry = [0_u8; ENTRY_BYTES];
        let (head, tail) = entry.split_at_mut(8);
        head.copy_from_slice(&bucket.to_le_bytes());
        tail.copy_from_slice(&digest.to_le_bytes());
        (&self.file).write_all(&entry).map_err(|source| NonceError {
            attempted: "append to",
            path: self.path.display().to_string(),
            source,
        })
    }
}

fn journal_path(directory: &Path, number: i64) -> PathBuf {
    directory.join(format!("{number}.nonces"))
}

/// Opens a journal to append to. Part of an entry at its end, which a loss of power or a full disk
/// leaves, is cut off: what comes after it could not be read.
fn open_journal(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let length = file.metadata()?.len();
    let part = length.checked_rem(ENTRY_BYTES as u64).unwrap_or_default();
    if part > 0 {
        file.set_len(length.saturating_sub(part))?;
    }
    Ok(file)
}

fn bucket_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(BUCKET_SECONDS)
}

fn journal_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(JOURNAL_SECONDS)
}

fn journal_number(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.strip_suffix(".nonces")?.parse().ok()
}

/// The earliest timestamp to accept: the start, where the machine was started since the last use.
fn floor(directory: &Path, now: Timestamp, any_used: bool) -> io::Result<Timestamp> {
    let marker = directory.join("boot");
    let boot = fs::read_to_string(BOOT_ID)?;
    let before = match fs::read_to_string(&marker) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if before.as_ref() == Some(&boot) {
        return Ok(Timestamp::MIN);
    }
    let mut file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&marker)?;
    file.write_all(boot.as_bytes())?;
    Ok(if any_used || before.is_some() { now } else { Timestamp::MIN })
}

#[cfg(test)]
mod tests;
