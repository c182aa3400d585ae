//! Permanent AccessKeys.

use std::fmt;

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, StoreError, Transaction};
use rolecall_types::{AccessKeyId, AccountId, Random, Secret, Timestamp, UserName};
use serde::{Deserialize, Serialize};

use super::{KeyUseRecord, all, get, wire_time};
use crate::ram::code;

/// The most AccessKeys of a user, or of the account itself. Source: RAM limits.
pub const MAX_ACCESS_KEYS: usize = 2;

/// The characters of a secret, and how many there are. Source: samples of `CreateAccessKey`.
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH: usize = 30;

/// A permanent AccessKey. The store seals it; `Debug` leaves the secret out.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessKeyRecord {
    /// Its account.
    pub account: AccountId,
    /// Its user; `None` is the account itself.
    pub user: Option<UserName>,
    /// Its public half.
    pub id: AccessKeyId,
    /// Its secret half.
    #[serde(with = "secret_text")]
    pub secret: Secret<String>,
    /// Whether it is switched on.
    pub active: bool,
    /// Whether it came with the account's seed, which may take it away again.
    pub seeded: bool,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
}

impl Record for AccessKeyRecord {
    const TABLE: &'static str = "ram-access-key";
    const VERSION: u32 = 1;
}

impl Keyed for AccessKeyRecord {
    fn key(&self) -> Key {
        let owner = owner(self.user.as_ref());
        Key::of::<Self>(&[self.account.as_str(), &owner, self.id.as_str()])
    }
}

impl AccessKeyRecord {
    /// A fresh key that is switched on.
    pub fn generate(
        random: &dyn Random,
        account: AccountId,
        user: Option<UserName>,
        created_at: Timestamp,
    ) -> Self {
        let id = AccessKeyId::generate(random);
        let secret = Secret::new(random.text(SECRET_ALPHABET, SECRET_LENGTH));
        Self { account, user, id, secret, active: true, seeded: false, created_at }
    }

    /// The word for its state on the wire.
    pub fn status(&self) -> &'static str {
        if self.active { "Active" } else { "Inactive" }
    }

    /// The owner and the id in a record's key. The owner is a user's name in lower case, or `None`
    /// for the account itself.
    pub(crate) fn parts_of(key: &Key) -> Option<(AccountId, Option<String>, AccessKeyId)> {
        let [account, owner, id]: [String; 3] = key.texts().try_into().ok()?;
        let user = owner.strip_prefix("user/").map(str::to_owned);
        Some((AccountId::parse(&account)?, user, AccessKeyId::parse(&id)?))
    }

    /// The keys of a user, or of the account itself.
    pub(crate) async fn of_owner(
        transaction: &mut Transaction,
        account: &AccountId,
        user: Option<&UserName>,
    ) -> Result<Vec<Self>, ApiError> {
        all(transaction, &[account.as_str(), &owner(user)], usize::MAX).await
    }

    /// A key that must be this owner's.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        user: Option<&UserName>,
        id: &str,
    ) -> Result<Self, ApiError> {
        let key = get(transaction, &[account.as_str(), &owner(user), id]).await?;
        key.ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_USER_ACCESS_KEY))
    }

    /// Adds a key, if its owner may have one more.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let owned = Self::of_owner(transaction, &self.account, self.user.as_ref()).await?;
        if owned.len() >= MAX_ACCESS_KEYS {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_USER_ACCESS_KEY));
        }
        self.put(transaction)
    }

    /// Writes a key that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Takes a user's keys along to another name.
    pub(crate) async fn move_user(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &UserName,
        later: &UserName,
    ) -> Result<(), ApiError> {
        for key in Self::of_owner(transaction, account, Some(earlier)).await? {
            key.delete(transaction);
            Self { user: Some(later.clone()), ..key }.put(transaction)?;
        }
        Ok(())
    }

    /// Removes the key, and with it when it was last used.
    pub(crate) fn remove(&self, transaction: &mut Transaction) {
        self.delete(transaction);
        transaction.delete::<KeyUseRecord>(&[self.account.as_str(), self.id.as_str()]);
    }

    /// Whether a key, named by its owner as the directory knows it, is still there.
    pub(crate) async fn exists(
        transaction: &mut Transaction,
        (account, folded_user): (&AccountId, Option<&str>),
        id: &AccessKeyId,
    ) -> Result<bool, StoreError> {
        let owner = folded_user.map_or_else(|| ROOT.to_owned(), of_user);
        let found = transaction.get::<Self>(&[account.as_str(), &owner, id.as_str()]).await?;
        Ok(found.is_some())
    }

    fn delete(&self, transaction: &mut Transaction) {
        let owner = owner(self.user.as_ref());
        transaction.delete::<Self>(&[self.account.as_str(), &owner, self.id.as_str()]);
    }
}

impl fmt::Debug for AccessKeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeyRecord")
            .field("account", &self.account)
            .field("user", &self.user)
            .field("id", &self.id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// The account itself as the owner in a key; no user's can equal it.
const ROOT: &str = "root";

/// The owner in a key.
fn owner(user: Option<&UserName>) -> String {
    user.map_or_else(|| ROOT.to_owned(), |name| of_user(&name.folded()))
}

fn of_user(folded: &str) -> String {
    format!("user/{folded}")
}

/// A secret as the text of a record, which the store seals.
mod secret_text {
    use rolecall_types::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secret: &Secret<String>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Secret<String>, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    #[test]
    fn debug_leaves_the_secret_out() {
        let account = AccountId::parse("1234567890123456").unwrap();
        let random = SeededRandom::new(1);
        let key = AccessKeyRecord::generate(&random, account, None, Timestamp::UNIX_EPOCH);
        assert_eq!(key.secret.expose().len(), SECRET_LENGTH);
        assert!(key.id.as_str().starts_with("LTAI"));
        assert!(!format!("{key:?}").contains(key.secret.expose()));
    }
}
