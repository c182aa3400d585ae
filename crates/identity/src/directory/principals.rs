//! Users, groups, roles, and the policies that they hold: from records to compiled entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use rolecall_gate::{Grant, RoleEntry, Snapshot, UserEntry};
use rolecall_policy::{self as policy, Bound, DocumentKind, PolicySet};
use rolecall_store::{Key, StoreError};
use rolecall_types::{AccountId, Folded, GroupName};

use super::devices::Devices;
use super::self_service;
use super::trusts::Trusts;
use crate::record::{
    AccountRecord, Attachment, GroupRecord, Holder, HolderKind, Membership, MfaDeviceRecord,
    PolicyRecord, PolicyType, RoleRecord, SecurityPreference, UserRecord,
};
use crate::system_policy;

/// An account and a name in lower case.
pub(super) type Name = (AccountId, Folded);

/// A policy in somebody's hands: the account, the holder's kind and name, the policy's type and
/// name. So sorted, what one holder holds stands together, and so does what an account's hold.
type Holding = (AccountId, HolderKind, Folded, PolicyType, Folded);

/// A policy that somebody holds: its type, its name in lower case, and what binds.
type Held<'a> = ((PolicyType, &'a str), Bound);

/// What entries are compiled from. There may be a million roles with a policy each: nothing that a
/// role's entry or a record says is kept here a second time.
#[derive(Default)]
pub(super) struct Principals {
    /// What each account lets its users do for themselves.
    preferences: HashMap<AccountId, SecurityPreference>,
    devices: Devices,
    /// So sorted, an account's users stand together.
    users: BTreeMap<Name, UserRecord>,
    groups: HashMap<Name, GroupName>,
    /// The groups that each user is in, by name in lower case.
    groups_of: HashMap<Name, BTreeSet<Folded>>,
    /// The users that are in each group, by name in lower case.
    members: HashMap<Name, BTreeSet<Folded>>,
    /// Roles that are to be compiled, as they are now; of all others the entry says everything.
    roles: HashMap<Name, Option<RoleRecord>>,
    trusts: Trusts,
    /// The default version of each custom policy.
    policies: BTreeMap<Name, Bound>,
    held: BTreeSet<Holding>,
    /// Whom to compile anew; of a group, its members.
    stale: BTreeSet<Holder>,
}

impl Principals {
    /// Takes in an account. Its users are touched only if they may do something else now.
    pub(super) fn put_account(&mut self, record: AccountRecord) {
        let AccountRecord { id, security_preference, .. } = record;
        if self.preferences.get(&id) == Some(&security_preference) {
            return;
        }
        let own = users_of(&self.users, &id).map(|(name, _)| (HolderKind::User, name.clone()));
        self.stale.extend(own);
        self.preferences.insert(id, security_preference);
    }

    /// Takes in an MFA device, or its removal. Its maker is touched only if it is no more its own,
    /// or anew.
    pub(super) fn put_device(
        &mut self,
        key: &Key,
        record: Option<MfaDeviceRecord>,
    ) -> Result<(), StoreError> {
        let name = name_of(key)?;
        let Some(maker) = self.devices.put(&name, record) else { return Ok(()) };
        let mut users = users_of(&self.users, &name.0);
        if let Some((name, _)) = users.find(|(_, user)| user.id == maker) {
            self.stale.insert((HolderKind::User, name.clone()));
        }
        Ok(())
    }

    /// Takes in a user, or its removal.
    pub(super) fn put_user(
        &mut self,
        key: &Key,
        record: Option<UserRecord>,
    ) -> Result<(), StoreError> {
        let name = name_of(key)?;
        match record {
            Some(record) => drop(self.users.insert(name.clone(), record)),
            None => drop(self.users.remove(&name)),
        }
        self.stale.insert((HolderKind::User, name));
        Ok(())
    }

    /// Takes in a group, or its removal.
    pub(super) fn put_group(
        &mut self,
        key: &Key,
        record: Option<GroupRecord>,
    ) -> Result<(), StoreError> {
        let name = name_of(key)?;
        match record {
            Some(record) => drop(self.groups.insert(name.clone(), record.name)),
            None => drop(self.groups.remove(&name)),
        }
        self.stale.insert((HolderKind::Group, name));
        Ok(())
    }

    /// Takes in that a user joined a group, or left it.
    pub(super) fn put_membership(&mut self, key: &Key, joined: bool) -> Result<(), StoreError> {
        let (account, user, group) =
            Membership::parts_of(key).ok_or_else(|| damaged(key, "its key is none of ours"))?;
        let name = (account.clone(), user.clone());
        relate(&mut self.members, (account, group.clone()), user, joined);
        relate(&mut self.groups_of, name.clone(), group, joined);
        self.stale.insert((HolderKind::User, name));
        Ok(())
    }

