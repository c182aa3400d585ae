//! How users' sign-ins went: what limits guessing. The user stands in the keys, in lower case, so
//! that all spellings of a name share one count.

use rolecall_api::ApiError;
use rolecall_gate::store_error;
use rolecall_store::{Record, Transaction};
use rolecall_types::{AccountId, Timestamp, UserName};
use serde::{Deserialize, Serialize};

use super::get;

/// The span in which tries are counted, in seconds. Source: RAM `SetPasswordPolicy`, an hour.
const SPAN_SECONDS: i64 = 60 * 60;

/// The most codes that a user may try in an hour, over all sessions. The limit is ours: of a
/// million codes three are right at a time, so guessing finds one in about four years.
pub const MAX_CODE_TRIES: usize = 10;

/// The most devices that a user is remembered on. The limit is ours.
pub(crate) const MAX_TICKETS: usize = 8;

/// When passwords were tried that were not right. A record of its own: a call that changes the
/// password reads what else is known of the user, and must not meet its own count of the old one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordTriesRecord(pub Tries);

impl Record for PasswordTriesRecord {
    const TABLE: &'static str = "ram-password-tries";
    const VERSION: u32 = 1;
}

impl PasswordTriesRecord {
    /// The tries of a user, by its name in lower case.
    pub(crate) async fn get(
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<Self, ApiError> {
        Ok(get(transaction, &[account, folded]).await?.unwrap_or_default())
    }

    /// Writes the tries.
    pub(crate) fn put(
        &self,
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<(), ApiError> {
        transaction.put_at(&[account, folded], self).map_err(store_error)
    }
}

/// What is known of a user's sign-ins.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SignInRecord {
    /// When codes were tried that were not right.
    pub code_tries: Tries,
    /// When the user last signed in, in seconds of the Unix epoch.
    pub last_at: Option<i64>,
    /// Where a code was right lately.
    pub tickets: Vec<TicketRecord>,
}

/// A browser that need not give a code for some days.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TicketRecord {
    /// The SHA-256 of the ticket, in hexadecimal.
    pub sha256: String,
    /// Until when, in seconds of the Unix epoch.
    pub expires_at: i64,
}

impl Record for SignInRecord {
    const TABLE: &'static str = "ram-sign-in";
    const VERSION: u32 = 1;
}

impl SignInRecord {
    /// What is known of a user, by its name in lower case.
    pub(crate) async fn get(
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<Self, ApiError> {
        Ok(get(transaction, &[account, folded]).await?.unwrap_or_default())
    }

    /// Writes what is known.
    pub(crate) fn put(
        &self,
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<(), ApiError> {
        transaction.put_at(&[account, folded], self).map_err(store_error)
    }

    /// Forgets the passwords that were tried, and where the user is remembered: it has another
    /// password. Codes stay counted, for a new password does not make them harder to guess.
    pub(crate) async fn start_anew(
        transaction: &mut Transaction,
        account: &AccountId,
        user: &UserName,
    ) -> Result<(), ApiError> {
        let (account, name) = (account.as_str(), user.folded());
        transaction.delete::<PasswordTriesRecord>(&[account, &name]);
        Self::forget_tickets(transaction, account, &name).await
    }

    /// Forgets where a user is remembered: it has another password or device, or none.
    pub(crate) async fn forget_tickets(
        transaction: &mut Transaction,
        account: &str,
        folded: &str,
    ) -> Result<(), ApiError> {
        let known = Self::get(transaction, account, folded).await?;
        Self { tickets: Vec::new(), ..known }.put(transaction, account, folded)
    }

    /// Takes what is known of a user along to another name.
    pub(crate) async fn move_user(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &UserName,
        later: &UserName,
    ) -> Result<(), ApiError> {
        let (parts, later) = ([account.as_str(), &earlier.folded()], later.folded());
        let tries: Option<PasswordTriesRecord> = get(transaction, &parts).await?;
        let known: Option<Self> = get(transaction, &parts).await?;
        Self::remove(transaction, account, earlier);
        if let Some(tries) = tries {
            tries.put(transaction, account.as_str(), &later)?;
        }
        match known {
            Some(known) => known.put(transaction, account.as_str(), &later),
            None => Ok(()),
        }
    }

    /// Forgets a user.
    pub(crate) fn remove(transaction: &mut Transaction, account: &AccountId, user: &UserName) {
        let parts = [account.as_str(), &user.folded()];
        transaction.delete::<PasswordTriesRecord>(&parts);
        transaction.delete::<Self>(&parts);
    }
}

/// Tries of the last hour, in seconds of the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tries(Vec<i64>);

impl Tries {
    /// Counts one more try; `false` where there were `most` in the last hour, and this one must not
    /// be looked at.
    pub(crate) fn take(&mut self, now: Timestamp, most: usize) -> bool {
        let now = now.as_second();
        self.0.retain(|at| now.saturating_sub(*at) < SPAN_SECONDS);
        let free = self.0.len() < most;
        if free {
            self.0.push(now);
            // Where any number may fail, the latest are enough to know.
            let spare = self.0.len().saturating_sub(MAX_KEPT);
            self.0.drain(..spare);
        }
        free
    }

    /// Takes back the latest try, which was right. Those that were wrong stay counted.
    pub(crate) fn give_back(&mut self) {
        self.0.pop();
    }
}

/// The most tries that are kept: more than any limit.
const MAX_KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn no_hour_has_more_tries_than_it_may() {
        let mut tries = Tries::default();
        let mut taken = Vec::new();
        for second in (0..20_000).step_by(60) {
            if tries.take(at(second), 5) {
                taken.push(second);
            }
        }
        for start in &taken {
            let within = taken.iter().filter(|at| (*start..start + 3600).contains(*at));
            assert!(within.count() <= 5);
        }
        assert!(taken.len() >= 25, "who waits may try again");
        let mut tries = Tries::default();
        assert!(tries.take(at(0), 1));
        tries.give_back();
        assert!(tries.take(at(0), 1));
        assert!(!tries.take(at(0), 1));
    }

    #[test]
    fn tries_without_a_limit_do_not_grow_without_one() {
        let mut tries = Tries::default();
        assert!((0..1000).all(|second| tries.take(at(second), usize::MAX)));
        assert_eq!(tries.0.len(), MAX_KEPT);
        assert!(!tries.take(at(1000), MAX_KEPT));
    }
}
