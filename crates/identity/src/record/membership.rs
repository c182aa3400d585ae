//! Who is in which group. Each membership is written twice, by user and by group, so that neither
//! question reads the whole account.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Folded, Timestamp};
use serde::{Deserialize, Serialize};

use super::{all, get, wire_time};
use crate::ram::code;

/// The most groups that a user is in. Source: RAM limits.
pub const MAX_GROUPS_PER_USER: usize = 5;

/// A user in a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Membership {
    /// The account.
    pub account: AccountId,
    /// The user's name in lower case.
    pub user: String,
    /// The group's name in lower case.
    pub group: String,
    /// Since when.
    #[serde(with = "wire_time")]
    pub joined_at: Timestamp,
}

/// A membership, found by its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MembershipRecord(pub Membership);

/// A membership, found by its group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberRecord(pub Membership);

impl Record for MembershipRecord {
    const TABLE: &'static str = "ram-membership";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for MembershipRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&self.0.by_user())
    }
}

impl Record for MemberRecord {
    const TABLE: &'static str = "ram-member";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for MemberRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&self.0.by_group())
    }
}

impl Membership {
    fn by_user(&self) -> [&str; 3] {
        [self.account.as_str(), &self.user, &self.group]
    }

    fn by_group(&self) -> [&str; 3] {
        [self.account.as_str(), &self.group, &self.user]
    }

    /// The account, the user and the group, in lower case, in the key of a [`MembershipRecord`].
    pub(crate) fn parts_of(key: &Key) -> Option<(AccountId, Folded, Folded)> {
        let [account, user, group] = key.texts().try_into().ok()?;
        Some((AccountId::parse(&account)?, Folded::of(&user), Folded::of(&group)))
    }

    /// The groups that a user is in.
    pub(crate) async fn of_user(
        transaction: &mut Transaction,
        account: &AccountId,
        user: &str,
    ) -> Result<Vec<Self>, ApiError> {
        let records: Vec<MembershipRecord> =
            all(transaction, &[account.as_str(), user], usize::MAX).await?;
        Ok(records.into_iter().map(|record| record.0).collect())
    }

    /// Whether a user is in any group.
    pub(crate) async fn any_of_user(
        transaction: &mut Transaction,
        account: &AccountId,
        user: &str,
    ) -> Result<bool, ApiError> {
        Ok(!all::<MembershipRecord>(transaction, &[account.as_str(), user], 1).await?.is_empty())
    }

    /// Whether a group has any member.
    pub(crate) async fn any_of_group(
        transaction: &mut Transaction,
        account: &AccountId,
        group: &str,
    ) -> Result<bool, ApiError> {
        Ok(!all::<MemberRecord>(transaction, &[account.as_str(), group], 1).await?.is_empty())
    }

    /// Lets the user in, if it is not in and may be in one more.
    pub(crate) async fn add(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let groups = Self::of_user(transaction, &self.account, &self.user).await?;
        if groups.iter().any(|known| known.group == self.group) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_USER_GROUP));
        }
        if groups.len() >= MAX_GROUPS_PER_USER {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_USER_GROUP));
        }
        self.put(transaction)
    }

    /// Takes out the user, which must be in. Of `self` everything but the time counts.
    pub(crate) async fn remove(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        if get::<MembershipRecord>(transaction, &self.by_user()).await?.is_none() {
            return Err(ApiError::new(&code::ENTITY_NOT_EXIST_USER_GROUP));
        }
        self.delete(transaction);
        Ok(())
    }

    /// Takes a user's memberships along to another name.
    pub(crate) async fn move_user(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &str,
        later: &str,
    ) -> Result<(), ApiError> {
        for membership in Self::of_user(transaction, account, earlier).await? {
            membership.delete(transaction);
            Self { user: later.to_owned(), ..membership }.put(transaction)?;
        }
        Ok(())
    }

    /// Takes a group's members along to another name.
    pub(crate) async fn move_group(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &str,
        later: &str,
    ) -> Result<(), ApiError> {
        let members: Vec<MemberRecord> =
            all(transaction, &[account.as_str(), earlier], usize::MAX).await?;
        for MemberRecord(membership) in members {
            membership.delete(transaction);
            Self { group: later.to_owned(), ..membership }.put(transaction)?;
        }
        Ok(())
    }

    fn put(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(&MemberRecord(self.clone())).map_err(store_error)?;
        transaction.put(&MembershipRecord(self)).map_err(store_error)
    }

    fn delete(&self, transaction: &mut Transaction) {
        transaction.delete::<MembershipRecord>(&self.by_user());
        transaction.delete::<MemberRecord>(&self.by_group());
    }
}
