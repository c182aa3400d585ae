//! STS 2015-04-01: sessions of roles, and who one is.

use std::sync::Arc;

use rolecall_crypto::KeyRing;

mod assume_role;
mod assume_role_with_oidc;
mod assume_role_with_saml;
pub mod code;
mod get_caller_identity;
mod issue;
mod list_sessions;
mod revoke_sessions;

pub use assume_role::{AssumeRole, AssumeRoleReply};
pub use assume_role_with_oidc::{AssumeRoleWithOIDC, AssumeRoleWithOIDCReply, OidcTokenInfoView};
pub use assume_role_with_saml::{
    AssumeRoleWithSAML, AssumeRoleWithSAMLReply, SamlAssertionInfoView,
};
pub use get_caller_identity::{GetCallerIdentity, GetCallerIdentityReply};
pub use issue::{AssumedRoleUserView, CredentialsView};
pub use list_sessions::{ListSessions, ListSessionsReply, SessionView};
pub use revoke_sessions::{RevokeSessions, RevokeSessionsReply};

use crate::session_book::SessionBook;

/// Handles STS's calls: it mints sessions with a key ring and waits for no disk to do so.
#[derive(Debug, Clone)]
pub struct Sts {
    key_ring: Arc<KeyRing>,
    sessions: SessionBook,
}

impl Sts {
    /// A handler that mints with these keys, and takes notes in this book.
    pub fn new(key_ring: Arc<KeyRing>, sessions: SessionBook) -> Self {
        Self { key_ring, sessions }
    }
}

rolecall_gate::product! {
    /// Handles every operation of STS that is served.
    StsHandlers:
        AssumeRole, AssumeRoleWithOIDC, AssumeRoleWithSAML, GetCallerIdentity, ListSessions,
        RevokeSessions,
}
