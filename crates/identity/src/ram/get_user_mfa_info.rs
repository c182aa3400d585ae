//! `ram:GetUserMFAInfo`: shows a user's MFA device.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::{MfaDeviceRecord, UserRecord};

/// Shows a user's MFA device.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserMfaInfo {
    /// The user's name.
    pub user_name: UserName,
}

/// A user's device.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserMfaInfoReply {
    /// The device.
    #[serde(rename = "MFADevice")]
    pub mfa_device: UserMfaDeviceView,
}

/// The device of a user.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UserMfaDeviceView {
    /// Its serial number, `acs:ram::<account>:mfa/<name>`.
    pub serial_number: String,
    /// `VMFA`: all devices are virtual.
    #[serde(rename = "Type")]
    pub kind: String,
}

impl Authorize for GetUserMfaInfo {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetUserMFAInfo", user_arn(scope, &self.user_name))]
    }
}

impl Operation for GetUserMfaInfo {
    type Reply = GetUserMfaInfoReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetUserMFAInfo")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_MFA_DEVICE]);
}

impl Handle<GetUserMfaInfo> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetUserMfaInfo>,
    ) -> Result<GetUserMfaInfoReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let missing = || ApiError::new(&code::ENTITY_NOT_EXIST_USER_MFA_DEVICE);
        let device = MfaDeviceRecord::of_user(transaction, account, &user.name.folded()).await?;
        let device = device.ok_or_else(missing)?;
        let kind = "VMFA".to_owned();
        let mfa_device = UserMfaDeviceView { serial_number: device.serial_number(), kind };
        Ok(GetUserMfaInfoReply { mfa_device })
    }
}
