//! `ram:CreateVirtualMFADevice`: makes a virtual MFA device, and tells its seed this once.

use std::fmt;

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_crypto::TotpSeed;
use rolecall_gate::{Caller, Context, Handle, UserEntry};
use rolecall_policy::{Check, Decision, Need, Resource};
use rolecall_store::Transaction;
use rolecall_types::{Arn, MfaDeviceName};
use serde::{Deserialize, Serialize};

use super::{Ram, code};
use crate::qr;
use crate::record::MfaDeviceRecord;

/// Makes a virtual MFA device, which is nobody's yet. A user that may delete none but its own has
/// one of these at most: the next one takes its place.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVirtualMfaDevice {
    /// The device's name, unique in the account whatever its case.
    #[serde(rename = "VirtualMFADeviceName")]
    pub virtual_mfa_device_name: MfaDeviceName,
}

/// The device that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVirtualMfaDeviceReply {
    /// The device.
    #[serde(rename = "VirtualMFADevice")]
    pub virtual_mfa_device: CreatedMfaDeviceView,
}

/// A device with its seed. `Debug` leaves the seed out.
#[derive(Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedMfaDeviceView {
    /// Its serial number, `acs:ram::<account>:mfa/<name>`.
    pub serial_number: String,
    /// Its seed in Base32, for an app that takes text. No other answer has it.
    #[api(secret)]
    #[serde(rename = "Base32StringSeed")]
    pub base32_string_seed: String,
    /// Its seed as a QR code, for an app that takes a picture: a PNG in Base64.
    #[api(secret)]
    #[serde(rename = "QRCodePNG")]
    pub qr_code_png: String,
}

impl fmt::Debug for CreatedMfaDeviceView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedMfaDeviceView")
            .field("serial_number", &self.serial_number)
            .finish_non_exhaustive()
    }
}

impl Authorize for CreateVirtualMfaDevice {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:CreateVirtualMFADevice", Arn::ram(scope.account.as_str(), "mfa/*"))]
    }
}

impl Operation for CreateVirtualMfaDevice {
    type Reply = CreateVirtualMfaDeviceReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateVirtualMFADevice").errors(&[
        &code::ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE,
        &code::LIMIT_EXCEEDED_VIRTUAL_MFA_DEVICE,
    ]);
}

impl Handle<CreateVirtualMfaDevice> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateVirtualMfaDevice>,
    ) -> Result<CreateVirtualMfaDeviceReply, ApiError> {
        let account = &call.scope().account;
        let maker = match &context.caller {
            Caller::User(user) => Some(user),
            _ => None,
        };
        if let Some(user) = maker.filter(|user| !may_delete(context, user)) {
            MfaDeviceRecord::remove_unbound_of(transaction, account, &user.id).await?;
        }
        let device = MfaDeviceRecord {
            account: account.clone(),
            name: call.virtual_mfa_device_name.clone(),
            seed: TotpSeed::generate(context.random.as_ref()),
            used_step: 0,
            bound: None,
            maker: maker.map(|user| user.id.clone()),
        };
        device.add(transaction).await?;
        let seed = device.seed.base32();
        let picture = qr::png(&qr::totp_uri(account, &device.name, &seed))
            .map_err(|error| ApiError::new(&common::INTERNAL_ERROR).because(error))?;
        let virtual_mfa_device = CreatedMfaDeviceView {
            serial_number: device.serial_number(),
            base32_string_seed: seed.expose().clone(),
            qr_code_png: picture.expose().clone(),
        };
        Ok(CreateVirtualMfaDeviceReply { virtual_mfa_device })
    }
}

/// Whether a user may clear away devices, whoever made them. Who may not, and makes them because
/// the account's security preference lets each user do so, must not use up what the account may
/// have of them.
fn may_delete(context: &Context, user: &UserEntry) -> bool {
    let every = Resource::Named(Arn::ram(user.account.as_str(), "mfa/*"));
    let check = Check {
        action: "ram:DeleteVirtualMFADevice",
        resource: &every,
        context: &context.conditions(),
        principal: None,
    };
    user.policies.decide(&check) == Decision::Allow
}
