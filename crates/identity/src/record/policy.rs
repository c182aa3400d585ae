//! Custom policies and their versions.

use std::fmt;

use rolecall_api::{ApiError, Kind, Shape};
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, PolicyName, TextRule, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::take_one;
use super::{Attachment, HolderKind, QuotaRecord, all, get, wire_time};
use crate::ram::code;
use crate::system_policy;
use crate::tag::Tag;

/// The most custom policies of an account. Source: RAM limits.
pub const MAX_POLICIES: u32 = 1500;

/// The most versions of a custom policy. Source: RAM limits.
pub const MAX_POLICY_VERSIONS: usize = 5;

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyType {
    /// The vendor's: the table of [`system_policy`].
    System,
    /// The account's own.
    Custom,
}

impl PolicyType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Custom => "Custom",
        }
    }
}

impl Shape for PolicyType {
    const KIND: Kind = Kind::Text(TextRule::length(1, 64));
}

/// A custom policy with its default version, which is the one that binds. The other versions are
/// records of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: PolicyName,
    /// What it is for; empty where nothing was said.
    pub description: String,
    /// The default version.
    pub default: PolicyVersion,
    /// The number of the newest version ever made: numbers are not used twice.
    pub newest: VersionId,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its number.
    pub id: VersionId,
    /// The document, letter for letter as it was given.
    pub document: String,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
}

/// A version's number, `v1` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(u32);

/// A version that is not the default one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyVersionRecord {
    /// The policy's account.
    pub account: AccountId,
    /// The policy's name.
    pub policy: PolicyName,
    /// The version.
    pub version: PolicyVersion,
}

impl VersionId {
    /// The first version of every policy.
    pub const FIRST: Self = Self(1);

    /// Takes `v` and a number without leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('v')?;
        let canonical = !number.starts_with(['0', '+']);
        canonical.then(|| number.parse().ok()).flatten().map(Self)
    }

    /// The number, from 1.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The part of a key: it sorts as the number does.
    fn part(self) -> String {
        format!("{:010}", self.0)
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Record for PolicyRecord {
    const TABLE: &'static str = "ram-policy";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for PolicyRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl Record for PolicyVersionRecord {
    const TABLE: &'static str = "ram-policy-version";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for PolicyVersionRecord {
    fn key(&self) -> Key {
        let part = self.version.id.part();
        Key::of::<Self>(&[self.account.as_str(), &self.policy.folded(), &part])
    }
}

impl PolicyRecord {
    /// A custom policy that must be there, by its name letter for letter: policies compare the
    /// names of policies that way, and another spelling must not slip by a denial.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &PolicyName,
    ) -> Result<Self, ApiError> {
        let policy: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        policy
            .filter(|policy| policy.name == *name)
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_POLICY))
    }

    /// Adds a policy whose name must be free in every spelling, and no system policy's.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let folded = self.name.folded();
        let parts = [self.account.as_str(), &folded];
        let reserved = system_policy::find_folded(&folded).is_some();
        if reserved || get::<Self>(transaction, &parts).await?.is_some() {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_POLICY));
        }
        QuotaRecord::update(transaction, &self.account, |quota| {
            take_one(&mut quota.policies, MAX_POLICIES, &code::LIMIT_EXCEEDED_POLICY)
        })
        .await?;
        self.put(transaction)
    }

    /// Writes a policy that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Removes a policy that nobody holds and that has no version but the default one.
    pub(crate) async fn remove(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (account, name) = (&self.account, self.name.folded());
        let holders = Attachment::holders(transaction, account, PolicyType::Custom, &name).await?;
        if let Some(holder) = holders.first() {
            return Err(ApiError::new(match holder.holder {
                HolderKind::User => &code::DELETE_CONFLICT_POLICY_USER,
                HolderKind::Group => &code::DELETE_CONFLICT_POLICY_GROUP,
                HolderKind::Role => &code::DELETE_CONFLICT_POLICY_ROLE,
            }));
        }
        if !self.other_versions(transaction).await?.is_empty() {
            return Err(ApiError::new(&code::DELETE_CONFLICT_POLICY_VERSION));
        }
        transaction.delete::<Self>(&[account.as_str(), &name]);
        QuotaRecord::update(transaction, account, |quota| {
            quota.policies = quota.policies.saturating_sub(1);
            Ok(())
        })
        .await
    }

    /// The versions that are not the default one, the oldest first.
    pub(crate) async fn other_versions(
        &self,
        transaction: &mut Transaction,
    ) -> Result<Vec<PolicyVersion>, ApiError> {
        let leading = [self.account.as_str(), &self.name.folded()];
        let records: Vec<PolicyVersionRecord> = all(transaction, &leading, usize::MAX).await?;
        Ok(records.into_iter().map(|record| record.version).collect())
    }

    /// A version that must be there, the default one or another.
    pub(crate) async fn find_version(
        &self,
        transaction: &mut Transaction,
        id: VersionId,
    ) -> Result<PolicyVersion, ApiError> {
        if id == self.default.id {
            return Ok(self.default.clone());
        }
        let parts = [self.account.as_str(), &self.name.folded(), &id.part()];
        let other: Option<PolicyVersionRecord> = get(transaction, &parts).await?;
        other
            .map(|record| record.version)
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_POLICY_VERSION))
    }

    /// The number of the next version.
    pub(crate) fn next_id(&mut self) -> VersionId {
        self.newest = VersionId(self.newest.0.saturating_add(1));
        self.newest
    }

    /// Lets a version bind, and keeps the one that did beside it.
    pub(crate) fn set_default(
        &mut self,
        transaction: &mut Transaction,
        version: PolicyVersion,
    ) -> Result<(), ApiError> {
        let earlier = std::mem::replace(&mut self.default, version);
        self.put_other(transaction, earlier)
    }

    /// Puts a version beside the default one.
    pub(crate) fn put_other(
        &self,
        transaction: &mut Transaction,
        version: PolicyVersion,
    ) -> Result<(), ApiError> {
        let (account, policy) = (self.account.clone(), self.name.clone());
        transaction.put(&PolicyVersionRecord { account, policy, version }).map_err(store_error)
    }

    /// Takes away a version that is not the default one.
    pub(crate) fn remove_other(&self, transaction: &mut Transaction, id: VersionId) {
        let parts = [self.account.as_str(), &self.name.folded(), &id.part()];
        transaction.delete::<PolicyVersionRecord>(&parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_ids_have_one_spelling() {
        assert_eq!(VersionId::parse("v12").map(|id| id.to_string()), Some("v12".to_owned()));
        for wrong in ["", "v", "v0", "v01", "v+1", "V1", "1", "v1 ", "v4294967296"] {
            assert_eq!(VersionId::parse(wrong), None, "{wrong}");
        }
    }
}
