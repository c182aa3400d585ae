//! `ram:ChangePassword`: lets a user choose another password.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::PasswordHash;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::{Ram, caller_arn, code};
use crate::password::Password;
use crate::record::{AccountRecord, LoginProfileRecord, SignInRecord};

/// Changes the password of the user that calls. Wrong old passwords count as attempts to sign in.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ChangePassword {
    /// The password until now.
    #[api(invalid = &code::INVALID_OLD_PASSWORD)]
    pub old_password: Password,
    /// Another password: visible ASCII, as strong as the account's password policy asks.
    #[api(invalid = &code::INVALID_NEW_PASSWORD_TOO_WEAK)]
    pub new_password: Password,
}

/// The password is another one.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct ChangePasswordReply {}

impl Authorize for ChangePassword {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ChangePassword", caller_arn(scope, None))]
    }
}

impl Operation for ChangePassword {
    type Reply = ChangePasswordReply;
    const SPEC: Spec = Spec::write(Product::Ram, "ChangePassword").errors(&[
        &code::INVALID_OLD_PASSWORD,
        &code::INVALID_NEW_PASSWORD_TOO_WEAK,
        &code::INVALID_NEW_PASSWORD_REUSE,
        &code::NOT_SUPPORT_ACCOUNT,
        &code::ENTITY_NOT_EXIST_USER_LOGIN_PROFILE,
    ]);
}

impl Handle<ChangePassword> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ChangePassword>,
    ) -> Result<ChangePasswordReply, ApiError> {
        let account = &call.scope().account;
        let Some(user) = &call.scope().user else {
            return Err(ApiError::new(&code::NOT_SUPPORT_ACCOUNT));
        };
        let wrong = || ApiError::new(&code::INVALID_OLD_PASSWORD);
        let (now, old) = (context.now, call.old_password.secret());
        let mut profile = LoginProfileRecord::find(transaction, account, user).await?;
        let held = self.sign_ins.check_password(account, user, old, now).await?;
        if held.as_ref() != Some(&profile.password) {
            return Err(wrong());
        }
        let policy = AccountRecord::find(transaction, account).await?.password_policy;
        if policy.hard_expiry && policy.is_expired(profile.password_set_at, now) {
            return Err(wrong());
        }
        if !policy.admits(call.new_password.secret()) {
            return Err(ApiError::new(&code::INVALID_NEW_PASSWORD_TOO_WEAK));
        }
        let (barred, password) = (profile.barred(&policy), call.new_password.clone());
        let before = profile.password.clone();
        let hash = move || {
            let reused = PasswordHash::any_holds(&barred, password.secret());
            (!reused).then(|| before.next(password.secret()))
        };
        let Some(hash) = self.sign_ins.derive(hash).await? else {
            return Err(ApiError::new(&code::INVALID_NEW_PASSWORD_REUSE));
        };
        profile.set_password(hash, now);
        profile.password_reset_required = false;
        profile.put(transaction)?;
        SignInRecord::start_anew(transaction, account, user).await?;
        Ok(ChangePasswordReply {})
    }
}
