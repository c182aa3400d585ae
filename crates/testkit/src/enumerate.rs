//! Small scope: every policy of up to two statements over a few letters, and every request.
//!
//! Faults of a policy engine mostly show in small policies already, and here none of them is left
//! to chance.

use std::num::NonZeroU64;

use serde_json::{Map, Value, json};

use crate::compare::{Disagreement, Report, in_parallel};
use crate::oracle::{Answer, Case, Combine, Layers, Policies, Principal, Questions, Target};

/// Every policy of a small alphabet, and the requests that each of them is asked.
#[derive(Debug, Clone)]
pub struct Scope {
    statements: Vec<Value>,
    questions: Questions,
}

/// Letters of patterns and of what they are compared with.
const PATTERN_LETTERS: [&str; 3] = ["a", "*", "?"];
const NAME_LETTERS: [&str; 2] = ["a", "b"];

/// The scopes: one with longer names of actions, one with longer names of resources.
pub fn scopes() -> [Scope; 2] {
    [Scope::new(2, 1), Scope::new(1, 2)]
}

impl Scope {
    /// Actions and resources have at most so many letters; patterns too, and actions one more
    /// pattern without any.
    fn new(action_letters: usize, resource_letters: usize) -> Self {
        let mut actions = words(&PATTERN_LETTERS, action_letters);
        let mut names = words(&NAME_LETTERS, action_letters);
        if action_letters > 1 {
            actions.push(String::new());
            names.push(String::new());
        }
        let resource = |id: String| format!("acs:s:::{id}");
        let everything = || "*".to_owned();
        let named = words(&PATTERN_LETTERS, resource_letters).into_iter().map(resource);
        let resources: Vec<String> = named.chain([everything()]).collect();
        let asked = words(&NAME_LETTERS, resource_letters).into_iter().map(resource);
        let asked: Vec<String> = asked.chain([everything()]).collect();
        let mut scope = Self { statements: Vec::new(), questions: Questions::default() };
        for action in &actions {
            for resource in &resources {
                scope.statements.extend(statements(&format!("s:{action}"), resource));
            }
        }
        for name in &names {
            for resource in &asked {
                let (action, resource) = (format!("s:{name}"), resource.clone());
                scope.questions.targets.push(Target { action, resource });
            }
        }
        let given = [("k".to_owned(), "a".into())];
        scope.questions.contexts = vec![Map::new(), given.into_iter().collect()];
        scope
    }

    /// The number of places under which [`Scope::case`] finds a policy, or nothing.
    pub fn places(&self) -> u64 {
        let count = self.statements.len() as u64;
        count * (count + 1)
    }

    /// The policy at a place: of one statement, or of two. `None` where the same
    /// two stand at another place the other way round.
    pub fn case(&self, place: u64) -> Option<Case> {
        let count = self.statements.len() as u64;
        let (first, second) = (place / (count + 1), place % (count + 1));
        if second < first {
            return None;
        }
        let statement = |number: u64| self.statements.get(usize::try_from(number).ok()?);
        let statements: Vec<&Value> =
            [statement(first)?].into_iter().chain(statement(second)).collect();
        Some(Case {
            combine: Combine::IdentityOnly,
            principal: Principal::default(),
            policies: Layers {
                identity_account: vec![json!({"Version": "1", "Statement": statements})],
                ..Layers::default()
            },
            requests: Vec::new(),
        })
    }

    /// Compares the answers to every request at the policies of every `step`th place. `engine`
    /// answers them in the order of [`Questions::asked`].
    pub fn compare(
        &self,
        step: NonZeroU64,
        threads: NonZeroU64,
        engine: impl Fn(&Case, &Questions) -> Result<Vec<Answer>, String> + Sync,
    ) -> Report {
        in_parallel(0..self.places().div_ceil(step.get()), threads, |index, report: &mut Report| {
            let place = index * step.get();
            let Some(case) = self.case(place) else { return };
            let answers = engine(&case, &self.questions).unwrap_or_default();
            let policies = Policies::read(&case);
            for (number, asked) in self.questions.asked().enumerate() {
                let oracle = policies.answer(&asked);
                report.count(oracle);
                let answer = answers.get(number);
                if answer != Some(&oracle) {
                    report.add(|| Disagreement {
                        index: place,
                        oracle: format!("{oracle:?}"),
                        engine: format!("{answer:?}"),
                        case: json!({
                            "policy": case.policies.identity_account,
                            "request": self.questions.request(number),
                        }),
                    });
                }
            }
        })
    }
}

/// Every word of one to so many letters.
fn words(letters: &[&str], longest: usize) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut all = Vec::new();
    for _ in 0..longest {
        words = words
            .iter()
            .flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}")))
            .collect();
        all.extend(words.iter().cloned());
    }
    all
}

/// Every statement about these patterns: each effect, each element or its `Not…` twin, with a
/// condition or without.
fn statements(action: &str, resource: &str) -> Vec<Value> {
    let mut statements = Vec::new();
    for effect in ["Allow", "Deny"] {
        for actions in ["Action", "NotAction"] {
            for resources in ["Resource", "NotResource"] {
                for condition in [None, Some(json!({"StringEquals": {"k": "a"}}))] {
                    let mut statement = Map::new();
                    statement.insert("Effect".to_owned(), effect.into());
                    statement.insert(actions.to_owned(), action.into());
                    statement.insert(resources.to_owned(), resource.into());
                    if let Some(condition) = condition {
                        statement.insert("Condition".to_owned(), condition);
                    }
                    statements.push(Value::Object(statement));
                }
            }
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_policy_is_there_once() {
        let scope = Scope::new(1, 1);
        // Three letters and, for resources, `*` too.
        assert_eq!(scope.statements.len(), 16 * 3 * 4);
        assert_eq!(scope.questions.asked().count(), 2 * 2 * 3);
        let policies: Vec<String> = (0..scope.places())
            .filter_map(|place| scope.case(place))
            .map(|case| case.policies.identity_account[0].to_string())
            .collect();
        assert_eq!(policies.len(), 192 + 192 * 193 / 2);
        assert_eq!(policies.iter().collect::<BTreeSet<_>>().len(), policies.len());
    }
}
