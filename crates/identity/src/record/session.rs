//! Sessions that were made, for the list of them. Nothing is decided by these records.

use rolecall_crypto::Session;
use rolecall_store::{Key, Keyed, Record};
use serde::{Deserialize, Serialize};

/// A session that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionRecord {
    /// What its token says, but for the session policies.
    pub session: Session,
    /// Whether it has session policies.
    pub restricted: bool,
}

impl SessionRecord {
    /// What is kept of a session.
    pub fn of(mut session: Session) -> Self {
        let policies = std::mem::take(&mut session.policies);
        Self { session, restricted: !policies.is_empty() }
    }
}

impl Record for SessionRecord {
    const TABLE: &'static str = "sts-session";
    const VERSION: u32 = 1;
}

impl Keyed for SessionRecord {
    fn key(&self) -> Key {
        let session = &self.session;
        // What is made one after the other stands side by side: a group of notes touches few pages
        // of the store's file. Older records have their session's id alone.
        let made = u64::try_from(session.issued_at.as_nanosecond()).unwrap_or_default();
        let place = format!("{made:016x}-{}", session.session_id);
        Key::of::<Self>(&[session.account.as_str(), &place])
    }
}
