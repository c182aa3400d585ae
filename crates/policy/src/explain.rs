//! Why a decision fell as it did, for a person.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use crate::authority::layer_sets;
use crate::document::{Effect, Statement};
use crate::set::Rule;
use crate::{Authority, Check, Decision, Layer, PolicySet, Source, decide};

/// Why a decision fell as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// The documents that decided, where more than one layer was asked.
    pub layer: Option<Layer>,
    /// The statement that decided; `None` where none matched.
    pub deciding: Option<Deciding>,
    /// Where nothing matched, the Allow that came nearest.
    pub nearest: Option<NearMiss>,
    /// Where nothing matched, the smallest identity policy that would allow the request, as JSON.
    /// A Deny cannot be helped by another policy.
    pub remedy: Option<String>,
    asked: String,
}

/// A statement, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// The document.
    pub source: Arc<Source>,
    /// The statement's number in it, from 1.
    pub statement: usize,
    /// What the statement does.
    pub effect: Effect,
}

/// A statement that did not match, and what it lacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The document.
    pub source: Arc<Source>,
    /// The statement's number in it, from 1.
    pub statement: usize,
    /// Everything that did not match, one at least.
    pub lacks: Vec<Lack>,
}

/// One thing that did not match.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl PolicySet {
    /// Decides a check and says why. It looks at every statement: not for every request.
    pub fn explain(&self, check: &Check<'_>) -> Explanation {
        Explanation::new(&[self], check)
    }
}

/// Decides a check under all documents that bind a caller and says why, by the layer that decided.
pub fn explain(authority: &Authority<'_>, check: &Check<'_>) -> Explanation {
    let verdict = decide(authority, check);
    let check = Check { principal: Some(authority.principal), ..*check };
    let sets = layer_sets(authority, &check, verdict.layer);
    let mut explanation = Explanation::new(&sets, &check);
    explanation.decision = verdict.decision;
    explanation.layer = Some(verdict.layer);
    explanation
}

impl Explanation {
    fn new(sets: &[&PolicySet], check: &Check<'_>) -> Self {
        let mut deciding: Option<&Rule> = None;
        let mut nearest: Option<(&Rule, Vec<Lack>)> = None;
        for rule in sets.iter().flat_map(|set| set.rules()) {
            let lacks = lacks(&rule.statement, check);
            let effect = rule.statement.effect;
            let denied = deciding.is_some_and(|rule| rule.statement.effect == Effect::Deny);
            if lacks.is_empty() {
                if deciding.is_none() || (effect == Effect::Deny && !denied) {
                    deciding = Some(rule);
                }
            } else if effect == Effect::Allow
                && nearest.as_ref().is_none_or(|(_, known)| distance(&lacks) < distance(known))
            {
                nearest = Some((rule, lacks));
            }
        }
        let decision = deciding.map_or(Decision::ImplicitDeny, |rule| rule.statement.decision());
        let missed = decision == Decision::ImplicitDeny;
        Self {
            decision,
            layer: None,
            deciding: deciding.map(|rule| Deciding {
                source: Arc::clone(&rule.source),
                statement: rule.number,
                effect: rule.statement.effect,
            }),
            nearest: nearest.filter(|_| missed).map(|(rule, lacks)| NearMiss {
                source: Arc::clone(&rule.source),
                statement: rule.number,
                lacks,
            }),
            remedy: missed.then(|| remedy(check)),
            asked: format!("{} on {}", check.action, check.resource),
        }
    }
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

/// How far a statement is from a match. A statement about something else is farther away than one
/// about this request whose conditions are not met, however many.
fn distance(lacks: &[Lack]) -> (usize, usize) {
    let conditions = lacks.iter().filter(|lack| matches!(lack, Lack::Condition { .. })).count();
    (lacks.len().saturating_sub(conditions), conditions)
}

fn remedy(check: &Check<'_>) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Action": check.action,
        "Resource": check.resource.to_string(),
    });
    json!({ "Version": "1", "Statement": [statement] }).to_string()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decision {
            Decision::Allow => write!(f, "allowed: {}", self.asked)?,
            Decision::ExplicitDeny => write!(f, "denied explicitly: {}", self.asked)?,
            Decision::ImplicitDeny => write!(f, "denied, for nothing allows it: {}", self.asked)?,
        }
        if let Some(layer) = self.layer {
            write!(f, "\ndecided by {layer}")?;
        }
        if let Some(Deciding { source, statement, effect }) = &self.deciding {
            write!(f, "\n{effect} in {source}, statement {statement}")?;
        }
        if let Some(NearMiss { source, statement, lacks }) = &self.nearest {
            write!(f, "\nnearest is {source}, statement {statement}")?;
            for lack in lacks {
                write!(f, "\n  {lack}")?;
            }
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\nthis policy would allow it: {remedy}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "ownership: the account itself asks",
            Self::Control => "a control policy",
            Self::Session => "the session's policy",
            Self::Identity => "identity policies",
            Self::ResourceGroup => "identity policies of the resource group",
            Self::Resource => "the resource's own policy",
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.policy_type.as_str();
        write!(f, "{kind} policy `{}`", self.name)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action => f.write_str("it does not cover the action"),
            Self::Resource => f.write_str("it does not cover the resource"),
            Self::Principal => f.write_str("it does not name the caller"),
            Self::Condition { operator, key, wanted, given } => {
                write!(f, "{operator} {key} [{}] is not met: ", wanted.join(", "))?;
                match given {
                    None => f.write_str("the request does not have the key"),
                    Some(given) => write!(f, "the request has [{}]", given.join(", ")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
