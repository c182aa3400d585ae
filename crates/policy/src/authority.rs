//! From the documents that bind a caller to a verdict, and from verdicts to the proof of
//! permission.

use std::borrow::Cow;
use std::fmt;

use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use crate::{Context, Decision, PolicySet, PrincipalFacts, PrincipalKind, ResourceRules};

/// What a check is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// "All Resources": the operation cannot be limited to a resource and is checked against `*`,
    /// which a policy that names resources does not match.
    Any,
    /// One resource.
    Named(Arn),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Named(arn) => arn.fmt(f),
        }
    }
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Check<'a> {
    /// The action, such as `oss:GetObject`.
    pub action: &'a str,
    /// The resource.
    pub resource: &'a Resource,
    /// The condition keys of the request.
    pub context: &'a Context,
    /// Who asks. Trust and bucket policies look at it; without it they match nobody but `*`.
    pub principal: Option<&'a PrincipalFacts>,
}

impl Check<'_> {
    /// Whether the account itself asks for what it owns.
    pub(crate) fn is_by_owner(&self) -> bool {
        self.principal.is_some_and(|it| it.kind == PrincipalKind::Root && owns(it, self.resource))
    }
}

/// How the decisions of identity policies and of the resource's own policy become one.
/// Source: "Policy evaluation process" of the RAM pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// Services without resource policies: identity policies alone.
    Identity,
    /// OSS: either may allow, and where neither says anything, an access control list.
    Or,
    /// `sts:AssumeRole` by a user or a role: both must allow.
    And,
    /// Role SSO and trusted services: the resource's policy alone.
    ResourceOnly,
}

/// All documents that bind one caller at one resource.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// Whether the caller is the account itself.
    pub root: bool,
    /// Control policies, one set a level; each must allow. Empty where none apply.
    pub control: &'a [&'a PolicySet],
    /// Session policies, one set a document; each must allow. An empty list is a session without
    /// a policy; an empty set in it allows nothing.
    pub sessions: &'a [&'a PolicySet],
    /// Identity policies attached at the account: the caller's own and its groups'.
    pub identity: &'a [&'a PolicySet],
    /// Identity policies attached at the resource's group; read only where those of the account
    /// neither allow nor deny.
    pub resource_group: &'a [&'a PolicySet],
    /// What the resource itself says.
    pub resource: ResourceRules<'a>,
    /// How identity and resource policies combine.
    pub combine: Combine,
    /// Who asks.
    pub principal: &'a PrincipalFacts,
}

/// Which documents decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// None: the account owns the resource.
    Root,
    /// Control policies.
    Control,
    /// Session policies.
    Session,
    /// Identity policies of the account.
    Identity,
    /// Identity policies of the resource's group.
    ResourceGroup,
    /// The resource's own policy.
    Resource,
    /// The access control list of the object or of its bucket.
    Acl,
}

/// A decision and where it fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// The documents that decided.
    pub layer: Layer,
}

/// Decides one check. Pure: all that matters is in the arguments.
///
/// Source: "Policy evaluation process" of the RAM pages, and the pages on bucket policies and ACLs
/// of OSS. The account itself passes at its own resources, with two exceptions: a bucket policy's
/// Deny binds it too where it has a condition or names it, and it cannot assume roles.
pub fn decide(authority: &Authority<'_>, check: &Check<'_>) -> Verdict {
    let owner = authority.root && owns(authority.principal, check.resource);
    if owner && authority.combine == Combine::Identity {
        return Verdict { decision: Decision::Allow, layer: Layer::Root };
    }
    if !authority.root
        && let Some(refusal) = first_refusal(authority.control, check)
    {
        return Verdict { decision: refusal, layer: Layer::Control };
    }
    let resource = resource_decision(authority, check);
    if authority.combine == Combine::ResourceOnly {
        return Verdict { decision: resource, layer: Layer::Resource };
    }
    if let Some(refusal) = first_refusal(authority.sessions, check) {
        return Verdict { decision: refusal, layer: Layer::Session };
    }
    let identity = identity_verdict(authority, check);
    match authority.combine {
        Combine::Identity | Combine::ResourceOnly => identity,
        Combine::And => both(identity, resource),
        Combine::Or if owner => {
            either(Verdict { decision: Decision::Allow, layer: Layer::Root }, resource)
        }
        // A stranger's account cannot open a bucket by its own policies. Source: OSS pages.
        Combine::Or if !owns(authority.principal, check.resource) => {
            or_acl(authority, either(without_allow(identity), resource))
        }
        Combine::Or => or_acl(authority, either(identity, resource)),
    }
}

