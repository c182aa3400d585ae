//! `ram:SetPasswordPolicy`: sets what the account asks of passwords.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{PasswordPolicyView, Ram};
use crate::record::{
    AccountRecord, MAX_LOGIN_ATTEMPTS, MAX_PASSWORD_AGE, MAX_REUSE_PREVENTION, PASSWORD_LENGTHS,
    PasswordPolicy,
};

/// Sets the whole password policy: what is not given is as at first. It holds for passwords that
/// are chosen from now on; age and attempts count for all.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetPasswordPolicy {
    /// Whether only an administrator can replace a password that is too old; `false` by itself.
    pub hard_expiry: Option<bool>,
    /// How many attempts may fail within an hour; 5 by itself, 0 is any number.
    #[api(range(0, MAX_LOGIN_ATTEMPTS))]
    pub max_login_attemps: Option<i64>,
    /// How many days a password is good for; 0 by itself, which is for ever.
    #[api(range(0, MAX_PASSWORD_AGE))]
    pub max_password_age: Option<i64>,
    /// Fewest characters; 8 by itself.
    #[api(range(PASSWORD_LENGTHS.0, PASSWORD_LENGTHS.1))]
    pub minimum_password_length: Option<i64>,
    /// How many of the latest passwords may not come again; 0 by itself.
    #[api(range(0, MAX_REUSE_PREVENTION))]
    pub password_reuse_prevention: Option<i64>,
    /// Whether there must be a lower-case letter; `false` by itself.
    pub require_lowercase_characters: Option<bool>,
    /// Whether there must be a digit; `false` by itself.
    pub require_numbers: Option<bool>,
    /// Whether there must be a character that is neither a letter nor a digit; `false` by itself.
    pub require_symbols: Option<bool>,
    /// Whether there must be an upper-case letter; `false` by itself.
    pub require_uppercase_characters: Option<bool>,
}

/// The password policy as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetPasswordPolicyReply {
    /// The password policy.
    pub password_policy: PasswordPolicyView,
}

impl Authorize for SetPasswordPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:SetPasswordPolicy", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for SetPasswordPolicy {
    type Reply = SetPasswordPolicyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "SetPasswordPolicy");
}

impl Handle<SetPasswordPolicy> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetPasswordPolicy>,
    ) -> Result<SetPasswordPolicyReply, ApiError> {
        let mut account = AccountRecord::find(transaction, &call.scope().account).await?;
        let plain = PasswordPolicy::default();
        account.password_policy = PasswordPolicy {
            hard_expiry: call.hard_expiry.unwrap_or(plain.hard_expiry),
            max_login_attempts: call.max_login_attemps.unwrap_or(plain.max_login_attempts),
            max_age_days: call.max_password_age.unwrap_or(plain.max_age_days),
            minimum_length: call.minimum_password_length.unwrap_or(plain.minimum_length),
            reuse_prevention: call.password_reuse_prevention.unwrap_or(plain.reuse_prevention),
            require_lowercase: call.require_lowercase_characters.unwrap_or(plain.require_lowercase),
            require_numbers: call.require_numbers.unwrap_or(plain.require_numbers),
            require_symbols: call.require_symbols.unwrap_or(plain.require_symbols),
            require_uppercase: call.require_uppercase_characters.unwrap_or(plain.require_uppercase),
        };
        account.put(transaction)?;
        let password_policy = PasswordPolicyView::from(&account.password_policy);
        Ok(SetPasswordPolicyReply { password_policy })
    }
}
