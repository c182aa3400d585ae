//! Ordered keys with transactions, revisions and watches; typed tables; memory and redb.
//!
//! ```text
//!   handler ── Transaction ──▶ Store ──▶ dyn Backend ──▶ Memory │ Redb │ PagedRedb │ (a cluster)
//!                typed records   seals      sealed bytes, revisions, compares
//!   views   ◀── Watch ◀───────────┘
//! ```
//!
//! A [`Transaction`] reads one snapshot, remembers what it read and checks it at commit: it is
//! serializable, ranges and absent keys included. A conflict is [`StoreError::Conflict`], and the
//! caller runs its whole handler again. Each committed transaction makes one [`Revision`].
//!
//! Every value is sealed with its own key as associated data before a [`Backend`] sees it: a bit
//! flipped on disk is found, a record moved to another key is found, a thief reads nothing.
//!
//! Before that, a record of a type that says so is packed ([`Record::PACKED`]): the records of a
//! million roles are alike, and all of them are held in memory.
//!
//! [`Memory`] and [`Redb`] hold the whole space in memory as a persistent map (the control plane of
//! a fleet is some hundred megabytes at the most); redb is what makes it durable. So a read is a
//! look-up that blocks on nothing, a snapshot costs a pointer, and reads go on when the disk fails.
//! [`PagedRedb`] is for more records than should be in memory, such as those of a million objects:
//! it reads them from redb's pages on disk.

mod attempts;
mod backend;
mod error;
mod key;
mod log;
mod memory;
mod packed;
mod published;
mod record;
pub mod redb;
mod seal;
mod space;
mod store;
mod stored;
mod transaction;
mod watch;

pub use attempts::Attempts;
pub use backend::{
    Backend, Batch, Change, Commit, CommitOutcome, Compare, Entry, Revision, Snapshot, Watcher,
};
pub use error::StoreError;
pub use key::{KEY_LENGTH_MAX, Key, KeyRange};
pub use memory::Memory;
pub use record::{Encoded, Keyed, RECORD_LENGTH_MAX, Record};
pub use redb::{PagedRedb, Redb};
pub use seal::{Sealer, UnsealError};
pub use store::{Look, Reader, Store};
pub use transaction::Transaction;
pub use watch::{Event, Events, Watch};
