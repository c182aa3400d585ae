//! The record of a key pair: its public half.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, KeyPairId, RegionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{InstalledKey, Tag, records};

/// A key pair. The private half is told to its maker once, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPairRecord {
    /// Its id.
    pub id: KeyPairId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its name, by which it is known in its region.
    pub name: String,
    /// Its public half, as one line of SSH.
    pub public_key: String,
    /// The MD5 of the public half.
    pub fingerprint: String,
    /// Its resource group; kept and answered.
    pub resource_group_id: String,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl KeyPairRecord {
    /// The key pair as an instance has it.
    pub(crate) fn installed(&self) -> InstalledKey {
        InstalledKey { name: self.name.clone(), public_key: self.public_key.clone() }
    }
}

impl Record for KeyPairRecord {
    const TABLE: &'static str = "key-pair";
    const VERSION: u32 = 1;
}

impl Keyed for KeyPairRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, &self.name)
    }
}
