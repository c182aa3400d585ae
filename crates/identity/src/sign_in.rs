//! Signing in to the console, and all other checks of a user's password.
//!
//! ```text
//! count the try ── commit ── derive ── settle: code, expiry, what is still to be done ── commit
//! ```
//!
//! A try is counted before it is looked at, so that a thousand at once are no more than one after
//! the other. A name that nobody has takes the same steps as one that somebody has.

use std::fmt;
use std::net::IpAddr;

use rolecall_api::{ApiError, code as common};
use rolecall_crypto::{PasswordHash, TotpCode, sha256_hex};
use rolecall_gate::store_error;
use rolecall_store::{Store, StoreError, Transaction};
use rolecall_types::{AccountId, PrincipalId, Random, Secret, Timestamp, UserName};
use tokio::sync::{Mutex, Semaphore};

use crate::password::Password;
use crate::record::{
    AccountRecord, LoginProfileRecord, MAX_CODE_TRIES, MAX_TICKETS, MfaDeviceRecord,
    PasswordTriesRecord, SecurityPreference, SignInRecord, TicketRecord, UserRecord,
    named_by_record,
};

/// How many cores may derive passwords at once, so that a flood of sign-ins leaves some to all
/// others. The limit is ours.
const DERIVING: usize = 2;

/// How long a browser is remembered, in seconds. Source: `SetSecurityPreference`, seven days.
const TICKET_SECONDS: i64 = 7 * 24 * 60 * 60;

const HOUR_SECONDS: i64 = 60 * 60;

/// Where tries are counted of names that nobody has, in the place of an account or of a user. No
/// account and no user can be called so.
const NOBODY: &str = "*";

