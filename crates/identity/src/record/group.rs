//! RAM groups.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, GroupName, PrincipalId, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::take_one;
use super::{Attachment, HolderKind, Membership, QuotaRecord, get, must_be_free, wire_time};
use crate::ram::code;

/// The most RAM groups of an account. Source: RAM limits.
pub const MAX_GROUPS: u32 = 50;

/// A RAM group: what it holds, each of its members holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: GroupName,
    /// Its id; another group of the same name has another.
    pub id: PrincipalId,
    /// Remarks; empty where nothing was said.
    pub comments: String,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

impl Record for GroupRecord {
    const TABLE: &'static str = "ram-group";
    const VERSION: u32 = 1;
}

impl Keyed for GroupRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl GroupRecord {
    /// A group that must be there, by its name letter for letter: policies compare the names of
    /// groups that way, and another spelling must not slip by a denial.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &GroupName,
    ) -> Result<Self, ApiError> {
        let group: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        group
            .filter(|group| group.name == *name)
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_GROUP))
    }

    /// Adds a group whose name must be free in every spelling.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (folded, taken) = (self.name.folded(), &code::ENTITY_ALREADY_EXISTS_GROUP);
        must_be_free::<Self>(transaction, &self.account, &folded, taken).await?;
        QuotaRecord::update(transaction, &self.account, |quota| {
            take_one(&mut quota.groups, MAX_GROUPS, &code::LIMIT_EXCEEDED_GROUP)
        })
        .await?;
        self.put(transaction)
    }

    /// Writes a group that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Gives the group another name, and takes its members and policies along. The group itself is
    /// the caller's to write.
    pub(crate) async fn rename(
        &mut self,
        transaction: &mut Transaction,
        name: &GroupName,
    ) -> Result<(), ApiError> {
        let (earlier, later) = (self.name.folded(), name.folded());
        if earlier != later {
            let taken = &code::ENTITY_ALREADY_EXISTS_GROUP;
            must_be_free::<Self>(transaction, &self.account, &later, taken).await?;
            let (account, kind) = (&self.account, HolderKind::Group);
            Attachment::move_holder(transaction, account, kind, &earlier, &later).await?;
            Membership::move_group(transaction, account, &earlier, &later).await?;
            transaction.delete::<Self>(&[account.as_str(), &earlier]);
        }
        self.name = name.clone();
        Ok(())
    }

    /// Removes a group that has neither members nor policies.
    pub(crate) async fn remove(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (account, name) = (&self.account, self.name.folded());
        if Membership::any_of_group(transaction, account, &name).await? {
            return Err(ApiError::new(&code::DELETE_CONFLICT_GROUP_USER));
        }
        if Attachment::any_held(transaction, account, HolderKind::Group, &name).await? {
            return Err(ApiError::new(&code::DELETE_CONFLICT_GROUP_POLICY));
        }
        transaction.delete::<Self>(&[account.as_str(), &name]);
        QuotaRecord::update(transaction, account, |quota| {
            quota.groups = quota.groups.saturating_sub(1);
            Ok(())
        })
        .await
    }
}
