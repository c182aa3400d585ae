//! `ram:UnbindMFADevice`: takes a user's MFA device away.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::{MfaDeviceRecord, SignInRecord, UserRecord};

/// Takes an MFA device from its user. The device stays in the account, and is nobody's then.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UnbindMfaDevice {
    /// The user's name.
    pub user_name: UserName,
}

/// The device that was taken away.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UnbindMfaDeviceReply {
    /// The device.
    #[serde(rename = "MFADevice")]
    pub mfa_device: UnboundMfaDeviceView,
}

/// A device that is nobody's.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UnboundMfaDeviceView {
    /// Its serial number, `acs:ram::<account>:mfa/<name>`.
    pub serial_number: String,
}

impl Authorize for UnbindMfaDevice {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UnbindMFADevice", user_arn(scope, &self.user_name))]
    }
}

impl Operation for UnbindMfaDevice {
    type Reply = UnbindMfaDeviceReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UnbindMFADevice")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_MFA_DEVICE]);
}

impl Handle<UnbindMfaDevice> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UnbindMfaDevice>,
    ) -> Result<UnbindMfaDeviceReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let missing = || ApiError::new(&code::ENTITY_NOT_EXIST_USER_MFA_DEVICE);
        let device = MfaDeviceRecord::of_user(transaction, account, &user.name.folded()).await?;
        let mut device = device.ok_or_else(missing)?;
        device.unbind(transaction)?;
        let folded = user.name.folded();
        SignInRecord::forget_tickets(transaction, account.as_str(), &folded).await?;
        let mfa_device = UnboundMfaDeviceView { serial_number: device.serial_number() };
        Ok(UnbindMfaDeviceReply { mfa_device })
    }
}
