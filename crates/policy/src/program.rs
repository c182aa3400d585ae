//! Statements made ready to be compared: what many of them share is kept once.
//!
//! Thousands of policies of one principal mostly repeat the same lists of actions, the same
//! conditions and the same regions and accounts. Kept once they stay in the processor's cache, and
//! a decision touches little memory besides.

use std::collections::HashMap;
use std::hash::Hash;

use crate::Check;
use crate::Resource;
use crate::condition::Condition;
use crate::document::{Effect, Selector, Statement};
use crate::glob::Glob;
use crate::index::{Candidate, Target};
use crate::resource::{ArnPattern, ArnScope, ResourcePattern, relative_matches};
use crate::trustee::Trustee;

/// The statements of one set.
#[derive(Debug)]
pub(crate) struct Program {
    rules: Vec<Rule>,
    patterns: Vec<Pattern>,
    actions: Vec<Selector<Glob>>,
    scopes: Vec<ArnScope>,
    resources: Vec<Selector<ResourcePattern>>,
    principals: Vec<Vec<Trustee>>,
    conditions: Vec<Vec<Condition>>,
}

/// A statement; the numbers are places in the vectors above.
#[derive(Debug)]
struct Rule {
    actions: usize,
    conditions: usize,
    principals: Option<usize>,
}

/// A pattern of a resource.
#[derive(Debug)]
struct Pattern {
    relative: Glob,
    scope: usize,
}

impl Program {
    /// Compiles statements, and tells for each resource pattern which candidate it makes.
    pub(crate) fn build<'a>(
        statements: impl IntoIterator<Item = &'a Statement>,
        mut file: impl FnMut(Candidate, &'a Statement, Option<&'a ArnPattern>),
    ) -> Self {
        let mut actions = Interner::default();
        let mut scopes = Interner::default();
        let mut resources = Interner::default();
        let mut principals = Interner::default();
        let mut conditions = Interner::default();
        let (mut rules, mut patterns) = (Vec::new(), Vec::new());
        for (rule, statement) in statements.into_iter().enumerate() {
            rules.push(Rule {
                actions: actions.intern(&statement.actions),
                conditions: conditions.intern(&statement.conditions),
                principals: statement.principals.as_ref().map(|list| principals.intern(list)),
            });
            let deny = statement.effect == Effect::Deny;
            match &statement.resources {
                None => file(Candidate { rule, target: Target::All, deny }, statement, None),
                Some(excluded) if excluded.inverted => {
                    let target = Target::Excluded(resources.intern(excluded));
                    file(Candidate { rule, target, deny }, statement, None);
                }
                Some(listed) => {
                    for pattern in &listed.patterns {
                        let (target, named) = match pattern {
                            ResourcePattern::Everything => (Target::All, None),
                            ResourcePattern::Named(named) => {
                                let scope = scopes.intern(&named.scope);
                                patterns.push(Pattern { relative: named.relative.clone(), scope });
                                (Target::Pattern(patterns.len().saturating_sub(1)), Some(&**named))
                            }
                        };
                        file(Candidate { rule, target, deny }, statement, named);
                    }
                }
            }
        }
        Self {
            rules,
            patterns,
            actions: actions.values,
            scopes: scopes.values,
            resources: resources.values,
            principals: principals.values,
            conditions: conditions.values,
        }
    }

    /// Whether a candidate's statement matches by the candidate's pattern.
    pub(crate) fn matches(&self, candidate: Candidate, check: &Check<'_>) -> bool {
        self.covers_resource(candidate.target, check.resource)
            && self.rules.get(candidate.rule).is_some_and(|rule| {
                self.covers_action(rule, check)
                    && self.covers_principal(rule, check)
                    && self.meets_conditions(rule, check)
            })
    }

    fn covers_resource(&self, target: Target, resource: &Resource) -> bool {
        match (target, resource) {
            (Target::All, _) => true,
            (Target::Excluded(number), _) => self
                .resources
                .get(number)
                .is_some_and(|excluded| excluded.selects(|pattern| pattern.matches(resource))),
            (Target::Pattern(_), Resource::Any) => false,
            (Target::Pattern(number), Resource::Named(arn)) => {
                self.patterns.get(number).is_some_and(|pattern| {
                    relative_matches(&pattern.relative, arn)
                        && self.scopes.get(pattern.scope).is_some_and(|scope| scope.matches(arn))
                })
            }
        }
    }

    fn covers_action(&self, rule: &Rule, check: &Check<'_>) -> bool {
        let actions = self.actions.get(rule.actions);
        actions.is_some_and(|a| a.selects(|pattern| pattern.matches_folded(check.action)))
    }

    fn covers_principal(&self, rule: &Rule, check: &Check<'_>) -> bool {
        rule.principals.is_none_or(|number| {
            let unconditional = self.conditions.get(rule.conditions).is_none_or(Vec::is_empty);
            let principals = self.principals.get(number);
            principals.is_some_and(|list| Trustee::any_names(list, unconditional, check))
        })
    }

    fn meets_conditions(&self, rule: &Rule, check: &Check<'_>) -> bool {
        let conditions = self.conditions.get(rule.conditions);
        conditions.is_some_and(|list| list.iter().all(|condition| condition.holds(check.context)))
    }
}

/// Keeps equal values once.
struct Interner<'a, T> {
    numbers: HashMap<&'a T, usize>,
    values: Vec<T>,
}

impl<T> Default for Interner<'_, T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<'a, T: Clone + Eq + Hash> Interner<'a, T> {
    fn intern(&mut self, value: &'a T) -> usize {
        let next = self.values.len();
        let number = *self.numbers.entry(value).or_insert(next);
        if number == next {
            self.values.push(value.clone());
        }
        number
    }
}
