//! `ram:CreateLoginProfile`: lets a user sign in to the console with a password.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::PasswordHash;
use rolecall_gate::{Context, Handle, Prepared, store_error};
use rolecall_policy::Need;
use rolecall_store::{Store, Transaction};
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{LoginProfileView, Ram, code, user_arn};
use crate::password::Password;
use crate::record::{AccountRecord, LoginProfileRecord, SignInRecord, UserRecord};

/// Lets a user sign in to the console.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoginProfile {
    /// The user's name.
    pub user_name: UserName,
    /// The password: visible ASCII, as strong as the account's password policy asks.
    #[api(keeps_empty, invalid = &code::INVALID_PASSWORD_TOO_WEAK)]
    pub password: Password,
    /// Whether the user must choose another password when it signs in; `false` by itself.
    pub password_reset_required: Option<bool>,
    /// Whether the user must have an MFA device to sign in; `false` by itself.
    #[serde(rename = "MFABindRequired")]
    pub mfa_bind_required: Option<bool>,
}

/// The login profile that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoginProfileReply {
    /// The login profile.
    pub login_profile: LoginProfileView,
}

impl Authorize for CreateLoginProfile {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:CreateLoginProfile", user_arn(scope, &self.user_name))]
    }
}

impl Operation for CreateLoginProfile {
    type Reply = CreateLoginProfileReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateLoginProfile").errors(&[
        &code::INVALID_PASSWORD_TOO_WEAK,
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE,
    ]);
}

impl Handle<CreateLoginProfile> for Ram {
    async fn prepare(
        &self,
        context: &Context,
        store: &Store,
        call: &Permit<CreateLoginProfile>,
    ) -> Result<Prepared, ApiError> {
        let mut transaction = store.begin().await.map_err(store_error)?;
        let user = admitted(&mut transaction, call).await?;
        LoginProfileRecord::must_be_missing(&mut transaction, &user.account, &user.name).await?;
        let (random, password) = (context.random.clone(), call.password.clone());
        let hash = move || PasswordHash::first(random.as_ref(), password.secret());
        Ok(Prepared::of(self.sign_ins.derive(context, hash).await?))
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateLoginProfile>,
    ) -> Result<CreateLoginProfileReply, ApiError> {
        let account = &call.scope().account;
        let user = admitted(transaction, call).await?;
        let password: &PasswordHash = context.prepared.get()?;
        let profile = LoginProfileRecord {
            account: account.clone(),
            user: user.name,
            password: password.clone(),
            earlier: Vec::new(),
            password_set_at: context.now,
            password_reset_required: call.password_reset_required.unwrap_or(false),
            mfa_bind_required: call.mfa_bind_required.unwrap_or(false),
            created_at: context.now,
        };
        profile.add(transaction).await?;
        SignInRecord::start_anew(transaction, account, &profile.user).await?;
        Ok(CreateLoginProfileReply { login_profile: LoginProfileView::from(&profile) })
    }
}

/// The user, if the account takes the password.
async fn admitted(
    transaction: &mut Transaction,
    call: &Permit<CreateLoginProfile>,
) -> Result<UserRecord, ApiError> {
    let account = &call.scope().account;
    let user = UserRecord::find(transaction, account, &call.user_name).await?;
    let policy = AccountRecord::find(transaction, account).await?.password_policy;
    if !policy.admits(call.password.secret()) {
        return Err(ApiError::new(&code::INVALID_PASSWORD_TOO_WEAK));
    }
    Ok(user)
}
