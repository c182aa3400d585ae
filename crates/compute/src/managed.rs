//! The records of servers that ECS manages and does not run, and of the codes that they register
//! with.

use rolecall_crypto::sha256_hex;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, ManagedInstanceId, Random, RegionId, RequestId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Tag, records};

/// The characters of a code.
const CODE_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// How many of them are drawn: nobody guesses 142 bits.
const CODE_LENGTH: usize = 24;
/// What a code begins with. Source: ECS `CreateActivation`.
const CODE_PREFIX: &str = "a-";

/// A code with which servers register, for some hours. The code itself is told once; the record
/// has its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationRecord {
    /// Its id, an upper-case UUID.
    pub id: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// The SHA-256 of the code, in hexadecimal digits. A code is long and drawn, so that a hash
    /// without rounds keeps it.
    pub code_hash: String,
    /// What names of its servers begin with; empty where they are called as they call themselves.
    pub instance_name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// How many servers may register, 1 to 1000.
    pub instance_count: u32,
    /// How long it is good, in hours, 1 to 4.
    pub time_to_live_in_hours: i64,
    /// From which addresses servers may register; empty for all.
    pub ip_address_range: String,
    /// Its resource group; kept and answered.
    pub resource_group_id: String,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many servers have registered.
    pub registered: u32,
    /// How many of them were deregistered.
    pub deregistered: u32,
}

/// A server that ECS manages and does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedInstanceRecord {
    /// Its id.
    pub id: ManagedInstanceId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// The activation that it registered with.
    pub activation_id: String,
    /// Its display name.
    pub name: String,
    /// Its host name.
    pub hostname: String,
    /// What it calls itself: the id of the machine.
    pub machine_id: String,
    /// Its operating system's kind, such as `linux`.
    pub os_type: String,
    /// Its operating system's version.
    pub os_version: String,
    /// Its agent's version.
    pub agent_version: String,
    /// The address that it registered from.
    pub internet_ip: String,
    /// Its private address.
    pub intranet_ip: String,
    /// Whether its agent is connected.
    pub connected: bool,
    /// Its resource group; kept and answered.
    pub resource_group_id: String,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it registered.
    pub registered_at: Timestamp,
}

impl ActivationRecord {
    /// A fresh id and a fresh code.
    pub(crate) fn draw(random: &dyn Random) -> (String, String) {
        let code = format!("{CODE_PREFIX}{}", random.text(CODE_ALPHABET, CODE_LENGTH));
        (RequestId::generate(random).to_string(), code)
    }

    /// The hash of a code, as records have it.
    pub fn hash(code: &str) -> String {
        sha256_hex(code.as_bytes())
    }
}

impl Record for ActivationRecord {
    const TABLE: &'static str = "activation";
    const VERSION: u32 = 1;
}

impl Keyed for ActivationRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, &self.id)
    }
}

impl Record for ManagedInstanceRecord {
    const TABLE: &'static str = "managed-instance";
    const VERSION: u32 = 1;
}

impl Keyed for ManagedInstanceRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    #[test]
    fn codes_are_drawn_and_hashed() {
        let random = SeededRandom::new(1);
        let ((id, code), (_, other)) =
            (ActivationRecord::draw(&random), ActivationRecord::draw(&random));
        assert_eq!((id.len(), code.len()), (36, CODE_PREFIX.len() + CODE_LENGTH));
        assert_ne!(code, other);
        assert_eq!(ActivationRecord::hash(&code), sha256_hex(code.as_bytes()));
    }
}
