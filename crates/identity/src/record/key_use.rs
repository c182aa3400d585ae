//! When AccessKeys were last used. Written now and then, not at each use.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccessKeyId, AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::wire_time;

/// The last use of an AccessKey that is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyUseRecord {
    /// The key's account.
    pub account: AccountId,
    /// The key.
    pub id: AccessKeyId,
    /// When it last signed a call.
    #[serde(with = "wire_time")]
    pub used_at: Timestamp,
}

impl Record for KeyUseRecord {
    const TABLE: &'static str = "ram-key-use";
    const VERSION: u32 = 1;
}

impl Keyed for KeyUseRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), self.id.as_str()])
    }
}
