//! The directory: what the gate asks who is who.
//!
//! It is read once from a consistent state of the store and then follows the store's changes. A new
//! default version of a policy makes anew exactly the sets of the users and roles that hold the
//! policy, by themselves or by a group, and nothing else is made at any other time. Documents are
//! checked at once; a set is compiled when it is first asked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rolecall_gate::{Directory, KeyEntry, KeyOwner, LastUse, Snapshot, View};
use rolecall_policy::{DocumentKind, PolicySet};
use rolecall_store::{Events, Key, Reader, Record, StoreError};

use crate::record::{
    AccessKeyRecord, AccountRecord, AttachmentRecord, ControlPolicyRecord, GroupRecord,
    KeyUseRecord, MembershipRecord, MfaDeviceRecord, OidcProviderRecord, PolicyRecord,
    RevocationRecord, RevokedScope, RoleRecord, SamlProviderRecord, UserRecord,
};

mod devices;
mod principals;
mod providers;
mod self_service;
mod trusts;

use principals::Principals;

/// Records that are read at once.
const PAGE: usize = 1024;

/// Keys, users and roles with their policies compiled, kept up to date.
pub struct IdentityDirectory {
    /// What requests see.
    snapshot: ArcSwap<Snapshot>,
    /// What the next snapshot is made from. Requests never wait for this lock.
    principals: Mutex<Principals>,
}

impl IdentityDirectory {
    /// Reads everything from one state of the store. Follow the store from the reader's revision.
    pub async fn load(reader: &Reader) -> Result<Self, StoreError> {
        let mut snapshot = Snapshot::default();
        let mut principals = Principals::default();
        for (_, record) in reader.all::<AccessKeyRecord>(&[]).await? {
            put_key(&mut snapshot, record);
        }
        for (_, record) in reader.all::<KeyUseRecord>(&[]).await? {
            if let Some(key) = snapshot.keys.get(&record.id) {
                key.last_use.note(record.used_at);
            }
        }
        for (key, record) in reader.all::<ControlPolicyRecord>(&[]).await? {
            put_control(&mut snapshot, &key, Some(record))?;
        }
        for (key, record) in reader.all::<RevocationRecord>(&[]).await? {
            put_revocation(&mut snapshot, &key, Some(record))?;
        }
        for (_, record) in reader.all::<AccountRecord>(&[]).await? {
            principals.put_account(record);
        }
        for (key, record) in reader.all::<MfaDeviceRecord>(&[]).await? {
            principals.put_device(&key, Some(record))?;
        }
        for (key, record) in reader.all::<OidcProviderRecord>(&[]).await? {
            providers::put_oidc(&mut snapshot, &key, Some(record))?;
        }
        for (key, record) in reader.all::<SamlProviderRecord>(&[]).await? {
            providers::put_saml(&mut snapshot, &key, Some(record))?;
        }
        for_each(reader, |key, record: PolicyRecord| principals.put_policy(&key, Some(record)))
            .await?;
        for_each(reader, |key, _: AttachmentRecord| principals.put_attachment(&key, true)).await?;
        for_each(reader, |key, record: GroupRecord| principals.put_group(&key, Some(record)))
            .await?;
        for_each(reader, |key, _: MembershipRecord| principals.put_membership(&key, true)).await?;
        principals.loaded();
        for_each(reader, |key, record: UserRecord| {
            principals.put_user(&key, Some(record))?;
            principals.compile(&mut snapshot)
        })
        .await?;
        for_each(reader, |key, record: RoleRecord| {
            principals.put_role(&key, Some(record))?;
            principals.compile(&mut snapshot)
        })
        .await?;
        Ok(Self { snapshot: ArcSwap::from_pointee(snapshot), principals: Mutex::new(principals) })
    }
}

/// Hands over every record of a table, a page at a time: all at once, decoded, those of a million
/// roles would take more memory than what is made of them.
async fn for_each<T: Record>(
    reader: &Reader,
    mut take: impl FnMut(Key, T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let page = reader.scan::<T>(&[], last.as_ref(), PAGE).await?;
        let Some((key, _)) = page.last() else { return Ok(()) };
        last = Some(key.clone());
        for (key, record) in page {
            take(key, record)?;
        }
    }
}

impl Directory for IdentityDirectory {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
}

