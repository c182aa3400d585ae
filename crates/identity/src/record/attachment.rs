//! Who holds which policy. Each attachment is written twice, by holder and by policy, so that
//! neither question reads the whole account.

use rolecall_api::{ApiError, Code};
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Folded, PolicyName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{PolicyType, all, get, wire_time};
use crate::ram::code;

/// The most system policies that a user, a group or a role holds. Source: RAM limits.
pub const MAX_SYSTEM_POLICIES: usize = 20;
/// The most custom policies that a user holds. Source: RAM limits.
pub const MAX_CUSTOM_POLICIES_PER_USER: usize = 10;
/// The most custom policies that a group holds. Source: RAM limits.
pub const MAX_CUSTOM_POLICIES_PER_GROUP: usize = 5;
/// The most custom policies that a role holds. Source: RAM limits.
pub const MAX_CUSTOM_POLICIES_PER_ROLE: usize = 5;

/// What can hold a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HolderKind {
    /// A RAM user.
    User,
    /// A RAM group, for its members.
    Group,
    /// A role.
    Role,
}

/// A user, a group or a role: its account and its name in lower case.
pub(crate) type Holder = (HolderKind, (AccountId, Folded));

/// A policy in the hands of a user, a group or a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    /// The account.
    pub account: AccountId,
    /// What holds the policy.
    pub holder: HolderKind,
    /// The holder's name in lower case.
    pub holder_name: String,
    /// Whose policy it is.
    pub policy_type: PolicyType,
    /// The policy's name.
    pub policy: PolicyName,
    /// Since when.
    #[serde(with = "wire_time")]
    pub attached_at: Timestamp,
}

/// An attachment, found by its holder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttachmentRecord(pub Attachment);

/// An attachment, found by its policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HolderRecord(pub Attachment);

impl Record for AttachmentRecord {
    const TABLE: &'static str = "ram-attachment";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for AttachmentRecord {
    fn key(&self) -> Key {
        let parts = self.0.by_holder();
        Key::new(Self::TABLE, &parts)
    }
}

impl Record for HolderRecord {
    const TABLE: &'static str = "ram-holder";
    const VERSION: u32 = 1;
    const PACKED: bool = true;
}

impl Keyed for HolderRecord {
    fn key(&self) -> Key {
        let parts = self.0.by_policy();
        Key::new(Self::TABLE, &parts)
    }
}

impl HolderKind {
    /// The word in keys.
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// The most policies of a type that it may hold, and the refusal of more.
    fn limit(self, policy_type: PolicyType) -> (usize, &'static Code) {
        let full = match self {
            Self::User => &code::LIMIT_EXCEEDED_USER_POLICY,
            Self::Group => &code::LIMIT_EXCEEDED_GROUP_POLICY,
            Self::Role => &code::LIMIT_EXCEEDED_ROLE_POLICY,
        };
        let most = match (policy_type, self) {
            (PolicyType::System, _) => MAX_SYSTEM_POLICIES,
            (PolicyType::Custom, Self::User) => MAX_CUSTOM_POLICIES_PER_USER,
            (PolicyType::Custom, Self::Group) => MAX_CUSTOM_POLICIES_PER_GROUP,
            (PolicyType::Custom, Self::Role) => MAX_CUSTOM_POLICIES_PER_ROLE,
        };
        (most, full)
    }
}

impl Attachment {
    fn by_holder(&self) -> [String; 5] {
        [
            self.account.to_string(),
            self.holder.as_str().to_owned(),
            self.holder_name.clone(),
            self.policy_type.as_str().to_owned(),
            self.policy.folded(),
        ]
    }

    fn by_policy(&self) -> [String; 5] {
        let [account, holder, holder_name, policy_type, policy] = self.by_holder();
        [account, policy_type, policy, holder, holder_name]
    }

    /// The holder and the policy, in lower case, in the key of an [`AttachmentRecord`].
    pub(crate) fn parts_of(key: &Key) -> Option<(Holder, PolicyType, Folded)> {
        let [account, holder, name, policy_type, policy] = key.texts().try_into().ok()?;
        let holder = [HolderKind::User, HolderKind::Group, HolderKind::Role]
            .into_iter()
            .find(|kind| kind.as_str() == holder)?;
        let policy_type = [PolicyType::System, PolicyType::Custom]
            .into_iter()
            .find(|kind| kind.as_str() == policy_type)?;
        let name = (AccountId::parse(&account)?, Folded::of(&name));
        Some(((holder, name), policy_type, Folded::of(&policy)))
    }

