//! What the security preference of an account lets each of its users do for itself: statements that
//! a user has besides those of its policies, so that they are decided and explained as all others.

use std::sync::Arc;

use rolecall_policy::{Document, DocumentKind, PolicyError, PolicyType, Source};
use rolecall_types::{AccountId, UserName};

use super::principals::Bound;
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
    let source = Source {
        policy_type: PolicyType::System,
        name: "SecurityPreference".to_owned(),
        version: String::new(),
    };
    let document = Document::parse(DocumentKind::Identity, &text)?;
    Ok(Some((Arc::new(source), Arc::new(document))))
}