impl View for IdentityDirectory {
    fn apply(&self, events: &Events) -> Result<(), StoreError> {
        let mut principals = self.principals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut snapshot = Snapshot::clone(&self.snapshot.load());
        let mut gone = Vec::new();
        for event in &events.events {
            if let Some((key, record)) = event.of::<AccessKeyRecord>()? {
                match record {
                    Some(record) => put_key(&mut snapshot, record),
                    None => gone.push(key),
                }
            } else if let Some((key, record)) = event.of::<ControlPolicyRecord>()? {
                put_control(&mut snapshot, key, record)?;
            } else if let Some((key, record)) = event.of::<RevocationRecord>()? {
                put_revocation(&mut snapshot, key, record)?;
            } else if let Some((_, record)) = event.of::<AccountRecord>()? {
                if let Some(record) = record {
                    principals.put_account(record);
                }
            } else if let Some((key, record)) = event.of::<MfaDeviceRecord>()? {
                principals.put_device(key, record)?;
            } else if let Some((key, record)) = event.of::<OidcProviderRecord>()? {
                providers::put_oidc(&mut snapshot, key, record)?;
            } else if let Some((key, record)) = event.of::<SamlProviderRecord>()? {
                providers::put_saml(&mut snapshot, key, record)?;
            } else if let Some((key, record)) = event.of::<PolicyRecord>()? {
                principals.put_policy(key, record)?;
            } else if let Some((key, record)) = event.of::<AttachmentRecord>()? {
                principals.put_attachment(key, record.is_some())?;
            } else if let Some((key, record)) = event.of::<GroupRecord>()? {
                principals.put_group(key, record)?;
            } else if let Some((key, record)) = event.of::<MembershipRecord>()? {
                principals.put_membership(key, record.is_some())?;
            } else if let Some((key, record)) = event.of::<UserRecord>()? {
                principals.put_user(key, record)?;
            } else if let Some((key, record)) = event.of::<RoleRecord>()? {
                principals.put_role(key, record)?;
            }
        }
        for key in gone {
            remove_key(&mut snapshot, key);
        }
        principals.compile(&mut snapshot)?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }
}

impl fmt::Debug for IdentityDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.snapshot.load();
        f.debug_struct("IdentityDirectory")
            .field("keys", &snapshot.keys.len())
            .field("users", &snapshot.users.len())
            .field("roles", &snapshot.roles.len())
            .finish_non_exhaustive()
    }
}

/// Takes in a key. What is known of its last use stays known.
fn put_key(snapshot: &mut Snapshot, record: AccessKeyRecord) {
    let owner = match record.user {
        None => KeyOwner::Root(record.account),
        Some(user) => KeyOwner::User(record.account, user.folded()),
    };
    let last_use = match snapshot.keys.get(&record.id) {
        Some(known) => Arc::clone(&known.last_use),
        None => Arc::new(LastUse::default()),
    };
    let entry = KeyEntry { secret: record.secret, active: record.active, owner, last_use };
    snapshot.keys.insert(record.id, Arc::new(entry));
}

/// Takes in that an owner has a key no more. A key that moved with its user has another owner by
/// now, and stays.
fn remove_key(snapshot: &mut Snapshot, key: &Key) {
    let Some((account, user, id)) = AccessKeyRecord::parts_of(key) else { return };
    let owner = match user {
        None => KeyOwner::Root(account),
        Some(user) => KeyOwner::User(account, user),
    };
    if snapshot.keys.get(&id).is_some_and(|entry| entry.owner == owner) {
        snapshot.keys.remove(&id);
    }
}

/// Takes in the control policy of an account, or that it is gone.
fn put_control(
    snapshot: &mut Snapshot,
    key: &Key,
    record: Option<ControlPolicyRecord>,
) -> Result<(), StoreError> {
    let account = ControlPolicyRecord::account_of(key)
        .ok_or_else(|| principals::damaged(key, "its key is none of ours"))?;
    let Some(record) = record else {
        snapshot.control.remove(&account);
        return Ok(());
    };
    let label = ("control policy", 0);
    let bound = principals::bind(key, label, DocumentKind::Control, &record.document)?;
    snapshot.control.insert(account, Arc::new(PolicySet::of([bound])));
    Ok(())
}

/// Takes in a revocation, or that it has done its work.
fn put_revocation(
    snapshot: &mut Snapshot,
    key: &Key,
    record: Option<RevocationRecord>,
) -> Result<(), StoreError> {
    let Some(record) = record else {
        let (account, scope) = RevokedScope::of_key(key)
            .ok_or_else(|| principals::damaged(key, "its key is none of ours"))?;
        snapshot.revocations.remove(&account, &scope.into());
        return Ok(());
    };
    snapshot.revocations.put(record.account, record.scope.into(), record.issued_until);
    Ok(())
}
