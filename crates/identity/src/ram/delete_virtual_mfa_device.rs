//! `ram:DeleteVirtualMFADevice`: removes a virtual MFA device that is nobody's.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Ram, code};
use crate::record::{MfaDeviceRecord, device_of};

/// Removes a virtual MFA device.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVirtualMfaDevice {
    /// The device's serial number, `acs:ram::<account>:mfa/<name>`.
    #[api(chars(1, 256), invalid = &code::INVALID_SERIAL_NUMBER)]
    pub serial_number: String,
}

/// The device is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteVirtualMfaDeviceReply {}

impl Authorize for DeleteVirtualMfaDevice {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteVirtualMFADevice", device_arn(scope, &self.serial_number))]
    }
}

impl Operation for DeleteVirtualMfaDevice {
    type Reply = DeleteVirtualMfaDeviceReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteVirtualMFADevice").errors(&[
        &code::INVALID_SERIAL_NUMBER,
        &code::ENTITY_NOT_EXIST_VIRTUAL_MFA_DEVICE,
        &code::DELETE_CONFLICT_VIRTUAL_MFA_DEVICE_USER,
    ]);
}

impl Handle<DeleteVirtualMfaDevice> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteVirtualMfaDevice>,
    ) -> Result<DeleteVirtualMfaDeviceReply, ApiError> {
        let account = &call.scope().account;
        let device = MfaDeviceRecord::find(transaction, account, &call.serial_number).await?;
        device.remove(transaction).await?;
        Ok(DeleteVirtualMfaDeviceReply {})
    }
}

/// The device as RAM checks it. A name of another account is none of the caller's, and is not found
/// later either.
fn device_arn(scope: &Scope, serial_number: &str) -> Arn {
    let account = scope.account.as_str();
    match device_of(serial_number, &scope.account) {
        Some(name) => Arn::ram(account, format!("mfa/{name}")),
        None => Arn::ram(account, "mfa/*"),
    }
}
