//! Accounts, their settings, and how full they are.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{PasswordPolicy, SecurityPreference, get, lost, wire_time};
use crate::ram::code;

/// An account. Records from before there were users who sign in have no settings, which are then
/// the defaults.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// Its other name, which no other account has.
    #[serde(default)]
    pub alias: Option<String>,
    /// What it asks of passwords.
    #[serde(default)]
    pub password_policy: PasswordPolicy,
    /// What it lets users do for themselves, and how they sign in.
    #[serde(default)]
    pub security_preference: SecurityPreference,
}

impl Record for AccountRecord {
    const TABLE: &'static str = "account";
    const VERSION: u32 = 1;
}

impl Keyed for AccountRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.id.as_str()])
    }
}

impl AccountRecord {
    /// An account with the settings that each begins with.
    pub fn new(id: AccountId, created_at: Timestamp) -> Self {
        let (password_policy, security_preference) = Default::default();
        Self { id, created_at, alias: None, password_policy, security_preference }
    }

    /// The account of a caller, who was found by it.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        id: &AccountId,
    ) -> Result<Self, ApiError> {
        let parts = [id.as_str()];
        get(transaction, &parts).await?.ok_or_else(|| lost::<Self>(&parts))
    }

    /// Writes an account that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Gives the account another alias, or none. It must be free.
    pub(crate) async fn rename(
        &mut self,
        transaction: &mut Transaction,
        alias: Option<&str>,
    ) -> Result<(), ApiError> {
        if let Some(alias) = alias {
            let owner: Option<AliasRecord> = get(transaction, &[alias]).await?;
            if owner.is_some_and(|owner| owner.account != self.id) {
                return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_ACCOUNT_ALIAS));
            }
        }
        if let Some(earlier) = &self.alias {
            transaction.delete::<AliasRecord>(&[earlier]);
        }
        if let Some(alias) = alias {
            let record = AliasRecord { account: self.id.clone() };
            transaction.put_at(&[alias], &record).map_err(store_error)?;
        }
        self.alias = alias.map(str::to_owned);
        self.put(transaction)
    }

    /// The account that an id or an alias names. An id goes first: an alias may look like one.
    pub(crate) async fn named(
        transaction: &mut Transaction,
        name: &str,
    ) -> Result<Option<Self>, ApiError> {
        if let Some(id) = AccountId::parse(name)
            && let Some(account) = get(transaction, &[id.as_str()]).await?
        {
            return Ok(Some(account));
        }
        match get::<AliasRecord>(transaction, &[name]).await? {
            Some(alias) => get(transaction, &[alias.account.as_str()]).await,
            None => Ok(None),
        }
    }
}

/// Whose an alias is; it stands in the key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AliasRecord {
    /// The account.
    pub account: AccountId,
}

impl Record for AliasRecord {
    const TABLE: &'static str = "account-alias";
    const VERSION: u32 = 1;
}

/// How many entities of each kind an account has. Counted, for counting them anew at each creation
/// would read all of them.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct QuotaRecord {
    /// RAM users.
    pub users: u32,
    /// Roles.
    pub roles: u32,
    /// Custom policies.
    pub policies: u32,
    /// RAM groups. Counts from before there were groups have none.
    #[serde(default)]
    pub groups: u32,
    /// Virtual MFA devices. Earlier counts have none.
    #[serde(default)]
    pub mfa_devices: u32,
}

impl Record for QuotaRecord {
    const TABLE: &'static str = "ram-quota";
    const VERSION: u32 = 1;
}

impl QuotaRecord {
    /// The account's numbers, changed by `change`, which may refuse.
    pub(crate) async fn update(
        transaction: &mut Transaction,
        account: &AccountId,
        change: impl FnOnce(&mut Self) -> Result<(), ApiError> + Send,
    ) -> Result<(), ApiError> {
        let parts = [account.as_str()];
        let mut quota: Self = get(transaction, &parts).await?.unwrap_or_default();
        change(&mut quota)?;
        transaction.put_at(&parts, &quota).map_err(store_error)
    }
}

/// One more of something of which there may be `most`; `full` is the refusal.
pub(crate) fn take_one(
    count: &mut u32,
    most: u32,
    full: &'static rolecall_api::Code,
) -> Result<(), ApiError> {
    if *count >= most {
        return Err(ApiError::new(full));
    }
    *count = count.saturating_add(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_before_there_were_groups_are_read() {
        let earlier = r#"{"users":3,"roles":2,"policies":1}"#;
        let quota: QuotaRecord = serde_json::from_str(earlier).unwrap();
        assert_eq!((quota.users, quota.roles, quota.policies, quota.groups), (3, 2, 1, 0));
    }

    #[test]
    fn accounts_from_before_there_were_settings_have_the_defaults() {
        let earlier = r#"{"id":"1234567890123456","created_at":"2023-11-14T22:13:20Z"}"#;
        let account: AccountRecord = serde_json::from_str(earlier).unwrap();
        assert_eq!(account.password_policy, PasswordPolicy::default());
        assert_eq!(account.security_preference, SecurityPreference::default());
        let written = serde_json::to_string(&account).unwrap();
        let read: AccountRecord = serde_json::from_str(&written).unwrap();
        assert_eq!(read.security_preference, account.security_preference);
    }
}
