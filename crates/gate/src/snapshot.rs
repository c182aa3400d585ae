//! What the gate knows of keys and principals at one revision: everything that a decision needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use imbl::HashMap;
use rolecall_crypto::{Ancestor, ProviderKind, Session};
use rolecall_policy::{
    Check, Context, Decision, PolicySet, PrincipalFacts, PrincipalKind, Resource, Source,
};
use rolecall_types::{
    AccessKeyId, AccountId, Arn, Folded, GroupName, PrincipalId, RoleName, Secret, Timestamp,
    UserName,
};

use crate::federation::ProviderEntry;
use crate::revocation::{Issued, Revocations};

/// Keys, users and roles, with their policies compiled. Immutable; cloning it is cheap, so that a
/// write makes the next one while requests go on with this one.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Permanent AccessKeys by id.
    pub keys: HashMap<AccessKeyId, Arc<KeyEntry>>,
    /// Users by account and name in lower case.
    pub users: HashMap<(AccountId, Folded), Arc<UserEntry>>,
    /// Roles by account and name in lower case.
    pub roles: HashMap<(AccountId, Folded), Arc<RoleEntry>>,
    /// Control policies by the account whose users and roles they bind.
    pub control: HashMap<AccountId, Arc<PolicySet>>,
    /// Identity providers by account, kind and name in lower case.
    pub providers: HashMap<(AccountId, ProviderKind, String), Arc<ProviderEntry>>,
    /// Sessions that were taken back.
    pub revocations: Revocations,
}

/// A permanent AccessKey.
#[derive(Debug)]
pub struct KeyEntry {
    /// Its secret half.
    pub secret: Secret<String>,
    /// Whether it is switched on.
    pub active: bool,
    /// Whose it is.
    pub owner: KeyOwner,
    /// When it last signed a call.
    pub last_use: Arc<LastUse>,
}

/// When something was last used: whole seconds, noted without a lock.
#[derive(Debug, Default)]
pub struct LastUse(AtomicI64);

impl LastUse {
    /// Notes a use. Times do not go back.
    pub fn note(&self, at: Timestamp) {
        self.0.fetch_max(at.as_second(), Ordering::Relaxed);
    }

    /// The last use, if there was one.
    pub fn get(&self) -> Option<Timestamp> {
        let second = self.0.load(Ordering::Relaxed);
        Timestamp::from_second(second).ok().filter(|_| second > 0)
    }
}

/// Why a session's credentials are good no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its time is over.
    Expired,
    /// It was taken back, or what it hangs on is gone: its role, the AccessKey or the earlier
    /// session by which the role was assumed, or the identity provider that vouched for it.
    Revoked,
}

/// Whose AccessKey it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// The account's own.
    Root(AccountId),
    /// A user's: account and name in lower case.
    User(AccountId, String),
}

/// A user and what it may do.
#[derive(Debug)]
pub struct UserEntry {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: UserName,
    /// Its id, never used twice.
    pub id: PrincipalId,
    /// Its policies: its own and those of its groups.
    pub policies: PolicySet,
    /// How each of them came to it, for explanations. One that came by several ways stands here
    /// several times.
    pub grants: Vec<Grant>,
}

/// How a policy came to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The policy.
    pub source: Arc<Source>,
    /// The group that holds it; `None` where the user holds it itself.
    pub group: Option<GroupName>,
}

/// A role, what it may do, and who may wear it.
#[derive(Debug)]
pub struct RoleEntry {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: RoleName,
    /// Its id: a role made again under the same name has another, and old sessions stay dead.
    pub id: PrincipalId,
    /// Its attached policies.
    pub policies: PolicySet,
    /// Its trust policy; roles with the same one share it.
    pub trust: Arc<PolicySet>,
    /// The longest session that `AssumeRole` gives, in seconds.
    pub max_session_seconds: u32,
}

impl Snapshot {
    /// A role by its name, whatever its case.
    pub fn role(&self, account: &AccountId, name: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.get(&(account.clone(), Folded::of(name)))
    }

    /// The role of a session that is good now.
    pub fn role_of(
        &self,
        session: &Session,
        now: Timestamp,
    ) -> Result<&Arc<RoleEntry>, SessionEnd> {
        if now >= session.expires_at {
            return Err(SessionEnd::Expired);
        }
        let role = self.role(&session.account, &session.role_name);
        let role = role.filter(|role| role.id == session.role_id).ok_or(SessionEnd::Revoked)?;
        let revoked = self.revocations.cover(Issued::from(session));
        if revoked || !session.ancestors.iter().all(|ancestor| self.is_good(ancestor)) {
            return Err(SessionEnd::Revoked);
        }
        Ok(role)
    }

    /// Whether what a session hangs on is still there. An AccessKey that is switched off is.
    fn is_good(&self, ancestor: &Ancestor) -> bool {
        match ancestor {
            Ancestor::Key(id) => self.keys.contains_key(id),
            Ancestor::Session(mark) => {
                let role = self.role(&mark.account, &mark.role_name);
                role.is_some_and(|role| role.id == mark.role_id)
                    && !self.revocations.cover(Issued::from(mark))
            }
            Ancestor::Provider(mark) => {
                let provider = self.provider(&mark.account, mark.kind, &mark.name);
                provider.is_some_and(|provider| provider.id == mark.id)
            }
        }
    }

    /// An identity provider by its name letter for letter, as trust policies name it.
    pub fn provider(
        &self,
        account: &AccountId,
        kind: ProviderKind,
        name: &str,
    ) -> Option<&Arc<ProviderEntry>> {
        let key = (account.clone(), kind, name.to_ascii_lowercase());
        self.providers.get(&key).filter(|provider| provider.name.as_str() == name)
    }

    /// A user by its name, whatever its case.
    pub fn user(&self, account: &AccountId, name: &str) -> Option<&Arc<UserEntry>> {
        self.users.get(&(account.clone(), Folded::of(name)))
    }
}

/// The service that wears the roles of instances.
pub const ECS_SERVICE: &str = "ecs.aliyuncs.com";

impl RoleEntry {
    /// Whether the trust policy lets a service, such as [`ECS_SERVICE`], wear the role. What the
    /// context does not tell meets no positive condition.
    pub fn trusts_service(&self, service: &str, context: &Context) -> bool {
        let resource = Resource::Named(Arn::role(&self.account, self.name.as_str()));
        let principal = PrincipalFacts {
            account: self.account.clone(),
            kind: PrincipalKind::Service(service.to_owned()),
        };
        let action = "sts:AssumeRole";
        let check = Check { action, resource: &resource, context, principal: Some(&principal) };
        self.trust.decide(&check) == Decision::Allow
    }
}

/// Whom the gate asks who is who. The identity service answers, from its own view of the store.
pub trait Directory: Send + Sync + 'static {
    /// What is known now. No I/O, no lock.
    fn snapshot(&self) -> Arc<Snapshot>;
}
