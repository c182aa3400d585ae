//! Why a decision fell as it did, for a person: the statement that decided, the one that came
//! nearest, and what would help.
//!
//! Nothing here is asked where a request is allowed. Where one is denied the work is bounded by
//! [`WORK_MAX`], for who may do nothing may ask all the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::authority::Combine;
use crate::document::{Effect, Statement};
use crate::set::Rule;
use crate::{Authority, Check, Decision, Layer, PolicySet, Source, Verdict, decide};

mod remedy;
mod text;

pub use remedy::Remedy;

/// The most patterns and values that are compared in search of the nearest statement: those of some
/// twenty policies of full length. What comes behind them is not looked at, and the explanation
/// says so.
const WORK_MAX: usize = 8_192;

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

/// Decides a check under all documents that bind a caller and says why, by the layer that decided.
/// The decision is that of [`decide`].
pub fn explain(authority: &Authority<'_>, check: &Check<'_>) -> Explanation {
    let check = Check { principal: Some(authority.principal), ..*check };
    let verdict = decide(authority, &check);
    let deciding = deciding(authority, &check, verdict);
    let missed = verdict.decision == Decision::ImplicitDeny;
    let (nearest, truncated) = if missed {
        nearest(&asked_sets(authority, &check, verdict), &check)
    } else {
        (None, false)
    };
    let (remedies, blocked) =
        if missed { remedy::find(authority, &check) } else { (Vec::new(), None) };
    Explanation {
        action: check.action.to_owned(),
        resource: check.resource.to_string(),
        decision: verdict.decision,
        layer: verdict.layer,
        deciding,
        nearest,
        remedies,
        blocked,
        truncated,
    }
}

/// The statement by which a verdict fell.
fn deciding(authority: &Authority<'_>, check: &Check<'_>, verdict: Verdict) -> Option<Deciding> {
    let decided = |rule: &&Rule| rule.statement.decision() == verdict.decision;
    let sets = asked_sets(authority, check, verdict);
    let rule = sets.iter().filter_map(|set| set.deciding(check)).find(decided)?;
    Some(Deciding {
        layer: verdict.layer,
        source: Arc::clone(&rule.source),
        statement: rule.number,
        effect: rule.statement.effect,
    })
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
        Layer::Root => Vec::new(),
        Layer::Control => refusing(authority.control),
        Layer::Session => refusing(authority.sessions),
        Layer::Identity | Layer::ResourceGroup if missed => {
            let either = authority.resource.filter(|_| authority.combine == Combine::Or);
            [authority.identity, authority.resource_group]
                .concat()
                .into_iter()
                .chain(either)
                .collect()
        }
        Layer::Identity => authority.identity.to_vec(),
        Layer::ResourceGroup => authority.resource_group.to_vec(),
        Layer::Resource => authority.resource.into_iter().collect(),
    }
}

/// The Allow that lacks least, and whether some were not looked at.
fn nearest(sets: &[&PolicySet], check: &Check<'_>) -> (Option<NearMiss>, bool) {
    let mut best: Option<(&Rule, (usize, usize))> = None;
    let (mut work, mut truncated) = (0_usize, false);
    for rule in sets.iter().flat_map(|set| set.rules()) {
        if rule.statement.effect != Effect::Allow {
            continue;
        }
        work = work.saturating_add(rule.statement.size());
        if work > WORK_MAX {
            truncated = true;
            break;
        }
        let distance = distance(&rule.statement, check);
        if best.is_none_or(|(_, known)| distance < known) {
            best = Some((rule, distance));
        }
    }
    // A statement that matches and does not count, such as a stranger's at a bucket, lacks nothing.
    let nearest = best.filter(|(_, distance)| *distance != (0, 0)).map(|(rule, _)| NearMiss {
        source: Arc::clone(&rule.source),
        statement: rule.number,
        lacks: lacks(&rule.statement, check),
    });
    (nearest, truncated)
}

/// How far a statement is from a match. A statement about something else is farther away than one
/// about this request whose conditions are not met, however many.
fn distance(statement: &Statement, check: &Check<'_>) -> (usize, usize) {
    let elements = [
        statement.covers_action(check),
        statement.covers_resource(check),
        statement.covers_principal(check),
    ];
    let missed = elements.into_iter().filter(|covered| !covered).count();
    let unmet = statement.conditions().iter().filter(|condition| !condition.holds(check.context));
    (missed, unmet.count())
}

fn lacks(statement: &Statement, check: &Check<'_>) -> Vec<Lack> {
    let mut lacks = Vec::new();
    if !statement.covers_action(check) {
        lacks.push(Lack::Action);
    }
    if !statement.covers_resource(check) {
        lacks.push(Lack::Resource);
    }
    if !statement.covers_principal(check) {
        lacks.push(Lack::Principal);
    }
    for condition in statement.conditions() {
        if !condition.holds(check.context) {
            lacks.push(Lack::Condition {
                operator: condition.operator().name(),
                key: condition.key().to_owned(),
                wanted: condition.values().to_vec(),
                given: check.context.get(condition.key()).map(<[String]>::to_vec),
            });
        }
    }
    lacks
}

impl Statement {
    /// How many patterns and values a comparison with it looks at.
    fn size(&self) -> usize {
        let resources = self.resources.as_ref().map_or(0, |it| it.patterns.len());
        let values = self.conditions.iter().map(|condition| condition.values().len());
        [self.actions.patterns.len(), resources, self.principals().len(), 1]
            .into_iter()
            .chain(values)
            .fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests;