    /// Takes in a role, or its removal.
    pub(super) fn put_role(
        &mut self,
        key: &Key,
        record: Option<RoleRecord>,
    ) -> Result<(), StoreError> {
        let name = name_of(key)?;
        self.roles.insert(name.clone(), record);
        self.stale.insert((HolderKind::Role, name));
        Ok(())
    }

    /// Takes in a custom policy, or its removal. Its holders are touched only if another text binds
    /// them now.
    pub(super) fn put_policy(
        &mut self,
        key: &Key,
        record: Option<PolicyRecord>,
    ) -> Result<(), StoreError> {
        let name = name_of(key)?;
        match record {
            Some(record) => {
                let (version, text) = (record.default.id.number(), record.default.document);
                if self.policies.get(&name).is_some_and(|known| known.is_text(version, &text)) {
                    return Ok(());
                }
                let label = (record.name.as_str(), version);
                let bound = bind(key, label, DocumentKind::Identity, &text)?;
                self.policies.insert(name.clone(), bound);
            }
            None => drop(self.policies.remove(&name)),
        }
        let holders: Vec<Holder> = self.holders_of(&name).collect();
        self.stale.extend(holders);
        Ok(())
    }

    /// Who holds a custom policy. Looks at what its account's users, groups and roles hold, which
    /// the quotas bound: an index of a million policies would cost more than it saves.
    fn holders_of(&self, (account, name): &Name) -> impl Iterator<Item = Holder> {
        let none = Folded::of("");
        let first = (account.clone(), HolderKind::User, none.clone(), PolicyType::System, none);
        let of_account = self.held.range(first..).take_while(move |held| held.0 == *account);
        of_account
            .filter(move |(_, _, _, kind, held)| *kind == PolicyType::Custom && *held == *name)
            .map(|(account, kind, holder, ..)| (*kind, (account.clone(), holder.clone())))
    }

    /// Takes in an attachment, or its removal.
    pub(super) fn put_attachment(&mut self, key: &Key, attached: bool) -> Result<(), StoreError> {
        let (principal, policy_type, policy) =
            Attachment::parts_of(key).ok_or_else(|| damaged(key, "its key is none of ours"))?;
        let (kind, (account, holder)) = principal.clone();
        let holding = (account, kind, holder, policy_type, policy);
        if attached {
            self.held.insert(holding);
        } else {
            self.held.remove(&holding);
        }
        self.stale.insert(principal);
        Ok(())
    }

    /// Of what was loaded before any user and any role, nobody is left to be compiled. What was
    /// loaded in the order of its keys is packed.
    pub(super) fn loaded(&mut self) {
        self.stale.clear();
        self.policies = std::mem::take(&mut self.policies).into_iter().collect();
        self.held = std::mem::take(&mut self.held).into_iter().collect();
    }

    /// Compiles whatever has changed into the snapshot.
    pub(super) fn compile(&mut self, snapshot: &mut Snapshot) -> Result<(), StoreError> {
        let mut stale = std::mem::take(&mut self.stale);
        let members: Vec<Holder> =
            stale.iter().flat_map(|holder| self.members_of(holder)).collect();
        stale.extend(members);
        for (kind, name) in stale {
            match kind {
                HolderKind::User => self.compile_user(snapshot, name)?,
                HolderKind::Role => self.compile_role(snapshot, name)?,
                HolderKind::Group => {}
            }
        }
        Ok(())
    }

    /// The users of a group; nobody of what is none.
    fn members_of(&self, (kind, name): &Holder) -> impl Iterator<Item = Holder> {
        let members = self.members.get(name).filter(|_| *kind == HolderKind::Group);
        members.into_iter().flatten().map(|user| {
            let (account, _) = name;
            (HolderKind::User, (account.clone(), user.clone()))
        })
    }

    fn compile_user(&self, snapshot: &mut Snapshot, name: Name) -> Result<(), StoreError> {
        let Some(user) = self.users.get(&name) else {
            snapshot.users.remove(&name);
            return Ok(());
        };
        // A policy that comes by several ways binds once.
        let mut bound: BTreeMap<(PolicyType, &str), Bound> = BTreeMap::new();
        let mut grants = Vec::new();
        let own = (HolderKind::User, name.clone());
        for (policy, found) in self.policies_of(&own)? {
            grants.push(Grant { source: found.source(), group: None });
            bound.insert(policy, found);
        }
        for group in self.groups_of.get(&name).into_iter().flatten() {
            let group = (name.0.clone(), group.clone());
            let group_name = self.groups.get(&group).ok_or_else(|| hole("group", &group))?;
            for (policy, found) in self.policies_of(&(HolderKind::Group, group))? {
                grants.push(Grant { source: found.source(), group: Some(group_name.clone()) });
                bound.insert(policy, found);
            }
        }
        let preference = self.preferences.get(&user.account).cloned().unwrap_or_default();
        let devices = self.devices.of(user);
        let own = self_service::statements(&preference, &user.account, &user.name, &devices)
            .map_err(|error| damaged(&user.name, format!("its own statements: {error}")))?;
        let entry = UserEntry {
            account: user.account.clone(),
            name: user.name.clone(),
            id: user.id.clone(),
            policies: PolicySet::of(bound.into_values().chain(own)),
            grants,
        };
        snapshot.users.insert(name, Arc::new(entry));
        Ok(())
    }

