//! The operations of RAM, IMS and STS, one file each, and the directory that the gate asks.
//!
//! ```text
//! gate ── Permit ──▶ ram::Ram ── Transaction ──▶ records ── watch ──▶ IdentityDirectory
//!   │                                                                       │ Snapshot
//!   └── Permit ──▶ sts::Sts ── mints from the snapshot ◀────────────────────┘
//! ```
//!
//! RAM's operations write [`record`]s; the [`IdentityDirectory`] follows them and compiles each
//! principal's policies when one of them changes, and at no other time. STS reads the directory's
//! snapshot alone: a session is minted, not stored, and the [`SessionBook`] takes a note of it.
//! Who signs in with a password goes by [`SignIns`].

mod bootstrap;
mod control_policy;
mod directory;
mod federation;
pub mod ims;
mod instance_session;
mod key_use;
mod paging;
mod password;
mod qr;
pub mod ram;
pub mod record;
mod resource_tags;
mod saml;
mod session_book;
mod sign_in;
pub mod sts;
pub mod system_policy;
mod tag;
mod trust;

pub use bootstrap::{AccountSeed, BootstrapError, Seeded, bootstrap};
pub use control_policy::{ControlPolicyError, control_policy, set_control_policy};
pub use directory::IdentityDirectory;
pub use federation::{PinnedKeys, PinnedKeysError, Verifier};
pub use instance_session::{
    INSTANCE_SESSION_SECONDS, InstanceRole, InstanceSession, InstanceSessionError,
    issue_instance_session,
};
pub use key_use::{FLUSH_SECONDS, keep_key_use};
pub use password::Password;
pub use resource_tags::watch_tags;
pub use saml::{Metadata as SamlMetadata, SamlError};
pub use session_book::{MAX_LISTED_SESSIONS, SessionBook};
pub use sign_in::{Proven, SignIn, SignInAttempt, SignIns, SignedIn};
