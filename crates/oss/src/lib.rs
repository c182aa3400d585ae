//! The object service: buckets, objects, streaming bytes, local files.
//!
//! ```text
//! Inbound ─ route ─ authenticate ─ find bucket ─ decode ─ authorize ─ execute ─ encode ─ Outbound
//!             │                        │                              │  │
//!        host and path               index  ◀───── one transaction ───┘  └──▶ blobs
//! ```
//!
//! [`ObjectService`] answers every request of the vendor's protocol at every spelling of its
//! addresses; what it does not serve, it says. Records of buckets and objects are in a store of
//! their own, the bytes in [`Blobs`]: files of this machine ([`LocalBlobs`]), or whatever else
//! keeps them.
//!
//! Four laws hold. The bucket and key that a signature covers are those that are used. Nothing of
//! an upload can be seen before all of it was checked and is on disk. A key is never a path. An
//! object is replaced or deleted as a whole, and whoever reads it reads one state to its end.

mod access;
mod access_log;
mod amazon;
mod answer;
mod ask;
mod assembly;
mod blobs;
mod callback;
mod checksum;
pub mod code;
mod conditional;
mod copy_source;
mod cors;
mod decode;
mod denied;
mod document;
mod download;
mod endpoints;
mod error;
mod form;
mod index;
mod known;
mod lifecycle;
mod listing;
mod metadata;
mod not_served;
mod objects;
mod operation;
mod pieces;
mod range;
mod record;
mod referer;
mod route;
mod scrub;
mod service;
mod site;
mod tagging;
mod tags;
mod text;
mod upload;
mod wanted;
mod xml;

pub use blobs::{
    BlobError, BlobId, BlobStream, BlobWriter, Blobs, Holdings, LocalBlobs, PIECE_BYTES, Sweep,
};
pub use callback::{CallbackKeys, Callbacks};
pub use endpoints::Endpoints;
pub use error::ObjectError;
pub use index::BUCKETS_MAX;
pub use lifecycle::LifecycleReport;
pub use metadata::METADATA_BYTES_MAX;
pub use not_served::{Goal, NOT_SERVED, NotServed};
pub use operation::OPERATIONS;
pub use scrub::{Finding, Rot, ScrubProgress, ScrubReport};
pub use service::{Maintenance, ObjectService};
pub use text::KEY_BYTES_MAX;
pub use upload::UPLOAD_BYTES_MAX;
