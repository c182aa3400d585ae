//! `ram:BindMFADevice`: gives a virtual MFA device to a user, who proves to have it.

use std::fmt;

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::TotpCode;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::{MfaDeviceRecord, UserRecord};

/// Gives a device to a user. Two codes that follow one another show that the user has it; the last
/// of them must be of the present half minute or of one beside it, and neither can be used again.
/// `Debug` leaves the codes out.
#[derive(Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct BindMfaDevice {
    /// The user's name.
    pub user_name: UserName,
    /// The device's serial number, `acs:ram::<account>:mfa/<name>`.
    #[api(chars(1, 256), invalid = &code::INVALID_SERIAL_NUMBER)]
    pub serial_number: String,
    /// A code that the device shows: six digits.
    #[api(secret, chars(6, 6), invalid = &code::INVALID_AUTHENTICATION_CODE)]
    pub authentication_code1: String,
    /// The code that it shows next.
    #[api(secret, chars(6, 6), invalid = &code::INVALID_AUTHENTICATION_CODE)]
    pub authentication_code2: String,
}

/// The device is the user's.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct BindMfaDeviceReply {}

impl BindMfaDevice {
    fn codes(&self) -> Result<[TotpCode; 2], ApiError> {
        let code = |text: &str| {
            TotpCode::parse(text).ok_or_else(|| ApiError::new(&code::INVALID_AUTHENTICATION_CODE))
        };
        Ok([code(&self.authentication_code1)?, code(&self.authentication_code2)?])
    }
}

impl fmt::Debug for BindMfaDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindMfaDevice")
            .field("user_name", &self.user_name)
            .field("serial_number", &self.serial_number)
            .finish_non_exhaustive()
    }
}

impl Authorize for BindMfaDevice {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:BindMFADevice", user_arn(scope, &self.user_name))]
    }
}

impl Operation for BindMfaDevice {
    type Reply = BindMfaDeviceReply;
    const SPEC: Spec = Spec::write(Product::Ram, "BindMFADevice").errors(&[
        &code::INVALID_SERIAL_NUMBER,
        &code::INVALID_AUTHENTICATION_CODE,
        &code::CHECK_AUTHENTICATION_CODE_FAIL,
        &code::ENTITY_NOT_EXIST_USER,
        &code::ENTITY_NOT_EXIST_VIRTUAL_MFA_DEVICE,
        &code::ENTITY_ALREADY_EXISTS_USER_MFA_DEVICE,
        &code::ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE_USER,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.codes().map(drop)
    }
}

impl Handle<BindMfaDevice> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<BindMfaDevice>,
    ) -> Result<BindMfaDeviceReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let mut device = MfaDeviceRecord::find(transaction, account, &call.serial_number).await?;
        if device.bound.is_some() {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE_USER));
        }
        let held = MfaDeviceRecord::of_user(transaction, account, &user.name.folded()).await?;
        if held.is_some() {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_USER_MFA_DEVICE));
        }
        let wrong = || ApiError::new(&code::CHECK_AUTHENTICATION_CODE_FAIL);
        let run = device.seed.find_run(&call.codes()?, context.now, device.used_step);
        device.used_step = run.ok_or_else(wrong)?;
        device.bind(transaction, &user.name, context.now)?;
        Ok(BindMfaDeviceReply {})
    }
}
