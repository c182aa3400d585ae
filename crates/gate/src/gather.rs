//! Which policies bind a caller: gathered in one place, so that decisions, explanations and
//! simulations cannot differ.

use rolecall_policy::{Authority, Combine, PolicySet, PrincipalFacts, ResourceRules};
use rolecall_types::{AccountId, Arn};

use crate::{Caller, Snapshot};

/// What a call is, as far as it matters for which policies bind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who calls.
    pub(crate) caller: &'a Caller,
    /// The account that nobody's call is decided in: that of the resource.
    pub(crate) owner: &'a AccountId,
    /// Whether it is a call of the object service.
    pub(crate) object: bool,
}

/// The policies that bind one call. Gathering takes no lock and copies no policy.
#[derive(Debug)]
pub(crate) struct Gathered<'a> {
    root: bool,
    control: Option<&'a PolicySet>,
    sessions: Vec<&'a PolicySet>,
    identity: Option<&'a PolicySet>,
    trust: Option<&'a PolicySet>,
    combine: Combine,
    principal: PrincipalFacts,
}

impl<'a> Gathered<'a> {
    /// Gathers what binds a call now, which may take on a role.
    pub(crate) fn new(snapshot: &'a Snapshot, asked: Asked<'a>, trusting: Option<&Arn>) -> Self {
        let Asked { caller, owner, object } = asked;
        // A call that takes on a role needs that role's consent, and the account itself has no
        // role.
        let trust = trusting.and_then(|role| {
            let name = role.relative.strip_prefix("role/")?;
            snapshot.role(&AccountId::parse(&role.account)?, name)
        });
        // A role that does not exist has no say: its absence is the handler's to tell, to those of
        // its own account who may take on roles. Strangers cannot tell it from one that does not
        // trust them.
        let stranger = trusting
            .is_some_and(|role| caller.account().is_none_or(|own| role.account != own.as_str()));
        let combine = match (caller, trust.is_some() || stranger, object) {
            // Who is vouched for has no policies of its own: the role decides alone.
            (Caller::Federated(_), ..) => Combine::ResourceOnly,
            (_, true, _) => Combine::And,
            (_, false, true) => Combine::Or,
            (_, false, false) => Combine::Identity,
        };
        // A role is worn by users of its own account's providers alone, whoever its trust policy
        // names.
        let trust = trust.filter(|_| !(stranger && combine == Combine::ResourceOnly));
        let (identity, sessions) = match caller {
            Caller::Anonymous | Caller::Root(_) | Caller::Federated(_) => (None, Vec::new()),
            Caller::User(user) => (Some(&user.policies), Vec::new()),
            Caller::Session(session) => {
                (Some(&session.role.policies), session.policies.iter().collect())
            }
        };
        Self {
            root: matches!(caller, Caller::Root(_)) && trusting.is_none(),
            // A control policy binds whoever belongs to its account, wherever the resource is.
            control: caller.account().and_then(|own| snapshot.control.get(own)).map(AsRef::as_ref),
            sessions,
            identity,
            trust: trust.map(|role| &*role.trust),
            combine,
            principal: caller.facts(owner),
        }
    }

    /// The same, for a decision about what says nothing itself, or about a role that is taken on.
    pub(crate) fn authority(&self) -> Authority<'_> {
        self.authority_at(ResourceRules::of_policy(self.trust))
    }

    /// The same, for a decision about a resource that has rules of its own.
    pub(crate) fn authority_at<'b>(&'b self, resource: ResourceRules<'b>) -> Authority<'b> {
        Authority {
            root: self.root,
            control: self.control.as_slice(),
            sessions: &self.sessions,
            identity: self.identity.as_slice(),
            resource_group: &[],
            resource,
            combine: self.combine,
            principal: &self.principal,
        }
    }

    /// Whether a policy of the caller looks at a condition key, or at one of its family.
    pub(crate) fn looks_at(&self, key: &str) -> bool {
        let sets = self.control.into_iter().chain(self.sessions.iter().copied());
        sets.chain(self.identity).any(|set| set.looks_at(key))
    }
}
