//! A call of the object service between its audit record and its decision.
//!
//! What a bucket or an object says itself of who may use it, the service that keeps it finds and
//! hands in. The decision stays the one of all calls.

use std::borrow::Cow;
use std::fmt;

use rolecall_api::{ApiError, Authorize, Permit, code};
use rolecall_crypto::KeyRing;
use rolecall_policy::{self as policy, Allowed, Denied, Need, ResourceRules, Verdict};

use crate::Context;
use crate::authorize::{explain, gather, refuse};
use crate::gather::Gathered;

/// What is known of the resource of one need, by whoever keeps that resource.
#[derive(Debug, Clone, Default)]
pub struct ResourceFacts<'a> {
    /// What it says itself of who may use it.
    pub rules: ResourceRules<'a>,
    /// Condition keys that tell of it, such as its tags. None of them is one that the operation
    /// gives the need itself.
    pub conditions: Vec<(Cow<'static, str>, String)>,
}

/// A call whose audit record is open.
pub struct Undecided<'a, O> {
    ring: &'a KeyRing,
    context: &'a Context,
    conditions: policy::Context,
    operation: O,
    needs: Vec<Need>,
    gathered: Gathered<'a>,
}

impl<'a, O: Authorize> Undecided<'a, O> {
    pub(crate) fn new(
        ring: &'a KeyRing,
        context: &'a Context,
        conditions: policy::Context,
        operation: O,
    ) -> Self {
        let needs = operation.needs(&context.scope);
        let gathered = gather(context, &operation);
        Self { ring, context, conditions, operation, needs, gathered }
    }

    /// What is to be done.
    pub fn operation(&self) -> &O {
        &self.operation
    }

    /// The checks that it must pass. Facts come in the same order, one for each.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Whether a policy that binds the caller, or one of the resources, has a condition on a key,
    /// or on one of its family behind a `/`: what no policy looks at need not be found out.
    pub fn looks_at(&self, facts: &[ResourceFacts<'_>], key: &str) -> bool {
        let policies = facts.iter().filter_map(|facts| facts.rules.policy);
        self.gathered.looks_at(key) || policies.into_iter().any(|set| set.looks_at(key))
    }

    /// Decides the call. Where facts do not fit the needs, nothing is allowed.
    pub fn decide(&self, facts: &[ResourceFacts<'_>]) -> Result<Allowed, Denied> {
        // A need without facts could miss a Deny of its resource.
        let needs = if facts.len() == self.needs.len() { self.told(facts) } else { Vec::new() };
        policy::authorize(|place| self.authority(facts, place), &self.conditions, needs)
    }

    /// The verdict of each need by itself, for a call that may be carried out in part.
    pub fn verdicts(&self, facts: &[ResourceFacts<'_>]) -> Vec<Verdict> {
        let verdict = |(place, need): (usize, &Need)| {
            policy::verdict_of(&self.authority(facts, place), &self.conditions, need)
        };
        self.told(facts).iter().enumerate().map(verdict).collect()
    }

    /// Whether the resource of a need denies it, by the need's place, whatever else does.
    pub fn is_denied_by_resource(&self, facts: &[ResourceFacts<'_>], place: usize) -> bool {
        let told = self.told(facts);
        let Some((need, facts)) = told.get(place).zip(facts.get(place)) else { return false };
        let context = need.context_of(&self.conditions);
        let authority = self.gathered.authority_at(facts.rules);
        let check = policy::Check {
            action: need.action,
            resource: &need.resource,
            context: &context,
            principal: Some(authority.principal),
        };
        let policy = facts.rules.policy;
        policy.is_some_and(|set| set.decide(&check) == policy::Decision::ExplicitDeny)
    }

    /// The same call with another operation, such as one that does less.
    #[must_use]
    pub fn with(self, change: impl FnOnce(O) -> O) -> Self {
        Self::new(self.ring, self.context, self.conditions, change(self.operation))
    }

    /// The call, allowed.
    pub fn permit(self, proof: &Allowed) -> Result<Permit<O>, ApiError> {
        Permit::new(Box::new(self.operation), self.context.scope.clone(), proof)
            .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
    }

    /// What the caller reads of a denial, with why it fell for the audit trail.
    pub fn explain(&self, facts: &[ResourceFacts<'_>], denied: &Denied) -> ApiError {
        let error = refuse(self.context, &self.operation, denied);
        let same = |need: &Need| {
            need.action == denied.need.action && need.resource == denied.need.resource
        };
        let place = self.needs.iter().position(same);
        let authority = self.authority(facts, place.unwrap_or(usize::MAX));
        explain(error, self.context, &self.conditions, &authority, denied, self.ring)
    }

    fn authority<'b>(
        &'b self,
        facts: &'b [ResourceFacts<'b>],
        place: usize,
    ) -> policy::Authority<'b> {
        let rules = facts.get(place).map_or_else(ResourceRules::default, |facts| facts.rules);
        self.gathered.authority_at(rules)
    }

    /// The needs with what is known of their resources.
    fn told(&self, facts: &[ResourceFacts<'_>]) -> Vec<Need> {
        let mut needs = self.needs.clone();
        for (need, facts) in needs.iter_mut().zip(facts) {
            need.context.extend(facts.conditions.iter().cloned());
        }
        needs
    }
}

impl<O: fmt::Debug> fmt::Debug for Undecided<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecided")
            .field("operation", &self.operation)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}
