//! Which virtual MFA devices are a user's own to delete.

use std::collections::BTreeMap;

use rolecall_types::{Folded, MfaDeviceName, PrincipalId, UserName};

use super::principals::Name;
use crate::record::{MfaDeviceRecord, UserRecord};

/// The most devices of a user that are told apart, so that what it may do for itself stays a
/// document of bounded length; limit ours. Who makes more has a policy that lets it delete them.
const MAX_OWN: usize = 16;

/// The devices that users made, by account and name in lower case.
#[derive(Default)]
pub(super) struct Devices(BTreeMap<Name, Made>);

/// A device that a user made.
#[derive(PartialEq, Eq)]
struct Made {
    name: MfaDeviceName,
    maker: PrincipalId,
    bound: Option<UserName>,
}

impl Devices {
    /// Takes in a device, or its removal. Returns its maker if that may do something else now.
    pub(super) fn put(
        &mut self,
        name: &Name,
        record: Option<MfaDeviceRecord>,
    ) -> Option<PrincipalId> {
        let made = record.and_then(|record| {
            let bound = record.bound.map(|bound| bound.user);
            Some(Made { name: record.name, maker: record.maker?, bound })
        });
        let known = self.0.get(name);
        if known == made.as_ref() {
            return None;
        }
        let maker = made.as_ref().or(known).map(|device| device.maker.clone());
        match made {
            Some(made) => drop(self.0.insert(name.clone(), made)),
            None => drop(self.0.remove(name)),
        }
        maker
    }

    /// A user's own devices: it made them, and nobody else has them.
    pub(super) fn of(&self, user: &UserRecord) -> Vec<&MfaDeviceName> {
        let of_account = self.0.range((user.account.clone(), Folded::of(""))..);
        of_account
            .take_while(|((account, _), _)| *account == user.account)
            .map(|(_, device)| device)
            .filter(|device| device.maker == user.id)
            .filter(|device| device.bound.as_ref().is_none_or(|holder| *holder == user.name))
            .map(|device| &device.name)
            .take(MAX_OWN)
            .collect()
    }
}
