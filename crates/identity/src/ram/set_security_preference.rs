//! `ram:SetSecurityPreference`: sets what users may do for themselves, and how they sign in.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Ram, SecurityPreferenceView, code};
use crate::record::{AccountRecord, LOGIN_SESSION_HOURS, NetworkMasks, SecurityPreference};

/// Sets the whole security preference: what is not given is as at first.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetSecurityPreference {
    /// Whether a user may change its own password without a policy that says so; `true` by itself.
    pub allow_user_to_change_password: Option<bool>,
    /// Whether a user may manage its own AccessKeys without a policy that says so; `false` by
    /// itself.
    pub allow_user_to_manage_access_keys: Option<bool>,
    /// Whether a user may manage its own MFA device without a policy that says so; `true` by
    /// itself.
    #[serde(rename = "AllowUserToManageMFADevices")]
    pub allow_user_to_manage_mfa_devices: Option<bool>,
    /// Kept and answered; there are no public keys here. `false` by itself.
    pub allow_user_to_manage_public_keys: Option<bool>,
    /// Whether a sign-in with a code stands for further codes of the same browser for seven days;
    /// `false` by itself.
    #[serde(rename = "EnableSaveMFATicket")]
    pub enable_save_mfa_ticket: Option<bool>,
    /// Where users sign in from: up to 40 networks as `192.168.0.0/16;10.0.0.0/8`. Everywhere by
    /// itself.
    #[api(chars(1, 512))]
    pub login_network_masks: Option<String>,
    /// How long a console session lasts, in hours; 6 by itself.
    #[api(range(LOGIN_SESSION_HOURS.0, LOGIN_SESSION_HOURS.1))]
    pub login_session_duration: Option<i64>,
}

/// The security preference as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetSecurityPreferenceReply {
    /// The security preference.
    pub security_preference: SecurityPreferenceView,
}

impl Authorize for SetSecurityPreference {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:SetSecurityPreference", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for SetSecurityPreference {
    type Reply = SetSecurityPreferenceReply;
    const SPEC: Spec = Spec::write(Product::Ram, "SetSecurityPreference")
        .errors(&[&code::INVALID_LOGIN_NETWORK_MASKS])
        .stored_only(&["AllowUserToManagePublicKeys"]);

    fn validate(&self) -> Result<(), ApiError> {
        masks(self.login_network_masks.as_deref()).map(drop)
    }
}

impl Handle<SetSecurityPreference> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetSecurityPreference>,
    ) -> Result<SetSecurityPreferenceReply, ApiError> {
        let mut account = AccountRecord::find(transaction, &call.scope().account).await?;
        let plain = SecurityPreference::default();
        let of = |given: Option<bool>, plain| given.unwrap_or(plain);
        let earlier = &account.security_preference;
        let enable_save_mfa_ticket = of(call.enable_save_mfa_ticket, plain.enable_save_mfa_ticket);
        let switched_off = earlier.enable_save_mfa_ticket && !enable_save_mfa_ticket;
        let mfa_tickets_void_until = if switched_off {
            Some(context.now.as_second())
        } else {
            earlier.mfa_tickets_void_until
        };
        account.security_preference = SecurityPreference {
            allow_user_to_change_password: of(
                call.allow_user_to_change_password,
                plain.allow_user_to_change_password,
            ),
            allow_user_to_manage_access_keys: of(
                call.allow_user_to_manage_access_keys,
                plain.allow_user_to_manage_access_keys,
            ),
            allow_user_to_manage_mfa_devices: of(
                call.allow_user_to_manage_mfa_devices,
                plain.allow_user_to_manage_mfa_devices,
            ),
            allow_user_to_manage_public_keys: of(
                call.allow_user_to_manage_public_keys,
                plain.allow_user_to_manage_public_keys,
            ),
            enable_save_mfa_ticket,
            mfa_tickets_void_until,
            login_network_masks: masks(call.login_network_masks.as_deref())?,
            login_session_hours: call.login_session_duration.unwrap_or(plain.login_session_hours),
        };
        account.put(transaction)?;
        let security_preference = SecurityPreferenceView::from(&account.security_preference);
        Ok(SetSecurityPreferenceReply { security_preference })
    }
}

/// The networks in a text; none in none.
fn masks(text: Option<&str>) -> Result<NetworkMasks, ApiError> {
    NetworkMasks::parse(text.unwrap_or_default())
        .ok_or_else(|| ApiError::new(&code::INVALID_LOGIN_NETWORK_MASKS))
}
