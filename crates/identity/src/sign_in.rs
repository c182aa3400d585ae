//! Signing in to the console, and all other checks of a user's password.
//!
//! ```text
//! wait in line ── count the try ── commit ── derive ── settle: code, expiry, what is still to be
//!                                                      done ── commit
//! ```
//!
//! A try is counted before it is looked at, so that a thousand at once are no more than one after
//! the other. A name that nobody has takes the same steps as one that somebody has.

use std::fmt;
use std::net::IpAddr;

use rolecall_api::ApiError;
use rolecall_crypto::PasswordHash;
use rolecall_gate::{Context, store_error};
use rolecall_store::{Attempts, Store, Transaction};
use rolecall_types::{AccountId, PrincipalId, Random, Secret, Timestamp, UserName};

use crate::password::Password;
use crate::record::{AccountRecord, LoginProfileRecord, PasswordTriesRecord};

mod limiter;
mod settle;
mod ticket;

use limiter::Limiter;
use settle::Settling;

/// Where tries are counted of names that nobody has, in the place of an account or of a user. No
/// account and no user can be called so.
const NOBODY: &str = "*";

/// Checks passwords.
pub struct SignIns {
    store: Store,
    limiter: Limiter,
}

/// What a person types, and from where.
#[derive(Debug, Clone)]
pub struct SignInAttempt {
    /// The account's id or alias.
    pub account: String,
    /// The user's name, in any case.
    pub user: String,
    /// The password.
    pub password: Password,
    /// The code that the user's device shows, if one was typed.
    pub code: Option<Secret<String>>,
    /// What an earlier [`SignedIn::ticket`] was, if the browser has one.
    pub ticket: Option<Secret<String>>,
    /// The address of the browser.
    pub source: IpAddr,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The user is in.
    Done(SignedIn),
    /// The name or the password is wrong, too many were tried within an hour, or the account lets
    /// nobody sign in from this address. One answer for all of them tells nobody which names there
    /// are.
    Refused,
    /// The password is right but too old, and only an administrator can set another one.
    Expired,
    /// The password is right; a code of the user's device is asked for.
    CodeRequired,
    /// The password is right; the code is wrong or used, or too many were tried within an hour.
    CodeRefused,
    /// The user is who it says, and must bind an MFA device before anything else.
    DeviceRequired(Proven),
    /// The user is who it says, and must choose another password before anything else.
    PasswordResetRequired(Proven),
}

/// Who has proved to be whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The account.
    pub account: AccountId,
    /// The user.
    pub user: UserName,
    /// The user's id; another user of the same name has another.
    pub user_id: PrincipalId,
}

/// A user that is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: Proven,
    /// When the user must sign in again.
    pub expires_at: Timestamp,
    /// What stands for a code at this browser's next sign-ins, if the account wants that.
    pub ticket: Option<Secret<String>>,
}

impl SignIns {
    /// Checks passwords of users in this store.
    pub fn new(store: Store) -> Self {
        Self { store, limiter: Limiter::new() }
    }

    /// Takes an attempt to sign in. It fails if the store does, and with `Throttling` if too many
    /// wait already; such an attempt is not counted.
    pub async fn sign_in(
        &self,
        attempt: &SignInAttempt,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<SignIn, ApiError> {
        let mut transaction = self.store.begin().await.map_err(store_error)?;
        let account = AccountRecord::named(&mut transaction, &attempt.account).await?;
        let admitted = account.as_ref().is_none_or(|account| {
            account.security_preference.login_network_masks.admits(attempt.source)
        });
        let id = account.map(|account| account.id);
        // From elsewhere nobody signs in: an attempt says nothing of a user or of the account, and
        // locks none out.
        let name = UserName::new(attempt.user.as_str()).ok().filter(|_| admitted);
        let place = Place {
            account: id.as_ref().map_or(NOBODY, AccountId::as_str),
            user: &name.as_ref().map_or_else(|| NOBODY.to_owned(), UserName::folded),
        };
        let _turn = self.limiter.turn(place.account, place.user, attempt.source).await?;
        let judged = self.count(place, now).await?;
        let held = self.judge(judged, attempt.password.secret()).await?;
        let (Some(password), Some(account)) = (held, id.as_ref()) else {
            return Ok(SignIn::Refused);
        };
        let mut attempts = Attempts::new();
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            let settling = Settling { account, user: place.user, random, now };
            let outcome = settling.settle(&mut transaction, &password, attempt).await?;
            if attempts.commit(transaction).await.map_err(store_error)?.is_some() {
                return Ok(outcome);
            }
        }
    }

