//! What is stored: accounts, keys, users, groups and who is in them, roles, policies and who holds
//! them.
//!
//! Every key begins with the account, so that no id of another account finds anything. Names stand
//! in keys in lower case, under which they are unique, and in records as they were given.

mod account;
mod attachment;
mod control_policy;
mod group;
mod key;
mod key_use;
mod login_profile;
mod membership;
mod mfa_device;
mod oidc_provider;
mod password_policy;
mod policy;
mod provider;
mod revocation;
mod role;
mod saml_provider;
mod security_preference;
mod session;
mod sign_in;
mod user;
mod wire_time;

use rolecall_api::{ApiError, Code};
use rolecall_gate::store_error;
use rolecall_store::{Key, Record, StoreError, Transaction};
use rolecall_types::AccountId;

pub use account::{AccountRecord, AliasRecord, QuotaRecord};
pub(crate) use attachment::Holder;
pub use attachment::{
    Attachment, AttachmentRecord, HolderKind, HolderRecord, MAX_CUSTOM_POLICIES_PER_GROUP,
    MAX_CUSTOM_POLICIES_PER_ROLE, MAX_CUSTOM_POLICIES_PER_USER, MAX_SYSTEM_POLICIES,
};
pub use control_policy::ControlPolicyRecord;
pub use group::{GroupRecord, MAX_GROUPS};
pub use key::{AccessKeyRecord, MAX_ACCESS_KEYS};
pub use key_use::KeyUseRecord;
pub use login_profile::LoginProfileRecord;
pub use membership::{MAX_GROUPS_PER_USER, MemberRecord, Membership, MembershipRecord};
pub(crate) use mfa_device::device_of;
pub use mfa_device::{BoundDeviceRecord, MAX_MFA_DEVICES, MfaBinding, MfaDeviceRecord};
pub use oidc_provider::{MAX_CLIENT_IDS, MAX_FINGERPRINTS, MAX_OIDC_PROVIDERS, OidcProviderRecord};
pub use password_policy::{
    MAX_LOGIN_ATTEMPTS, MAX_PASSWORD_AGE, MAX_REUSE_PREVENTION, PASSWORD_LENGTHS, PasswordPolicy,
};
pub use policy::{
    MAX_POLICIES, MAX_POLICY_VERSIONS, PolicyRecord, PolicyType, PolicyVersion,
    PolicyVersionRecord, VersionId,
};
pub(crate) use provider::Provider;
pub use revocation::{RevocationRecord, RevokedScope};
pub use role::{DEFAULT_SESSION_SECONDS, MAX_ROLES, RoleRecord};
pub use saml_provider::{MAX_SAML_PROVIDERS, SamlProviderRecord};
pub use security_preference::{LOGIN_SESSION_HOURS, NetworkMasks, SecurityPreference};
pub use session::SessionRecord;
pub(crate) use sign_in::MAX_TICKETS;
pub use sign_in::{MAX_CODE_TRIES, PasswordTriesRecord, SignInRecord, TicketRecord, Tries};
pub use user::{MAX_USERS, UserRecord};

/// The record at these parts of its table.
async fn get<T: Record>(
    transaction: &mut Transaction,
    parts: &[&str],
) -> Result<Option<T>, ApiError> {
    transaction.get(parts).await.map_err(store_error)
}

/// Every record with these leading parts, up to `limit`.
async fn all<T: Record>(
    transaction: &mut Transaction,
    leading: &[&str],
    limit: usize,
) -> Result<Vec<T>, ApiError> {
    let records = transaction.scan(leading, None, limit).await.map_err(store_error)?;
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// A user, a group or a role that must be there, by its name in lower case, which another record
/// gave.
pub(crate) async fn named_by_record<T: Record>(
    transaction: &mut Transaction,
    account: &AccountId,
    folded: &str,
) -> Result<T, ApiError> {
    let parts = [account.as_str(), folded];
    get(transaction, &parts).await?.ok_or_else(|| lost::<T>(&parts))
}

/// Refuses with `taken` where the account has a record of this name, in lower case.
async fn must_be_free<T: Record>(
    transaction: &mut Transaction,
    account: &AccountId,
    folded: &str,
    taken: &'static Code,
) -> Result<(), ApiError> {
    match get::<T>(transaction, &[account.as_str(), folded]).await? {
        Some(_) => Err(ApiError::new(taken)),
        None => Ok(()),
    }
}

/// The fault of a record that another one names and that is not there: the store's, not the
/// caller's.
fn lost<T: Record>(parts: &[&str]) -> ApiError {
    let key = Key::of::<T>(parts).to_string();
    store_error(StoreError::Damaged { key, reason: "another record names it".to_owned() })
}
