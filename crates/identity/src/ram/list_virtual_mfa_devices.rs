//! `ram:ListVirtualMFADevices`: lists the account's virtual MFA devices in the order of their
//! names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, PrincipalId, UserName, time};
use serde::{Deserialize, Serialize};

use super::Ram;
use crate::record::{MfaDeviceRecord, UserRecord, named_by_record};

/// Lists all virtual MFA devices.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct ListVirtualMfaDevices {}

/// The devices.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListVirtualMfaDevicesReply {
    /// The devices.
    #[api(item = "VirtualMFADevice")]
    #[serde(rename = "VirtualMFADevices")]
    pub virtual_mfa_devices: Vec<MfaDeviceView>,
}

/// A device without its seed.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MfaDeviceView {
    /// Its serial number, `acs:ram::<account>:mfa/<name>`.
    pub serial_number: String,
    /// Since when it is a user's; not there where it is nobody's.
    pub activate_date: Option<String>,
    /// Whose it is; not there where it is nobody's.
    pub user: Option<MfaUserView>,
}

/// The user of a device.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MfaUserView {
    /// The user's id.
    pub user_id: PrincipalId,
    /// The user's name.
    pub user_name: UserName,
    /// The name to show.
    pub display_name: String,
}

impl MfaDeviceView {
    fn new(device: &MfaDeviceRecord, user: Option<&UserRecord>) -> Self {
        Self {
            serial_number: device.serial_number(),
            activate_date: device.bound.as_ref().map(|bound| time::seconds(bound.since)),
            user: user.map(|user| MfaUserView {
                user_id: user.id.clone(),
                user_name: user.name.clone(),
                display_name: user.display_name.clone(),
            }),
        }
    }
}

impl Authorize for ListVirtualMfaDevices {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListVirtualMFADevices", Arn::ram(scope.account.as_str(), "mfa/*"))]
    }
}

impl Operation for ListVirtualMfaDevices {
    type Reply = ListVirtualMfaDevicesReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListVirtualMFADevices");
}

impl Handle<ListVirtualMfaDevices> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListVirtualMfaDevices>,
    ) -> Result<ListVirtualMfaDevicesReply, ApiError> {
        let account = &call.scope().account;
        let mut virtual_mfa_devices = Vec::new();
        for device in MfaDeviceRecord::of_account(transaction, account).await? {
            let user = match &device.bound {
                Some(bound) => {
                    let folded = bound.user.folded();
                    Some(named_by_record::<UserRecord>(transaction, account, &folded).await?)
                }
                None => None,
            };
            virtual_mfa_devices.push(MfaDeviceView::new(&device, user.as_ref()));
        }
        Ok(ListVirtualMfaDevicesReply { virtual_mfa_devices })
    }
}
