//! STS 2015-04-01: sessions of roles, and who one is.

use std::sync::Arc;

use rolecall_crypto::KeyRing;

mod assume_role;
pub mod code;
mod get_caller_identity;

pub use assume_role::{AssumeRole, AssumeRoleReply, AssumedRoleUserView, CredentialsView};
pub use get_caller_identity::{GetCallerIdentity, GetCallerIdentityReply};

/// Handles STS's calls: it mints sessions with a key ring and stores nothing.
#[derive(Debug, Clone)]
pub struct Sts {
    key_ring: Arc<KeyRing>,
}

impl Sts {
    /// A handler that mints with these keys.
    pub fn new(key_ring: Arc<KeyRing>) -> Self {
        Self { key_ring }
    }
}

rolecall_gate::product! {
    /// Handles every operation of STS that is served.
    StsHandlers: AssumeRole, GetCallerIdentity,
}
