//! What was found to have rotted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_store::Key;
use rolecall_types::Timestamp;
use serde::{Deserialize, Serialize};

/// How many findings are remembered by name: their record has about 1 KiB of each at most, and a
/// record may have 1 MiB. What is found beyond is logged and counted.
const FINDINGS_MAX: usize = 500;

/// How something has rotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rot {
    /// The bytes are not there.
    Missing,
    /// The bytes are not those that were written.
    Damaged,
    /// There are fewer or more bytes than were written.
    Length,
    /// The disk does not give the bytes.
    Unreadable,
    /// The key of encrypted bytes cannot be opened.
    Key,
    /// The record in the index cannot be read.
    Record,
}

impl fmt::Display for Rot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "its bytes are missing",
            Self::Damaged => "its bytes have changed",
            Self::Length => "its bytes are fewer or more than they were",
            Self::Unreadable => "the disk does not give its bytes",
            Self::Key => "the key of its bytes cannot be opened",
            Self::Record => "its record in the index cannot be read",
        })
    }
}

/// Something that has rotted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is: `bucket/key`, or the part of an upload.
    pub object: String,
    /// Which version of it, where it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The blob that has rotted, unless it is the record: a file below `blobs/`, or a place in the
    /// segment of its first eight digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// How.
    pub rot: Rot,
    /// When that was found.
    pub found: Timestamp,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        if let Some(version) = &self.version {
            write!(f, " (version {version})")?;
        }
        write!(f, ": {}", self.rot)
    }
}

/// All findings, and the last pass that could have had more.
#[derive(Debug, Default)]
pub(super) struct Findings(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    last_pass: Option<Timestamp>,
    /// By the place of the record; with the number of the pass that met it last.
    found: BTreeMap<Key, (Finding, u64)>,
    /// What was found beyond those, and in which pass.
    beyond: (u64, u64),
    /// The number of the next pass.
    next: u64,
}

impl Findings {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each change is a single one: it is whole whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what an earlier run kept. Its unfinished pass is the one that begins next.
    pub(super) fn load(&self, last_pass: Option<Timestamp>, kept: Vec<(String, Finding)>) {
        let mut inner = self.lock();
        inner.last_pass = last_pass;
        let next = inner.next;
        let kept = kept.into_iter().filter_map(|(text, finding)| Some((place(&text)?, finding)));
        inner.found.extend(kept.map(|(place, finding)| (place, (finding, next))));
    }

    /// All of them, as they are kept.
    pub(super) fn kept(&self) -> Vec<(String, Finding)> {
        let inner = self.lock();
        inner.found.iter().map(|(place, (finding, _))| (text_of(place), finding.clone())).collect()
    }

    pub(super) fn list(&self) -> Vec<Finding> {
        self.lock().found.values().map(|(finding, _)| finding.clone()).collect()
    }

    pub(super) fn count(&self) -> u64 {
        let inner = self.lock();
        let named = u64::try_from(inner.found.len()).unwrap_or(u64::MAX);
        named.saturating_add(inner.beyond.1)
    }

    pub(super) fn last_pass(&self) -> Option<Timestamp> {
        self.lock().last_pass
    }

    /// The number of a pass that begins.
    pub(super) fn next_pass(&self) -> u64 {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next = number.saturating_add(1);
        number
    }

    /// Whether rot of this kind is known of a record; it then is not news.
    pub(super) fn knows(&self, place: &Key, blob: Option<&str>, rot: Rot, pass: u64) -> bool {
        let mut inner = self.lock();
        let Some((known, seen)) = inner.found.get_mut(place) else { return false };
        let same = known.rot == rot && known.blob.as_deref() == blob;
        if same {
            *seen = pass.max(*seen);
        }
        same
    }

    pub(super) fn add(&self, place: &Key, finding: Finding, pass: u64) {
        let mut inner = self.lock();
        if inner.found.len() < FINDINGS_MAX || inner.found.contains_key(place) {
            inner.found.insert(place.clone(), (finding, pass));
            return;
        }
        let count = if inner.beyond.0 == pass { inner.beyond.1 } else { 0 };
        inner.beyond = (pass, count.saturating_add(1));
    }

    /// Forgets what was found of a record: it is well.
    pub(super) fn remove(&self, place: &Key) {
        self.lock().found.remove(place);
    }

    /// Forgets what a pass that is over did not meet: its record is gone.
    pub(super) fn end(&self, pass: u64, now: Timestamp) {
        let mut inner = self.lock();
        inner.last_pass = Some(now);
        inner.found.retain(|_, (_, seen)| *seen >= pass);
        if inner.beyond.0 < pass {
            inner.beyond = (pass, 0);
        }
    }
}

/// A place in the index as text.
pub(super) fn text_of(place: &Key) -> String {
    STANDARD.encode(place.as_bytes())
}

/// The place of a text.
pub(super) fn place(text: &str) -> Option<Key> {
    Key::from_bytes(STANDARD.decode(text).ok()?.into())
}
