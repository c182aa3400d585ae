//! The second half of signing in: the password is right.

use rolecall_api::ApiError;
use rolecall_crypto::{PasswordHash, TotpCode};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Random, Secret, Timestamp};

use super::{Place, Proven, SignIn, SignInAttempt, SignedIn};
use crate::record::{
    AccountRecord, LoginProfileRecord, MAX_CODE_TRIES, MfaDeviceRecord, SignInRecord, UserRecord,
    named_by_record,
};

const HOUR_SECONDS: i64 = 60 * 60;

/// The second half of an attempt, whose password is right.
pub(super) struct Settling<'a> {
    pub(super) account: &'a AccountId,
    /// The user's name in lower case.
    pub(super) user: &'a str,
    pub(super) random: &'a dyn Random,
    pub(super) now: Timestamp,
}

impl Settling<'_> {
    /// What becomes of the attempt; `password` is what the password was found to be right by.
    pub(super) async fn settle(
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
}
