//! Why a decision fell as it did, for a person: the statement that decided, the one that came
//! nearest, and what would help.
//!
//! Nothing here is asked where a request is allowed. Where one is denied the work is bounded, for
//! who may do nothing may ask all the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::authority::Combine;
use crate::document::Effect;
use crate::set::Rule;
use crate::{
    AclGrant, Authority, BlockedAt, Check, Decision, Layer, PolicySet, Resource, Source, Verdict,
    decide,
};

mod nearest;
mod remedy;
mod text;

use nearest::{Budget, nearest};
pub use remedy::Remedy;

/// Why a decision fell as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The action that was asked for.
    pub action: String,
    /// The resource, as its name or `*`.
    pub resource: String,
    /// The decision.
    pub decision: Decision,
    /// The documents that decided.
    pub layer: Layer,
    /// The statement that decided; `None` where none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deciding: Option<Deciding>,
    /// The access control list that decided, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<AclGrant>,
    /// What would have allowed the request, were it not for block public access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// Where nothing matched, the Allow that came nearest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<NearMiss>,
    /// What must be added so that the request is allowed: all of them, each the smallest of its
    /// layer. Empty where the request is allowed, and where no policy can help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
    /// Where nothing matched: the Deny that would refuse the request even if the layer that decided
    /// allowed it. There are no remedies then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Deciding>,
    /// Whether something was left out: statements that were not looked at, or words that had no
    /// room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// A statement, by its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deciding {
    /// The documents that it is one of.
    pub layer: Layer,
    /// The document.
    pub source: Arc<Source>,
    /// The statement's number in it, from 1.
    pub statement: usize,
    /// What the statement does.
    pub effect: Effect,
}

impl Deciding {
    fn of(rule: &Rule, layer: Layer) -> Self {
        Self {
            layer,
            source: Arc::clone(&rule.source),
            statement: rule.number,
            effect: rule.statement.effect,
        }
    }
}

/// What the resource would grant to everybody, left without force by block public access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// Where that is switched on.
    pub at: BlockedAt,
    /// The public statement that would allow the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Deciding>,
    /// The access control list that would grant it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<AclGrant>,
}

impl Ignored {
    /// What of a denied check is so, if anything is.
    pub fn of(authority: &Authority<'_>, check: &Check<'_>) -> Option<Self> {
        let check = Check { principal: Some(authority.principal), ..*check };
        let blocked = authority.resource.blocked?;
        let statement = blocked.policy.and_then(|set| set.deciding(&check));
        let statement = statement.map(|rule| Deciding::of(rule, Layer::Resource));
        let some = statement.is_some() || blocked.acl.is_some();
        some.then_some(Self { at: blocked.at, statement, acl: blocked.acl })
    }
}

/// A statement that did not match, and what it lacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMiss {
    /// The document.
    pub source: Arc<Source>,
    /// The statement's number in it, from 1.
    pub statement: usize,
    /// Everything that did not match, one at least.
    pub lacks: Vec<Lack>,
}

/// One thing that did not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lack {
    /// The statement does not cover the action.
    Action,
    /// The statement does not cover the resource.
    Resource,
    /// The statement does not name the caller.
    Principal,
    /// A condition is not met.
    Condition {
        /// The operator, as it is written.
        operator: String,
        /// The condition key.
        key: String,
        /// What the document lists.
        wanted: Vec<String>,
        /// What the request gave; `None` where the key was absent.
        given: Option<Vec<String>>,
    },
}

impl Explanation {
    /// What was decided and by which layer, without a search for what came near or would help.
    pub fn brief(action: &str, resource: &Resource, verdict: Verdict) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.to_string(),
            decision: verdict.decision,
            layer: verdict.layer,
            deciding: None,
            acl: None,
            ignored: None,
            nearest: None,
            remedies: Vec::new(),
            blocked: None,
            truncated: false,
        }
    }
}

/// Decides a check under all documents that bind a caller and says why, by the layer that decided.
/// The decision is that of [`decide`].
pub fn explain(authority: &Authority<'_>, check: &Check<'_>) -> Explanation {
    let check = Check { principal: Some(authority.principal), ..*check };
    let verdict = decide(authority, &check);
    let deciding = deciding(authority, &check, verdict);
    let missed = verdict.decision == Decision::ImplicitDeny;
    let acl = authority.resource.acl.filter(|_| verdict.layer == Layer::Acl);
    let ignored = if missed { Ignored::of(authority, &check) } else { None };
    let mut budget = Budget::default();
    let (nearest, (remedies, blocked)) = if missed {
        let sets = asked_sets(authority, &check, verdict);
        (nearest(&sets, &check, &mut budget), remedy::find(authority, &check, verdict))
    } else {
        Default::default()
    };
    let truncated = budget.exceeded;
    let brief = Explanation::brief(check.action, check.resource, verdict);
    Explanation { deciding, acl, ignored, nearest, remedies, blocked, truncated, ..brief }
}

/// The statement by which a verdict fell.
fn deciding(authority: &Authority<'_>, check: &Check<'_>, verdict: Verdict) -> Option<Deciding> {
    if verdict.decision == Decision::ImplicitDeny {
        return None;
    }
    let decided = |rule: &&Rule| rule.statement.decision() == verdict.decision;
    let sets = asked_sets(authority, check, verdict);
    let rule = sets.iter().filter_map(|set| set.deciding(check)).find(decided)?;
    Some(Deciding::of(rule, verdict.layer))
}

/// The sets by which a verdict fell: of those that must each allow, the one that refused; where
/// nothing matched, all in which a match would have helped.
fn asked_sets<'a>(
    authority: &Authority<'a>,
    check: &Check<'_>,
    verdict: Verdict,
) -> Vec<&'a PolicySet> {
    let refusing = |sets: &'a [&'a PolicySet]| {
        sets.iter().copied().find(|set| set.decide(check) != Decision::Allow).into_iter().collect()
    };
    let missed = verdict.decision == Decision::ImplicitDeny;
    match verdict.layer {
        Layer::Root | Layer::Acl => Vec::new(),
        Layer::Control => refusing(authority.control),
        Layer::Session => refusing(authority.sessions),
        Layer::Identity | Layer::ResourceGroup if missed => {
            let either = authority.resource.policy.filter(|_| authority.combine == Combine::Or);
            [authority.identity, authority.resource_group]
                .concat()
                .into_iter()
                .chain(either)
                .collect()
        }
        Layer::Identity => authority.identity.to_vec(),
        Layer::ResourceGroup => authority.resource_group.to_vec(),
        Layer::Resource => authority.resource.policy.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
