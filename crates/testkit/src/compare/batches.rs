//! Many requests at the same policies.

use std::fmt;
use std::num::NonZeroU64;
use std::ops::Range;

use serde::Serialize;

use super::{DISAGREEMENTS_KEPT, Disagreement, Merge, Report, in_parallel, shrink};
use crate::generate::{Batch, Generator, batch};
use crate::oracle::{Answer, Case, Policies, Questions, Request, evaluate};

/// What a comparison found, by generator.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// The counts for each of [`Generator::ALL`], in its order.
    pub counts: [Counts; Generator::ALL.len()],
    /// Some of the differences, shrunk, in the order of their batches.
    pub disagreements: Vec<Disagreement>,
}

/// How many cases had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All cases.
    pub cases: u64,
    /// Cases that the oracle allowed.
    pub allowed: u64,
    /// Cases that the oracle denied explicitly.
    pub explicit: u64,
    /// Cases that the oracle denied implicitly.
    pub implicit: u64,
    /// Cases of which the engine said something else.
    pub differing: u64,
}

impl Counts {
    /// Counts a case by the oracle's answer.
    pub(super) fn count(&mut self, answer: Answer, differs: bool) {
        self.cases += 1;
        *match answer {
            Answer::Allow => &mut self.allowed,
            Answer::ExplicitDeny => &mut self.explicit,
            Answer::ImplicitDeny => &mut self.implicit,
        } += 1;
        self.differing += u64::from(differs);
    }

    /// The counts of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            cases: self.cases + other.cases,
            allowed: self.allowed + other.allowed,
            explicit: self.explicit + other.explicit,
            implicit: self.implicit + other.implicit,
            differing: self.differing + other.differing,
        }
    }
}

impl From<&Report> for Counts {
    fn from(report: &Report) -> Self {
        let Report { cases, allowed, explicit, implicit, differing, disagreements: _ } = *report;
        Self { cases, allowed, explicit, implicit, differing }
    }
}

/// Shows them in the columns that [`Counts::HEADINGS`] names.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, allowed, explicit, implicit, differing } = self;
        write!(f, "{cases:>12} {allowed:>12} {explicit:>12} {implicit:>12} {differing:>12}")
    }
}

impl Counts {
    /// The headings of the columns.
    pub const HEADINGS: &str = "       cases      allowed     explicit     implicit    differing";
}

impl Comparison {
    /// The counts of all generators.
    pub fn total(&self) -> Counts {
        self.counts.iter().fold(Counts::default(), |total, counts| total.plus(*counts))
    }
}

impl Merge for Comparison {
    fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine = mine.plus(theirs);
        }
        self.disagreements.extend(other.disagreements);
        self.disagreements.sort_by_key(|disagreement| disagreement.index);
    }
}

/// Compares the answers to every question of these batches of the sequence that `seed` names.
/// `engine` answers them in the order of [`Questions::asked`], with an error where it refuses one
/// of the documents; that is a disagreement too. `vectors` are the cases of the published outcomes.
pub fn compare_batches(
    seed: u64,
    batches: Range<u64>,
    threads: NonZeroU64,
    vectors: &[Case],
    engine: impl Fn(&Case, &Questions) -> Result<Vec<Answer>, String> + Sync,
) -> Comparison {
    in_parallel(batches, threads, |index, comparison: &mut Comparison| {
        let Batch { case, questions } = batch(seed, index, vectors);
        let Some(counts) = Generator::ALL
            .iter()
            .zip(&mut comparison.counts)
            .find_map(|(generator, counts)| (*generator == Generator::at(index)).then_some(counts))
        else {
            return;
        };
        let answers = engine(&case, &questions).unwrap_or_default();
        let policies = Policies::read(&case);
        for (place, asked) in questions.asked().enumerate() {
            let oracle = policies.answer(&asked);
            let differs = answers.get(place) != Some(&oracle);
            counts.count(oracle, differs);
            if differs
                && comparison.disagreements.len() < DISAGREEMENTS_KEPT
                && let Some(request) = questions.request(place)
            {
                comparison.disagreements.push(disagreement(index, &case, request, &engine));
            }
        }
    })
}

/// The disagreement about one request, shrunk.
fn disagreement(
    index: u64,
    case: &Case,
    request: Request,
    engine: impl Fn(&Case, &Questions) -> Result<Vec<Answer>, String>,
) -> Disagreement {
    let answer = |case: &Case| {
        let mut answers = Vec::new();
        for request in &case.requests {
            answers.extend(engine(case, &Questions::one(request))?);
        }
        Ok::<_, String>(Answer::of_all(answers))
    };
    let alone = Case { requests: vec![request], ..case.clone() };
    let case = shrink::shrunk(alone, |case| answer(case) != Ok(evaluate(case)));
    Disagreement {
        index,
        oracle: format!("{:?}", evaluate(&case)),
        engine: format!("{:?}", answer(&case)),
        case: serde_json::to_value(&case).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;

    const TWO: NonZeroU64 = NonZeroU64::new(2).unwrap();

    fn cases() -> Vec<Case> {
        vectors::vectors().into_iter().map(|vector| vector.case).collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands for an engine")]
    fn oracle(case: &Case, questions: &Questions) -> Result<Vec<Answer>, String> {
        let policies = Policies::read(case);
        Ok(questions.asked().map(|asked| policies.answer(&asked)).collect())
    }

    #[test]
    fn every_generator_has_every_outcome() {
        let comparison = compare_batches(1, 0..400, TWO, &cases(), oracle);
        assert_eq!(comparison.total().differing, 0);
        assert_eq!(comparison.total().cases, 400 * crate::generate::REQUESTS);
        for (generator, counts) in Generator::ALL.iter().zip(comparison.counts) {
            println!("{generator} {counts}");
            let Counts { cases, allowed, explicit, implicit, differing: _ } = counts;
            let share = |of: u64| of * 100 / cases;
            // What owes nothing to the policies is seldom denied by one of their statements.
            let least = if *generator == Generator::Uniform { 2 } else { 8 };
            assert!(share(allowed) >= least && share(explicit) >= least, "{generator}: {counts}");
            assert!(share(implicit) >= 10, "{generator}: {counts}");
            if *generator == Generator::Directed {
                assert!((30..45).contains(&share(allowed)), "{generator}: {counts}");
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let one = compare_batches(5, 3..40, NonZeroU64::MIN, &cases(), oracle);
        let two = compare_batches(5, 3..40, TWO, &cases(), oracle);
        assert_eq!(one.counts, two.counts);
    }

    #[test]
    fn a_faulty_engine_is_found_and_its_fault_shrunk() {
        // This engine takes every principal of a trust policy for the caller.
        let faulty = |case: &Case, questions: &Questions| {
            let mut case = case.clone();
            for document in &mut case.policies.resource_based {
                for statement in document["Statement"].as_array_mut().into_iter().flatten() {
                    statement.as_object_mut().unwrap().remove("Principal");
                }
            }
            oracle(&case, questions)
        };
        let comparison = compare_batches(1, 0..200, TWO, &cases(), faulty);
        assert!(comparison.total().differing > 100, "{}", comparison.total());
        for disagreement in &comparison.disagreements {
            let case: Case = serde_json::from_value(disagreement.case.clone()).unwrap();
            assert_eq!(case.requests.len(), 1);
            assert_eq!(case.policies.resource_based.len(), 1, "{}", disagreement.case);
        }
    }
}