/// One check that a call must pass.
///
/// An operation makes its checks from the request alone, before anything is read. What only the
/// store knows, the tags of the resource, the gate adds from memory: `acs:ResourceTag/<key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The action, such as `ram:PassRole`.
    pub action: &'static str,
    /// The resource.
    pub resource: Resource,
    /// Condition keys of this check alone, such as `acs:Service`; they replace those of the
    /// request that have the same name. A key may come several times, with one value each.
    pub context: Vec<(Cow<'static, str>, String)>,
}

impl Need {
    /// An action on one resource.
    pub fn on(action: &'static str, resource: Arn) -> Self {
        Self { action, resource: Resource::Named(resource), context: Vec::new() }
    }

    /// An action that cannot be limited to a resource.
    pub fn any(action: &'static str) -> Self {
        Self { action, resource: Resource::Any, context: Vec::new() }
    }

    /// Adds a condition key's value.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.context.push((key.into(), value.into()));
        self
    }

    /// Adds the tags that the request carries, to be given or to be looked for, each as
    /// `acs:RequestTag/<key>`; a tag without a value has an empty one. Source: the condition keys
    /// of RAM.
    #[must_use]
    pub fn with_request_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        tags.into_iter()
            .fold(self, |need, (key, value)| need.with(format!("acs:RequestTag/{key}"), value))
    }

    /// The request's context with this check's own keys.
    pub fn context_of(&self, request: &Context) -> Context {
        let mut context = request.clone();
        for (key, _) in &self.context {
            context.replace(key, []);
        }
        for (key, value) in &self.context {
            context.insert(key, value.as_str());
        }
        context
    }
}

/// The proof that needs were allowed. Only [`authorize`] and [`exempt`] make it.
#[derive(Debug)]
#[must_use]
pub struct Allowed {
    needs: Vec<Need>,
}

impl Allowed {
    /// Exactly the needs that were allowed, at least one.
    pub fn checks(&self) -> &[Need] {
        &self.needs
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The need that was refused. Boxed, so that results with a refusal stay small.
    pub need: Box<Need>,
    /// Why.
    pub verdict: Verdict,
}

/// Decides all needs of a call: every one must be allowed. `authority` gives the documents that
/// bind the caller at the resource of a need, by its place.
///
/// Of several refusals an explicit one is told first. A call without needs is refused as one that
/// wants `*` on all resources: an operation that forgot its needs must not pass.
pub fn authorize<'a>(
    authority: impl Fn(usize) -> Authority<'a>,
    request: &Context,
    needs: Vec<Need>,
) -> Result<Allowed, Denied> {
    if needs.is_empty() {
        let verdict = Verdict { decision: Decision::ImplicitDeny, layer: Layer::Identity };
        return Err(Denied { need: Box::new(Need::any("*")), verdict });
    }
    let mut implicit = None;
    for (place, need) in needs.iter().enumerate() {
        let verdict = verdict_of(&authority(place), request, need);
        match verdict.decision {
            Decision::Allow => {}
            Decision::ExplicitDeny => return Err(Denied { need: Box::new(need.clone()), verdict }),
            Decision::ImplicitDeny => {
                implicit.get_or_insert_with(|| Denied { need: Box::new(need.clone()), verdict });
            }
        }
    }
    implicit.map_or(Ok(Allowed { needs }), Err)
}

/// Actions that no policy governs. `sts:GetCallerIdentity` succeeds even under an explicit Deny,
/// as observed on the live service.
const EXEMPT_ACTIONS: &[&str] = &["sts:GetCallerIdentity"];

