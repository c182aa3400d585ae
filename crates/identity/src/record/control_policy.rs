//! The control policy of an account.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::wire_time;

/// The control policy of an account, as its operator set it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ControlPolicyRecord {
    /// The account whose users and roles it binds.
    pub account: AccountId,
    /// The document, as it was given.
    pub document: String,
    /// When it was set.
    #[serde(with = "wire_time")]
    pub set_at: Timestamp,
}

impl Record for ControlPolicyRecord {
    const TABLE: &'static str = "ram-control-policy";
    const VERSION: u32 = 1;
}

impl Keyed for ControlPolicyRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str()])
    }
}

impl ControlPolicyRecord {
    /// The account in a record's key.
    pub(crate) fn account_of(key: &Key) -> Option<AccountId> {
        let [account] = key.texts().try_into().ok()?;
        AccountId::parse(&account)
    }
}
