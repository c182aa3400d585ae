//! What can go wrong in the store.

use std::path::PathBuf;
use std::sync::Arc;

use crate::Revision;

/// Why the store did not do what was asked. A record that is not there is no error but `None`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another transaction changed what this one had read; run the whole handler again.
    #[error("commit: what the transaction read has changed")]
    Conflict,
    /// What was stored is not what is read.
    #[error("read `{key}`: the stored data is damaged: {reason}; restore the store from a backup")]
    Damaged {
        /// The table and parts of the record in printable form, or the name of the structure.
        key: String,
        /// What gave the damage away.
        reason: String,
    },
    /// The record was written by a newer version of this program.
    #[error("read `{key}`: schema version {found} is newer than {known}, the newest known here")]
    Newer {
        /// The record's printable key.
        key: String,
        /// The version in the record.
        found: u32,
        /// The version of the type that should hold it.
        known: u32,
    },
    /// The type cannot hold the stored record, or the record cannot be written as JSON.
    #[error("convert `{key}` between record and JSON")]
    Json {
        /// The record's printable key.
        key: String,
        /// What the JSON library says.
        source: Arc<serde_json::Error>,
    },
    /// A key or a value is longer than the store takes.
    #[error("write `{key}`: {bytes} bytes are more than the limit of {limit}")]
    TooLarge {
        /// The record's printable key.
        key: String,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The changes after the revision asked for are no longer held: read everything anew.
    #[error("watch: changes up to revision {oldest} are no longer held")]
    Compacted {
        /// A watch may start here or later.
        oldest: Revision,
    },
    /// The store has been closed.
    #[error("use the store: it is closed")]
    Closed,
    /// The disk or the quota is full; nothing was written, and writing resumes when there is room.
    #[error("commit: the disk is full; free some space, writes then resume without a restart")]
    Full,
    /// An earlier write failed in a way after which only a restart may trust the disk again.
    /// Reads go on.
    #[error("commit: writes have stopped since an earlier failure ({reason}); restart the program")]
    Stopped {
        /// The failure that stopped the writes.
        reason: String,
    },
    /// Another process holds the store.
    #[error("open the store in `{}`: another process has it open", path.display())]
    AlreadyOpen {
        /// The folder of the store.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{attempted}")]
    Io {
        /// What was attempted.
        attempted: String,
        /// What the system says.
        source: Arc<std::io::Error>,
    },
    /// The storage engine refused.
    #[error("{attempted}")]
    Redb {
        /// What was attempted.
        attempted: &'static str,
        /// What the engine says.
        source: Arc<redb::Error>,
    },
}

impl StoreError {
    pub(crate) fn damaged(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged { key: key.into(), reason: reason.into() }
    }

    pub(crate) fn io(attempted: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { attempted: attempted.into(), source: Arc::new(source) }
    }
}