    fn compile_role(&mut self, snapshot: &mut Snapshot, name: Name) -> Result<(), StoreError> {
        let (known, record) = (snapshot.roles.get(&name), self.roles.remove(&name));
        let entry = match (record, known) {
            (Some(None), _) => {
                snapshot.roles.remove(&name);
                return Ok(());
            }
            // Attached before the role, or after it: then there is nobody to compile.
            (None, None) => return Ok(()),
            (None, Some(known)) => RoleEntry {
                account: known.account.clone(),
                name: known.name.clone(),
                id: known.id.clone(),
                policies: self.policies_of_role(&name)?,
                trust: Arc::clone(&known.trust),
                max_session_seconds: known.max_session_seconds,
            },
            (Some(Some(role)), _) => RoleEntry {
                policies: self.policies_of_role(&name)?,
                trust: self.trusts.of(&role)?,
                account: role.account,
                name: role.name,
                id: role.id,
                max_session_seconds: role.max_session_seconds,
            },
        };
        snapshot.roles.insert(name, Arc::new(entry));
        Ok(())
    }

    fn policies_of_role(&self, name: &Name) -> Result<PolicySet, StoreError> {
        let held = self.policies_of(&(HolderKind::Role, name.clone()))?;
        Ok(PolicySet::of(held.into_iter().map(|(_, bound)| bound)))
    }

    /// The policies that a user, a group or a role holds. One that is not there is a hole: it may
    /// have been the one that denies.
    fn policies_of(&self, (kind, (account, holder)): &Holder) -> Result<Vec<Held<'_>>, StoreError> {
        let none = Folded::of("");
        let first = (account.clone(), *kind, holder.clone(), PolicyType::System, none);
        let held = self.held.range(first..);
        held.take_while(|held| held.0 == *account && held.1 == *kind && held.2 == *holder)
            .map(|(_, _, _, policy_type, name)| {
                let named = (account.clone(), name.clone());
                let bound = match policy_type {
                    PolicyType::System => {
                        system_policy::find_folded(name.as_str()).map(|policy| policy.bound.clone())
                    }
                    PolicyType::Custom => self.policies.get(&named).cloned(),
                };
                let hole = || hole("policy", &named);
                Ok(((*policy_type, name.as_str()), bound.ok_or_else(hole)?))
            })
            .collect()
    }
}

/// The users of an account.
fn users_of<'a>(
    users: &'a BTreeMap<Name, UserRecord>,
    account: &'a AccountId,
) -> impl Iterator<Item = (&'a Name, &'a UserRecord)> {
    let first = (account.clone(), Folded::of(""));
    users.range(first..).take_while(move |((owner, _), _)| owner == account)
}

/// Notes that two things belong together, or no more. Nothing is kept of what belongs to none.
fn relate<K: Eq + Hash, V: Ord>(
    relation: &mut HashMap<K, BTreeSet<V>>,
    key: K,
    value: V,
    on: bool,
) {
    let mut related = relation.remove(&key).unwrap_or_default();
    if on {
        related.insert(value);
    } else {
        related.remove(&value);
    }
    if !related.is_empty() {
        relation.insert(key, related);
    }
}

/// A stored document of an account, by its name and the number of its version.
pub(super) fn bind(
    key: &Key,
    (name, version): (&str, u32),
    kind: DocumentKind,
    text: &str,
) -> Result<Bound, StoreError> {
    Bound::of_text(policy::PolicyType::Custom, name, version, kind, text)
        .map_err(|error| damaged(key, format!("its policy document is not valid: {error}")))
}

/// The account and the folded name in the key of a user, a role or a policy.
fn name_of(key: &Key) -> Result<Name, StoreError> {
    let parts: Option<[String; 2]> = key.texts().try_into().ok();
    parts
        .and_then(|[account, name]| Some((AccountId::parse(&account)?, Folded::of(&name))))
        .ok_or_else(|| damaged(key, "its key is none of ours"))
}

/// The fault of a record that is not there although others name it.
fn hole(what: &str, (account, name): &Name) -> StoreError {
    damaged(&format!("{what} `{name}` of account {account}"), "it is in use, and not there")
}

pub(super) fn damaged(key: &impl ToString, reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { key: key.to_string(), reason: reason.into() }
}
