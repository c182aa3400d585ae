//! What the security preference of an account lets each of its users do for itself: statements that
//! a user has besides those of its policies, so that they are decided and explained as all others.

use rolecall_policy::{Bound, DocumentKind, PolicyError, PolicyType};
use rolecall_types::{AccountId, MfaDeviceName, UserName};

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

/// What it allows on each device that is the user's own. Source: the page on letting a user manage
/// its MFA devices, which lets it delete all of the account's; here they are its own.
const OWN_MFA_DEVICE: &[&str] = &["ram:DeleteVirtualMFADevice"];

/// The statements of a user with devices of its own, and what explanations call them; nothing where
/// there is none.
pub(super) fn statements(
    preference: &SecurityPreference,
    account: &AccountId,
    user: &UserName,
    devices: &[&MfaDeviceName],
) -> Result<Option<Bound>, PolicyError> {
    let own = || vec![format!("user/{user}")];
    let devices = devices.iter().map(|name| format!("mfa/{name}")).collect();
    let statements: Vec<String> = [
        (preference.allow_user_to_change_password, PASSWORD, own()),
        (preference.allow_user_to_manage_access_keys, ACCESS_KEYS, own()),
        (preference.allow_user_to_manage_mfa_devices, MFA_DEVICES, own()),
        (preference.allow_user_to_manage_mfa_devices, NEW_MFA_DEVICE, vec!["mfa/*".to_owned()]),
        (preference.allow_user_to_manage_mfa_devices, OWN_MFA_DEVICE, devices),
    ]
    .into_iter()
    .filter(|(allowed, _, resources)| *allowed && !resources.is_empty())
    .map(|(_, actions, resources)| {
        // Names and ids hold nothing that JSON or a pattern would take for something else.
        let resource = |relative: String| format!("acs:ram:*:{account}:{relative}");
        let resources: Vec<String> = resources.into_iter().map(resource).collect();
        let (actions, resources) = (actions.join(r#"",""#), resources.join(r#"",""#));
        format!(r#"{{"Effect":"Allow","Action":["{actions}"],"Resource":["{resources}"]}}"#)
    })
    .collect();
    if statements.is_empty() {
        return Ok(None);
    }
    let text = format!(r#"{{"Version":"1","Statement":[{}]}}"#, statements.join(","));
    let kind = DocumentKind::Identity;
    Bound::of_text(PolicyType::System, "SecurityPreference", 0, kind, &text).map(Some)
}
