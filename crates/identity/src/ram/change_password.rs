//! `ram:ChangePassword`: lets a user choose another password.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::PasswordHash;
use rolecall_gate::{Context, Handle, Prepared, store_error};
use rolecall_policy::Need;
use rolecall_store::{Store, StoreError, Transaction};
use rolecall_types::{Timestamp, UserName};
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
    #[api(keeps_empty, invalid = &code::INVALID_NEW_PASSWORD_TOO_WEAK)]
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

/// Why the new password may be the next one: what was judged, outside of any transaction.
struct Judged {
    /// The password that the old one was compared with.
    old: PasswordHash,
    /// The earlier ones that the new one was compared with.
    barred: Vec<PasswordHash>,
    new: PasswordHash,
}

impl Handle<ChangePassword> for Ram {
    async fn prepare(
        &self,
        context: &Context,
        store: &Store,
        call: &Permit<ChangePassword>,
    ) -> Result<Prepared, ApiError> {
        let (account, now) = (&call.scope().account, context.now);
        let user = caller(call)?;
        let mut transaction = store.begin().await.map_err(store_error)?;
        LoginProfileRecord::find(&mut transaction, account, user).await?;
        let old = call.old_password.secret();
        let Some(old) = self.sign_ins.check_password(account, user, old, context).await? else {
            return Err(wrong());
        };
        let mut transaction = store.begin().await.map_err(store_error)?;
        let (_, barred) = admitted(&mut transaction, call, &old, now).await?;
        let (against, before) = (barred.clone(), old.clone());
        let password = call.new_password.clone();
        let hash = move || {
            let reused = PasswordHash::any_holds(&against, password.secret());
            (!reused).then(|| before.next(password.secret()))
        };
        let Some(new) = self.sign_ins.derive(context, hash).await? else {
            return Err(ApiError::new(&code::INVALID_NEW_PASSWORD_REUSE));
        };
        Ok(Prepared::of(Judged { old, barred, new }))
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ChangePassword>,
    ) -> Result<ChangePasswordReply, ApiError> {
        let (account, user) = (&call.scope().account, caller(call)?);
        let judged: &Judged = context.prepared.get()?;
        let (mut profile, barred) = admitted(transaction, call, &judged.old, context.now).await?;
        if barred != judged.barred {
            // The password policy was changed meanwhile, and looks further back.
            return Err(store_error(StoreError::Conflict));
        }
        profile.set_password(judged.new.clone(), context.now);
        profile.password_reset_required = false;
        profile.put(transaction)?;
        SignInRecord::start_anew(transaction, account, user).await?;
        Ok(ChangePasswordReply {})
    }
}

/// The profile whose password may be changed now, and the passwords that may not come again. `old`
/// is what the old password was found to be right by.
async fn admitted(
    transaction: &mut Transaction,
    call: &Permit<ChangePassword>,
    old: &PasswordHash,
    now: Timestamp,
) -> Result<(LoginProfileRecord, Vec<PasswordHash>), ApiError> {
    let (account, user) = (&call.scope().account, caller(call)?);
    let profile = LoginProfileRecord::find(transaction, account, user).await?;
    if profile.password != *old {
        return Err(wrong());
    }
    let policy = AccountRecord::find(transaction, account).await?.password_policy;
    if policy.hard_expiry && policy.is_expired(profile.password_set_at, now) {
        return Err(wrong());
    }
    if !policy.admits(call.new_password.secret()) {
        return Err(ApiError::new(&code::INVALID_NEW_PASSWORD_TOO_WEAK));
    }
    let barred = profile.barred(&policy);
    Ok((profile, barred))
}

/// The user that calls.
fn caller(call: &Permit<ChangePassword>) -> Result<&UserName, ApiError> {
    call.scope().user.as_ref().ok_or_else(|| ApiError::new(&code::NOT_SUPPORT_ACCOUNT))
}

fn wrong() -> ApiError {
    ApiError::new(&code::INVALID_OLD_PASSWORD)
}
