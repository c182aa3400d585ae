//! Virtual MFA devices, and whose they are.

use rolecall_api::ApiError;
use rolecall_crypto::TotpSeed;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, Arn, MfaDeviceName, PrincipalId, Timestamp, UserName};
use serde::{Deserialize, Serialize};

use super::account::take_one;
use super::{QuotaRecord, all, get, lost, must_be_free, wire_time};
use crate::ram::code;

/// The most virtual MFA devices of an account. Source: RAM limits.
pub const MAX_MFA_DEVICES: u32 = 1000;

/// A virtual MFA device. The store seals it; `Debug` of the seed shows nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MfaDeviceRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: MfaDeviceName,
    /// What it shares with us.
    pub seed: TotpSeed,
    /// The latest step whose code was accepted: it and those before it are used.
    pub used_step: u64,
    /// Whose it is, if it is anybody's.
    pub bound: Option<MfaBinding>,
    /// The user that made it, if a user did. Devices from before it was kept have none.
    #[serde(default)]
    pub maker: Option<PrincipalId>,
}

/// Whose a device is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MfaBinding {
    /// The user.
    pub user: UserName,
    /// Since when.
    #[serde(with = "wire_time")]
    pub since: Timestamp,
}

impl Record for MfaDeviceRecord {
    const TABLE: &'static str = "ram-mfa-device";
    const VERSION: u32 = 1;
}

impl Keyed for MfaDeviceRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

/// The device of a user, whose name stands in the key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoundDeviceRecord {
    /// The device.
    pub device: MfaDeviceName,
}

impl Record for BoundDeviceRecord {
    const TABLE: &'static str = "ram-mfa-binding";
    const VERSION: u32 = 1;
}

/// The name in a serial number `acs:ram::<account>:mfa/<name>`, which is how clients name a device;
/// the region may be `*` as well. `None` for other texts and other accounts.
pub(crate) fn device_of(serial_number: &str, account: &AccountId) -> Option<MfaDeviceName> {
    let arn = Arn::parse(serial_number)?;
    let own = arn.service == "ram"
        && matches!(arn.region.as_str(), "" | "*")
        && arn.account == account.as_str();
    MfaDeviceName::new(arn.relative.strip_prefix("mfa/").filter(|_| own)?).ok()
}

impl MfaDeviceRecord {
    /// Its name to clients.
    pub fn serial_number(&self) -> String {
        format!("acs:ram::{}:mfa/{}", self.account, self.name)
    }

    /// A device that must be there, by its serial number, letter for letter as policies compare it.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        serial_number: &str,
    ) -> Result<Self, ApiError> {
        let missing = || ApiError::new(&code::ENTITY_NOT_EXIST_VIRTUAL_MFA_DEVICE);
        let name = device_of(serial_number, account).ok_or_else(missing)?;
        let device: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        device.filter(|device| device.name == name).ok_or_else(missing)
    }

    /// The account's devices.
    pub(crate) async fn of_account(
        transaction: &mut Transaction,
        account: &AccountId,
    ) -> Result<Vec<Self>, ApiError> {
        all(transaction, &[account.as_str()], usize::MAX).await
    }

    /// The device of a user, by the user's name in lower case.
    pub(crate) async fn of_user(
        transaction: &mut Transaction,
        account: &AccountId,
        folded: &str,
    ) -> Result<Option<Self>, ApiError> {
        let parts = [account.as_str(), folded];
        let Some(bound) = get::<BoundDeviceRecord>(transaction, &parts).await? else {
            return Ok(None);
        };
        let name = bound.device.folded();
        let parts = [account.as_str(), name.as_str()];
        get(transaction, &parts).await?.ok_or_else(|| lost::<Self>(&parts)).map(Some)
    }

    /// Adds a device whose name must be free in every spelling.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let (folded, taken) = (self.name.folded(), &code::ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE);
        must_be_free::<Self>(transaction, &self.account, &folded, taken).await?;
        QuotaRecord::update(transaction, &self.account, |quota| {
            let full = &code::LIMIT_EXCEEDED_VIRTUAL_MFA_DEVICE;
            take_one(&mut quota.mfa_devices, MAX_MFA_DEVICES, full)
        })
        .await?;
        self.put(transaction)
    }

    /// Writes a device that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Gives the device, which is nobody's, to a user that has none.
    pub(crate) fn bind(
        &mut self,
        transaction: &mut Transaction,
        user: &UserName,
        since: Timestamp,
    ) -> Result<(), ApiError> {
        let bound = BoundDeviceRecord { device: self.name.clone() };
        let parts = [self.account.as_str(), &user.folded()];
        transaction.put_at(&parts, &bound).map_err(store_error)?;
        self.bound = Some(MfaBinding { user: user.clone(), since });
        self.put(transaction)
    }

    /// Takes the device from its user.
    pub(crate) fn unbind(&mut self, transaction: &mut Transaction) -> Result<(), ApiError> {
        if let Some(bound) = self.bound.take() {
            let parts = [self.account.as_str(), &bound.user.folded()];
            transaction.delete::<BoundDeviceRecord>(&parts);
        }
        self.put(transaction)
    }

    /// Takes a user's device along to another name.
    pub(crate) async fn move_user(
        transaction: &mut Transaction,
        account: &AccountId,
        earlier: &UserName,
        later: &UserName,
    ) -> Result<(), ApiError> {
        let Some(mut device) = Self::of_user(transaction, account, &earlier.folded()).await? else {
            return Ok(());
        };
        let Some(since) = device.bound.as_ref().map(|bound| bound.since) else { return Ok(()) };
        device.unbind(transaction)?;
        device.bind(transaction, later, since)
    }

    /// Removes the devices that a user made and that are nobody's.
    pub(crate) async fn remove_unbound_of(
        transaction: &mut Transaction,
        account: &AccountId,
        maker: &PrincipalId,
    ) -> Result<(), ApiError> {
        for device in Self::of_account(transaction, account).await? {
            if device.bound.is_none() && device.maker.as_ref() == Some(maker) {
                device.remove(transaction).await?;
            }
        }
        Ok(())
    }

    /// Removes a device that is nobody's.
    pub(crate) async fn remove(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        if self.bound.is_some() {
            return Err(ApiError::new(&code::DELETE_CONFLICT_VIRTUAL_MFA_DEVICE_USER));
        }
        transaction.delete::<Self>(&[self.account.as_str(), &self.name.folded()]);
        QuotaRecord::update(transaction, &self.account, |quota| {
            quota.mfa_devices = quota.mfa_devices.saturating_sub(1);
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_names_a_device_of_the_account() {
        let account = AccountId::parse("1234567890123456").unwrap();
        let named = |text| device_of(text, &account).map(|name| name.to_string());
        for text in ["acs:ram::1234567890123456:mfa/a.B-1", "acs:ram:*:1234567890123456:mfa/a.B-1"]
        {
            assert_eq!(named(text).as_deref(), Some("a.B-1"));
        }
        for wrong in [
            "a.B-1",
            "acs:ram::6543210987654321:mfa/a",
            "acs:ram::*:mfa/a",
            "acs:ecs::1234567890123456:mfa/a",
            "acs:ram:cn-hangzhou:1234567890123456:mfa/a",
            "acs:ram::1234567890123456:user/a",
            "acs:ram::1234567890123456:mfa/",
            "acs:ram::1234567890123456:mfa/a*",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
