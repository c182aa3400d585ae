//! Roles.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Arn, PrincipalId, RoleName, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::take_one;
use super::{Attachment, HolderKind, QuotaRecord, get, must_be_free, wire_time};
use crate::ram::code;
use crate::tag::Tag;

/// The most roles of an account. Source: RAM limits.
pub const MAX_ROLES: u32 = 1000;

/// The longest session of a role that says nothing of it, in seconds. Source: RAM `CreateRole`.
pub const DEFAULT_SESSION_SECONDS: u32 = 3600;

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: RoleName,
    /// Its id; another role of the same name has another.
    pub id: PrincipalId,
    /// The trust policy, letter for letter as it was given.
    pub trust_policy: String,
    /// What the role is for; empty where nothing was said.
    pub description: String,
    /// The longest session that `AssumeRole` gives, in seconds.
    pub max_session_seconds: u32,
    /// Kept and answered; there is no console to log in to.
    pub allow_console_login: bool,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

impl Record for RoleRecord {
    const TABLE: &'static str = "ram-role";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for RoleRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl RoleRecord {
    /// Its ARN, in lower case.
    pub fn arn(&self) -> String {
        Arn::role_identity(&self.account, self.name.as_str())
    }

    /// A role by its name, whatever its case: policies compare the names of roles that way too.
    pub(crate) async fn get(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &RoleName,
    ) -> Result<Option<Self>, ApiError> {
        get(transaction, &[account.as_str(), &name.folded()]).await
    }

    /// A role that must be there.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &RoleName,
    ) -> Result<Self, ApiError> {
        let role = Self::get(transaction, account, name).await?;
        role.ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_ROLE))
    }

    /// Adds a role whose name must be free.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (folded, taken) = (self.name.folded(), &code::ENTITY_ALREADY_EXISTS_ROLE);
        must_be_free::<Self>(transaction, &self.account, &folded, taken).await?;
        QuotaRecord::update(transaction, &self.account, |quota| {
            take_one(&mut quota.roles, MAX_ROLES, &code::LIMIT_EXCEEDED_ROLE)
        })
        .await?;
        self.put(transaction)
    }

    /// Writes a role that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Removes a role that holds no policy.
    pub(crate) async fn remove(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let name = self.name.folded();
        if Attachment::any_held(transaction, &self.account, HolderKind::Role, &name).await? {
            return Err(ApiError::new(&code::DELETE_CONFLICT_ROLE_POLICY));
        }
        transaction.delete::<Self>(&[self.account.as_str(), &name]);
        QuotaRecord::update(transaction, &self.account, |quota| {
            quota.roles = quota.roles.saturating_sub(1);
            Ok(())
        })
        .await
    }
}
