//! RAM users.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, PrincipalId, Timestamp, UserName};
use serde::{Deserialize, Serialize};

use super::account::take_one;
use super::{
    AccessKeyRecord, Attachment, HolderKind, LoginProfileRecord, Membership, MfaDeviceRecord,
    QuotaRecord, SignInRecord, get, must_be_free, wire_time,
};
use crate::ram::code;

/// The most RAM users of an account. Source: RAM limits.
pub const MAX_USERS: u32 = 1000;

/// A RAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: UserName,
    /// Its id; another user of the same name has another.
    pub id: PrincipalId,
    /// The name to show; empty where nothing was said, as the next three.
    pub display_name: String,
    /// An e-mail address.
    pub email: String,
    /// A telephone number, `<country code>-<number>`.
    pub mobile_phone: String,
    /// Remarks.
    pub comments: String,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

impl Record for UserRecord {
    const TABLE: &'static str = "ram-user";
    const VERSION: u32 = 1;
}

impl Keyed for UserRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl UserRecord {
    /// A user by its name, letter for letter: policies compare the names of users that way, and
    /// another spelling must not slip by a denial.
    pub(crate) async fn get(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &UserName,
    ) -> Result<Option<Self>, ApiError> {
        let user: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        Ok(user.filter(|user| user.name == *name))
    }

    /// A user that must be there.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &UserName,
    ) -> Result<Self, ApiError> {
        let user = Self::get(transaction, account, name).await?;
        user.ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_USER))
    }

    /// Adds a user whose name must be free in every spelling.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (folded, taken) = (self.name.folded(), &code::ENTITY_ALREADY_EXISTS_USER);
        must_be_free::<Self>(transaction, &self.account, &folded, taken).await?;
        QuotaRecord::update(transaction, &self.account, |quota| {
            take_one(&mut quota.users, MAX_USERS, &code::LIMIT_EXCEEDED_USER)
        })
        .await?;
        self.put(transaction)
    }

    /// Writes a user that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Gives the user another name, and takes all that is the user's along. The user itself is the
    /// caller's to write.
    pub(crate) async fn rename(
        &mut self,
        transaction: &mut Transaction,
        name: &UserName,
    ) -> Result<(), ApiError> {
        let (earlier, later) = (self.name.folded(), name.folded());
        let account = &self.account;
        if earlier != later {
            let taken = &code::ENTITY_ALREADY_EXISTS_USER;
            must_be_free::<Self>(transaction, &self.account, &later, taken).await?;
            let kind = HolderKind::User;
            Attachment::move_holder(transaction, account, kind, &earlier, &later).await?;
            Membership::move_user(transaction, account, &earlier, &later).await?;
            transaction.delete::<Self>(&[account.as_str(), &earlier]);
        }
        AccessKeyRecord::move_user(transaction, account, &self.name, name).await?;
        LoginProfileRecord::move_user(transaction, account, &self.name, name).await?;
        MfaDeviceRecord::move_user(transaction, account, &self.name, name).await?;
        SignInRecord::move_user(transaction, account, &self.name, name).await?;
        self.name = name.clone();
        Ok(())
    }

    /// Removes a user that has neither keys, a login profile, an MFA device nor policies, and is in
    /// no group.
    pub(crate) async fn remove(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (account, name) = (&self.account, self.name.folded());
        if !AccessKeyRecord::of_owner(transaction, account, Some(&self.name)).await?.is_empty() {
            return Err(ApiError::new(&code::DELETE_CONFLICT_USER_ACCESS_KEY));
        }
        if Membership::any_of_user(transaction, account, &name).await? {
            return Err(ApiError::new(&code::DELETE_CONFLICT_USER_GROUP));
        }
        if Attachment::any_held(transaction, account, HolderKind::User, &name).await? {
            return Err(ApiError::new(&code::DELETE_CONFLICT_USER_POLICY));
        }
        if LoginProfileRecord::get(transaction, account.as_str(), &name).await?.is_some() {
            return Err(ApiError::new(&code::DELETE_CONFLICT_USER_LOGIN_PROFILE));
        }
        if MfaDeviceRecord::of_user(transaction, account, &name).await?.is_some() {
            return Err(ApiError::new(&code::DELETE_CONFLICT_USER_MFA_DEVICE));
        }
        SignInRecord::remove(transaction, account, &self.name);
        transaction.delete::<Self>(&[account.as_str(), &name]);
        QuotaRecord::update(transaction, account, |quota| {
            quota.users = quota.users.saturating_sub(1);
            Ok(())
        })
        .await
    }
}
