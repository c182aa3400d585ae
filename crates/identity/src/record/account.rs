//! Accounts, and how full they are.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{get, wire_time};

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
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
}
