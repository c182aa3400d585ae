//! The metadata service inside the instance.
//!
//! ```text
//! socket of instance i ─ MetadataService(i) ─ path ─ token? ─ item
//!                              │               └ ram/security-credentials/: CredentialCache
//!                              └ Instances: i's record as of now
//! ```
//!
//! There is one [`MetadataService`] for each instance, and it listens inside that instance's
//! network namespace: the socket says who asks. No header and no source address is looked at for
//! it. Credentials are minted ahead and kept until half of their life is over, so that a read is a
//! look-up; a role that is attached, swapped or taken off shows at the next read.

mod credentials;
mod document;
mod items;
mod page;
mod path;
mod service;
mod tree;

pub use credentials::{CredentialIssuer, RENEWAL_SECONDS};
pub use page::refused;
pub use path::{Kind, Place, place};
pub use service::MetadataService;
