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
    pub fn of(session: &Session) -> Self {
        let mut kept = session.clone();
        kept.policies.clear();
        Self { session: kept, restricted: !session.policies.is_empty() }
    }
}

impl Record for SessionRecord {
    const TABLE: &'static str = "sts-session";
    const VERSION: u32 = 1;
}

impl Keyed for SessionRecord {
    fn key(&self) -> Key {
        let session = &self.session;
        Key::of::<Self>(&[session.account.as_str(), &session.session_id.to_string()])
    }
}
