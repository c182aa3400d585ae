//! The first account: what an operator gives instead of signing up.

use rolecall_store::{Store, StoreError, Transaction};
use rolecall_types::{AccessKeyId, AccountId, Secret, Timestamp};

use crate::record::{AccessKeyRecord, AccountRecord};

/// The fewest characters of a seeded secret. The limit is ours: the vendor's have 30.
const MIN_SECRET: usize = 8;

/// The most characters of a seeded secret. The limit is ours.
const MAX_SECRET: usize = 128;

/// An account and its own AccessKey, as an operator gives them.
#[derive(Debug, Clone)]
pub struct AccountSeed {
    /// The account.
    pub account: AccountId,
    /// The public half of its key; no session's.
    pub access_key_id: AccessKeyId,
    /// The secret half: 8 to 128 printable ASCII characters.
    pub secret: Secret<String>,
}

/// What a seed found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    /// The account was not there, and was made.
    Made,
    /// The account was there with this key and secret.
    Unchanged,
    /// The account was there with another seeded key or secret, which is gone.
    Replaced,
}

/// Why an account was not seeded.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The key's id is one of a session, or the secret is too short, too long or not printable.
    #[error("seed account `{account}`: the AccessKey cannot be used: {reason}")]
    Key {
        /// The account.
        account: AccountId,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key's id belongs to another account or to a user.
    #[error("seed account `{account}`: the AccessKey id is in use elsewhere")]
    KeyTaken {
        /// The account.
        account: AccountId,
    },
    /// The store failed.
    #[error("seed account `{account}`")]
    Store {
        /// The account.
        account: AccountId,
        /// What the store says.
        source: StoreError,
    },
}

/// Makes an account and its root AccessKey where they are missing. Runs at each start.
///
/// The seed is the operator's word. Given again unchanged, it changes nothing, and a key that was
/// switched off stays off. Given with another id or secret, the key that came with the earlier seed
/// is removed and this one put in its place; keys that were made by `CreateAccessKey` stay.
pub async fn bootstrap(
    store: &Store,
    seed: &AccountSeed,
    now: Timestamp,
) -> Result<Seeded, BootstrapError> {
    if let Some(reason) = fault(seed) {
        return Err(BootstrapError::Key { account: seed.account.clone(), reason });
    }
    let failed = |source| BootstrapError::Store { account: seed.account.clone(), source };
    loop {
        let mut transaction = store.begin().await.map_err(failed)?;
        let taken = BootstrapError::KeyTaken { account: seed.account.clone() };
        let seeded = sow(&mut transaction, seed, now).await.map_err(failed)?.ok_or(taken)?;
        match transaction.commit().await {
            Ok(_) => return Ok(seeded),
            // Somebody else changed a key in between; whoever it was has succeeded.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Writes what the seed says; `None` where the key's id is in use elsewhere.
async fn sow(
    transaction: &mut Transaction,
    seed: &AccountSeed,
    now: Timestamp,
) -> Result<Option<Seeded>, StoreError> {
    let account: Option<AccountRecord> = transaction.get(&[seed.account.as_str()]).await?;
    // Requests name a key by its id alone, so that ids must differ over all accounts.
    let keys = transaction.scan::<AccessKeyRecord>(&[], None, usize::MAX).await?;
    let keys: Vec<AccessKeyRecord> = keys.into_iter().map(|(_, key)| key).collect();
    let of_root = |key: &&AccessKeyRecord| key.account == seed.account && key.user.is_none();
    let same_id = keys.iter().find(|key| key.id == seed.access_key_id);
    if same_id.is_some_and(|key| !of_root(&key)) {
        return Ok(None);
    }
    if account.is_some() && same_id.is_some_and(|key| key.secret == seed.secret) {
        return Ok(Some(Seeded::Unchanged));
    }
    for key in keys.iter().filter(of_root).filter(|key| key.seeded) {
        key.remove(transaction);
    }
    let made = AccountRecord::new(seed.account.clone(), now);
    transaction.put(account.as_ref().unwrap_or(&made))?;
    transaction.put(&AccessKeyRecord {
        account: seed.account.clone(),
        user: None,
        id: seed.access_key_id.clone(),
        secret: seed.secret.clone(),
        active: true,
        seeded: true,
        created_at: now,
    })?;
    Ok(Some(if account.is_some() { Seeded::Replaced } else { Seeded::Made }))
}

fn fault(seed: &AccountSeed) -> Option<&'static str> {
    let secret = seed.secret.expose();
    if seed.access_key_id.is_session() {
        Some("its id is one of a session")
    } else if !(MIN_SECRET..=MAX_SECRET).contains(&secret.len()) {
        Some("its secret must have 8 to 128 characters")
    } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("its secret must be printable ASCII without spaces")
    } else {
        None
    }
}
