//! What the index keeps of an account that has buckets.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::AccountId;
use serde::{Deserialize, Serialize};

/// What an account has set for all of its buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountSettings {
    pub(crate) account: AccountId,
    /// Whether what policies and access control lists of its buckets grant to everybody is ignored.
    #[serde(default)]
    pub(crate) block_public_access: bool,
}

impl Record for AccountSettings {
    const TABLE: &'static str = "oss-account";
    const VERSION: u32 = 1;
}

impl Keyed for AccountSettings {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str()])
    }
}