    /// Whether this is a user's password: what tells it, or nothing. A try counts unless it is
    /// right. The user is known to call: when it has used up its tries, that is no secret, and
    /// nothing is derived.
    pub(crate) async fn check_password(
        &self,
        account: &AccountId,
        user: &UserName,
        password: &Secret<String>,
        context: &Context,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let place = Place { account: account.as_str(), user: &user.folded() };
        let source = context.ingress.source();
        let _turn = self.limiter.turn(place.account, place.user, source).await?;
        let Some(judged) = self.count(place, context.now).await? else { return Ok(None) };
        let held = self.judge(Some(judged), password).await?;
        if held.is_some() {
            self.give_back(place).await?;
        }
        Ok(held)
    }

    /// Work on passwords for a call, which takes a core for a while; `Throttling` if too many wait
    /// already.
    pub(crate) async fn derive<T: Send + 'static>(
        &self,
        context: &Context,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let _place = self.limiter.place(context.ingress.source())?;
        self.limiter.run(work).await
    }

    /// Compares a password with what is known of it. Where nothing is, that takes as long.
    async fn judge(
        &self,
        known: Option<PasswordHash>,
        password: &Secret<String>,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let hash = known.clone().unwrap_or_else(PasswordHash::of_nobody);
        let password = password.clone();
        let holds = self.limiter.run(move || hash.holds(&password)).await?;
        Ok(known.filter(|_| holds))
    }

    /// Takes back the count of a try that was right.
    async fn give_back(&self, place: Place<'_>) -> Result<(), ApiError> {
        let mut attempts = Attempts::new();
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            place.give_back(&mut transaction).await?;
            if attempts.commit(transaction).await.map_err(store_error)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Counts a try, and says by what to judge it: nothing where nobody is called so, or where
    /// there were too many.
    async fn count(
        &self,
        place: Place<'_>,
        now: Timestamp,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let mut attempts = Attempts::new();
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            let known = place.count(&mut transaction, now).await?;
            if attempts.commit(transaction).await.map_err(store_error)?.is_some() {
                return Ok(known);
            }
        }
    }
}

impl fmt::Debug for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIns")
    }
}

/// A user, by its names in keys.
#[derive(Clone, Copy)]
struct Place<'a> {
    account: &'a str,
    user: &'a str,
}

impl Place<'_> {
    async fn count(
        self,
        transaction: &mut Transaction,
        now: Timestamp,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let account = AccountRecord::named(transaction, self.account).await?;
        let policy = account.map(|account| account.password_policy).unwrap_or_default();
        let profile = LoginProfileRecord::get(transaction, self.account, self.user).await?;
        let user = if profile.is_some() { self.user } else { NOBODY };
        let mut tries = PasswordTriesRecord::get(transaction, self.account, user).await?;
        let free = tries.0.take(now, policy.most_tries());
        tries.put(transaction, self.account, user)?;
        Ok(profile.filter(|_| free).map(|profile| profile.password))
    }

    /// Takes back the count of a try of a user that there is.
    async fn give_back(self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let mut tries = PasswordTriesRecord::get(transaction, self.account, self.user).await?;
        tries.0.give_back();
        tries.put(transaction, self.account, self.user)
    }
}
