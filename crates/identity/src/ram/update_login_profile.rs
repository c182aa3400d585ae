//! `ram:UpdateLoginProfile`: changes how a user signs in.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::PasswordHash;
use rolecall_gate::{Context, Handle, Prepared, store_error};
use rolecall_policy::Need;
use rolecall_store::{Store, Transaction};
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::password::Password;
use crate::record::{AccountRecord, LoginProfileRecord, SignInRecord, UserRecord};

/// Changes a login profile; what is not given stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateLoginProfile {
    /// The user's name.
    pub user_name: UserName,
    /// Another password: visible ASCII, as strong as the account's password policy asks. It may be
    /// one that the user had before.
    #[api(keeps_empty, invalid = &code::INVALID_PASSWORD_TOO_WEAK)]
    pub password: Option<Password>,
    /// Whether the user must choose another password when it signs in.
    pub password_reset_required: Option<bool>,
    /// Whether the user must have an MFA device to sign in.
    #[serde(rename = "MFABindRequired")]
    pub mfa_bind_required: Option<bool>,
}

/// The login profile is changed.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct UpdateLoginProfileReply {}

impl Authorize for UpdateLoginProfile {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UpdateLoginProfile", user_arn(scope, &self.user_name))]
    }
}

impl Operation for UpdateLoginProfile {
    type Reply = UpdateLoginProfileReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdateLoginProfile").errors(&[
        &code::INVALID_PASSWORD_TOO_WEAK,
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_NOT_EXIST_USER_LOGIN_PROFILE,
    ]);
}

impl Handle<UpdateLoginProfile> for Ram {
    async fn prepare(
        &self,
        context: &Context,
        store: &Store,
        call: &Permit<UpdateLoginProfile>,
    ) -> Result<Prepared, ApiError> {
        let Some(password) = call.password.clone() else { return Ok(Prepared::default()) };
        let mut transaction = store.begin().await.map_err(store_error)?;
        let profile = admitted(&mut transaction, call).await?;
        let hash = move || profile.password.next(password.secret());
        Ok(Prepared::of(self.sign_ins.derive(context, hash).await?))
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateLoginProfile>,
    ) -> Result<UpdateLoginProfileReply, ApiError> {
        let mut profile = admitted(transaction, call).await?;
        if call.password.is_some() {
            let hash: &PasswordHash = context.prepared.get()?;
            profile.set_password(hash.clone(), context.now);
            SignInRecord::start_anew(transaction, &profile.account, &profile.user).await?;
        }
        if let Some(required) = call.password_reset_required {
            profile.password_reset_required = required;
        }
        if let Some(required) = call.mfa_bind_required {
            profile.mfa_bind_required = required;
        }
        profile.put(transaction)?;
        Ok(UpdateLoginProfileReply {})
    }
}

/// The profile, if the account takes the password.
async fn admitted(
    transaction: &mut Transaction,
    call: &Permit<UpdateLoginProfile>,
) -> Result<LoginProfileRecord, ApiError> {
    let account = &call.scope().account;
    let user = UserRecord::find(transaction, account, &call.user_name).await?;
    let profile = LoginProfileRecord::find(transaction, account, &user.name).await?;
    if let Some(password) = &call.password {
        let policy = AccountRecord::find(transaction, account).await?.password_policy;
        if !policy.admits(password.secret()) {
            return Err(ApiError::new(&code::INVALID_PASSWORD_TOO_WEAK));
        }
    }
    Ok(profile)
}
