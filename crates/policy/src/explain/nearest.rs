//! The Allow that came nearest, found with bounded work.

use std::sync::Arc;

use rolecall_types::SmolStr;

use super::{Lack, NearMiss};
use crate::document::{Effect, Statement};
use crate::operator::Family;
use crate::resource::ResourcePattern;
use crate::set::Rule;
use crate::{Check, Condition, Context, PolicySet, Resource};

/// The most work in search of the nearest statement, in bytes that are compared: some ten
/// milliseconds, and enough for twenty policies of full length in common use. Whoever may do
/// nothing chooses the texts that are compared, and some policies make each byte of a text be
/// compared with each of a pattern. What comes behind the bound is not looked at, and the
/// explanation says so.
const WORK_MAX: usize = 8 << 20;

/// The work that may still be done.
pub(super) struct Budget {
    left: usize,
    /// Whether something was left out for want of it.
    pub(super) exceeded: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: WORK_MAX, exceeded: false }
    }
}

impl Budget {
    /// The work that was done.
    #[cfg(test)]
    pub(super) fn spent(&self) -> usize {
        WORK_MAX - self.left
    }

    /// Takes the work out of the budget; whether there is that much.
    fn spend(&mut self, work: usize) -> bool {
        let left = self.left.checked_sub(work);
        self.exceeded |= left.is_none();
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// The best statement so far.
struct Best<'a> {
    rule: &'a Rule,
    /// How many of its elements did not match.
    missed: usize,
    /// Its conditions that are not met, where they were looked at already.
    unmet: Option<Vec<&'a Condition>>,
}

impl<'a> Best<'a> {
    fn new(rule: &'a Rule, missed: usize) -> Self {
        Self { rule, missed, unmet: None }
    }

    /// Looks at the conditions, once.
    fn unmet(&mut self, context: &Context, budget: &mut Budget) -> &[&'a Condition] {
        self.unmet.get_or_insert_with(|| {
            let affordable = |it: &&Condition| budget.spend(condition_work(it, context));
            let conditions = self.rule.statement.conditions().iter();
            conditions.take_while(affordable).filter(|it| !it.holds(context)).collect()
        })
    }
}

/// The Allow that lacks least.
///
/// A statement about something else is farther away than one about this request whose conditions
/// are not met, however many: so conditions are compared only between statements whose elements
/// are equally near.
pub(super) fn nearest(
    sets: &[&PolicySet],
    check: &Check<'_>,
    budget: &mut Budget,
) -> Option<NearMiss> {
    let mut best: Option<Best<'_>> = None;
    for rule in sets.iter().flat_map(|set| set.rules()) {
        if rule.statement.effect != Effect::Allow {
            continue;
        }
        if !budget.spend(elements_work(&rule.statement, check)) {
            break;
        }
        let mut this = Best::new(rule, missed(&rule.statement, check).count());
        let nearer = best.as_mut().is_none_or(|best| {
            this.missed < best.missed
                || this.missed == best.missed && {
                    let known = best.unmet(check.context, budget).len();
                    // One whose conditions could not all be looked at is not known to be nearer.
                    this.unmet(check.context, budget).len() < known && !budget.exceeded
                }
        });
        if nearer {
            best = Some(this);
        }
        if budget.exceeded {
            break;
        }
    }
    let mut best = best?;
    let unmet = best.unmet(check.context, budget).to_vec();
    let Best { rule, .. } = best;
    let conditions = unmet.into_iter().map(|condition| lack(condition, check.context));
    let lacks: Vec<Lack> = missed(&rule.statement, check).chain(conditions).collect();
    // A statement that matches and does not count, such as a stranger's at a bucket, lacks nothing.
    (!lacks.is_empty()).then(|| NearMiss {
        source: Arc::clone(&rule.source),
        statement: rule.number,
        lacks,
    })
}

/// The elements that do not match.
fn missed(statement: &Statement, check: &Check<'_>) -> impl Iterator<Item = Lack> {
    [
        (statement.covers_action(check), Lack::Action),
        (statement.covers_resource(check), Lack::Resource),
        (statement.covers_principal(check), Lack::Principal),
    ]
    .into_iter()
    .filter_map(|(covered, lack)| (!covered).then_some(lack))
}

fn lack(condition: &Condition, context: &Context) -> Lack {
    Lack::Condition {
        operator: condition.operator().name(),
        key: condition.key().to_owned(),
        wanted: condition.values().to_vec(),
        given: context.get(condition.key()).map(<[String]>::to_vec),
    }
}

/// The most bytes that are compared to see which elements of a statement match.
fn elements_work(statement: &Statement, check: &Check<'_>) -> usize {
    let actions = statement.actions().map(|pattern| pattern_work(pattern, check.action));
    let resources = statement.resources.iter().flat_map(|resources| &resources.patterns);
    let resources = resources.map(|pattern| resource_work(pattern, check.resource));
    let principals = statement.principals().iter().map(|trustee| trustee.text().len());
    actions.chain(resources).chain(principals).fold(1, usize::saturating_add)
}

fn resource_work(pattern: &ResourcePattern, resource: &Resource) -> usize {
    let (ResourcePattern::Named(named), Resource::Named(arn)) = (pattern, resource) else {
        return 1;
    };
    let relative = named.relative.text();
    let scope = pattern.text().len().saturating_sub(relative.len());
    let place = [&arn.service, &arn.region, &arn.account].map(SmolStr::len);
    let place = place.into_iter().fold(1, usize::saturating_add);
    pattern_work(relative, &arn.relative).saturating_add(scope.saturating_mul(place))
}

fn condition_work(condition: &Condition, context: &Context) -> usize {
    let given = context.get(condition.key()).unwrap_or_default();
    let compared = given.iter().map(|given| {
        let values = condition.values().iter().map(|value| match condition.operator().family {
            Family::Like => pattern_work(value, given),
            _ => value.len().max(1),
        });
        values.fold(given.len(), usize::saturating_add)
    });
    compared.fold(1, usize::saturating_add)
}

/// The most bytes that are compared to match a text: where a wildcard stands inside, each of the
/// text with each of the pattern.
fn pattern_work(pattern: &str, text: &str) -> usize {
    let ahead = pattern.strip_suffix('*').unwrap_or(pattern);
    let times = if ahead.contains(['*', '?']) { text.len() } else { 1 };
    pattern.len().max(1).saturating_mul(times.max(1))
}