    /// The policies that a user, a group or a role holds.
    pub(crate) async fn held(
        transaction: &mut Transaction,
        account: &AccountId,
        holder: HolderKind,
        name: &str,
    ) -> Result<Vec<Self>, ApiError> {
        let leading = [account.as_str(), holder.as_str(), name];
        let records: Vec<AttachmentRecord> = all(transaction, &leading, usize::MAX).await?;
        Ok(records.into_iter().map(|record| record.0).collect())
    }

    /// Whether a user, a group or a role holds any policy.
    pub(crate) async fn any_held(
        transaction: &mut Transaction,
        account: &AccountId,
        holder: HolderKind,
        name: &str,
    ) -> Result<bool, ApiError> {
        let leading = [account.as_str(), holder.as_str(), name];
        Ok(!all::<AttachmentRecord>(transaction, &leading, 1).await?.is_empty())
    }

    /// Who holds a policy; its name in lower case.
    pub(crate) async fn holders(
        transaction: &mut Transaction,
        account: &AccountId,
        policy_type: PolicyType,
        policy: &str,
    ) -> Result<Vec<Self>, ApiError> {
        let leading = [account.as_str(), policy_type.as_str(), policy];
        let records: Vec<HolderRecord> = all(transaction, &leading, usize::MAX).await?;
        Ok(records.into_iter().map(|record| record.0).collect())
    }

    /// Attaches, if it is not attached and the holder may have one more.
    pub(crate) async fn add(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let held = Self::held(transaction, &self.account, self.holder, &self.holder_name).await?;
        let mut of_type = held.iter().filter(|each| each.policy_type == self.policy_type);
        if of_type.clone().any(|each| each.policy == self.policy) {
            return Err(ApiError::new(match self.holder {
                HolderKind::User => &code::ENTITY_ALREADY_EXISTS_USER_POLICY,
                HolderKind::Group => &code::ENTITY_ALREADY_EXISTS_GROUP_POLICY,
                HolderKind::Role => &code::ENTITY_ALREADY_EXISTS_ROLE_POLICY,
            }));
        }
        let (most, full) = self.holder.limit(self.policy_type);
        if of_type.nth(most.saturating_sub(1)).is_some() {
            return Err(ApiError::new(full));
        }
        self.put(transaction)
    }

    /// Detaches what must be attached. Of `self` everything but the time counts.
    pub(crate) async fn remove(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let by_holder = self.by_holder();
        let by_holder = by_holder.each_ref().map(String::as_str);
        if get::<AttachmentRecord>(transaction, &by_holder).await?.is_none() {
            return Err(ApiError::new(match self.holder {
                HolderKind::User => &code::ENTITY_NOT_EXIST_USER_POLICY,
                HolderKind::Group => &code::ENTITY_NOT_EXIST_GROUP_POLICY,
                HolderKind::Role => &code::ENTITY_NOT_EXIST_ROLE_POLICY,
            }));
        }
        self.delete(transaction);
        Ok(())
    }

    /// Takes what a user or a group holds along to another name of it.
    pub(crate) async fn move_holder(
        transaction: &mut Transaction,
        account: &AccountId,
        holder: HolderKind,
        earlier: &str,
        later: &str,
    ) -> Result<(), ApiError> {
        for attachment in Self::held(transaction, account, holder, earlier).await? {
            attachment.delete(transaction);
            Self { holder_name: later.to_owned(), ..attachment }.put(transaction)?;
        }
        Ok(())
    }

    fn put(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(&HolderRecord(self.clone())).map_err(store_error)?;
        transaction.put(&AttachmentRecord(self)).map_err(store_error)
    }

    fn delete(&self, transaction: &mut Transaction) {
        let (by_holder, by_policy) = (self.by_holder(), self.by_policy());
        transaction.delete::<AttachmentRecord>(&by_holder.each_ref().map(String::as_str));
        transaction.delete::<HolderRecord>(&by_policy.each_ref().map(String::as_str));
    }
}
