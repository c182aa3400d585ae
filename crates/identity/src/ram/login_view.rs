//! How answers show login profiles, password policies and security preferences.

use rolecall_api::Shape;
use rolecall_types::{UserName, time};
use serde::Serialize;

use crate::record::{LoginProfileRecord, PasswordPolicy, SecurityPreference};

/// How a user signs in. It holds nothing of the password.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct LoginProfileView {
    /// The user.
    pub user_name: UserName,
    /// Whether the user must choose another password when it signs in.
    pub password_reset_required: bool,
    /// Whether the user must have an MFA device to sign in.
    #[serde(rename = "MFABindRequired")]
    pub mfa_bind_required: bool,
    /// When it was made.
    pub create_date: String,
}

impl From<&LoginProfileRecord> for LoginProfileView {
    fn from(profile: &LoginProfileRecord) -> Self {
        Self {
            user_name: profile.user.clone(),
            password_reset_required: profile.password_reset_required,
            mfa_bind_required: profile.mfa_bind_required,
            create_date: time::seconds(profile.created_at),
        }
    }
}

/// What an account asks of passwords.
#[expect(clippy::struct_excessive_bools, reason = "the vendor's switches, each on its own")]
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PasswordPolicyView {
    /// Whether only an administrator can replace a password that is too old.
    pub hard_expiry: bool,
    /// How many attempts may fail within an hour; 0 is any number. The vendor spells it so.
    pub max_login_attemps: i64,
    /// How many days a password is good for; 0 is for ever.
    pub max_password_age: i64,
    /// Fewest characters.
    pub minimum_password_length: i64,
    /// How many of the latest passwords may not come again.
    pub password_reuse_prevention: i64,
    /// Whether there must be a lower-case letter.
    pub require_lowercase_characters: bool,
    /// Whether there must be a digit.
    pub require_numbers: bool,
    /// Whether there must be a character that is neither a letter nor a digit.
    pub require_symbols: bool,
    /// Whether there must be an upper-case letter.
    pub require_uppercase_characters: bool,
}

impl From<&PasswordPolicy> for PasswordPolicyView {
    fn from(policy: &PasswordPolicy) -> Self {
        Self {
            hard_expiry: policy.hard_expiry,
            max_login_attemps: policy.max_login_attempts,
            max_password_age: policy.max_age_days,
            minimum_password_length: policy.minimum_length,
            password_reuse_prevention: policy.reuse_prevention,
            require_lowercase_characters: policy.require_lowercase,
            require_numbers: policy.require_numbers,
            require_symbols: policy.require_symbols,
            require_uppercase_characters: policy.require_uppercase,
        }
    }
}

/// What users may do for themselves, and how they sign in.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityPreferenceView {
    /// Of signing in.
    pub login_profile_preference: LoginProfilePreferenceView,
    /// Of AccessKeys.
    pub access_key_preference: AccessKeyPreferenceView,
    /// Of MFA devices.
    #[serde(rename = "MFAPreference")]
    pub mfa_preference: MfaPreferenceView,
    /// Of public keys.
    pub public_key_preference: PublicKeyPreferenceView,
}

/// How users sign in.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct LoginProfilePreferenceView {
    /// Whether a user may change its own password without a policy that says so.
    pub allow_user_to_change_password: bool,
    /// Whether a sign-in with a code stands for further codes for seven days.
    #[serde(rename = "EnableSaveMFATicket")]
    pub enable_save_mfa_ticket: bool,
    /// Where users sign in from; everywhere if it is empty.
    pub login_network_masks: String,
    /// How long a console session lasts, in hours.
    pub login_session_duration: i64,
}

/// What users may do with their AccessKeys.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKeyPreferenceView {
    /// Whether a user may manage its own AccessKeys without a policy that says so.
    pub allow_user_to_manage_access_keys: bool,
}

/// What users may do with their MFA devices.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MfaPreferenceView {
    /// Whether a user may manage its own MFA device without a policy that says so.
    #[serde(rename = "AllowUserToManageMFADevices")]
    pub allow_user_to_manage_mfa_devices: bool,
}

/// What users may do with their public keys.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PublicKeyPreferenceView {
    /// As it was set; there are no public keys here.
    pub allow_user_to_manage_public_keys: bool,
}

impl From<&SecurityPreference> for SecurityPreferenceView {
    fn from(preference: &SecurityPreference) -> Self {
        Self {
            login_profile_preference: LoginProfilePreferenceView {
                allow_user_to_change_password: preference.allow_user_to_change_password,
                enable_save_mfa_ticket: preference.enable_save_mfa_ticket,
                login_network_masks: preference.login_network_masks.as_str().to_owned(),
                login_session_duration: preference.login_session_hours,
            },
            access_key_preference: AccessKeyPreferenceView {
                allow_user_to_manage_access_keys: preference.allow_user_to_manage_access_keys,
            },
            mfa_preference: MfaPreferenceView {
                allow_user_to_manage_mfa_devices: preference.allow_user_to_manage_mfa_devices,
            },
            public_key_preference: PublicKeyPreferenceView {
                allow_user_to_manage_public_keys: preference.allow_user_to_manage_public_keys,
            },
        }
    }
}
