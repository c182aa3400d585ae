//! Users, roles, and the policies that they hold: from records to compiled entries.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use rolecall_gate::{RoleEntry, Snapshot, UserEntry};
use rolecall_policy::{self as policy, Document, DocumentKind, PolicySet, Source};
use rolecall_store::{Key, StoreError};
use rolecall_types::AccountId;

use crate::record::{
    Attachment, Holder, HolderKind, PolicyRecord, PolicyType, RoleRecord, UserRecord,
};
use crate::system_policy;

/// An account and a name in lower case.
type Name = (AccountId, String);

/// A document, and what explanations call it.
type Bound = (Arc<Source>, Arc<Document>);

/// What entries are compiled from.
#[derive(Default)]
pub(super) struct Principals {
    users: HashMap<Name, UserRecord>,
    /// Each role with its trust policy.
    roles: HashMap<Name, (RoleRecord, Bound)>,
    /// The default version of each custom policy, with its text.
    policies: HashMap<Name, (String, Bound)>,
    /// The policies that each principal holds, by type and name in lower case.
    held: HashMap<Holder, BTreeSet<(PolicyType, String)>>,
    /// Who holds each custom policy.
    holders: HashMap<Name, BTreeSet<Holder>>,
    /// Whom to compile anew.
    stale: BTreeSet<Holder>,
}

impl Principals {
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
        for principal in std::mem::take(&mut self.stale) {
            let policies = self.policies_of(&principal)?;
            match principal {
                (HolderKind::User, name) => match self.users.get(&name) {
                    Some(user) => {
                        let entry = UserEntry {
                            account: user.account.clone(),
                            name: user.name.clone(),
                            id: user.id.clone(),
                            policies,
                        };
                        snapshot.users.insert(name, Arc::new(entry));
                    }
                    None => drop(snapshot.users.remove(&name)),
                },
                (HolderKind::Role, name) => match self.roles.get(&name) {
                    Some((role, trust)) => {
                        let entry = RoleEntry {
                            account: role.account.clone(),
                            name: role.name.clone(),
                            id: role.id.clone(),
                            policies,
                            trust: PolicySet::compile([trust.clone()]),
                            max_session_seconds: role.max_session_seconds,
                        };
                        snapshot.roles.insert(name, Arc::new(entry));
                    }
                    None => drop(snapshot.roles.remove(&name)),
                },
            }
        }
        Ok(())
    }

    /// The policies that a principal holds. One that is not there is a hole: it may have been the
    /// one that denies.
    fn policies_of(&self, principal: &Holder) -> Result<PolicySet, StoreError> {
        let (_, (account, _)) = principal;
        let held = self.held.get(principal).into_iter().flatten();
        let bound = held.map(|(policy_type, name)| {
            let bound = match policy_type {
                PolicyType::System => system_policy::find_folded(name)
                    .map(|policy| (Arc::clone(&policy.source), Arc::clone(&policy.parsed))),
                PolicyType::Custom => self
                    .policies
                    .get(&(account.clone(), name.clone()))
                    .map(|(_, bound)| bound.clone()),
            };
            bound.ok_or_else(|| {
                let policy = format!("policy `{name}` of account {account}");
                damaged(&policy, "it is attached, and not there")
            })
        });
        bound.collect::<Result<Vec<Bound>, _>>().map(PolicySet::compile)
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
fn bind(key: &Key, source: Source, kind: DocumentKind, text: &str) -> Result<Bound, StoreError> {
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

fn damaged(key: &impl ToString, reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { key: key.to_string(), reason: reason.into() }
}
