//! Revocations of sessions, kept until the last session that they take back would be over.

use rolecall_crypto::SessionId;
use rolecall_gate::RevocationScope;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, InstanceId, PrincipalId, Timestamp};
use serde::{Deserialize, Serialize};

use super::wire_time;

/// A revocation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevocationRecord {
    /// The account.
    pub account: AccountId,
    /// What the sessions have in common.
    pub scope: RevokedScope,
    /// Sessions made at or before this are over; the nanosecond counts.
    pub issued_until: Timestamp,
    /// When none of them could be alive any more.
    #[serde(with = "wire_time")]
    pub expires_at: Timestamp,
}

/// What revoked sessions have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RevokedScope {
    /// Their account.
    Account,
    /// Their role, by its id.
    Role(PrincipalId),
    /// Their instance.
    Instance(InstanceId),
    /// It is one session.
    Session(SessionId),
}

impl Record for RevocationRecord {
    const TABLE: &'static str = "sts-revocation";
    const VERSION: u32 = 1;
}

impl Keyed for RevocationRecord {
    fn key(&self) -> Key {
        let (kind, id) = self.scope.parts();
        Key::of::<Self>(&[self.account.as_str(), kind, &id])
    }
}

impl RevokedScope {
    /// The words that stand in keys.
    pub(crate) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Account => ("account", "all".to_owned()),
            Self::Role(id) => ("role", id.to_string()),
            Self::Instance(id) => ("instance", id.to_string()),
            Self::Session(id) => ("session", id.to_string()),
        }
    }

    /// The account and the scope in a record's key.
    pub(crate) fn of_key(key: &Key) -> Option<(AccountId, Self)> {
        let [account, kind, id] = key.texts().try_into().ok()?;
        let scope = match kind.as_str() {
            "account" => Self::Account,
            "role" => Self::Role(PrincipalId::parse(&id)?),
            "instance" => Self::Instance(InstanceId::parse(&id)?),
            "session" => Self::Session(SessionId::parse(&id)?),
            _ => return None,
        };
        Some((AccountId::parse(&account)?, scope))
    }
}

impl From<RevokedScope> for RevocationScope {
    fn from(scope: RevokedScope) -> Self {
        match scope {
            RevokedScope::Account => Self::Account,
            RevokedScope::Role(id) => Self::Role(id),
            RevokedScope::Instance(id) => Self::Instance(id),
            RevokedScope::Session(id) => Self::Session(id),
        }
    }
}