/// Checks passwords.
pub struct SignIns {
    store: Store,
    /// The line of those who count: they write to the same few records.
    line: Mutex<()>,
    deriving: Semaphore,
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
    /// The account does not let anybody sign in from this address.
    SourceRefused,
    /// The name or the password is wrong, or too many were tried within an hour. One answer for
    /// all of them tells nobody which names there are.
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
        Self { store, line: Mutex::new(()), deriving: Semaphore::new(DERIVING) }
    }

    /// Takes an attempt to sign in. Failures are those of the store alone.
    pub async fn sign_in(
        &self,
        attempt: &SignInAttempt,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<SignIn, ApiError> {
        let mut transaction = self.store.begin().await.map_err(store_error)?;
        let account = AccountRecord::named(&mut transaction, &attempt.account).await?;
        if let Some(account) = &account
            && !account.security_preference.login_network_masks.admits(attempt.source)
        {
            return Ok(SignIn::SourceRefused);
        }
        let id = account.map(|account| account.id);
        let name = UserName::new(attempt.user.as_str()).ok();
        let place = Place {
            account: id.as_ref().map_or(NOBODY, AccountId::as_str),
            user: &name.as_ref().map_or_else(|| NOBODY.to_owned(), UserName::folded),
        };
        let held = self.check(place, attempt.password.secret(), now).await?;
        let (Some(password), Some(account)) = (held, id.as_ref()) else {
            return Ok(SignIn::Refused);
        };
        let _turn = self.line.lock().await;
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            let settling = Settling { account, user: place.user, random, now };
            let outcome = settling.settle(&mut transaction, &password, attempt).await?;
            if committed(transaction).await? {
                return Ok(outcome);
            }
        }
    }

    /// Whether this is a user's password: what tells it, or nothing. A try counts unless it is
    /// right.
    pub(crate) async fn check_password(
        &self,
        account: &AccountId,
        user: &UserName,
        password: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let place = Place { account: account.as_str(), user: &user.folded() };
        let held = self.check(place, password, now).await?;
        if held.is_some() {
            self.give_back(place).await?;
        }
        Ok(held)
    }

    /// Work on passwords, which takes a core for a while.
    pub(crate) async fn derive<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let failed = |cause: &dyn fmt::Display| {
            ApiError::new(&common::INTERNAL_ERROR).because(format!("derive a password: {cause}"))
        };
        let _turn = self.deriving.acquire().await.map_err(|error| failed(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
    }

    async fn check(
        &self,
        place: Place<'_>,
        password: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<PasswordHash>, ApiError> {
        let known = self.count(place, now).await?;
        let hash = known.clone().unwrap_or_else(PasswordHash::of_nobody);
        let password = password.clone();
        let holds = self.derive(move || hash.holds(&password)).await?;
        Ok(known.filter(|_| holds))
    }

    /// Takes back the count of a try that was right.
    async fn give_back(&self, place: Place<'_>) -> Result<(), ApiError> {
        let _turn = self.line.lock().await;
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            place.give_back(&mut transaction).await?;
            if committed(transaction).await? {
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
        let _turn = self.line.lock().await;
        loop {
            let mut transaction = self.store.begin().await.map_err(store_error)?;
            let known = place.count(&mut transaction, now).await?;
            if committed(transaction).await? {
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

/// Whether a transaction came through; who met a faster one goes round once more, for the faster
/// one has succeeded.
async fn committed(transaction: Transaction) -> Result<bool, ApiError> {
    match transaction.commit().await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(store_error(error)),
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

/// The second half of an attempt, whose password is right.
struct Settling<'a> {
    account: &'a AccountId,
    /// The user's name in lower case.
    user: &'a str,
    random: &'a dyn Random,
    now: Timestamp,
}

impl Settling<'_> {
    async fn settle(
        &self,
        transaction: &mut Transaction,
        password: &PasswordHash,
        attempt: &SignInAttempt,
    ) -> Result<SignIn, ApiError> {
        let (account, name) = (self.account.as_str(), self.user);
        let profile = LoginProfileRecord::get(transaction, account, name).await?;
        let Some(profile) = profile.filter(|profile| profile.password == *password) else {
            // It was changed while we derived.
            return Ok(SignIn::Refused);
        };
        Place { account, user: name }.give_back(transaction).await?;
        let mut known = SignInRecord::get(transaction, account, name).await?;
        let outcome = self.proceed(transaction, &profile, &mut known, attempt).await?;
        known.put(transaction, account, name)?;
        Ok(outcome)
    }

    async fn proceed(
        &self,
        transaction: &mut Transaction,
        profile: &LoginProfileRecord,
        known: &mut SignInRecord,
        attempt: &SignInAttempt,
    ) -> Result<SignIn, ApiError> {
        let account = AccountRecord::find(transaction, self.account).await?;
        let (policy, preference) = (account.password_policy, account.security_preference);
        let expired = policy.is_expired(profile.password_set_at, self.now);
        if expired && policy.hard_expiry {
            return Ok(SignIn::Expired);
        }
        let user: UserRecord = named_by_record(transaction, self.account, self.user).await?;
        let user = Proven { account: user.account, user: user.name, user_id: user.id };
        let mut ticket = None;
        match MfaDeviceRecord::of_user(transaction, self.account, self.user).await? {
            None if profile.mfa_bind_required => return Ok(SignIn::DeviceRequired(user)),
            None => {}
            Some(_) if self.is_remembered(&preference, known, attempt) => {}
            Some(mut device) => {
                let Some(code) = &attempt.code else { return Ok(SignIn::CodeRequired) };
                if !self.accept(&mut device, known, code) {
                    return Ok(SignIn::CodeRefused);
                }
                device.put(transaction)?;
                ticket = self.remember(&preference, known);
            }
        }
        if expired || profile.password_reset_required {
            return Ok(SignIn::PasswordResetRequired(user));
        }
        let second = self.now.as_second();
        known.last_at = Some(second);
        let span = preference.login_session_hours.saturating_mul(HOUR_SECONDS);
        let expires_at = Timestamp::from_second(second.saturating_add(span)).unwrap_or(self.now);
        Ok(SignIn::Done(SignedIn { user, expires_at, ticket }))
    }

    /// Takes a code, once. A code that is refused stays counted.
    fn accept(
        &self,
        device: &mut MfaDeviceRecord,
        known: &mut SignInRecord,
        code: &Secret<String>,
    ) -> bool {
        if !known.code_tries.take(self.now, MAX_CODE_TRIES) {
            return false;
        }
        let found = TotpCode::parse(code.expose())
            .and_then(|code| device.seed.find(&code, self.now, device.used_step));
        let Some(step) = found else { return false };
        device.used_step = step;
        known.code_tries.give_back();
        true
    }

    fn is_remembered(
        &self,
        preference: &SecurityPreference,
        known: &SignInRecord,
        attempt: &SignInAttempt,
    ) -> bool {
        let Some(ticket) = &attempt.ticket else { return false };
        let sha256 = sha256_hex(ticket.expose().as_bytes());
        let good = |it: &TicketRecord| it.sha256 == sha256 && it.expires_at > self.now.as_second();
        preference.enable_save_mfa_ticket && known.tickets.iter().any(good)
    }

    fn remember(
        &self,
        preference: &SecurityPreference,
        known: &mut SignInRecord,
    ) -> Option<Secret<String>> {
        if !preference.enable_save_mfa_ticket {
            return None;
        }
        let ticket = Secret::new(self.random.text(TICKET_ALPHABET, TICKET_LENGTH));
        let now = self.now.as_second();
        known.tickets.retain(|ticket| ticket.expires_at > now);
        known.tickets.insert(
            0,
            TicketRecord {
                sha256: sha256_hex(ticket.expose().as_bytes()),
                expires_at: now.saturating_add(TICKET_SECONDS),
            },
        );
        known.tickets.truncate(MAX_TICKETS);
        Some(ticket)
    }
}

/// The characters of a ticket, and how many there are: 256 random bits.
const TICKET_ALPHABET: &[u8] = b"0123456789abcdef";
const TICKET_LENGTH: usize = 64;