/// The proof for an action that needs no permission; `None` for every other action.
pub fn exempt(action: &'static str) -> Option<Allowed> {
    EXEMPT_ACTIONS.contains(&action).then(|| Allowed { needs: vec![Need::any(action)] })
}

/// Whether no policy governs an action, whatever its case.
pub fn is_exempt(action: &str) -> bool {
    EXEMPT_ACTIONS.iter().any(|exempt| exempt.eq_ignore_ascii_case(action))
}

/// Decides one need of a call, as [`authorize`] does.
pub fn verdict_of(authority: &Authority<'_>, request: &Context, need: &Need) -> Verdict {
    let own;
    let context = if need.context.is_empty() {
        request
    } else {
        own = need.context_of(request);
        &own
    };
    let principal = Some(authority.principal);
    decide(authority, &Check { action: need.action, resource: &need.resource, context, principal })
}

/// Whether the resource belongs to the principal's account. The vendor's own resources (account
/// `system`) belong to everybody; a name without an account belongs to nobody.
pub(crate) fn owns(principal: &PrincipalFacts, resource: &Resource) -> bool {
    match resource {
        Resource::Any => true,
        Resource::Named(arn) => {
            arn.account == principal.account.as_str() || arn.account == "system"
        }
    }
}

fn first_refusal(sets: &[&PolicySet], check: &Check<'_>) -> Option<Decision> {
    sets.iter().map(|set| set.decide(check)).find(|decision| *decision != Decision::Allow)
}

fn resource_decision(authority: &Authority<'_>, check: &Check<'_>) -> Decision {
    let check = Check { principal: Some(authority.principal), ..*check };
    authority.resource.policy.map_or(Decision::ImplicitDeny, |set| set.decide(&check))
}

fn identity_verdict(authority: &Authority<'_>, check: &Check<'_>) -> Verdict {
    match union(authority.identity, check) {
        Decision::ImplicitDeny if !authority.resource_group.is_empty() => Verdict {
            decision: union(authority.resource_group, check),
            layer: Layer::ResourceGroup,
        },
        decision => Verdict { decision, layer: Layer::Identity },
    }
}

/// The decision of several sets as if they were one.
fn union(sets: &[&PolicySet], check: &Check<'_>) -> Decision {
    let mut union = Decision::ImplicitDeny;
    for set in sets {
        match set.decide(check) {
            Decision::ExplicitDeny => return Decision::ExplicitDeny,
            Decision::Allow => union = Decision::Allow,
            Decision::ImplicitDeny => {}
        }
    }
    union
}

fn either(identity: Verdict, resource: Decision) -> Verdict {
    let resource = Verdict { decision: resource, layer: Layer::Resource };
    match (identity.decision, resource.decision) {
        (Decision::ExplicitDeny, _) => identity,
        (_, Decision::ExplicitDeny) | (Decision::ImplicitDeny, Decision::Allow) => resource,
        _ => identity,
    }
}

/// Where no policy says anything, an access control list may still grant the check to everybody.
fn or_acl(authority: &Authority<'_>, verdict: Verdict) -> Verdict {
    match (verdict.decision, authority.resource.acl) {
        (Decision::ImplicitDeny, Some(_)) => {
            Verdict { decision: Decision::Allow, layer: Layer::Acl }
        }
        _ => verdict,
    }
}

fn both(identity: Verdict, resource: Decision) -> Verdict {
    let resource = Verdict { decision: resource, layer: Layer::Resource };
    match (identity.decision, resource.decision) {
        (Decision::ExplicitDeny, _) => identity,
        (_, Decision::ExplicitDeny) | (Decision::Allow, _) => resource,
        _ => identity,
    }
}

fn without_allow(verdict: Verdict) -> Verdict {
    match verdict.decision {
        Decision::Allow => Verdict { decision: Decision::ImplicitDeny, ..verdict },
        _ => verdict,
    }
}

#[cfg(test)]
mod tests;
