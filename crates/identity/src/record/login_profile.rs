//! By what users sign in to the console.

use rolecall_api::ApiError;
use rolecall_crypto::PasswordHash;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Timestamp, UserName};
use serde::{Deserialize, Serialize};

use super::password_policy::MAX_REUSE_PREVENTION;
use super::{PasswordPolicy, get, wire_time};
use crate::ram::code;

/// A user's login profile. It holds no password, but what tells whether one is right.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoginProfileRecord {
    /// The user's account.
    pub account: AccountId,
    /// The user.
    pub user: UserName,
    /// The password.
    pub password: PasswordHash,
    /// The passwords before it, the latest first; 23 at most.
    pub earlier: Vec<PasswordHash>,
    /// When the password was set.
    #[serde(with = "wire_time")]
    pub password_set_at: Timestamp,
    /// Whether the user must choose another password when it signs in.
    pub password_reset_required: bool,
    /// Whether the user must have an MFA device to sign in.
    pub mfa_bind_required: bool,
    /// When the profile was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
}

impl Record for LoginProfileRecord {
    const TABLE: &'static str = "ram-login-profile";
    const VERSION: u32 = 1;
}

impl Keyed for LoginProfileRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.user.folded()])
    }
}

impl LoginProfileRecord {
    /// The profile of a user, by its name in lower case.
    pub(crate) async fn get(
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<Option<Self>, ApiError> {
        get(transaction, &[account, folded]).await
    }

    /// The profile of a user that must have one.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        user: &UserName,
    ) -> Result<Self, ApiError> {
        let profile = Self::get(transaction, account.as_str(), &user.folded()).await?;
        profile.ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_USER_LOGIN_PROFILE))
    }

    /// Adds the profile of a user that must have none.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        Self::must_be_missing(transaction, &self.account, &self.user).await?;
        self.put(transaction)
    }

    /// Refuses where a user has a profile.
    pub(crate) async fn must_be_missing(
        transaction: &mut Transaction,
        account: &AccountId,
        user: &UserName,
    ) -> Result<(), ApiError> {
        match Self::get(transaction, account.as_str(), &user.folded()).await? {
            Some(_) => Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE)),
            None => Ok(()),
        }
    }

    /// Writes a profile that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Gives the user another password; the one until now is among the earlier ones.
    pub(crate) fn set_password(&mut self, password: PasswordHash, now: Timestamp) {
        let before = std::mem::replace(&mut self.password, password);
        self.earlier.insert(0, before);
        // The present one is the first of those that a policy looks back to.
        let kept = usize::try_from(MAX_REUSE_PREVENTION).unwrap_or(0).saturating_sub(1);
        self.earlier.truncate(kept);
        self.password_set_at = now;
    }

    /// The passwords that may not come again.
    pub(crate) fn barred(&self, policy: &PasswordPolicy) -> Vec<PasswordHash> {
        let most = usize::try_from(policy.reuse_prevention).unwrap_or(0);
        std::iter::once(&self.password).chain(&self.earlier).take(most).cloned().collect()
    }

    /// Takes a user's profile along to another name.
    pub(crate) async fn move_user(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &UserName,
        later: &UserName,
    ) -> Result<(), ApiError> {
        if let Some(profile) = Self::get(transaction, account.as_str(), &earlier.folded()).await? {
            profile.remove(transaction);
            Self { user: later.clone(), ..profile }.put(transaction)?;
        }
        Ok(())
    }

    /// Removes the profile.
    pub(crate) fn remove(&self, transaction: &mut Transaction) {
        transaction.delete::<Self>(&[self.account.as_str(), &self.user.folded()]);
    }
}
