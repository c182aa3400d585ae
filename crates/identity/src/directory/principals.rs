//! Users, groups, roles, and the policies that they hold: from records to compiled entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use rolecall_gate::{Grant, RoleEntry, Snapshot, UserEntry};
use rolecall_policy::{self as policy, Document, DocumentKind, PolicySet, Source};
use rolecall_store::{Key, StoreError};
use rolecall_types::{AccountId, GroupName};

use super::self_service;
use crate::record::{
    AccountRecord, Attachment, GroupRecord, Holder, HolderKind, Membership, PolicyRecord,
    PolicyType, RoleRecord, SecurityPreference, UserRecord,
};
use crate::system_policy;

/// An account and a name in lower case.
type Name = (AccountId, String);

/// A document, and what explanations call it.
pub(super) type Bound = (Arc<Source>, Arc<Document>);

/// A policy that somebody holds: its type, its name in lower case, and what binds.
type Held<'a> = ((PolicyType, &'a str), Bound);

/// What entries are compiled from.
#[derive(Default)]
pub(super) struct Principals {
    /// What each account lets its users do for themselves.
    preferences: HashMap<AccountId, SecurityPreference>,
    users: HashMap<Name, UserRecord>,
    groups: HashMap<Name, GroupName>,
    /// The groups that each user is in, by name in lower case.
    groups_of: HashMap<Name, BTreeSet<String>>,
    /// The users that are in each group, by name in lower case.
    members: HashMap<Name, BTreeSet<String>>,
    /// Each role with its trust policy.
    roles: HashMap<Name, (RoleRecord, Bound)>,
    /// The default version of each custom policy, with its text.
    policies: HashMap<Name, (String, Bound)>,
    /// The policies that each user, group and role holds, by type and name in lower case.
    held: HashMap<Holder, BTreeSet<(PolicyType, String)>>,
    /// Who holds each custom policy.
    holders: HashMap<Name, BTreeSet<Holder>>,
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
        let users = self.users.keys().filter(|(account, _)| *account == id);
        self.stale.extend(users.map(|name| (HolderKind::User, name.clone())));
        self.preferences.insert(id, security_preference);
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
        match record {
            Some(record) => {
                let trust = Source {
                    policy_type: policy::PolicyType::Custom,
                    name: format!("trust policy of {}", record.name),
                    version: String::new(),
                };
                let trust = bind(key, trust, DocumentKind::Trust, &record.trust_policy)?;
                self.roles.insert(name.clone(), (record, trust));
            }
            None => drop(self.roles.remove(&name)),
        }
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
                let version = record.default.id.to_string();
                let known = self.policies.get(&name);
                if known.is_some_and(|(text, (source, _))| {
                    *text == record.default.document && source.version == version
                }) {
                    return Ok(());
                }
                let source = Source {
                    policy_type: policy::PolicyType::Custom,
                    name: record.name.to_string(),
                    version,
                };
                let text = record.default.document;
                let bound = bind(key, source, DocumentKind::Identity, &text)?;
                self.policies.insert(name.clone(), (text, bound));
            }
            None => drop(self.policies.remove(&name)),
        }
        self.stale.extend(self.holders.get(&name).into_iter().flatten().cloned());
        Ok(())
    }

    /// Takes in an attachment, or its removal.
    pub(super) fn put_attachment(&mut self, key: &Key, attached: bool) -> Result<(), StoreError> {
        let (principal, policy_type, policy) =
            Attachment::parts_of(key).ok_or_else(|| damaged(key, "its key is none of ours"))?;
        let (_, (account, _)) = &principal;
        if policy_type == PolicyType::Custom {
            let policy = (account.clone(), policy.clone());
            relate(&mut self.holders, policy, principal.clone(), attached);
        }
        relate(&mut self.held, principal.clone(), (policy_type, policy), attached);
        self.stale.insert(principal);
        Ok(())
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
            grants.push(Grant { source: Arc::clone(&found.0), group: None });
            bound.insert(policy, found);
        }
        for group in self.groups_of.get(&name).into_iter().flatten() {
            let group = (name.0.clone(), group.clone());
            let group_name = self.groups.get(&group).ok_or_else(|| hole("group", &group))?;
            for (policy, found) in self.policies_of(&(HolderKind::Group, group))? {
                grants
                    .push(Grant { source: Arc::clone(&found.0), group: Some(group_name.clone()) });
                bound.insert(policy, found);
            }
        }
        let preference = self.preferences.get(&user.account).cloned().unwrap_or_default();
        let own = self_service::statements(&preference, &user.account, &user.name)
            .map_err(|error| damaged(&user.name, format!("its own statements: {error}")))?;
        let entry = UserEntry {
            account: user.account.clone(),
            name: user.name.clone(),
            id: user.id.clone(),
            policies: PolicySet::compile(bound.into_values().chain(own)),
            grants,
        };
        snapshot.users.insert(name, Arc::new(entry));
        Ok(())
    }

    fn compile_role(&self, snapshot: &mut Snapshot, name: Name) -> Result<(), StoreError> {
        let Some((role, trust)) = self.roles.get(&name) else {
            snapshot.roles.remove(&name);
            return Ok(());
        };
        let held = self.policies_of(&(HolderKind::Role, name.clone()))?;
        let entry = RoleEntry {
            account: role.account.clone(),
            name: role.name.clone(),
            id: role.id.clone(),
            policies: PolicySet::compile(held.into_iter().map(|(_, bound)| bound)),
            trust: PolicySet::compile([trust.clone()]),
            max_session_seconds: role.max_session_seconds,
        };
        snapshot.roles.insert(name, Arc::new(entry));
        Ok(())
    }

    /// The policies that a user, a group or a role holds. One that is not there is a hole: it may
    /// have been the one that denies.
    fn policies_of(&self, holder: &Holder) -> Result<Vec<Held<'_>>, StoreError> {
        let (_, (account, _)) = holder;
        let held = self.held.get(holder).into_iter().flatten();
        held.map(|(policy_type, name)| {
            let bound = match policy_type {
                PolicyType::System => system_policy::find_folded(name)
                    .map(|policy| (Arc::clone(&policy.source), Arc::clone(&policy.parsed))),
                PolicyType::Custom => self
                    .policies
                    .get(&(account.clone(), name.clone()))
                    .map(|(_, bound)| bound.clone()),
            };
            let bound = bound.ok_or_else(|| hole("policy", &(account.clone(), name.clone())))?;
            Ok(((*policy_type, name.as_str()), bound))
        })
        .collect()
    }
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

/// A stored document, parsed.
pub(super) fn bind(
    key: &Key,
    source: Source,
    kind: DocumentKind,
    text: &str,
) -> Result<Bound, StoreError> {
    let document = Document::parse(kind, text)
        .map_err(|error| damaged(key, format!("its policy document is not valid: {error}")))?;
    Ok((Arc::new(source), Arc::new(document)))
}

/// The account and the folded name in the key of a user, a role or a policy.
fn name_of(key: &Key) -> Result<Name, StoreError> {
    let parts: Option<[String; 2]> = key.texts().try_into().ok();
    parts
        .and_then(|[account, name]| Some((AccountId::parse(&account)?, name)))
        .ok_or_else(|| damaged(key, "its key is none of ours"))
}

/// The fault of a record that is not there although others name it.
fn hole(what: &str, (account, name): &Name) -> StoreError {
    damaged(&format!("{what} `{name}` of account {account}"), "it is in use, and not there")
}

pub(super) fn damaged(key: &impl ToString, reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { key: key.to_string(), reason: reason.into() }
}
