//! What the security preference of an account lets each of its users do for itself: statements that
//! a user has besides those of its policies, so that they are decided and explained as all others.

use rolecall_policy::{Bound, DocumentKind, PolicyError, PolicyType};
use rolecall_types::{AccountId, UserName};

use crate::record::SecurityPreference;

/// What `AllowUserToChangePassword` allows.
const PASSWORD: &[&str] = &["ram:ChangePassword"];

/// What `AllowUserToManageAccessKeys` allows.
const ACCESS_KEYS: &[&str] = &[
    "ram:CreateAccessKey",
    "ram:ListAccessKeys",
    "ram:UpdateAccessKey",
    "ram:DeleteAccessKey",
    "ram:GetAccessKeyLastUsed",
];

/// What `AllowUserToManageMFADevices` allows on the user.
const MFA_DEVICES: &[&str] = &["ram:BindMFADevice", "ram:UnbindMFADevice", "ram:GetUserMFAInfo"];

/// What it allows besides, for there is nothing to bind before.
const NEW_MFA_DEVICE: &[&str] = &["ram:CreateVirtualMFADevice"];

/// The statements of a user, and what explanations call them; nothing where there is none.
pub(super) fn statements(
    preference: &SecurityPreference,
    account: &AccountId,
    user: &UserName,
) -> Result<Option<Bound>, PolicyError> {
    let own = format!("user/{user}");
    let statements: Vec<String> = [
        (preference.allow_user_to_change_password, PASSWORD, own.as_str()),
        (preference.allow_user_to_manage_access_keys, ACCESS_KEYS, own.as_str()),
        (preference.allow_user_to_manage_mfa_devices, MFA_DEVICES, own.as_str()),
        (preference.allow_user_to_manage_mfa_devices, NEW_MFA_DEVICE, "mfa/*"),
    ]
    .into_iter()
    .filter(|(allowed, ..)| *allowed)
    .map(|(_, actions, resource)| {
        // Names and ids hold nothing that JSON or a pattern would take for something else.
        let (actions, resource) =
            (actions.join(r#"",""#), format!("acs:ram:*:{account}:{resource}"));
        format!(r#"{{"Effect":"Allow","Action":["{actions}"],"Resource":"{resource}"}}"#)
    })
    .collect();
    if statements.is_empty() {
        return Ok(None);
    }
    let text = format!(r#"{{"Version":"1","Statement":[{}]}}"#, statements.join(","));
    let (kind, text) = (DocumentKind::Identity, text.into());
    Bound::of_text(PolicyType::System, "SecurityPreference", 0, kind, text).map(Some)
}
