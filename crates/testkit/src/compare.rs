//! Runs an engine against the oracle and shrinks what they disagree about.

mod batches;
mod shrink;

use std::fmt;
use std::num::NonZeroU64;
use std::ops::Range;
use std::thread;

use serde::Serialize;
use serde_json::Value;

pub use self::batches::{Comparison, Counts, compare_batches};
use crate::generate;
use crate::oracle::{Answer, Case, Kind, evaluate, well_formed};

/// A report keeps at most so many disagreements of each thread: one fault often shows in many
/// cases.
pub const DISAGREEMENTS_KEPT: usize = 10;

/// What a comparison found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases or documents compared.
    pub cases: u64,
    /// Cases the oracle allowed, or documents it accepted.
    pub allowed: u64,
    /// Cases the oracle denied explicitly.
    pub explicit: u64,
    /// Cases the oracle denied implicitly, or documents it refused.
    pub implicit: u64,
    /// How often the engine and the oracle differed.
    pub differing: u64,
    /// Some of the differences, shrunk, in the order of their index.
    pub disagreements: Vec<Disagreement>,
}

/// A case about which the engine and the oracle disagree.
#[derive(Debug, Clone, Serialize)]
pub struct Disagreement {
    /// The index that, with the seed, makes the case as it was before it was shrunk.
    pub index: u64,
    /// What the oracle says.
    pub oracle: String,
    /// What the engine says.
    pub engine: String,
    /// The shrunk case, in the shape of the test vectors, or the document.
    pub case: Value,
}

/// Shows the counts and the disagreements, one in a line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, allowed, explicit, implicit, differing, disagreements } = self;
        write!(f, "{cases} cases: {allowed} allowed, {explicit} explicitly denied, ")?;
        write!(f, "{implicit} implicitly denied; {differing} disagreements")?;
        for Disagreement { index, oracle, engine, case } in disagreements {
            write!(f, "\n{index}: oracle {oracle}, engine {engine}: {case}")?;
        }
        Ok(())
    }
}

/// Compares the answers to the first `count` cases of the sequence that `seed` names. An engine
/// answers with an error if it refuses one of the documents; that is a disagreement too.
pub fn compare(
    seed: u64,
    count: u64,
    threads: NonZeroU64,
    engine: impl Fn(&Case) -> Result<Answer, String> + Sync,
) -> Report {
    in_parallel(0..count, threads, |index, report: &mut Report| {
        let case = generate::case(seed, index);
        let oracle = evaluate(&case);
        report.count(oracle);
        if engine(&case) != Ok(oracle) {
            report.add(|| {
                let case = shrink::shrunk(case, |case| engine(case) != Ok(evaluate(case)));
                Disagreement {
                    index,
                    oracle: format!("{:?}", evaluate(&case)),
                    engine: format!("{:?}", engine(&case)),
                    case: serde_json::to_value(&case).unwrap_or_default(),
                }
            });
        }
    })
}

/// Compares which of the first `count` documents of the sequence that `seed` names are accepted.
/// `engine` gets the JSON text of each.
pub fn compare_documents(
    seed: u64,
    count: u64,
    threads: NonZeroU64,
    engine: impl Fn(Kind, &str) -> Result<(), String> + Sync,
) -> Report {
    in_parallel(0..count, threads, |index, report: &mut Report| {
        let (kind, document) = generate::document(seed, index);
        let oracle = well_formed(kind, &document);
        report.cases += 1;
        if oracle.is_ok() {
            report.allowed += 1;
        } else {
            report.implicit += 1;
        }
        let engine = engine(kind, &document.to_string());
        if engine.is_ok() != oracle.is_ok() {
            report.add(|| Disagreement {
                index,
                oracle: format!("{oracle:?}"),
                engine: format!("{engine:?}"),
                case: serde_json::json!({"kind": kind, "document": document}),
            });
        }
    })
}

/// What threads find is put together.
pub(crate) trait Merge: Default + Send {
    fn merge(&mut self, other: Self);
}

pub(crate) fn in_parallel<R: Merge>(
    indices: Range<u64>,
    threads: NonZeroU64,
    compare_one: impl Fn(u64, &mut R) + Sync,
) -> R {
    let work = |first: u64| {
        let mut report = R::default();
        let step = usize::try_from(threads.get()).unwrap_or(usize::MAX);
        for index in indices.clone().skip(usize::try_from(first).unwrap_or(0)).step_by(step) {
            compare_one(index, &mut report);
        }
        report
    };
    let work = &work;
    let mut total = R::default();
    thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads.get()).map(|first| scope.spawn(move || work(first))).collect();
        for thread in running {
            match thread.join() {
                Ok(report) => total.merge(report),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    total
}

impl Report {
    /// Counts a case by the oracle's answer.
    pub(crate) fn count(&mut self, answer: Answer) {
        self.cases += 1;
        match answer {
            Answer::Allow => self.allowed += 1,
            Answer::ExplicitDeny => self.explicit += 1,
            Answer::ImplicitDeny => self.implicit += 1,
        }
    }

    /// Counts a disagreement, and keeps it while there are few.
    pub(crate) fn add(&mut self, disagreement: impl FnOnce() -> Disagreement) {
        self.differing += 1;
        if self.disagreements.len() < DISAGREEMENTS_KEPT {
            self.disagreements.push(disagreement());
        }
    }
}

impl Merge for Report {
    fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        self.allowed += other.allowed;
        self.explicit += other.explicit;
        self.implicit += other.implicit;
        self.differing += other.differing;
        self.disagreements.extend(other.disagreements);
        self.disagreements.sort_by_key(|disagreement| disagreement.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::Combine;

    const TWO: NonZeroU64 = NonZeroU64::new(2).unwrap();

    #[test]
    fn the_oracle_agrees_with_itself() {
        let report = compare(1, 3000, TWO, |case| Ok(evaluate(case)));
        assert_eq!(report.differing, 0, "{report}");
        assert_eq!(report.cases, 3000);
        assert_eq!(report.allowed + report.explicit + report.implicit, 3000);
        let report = compare_documents(1, 3000, TWO, |kind, text| {
            well_formed(kind, &serde_json::from_str(text).unwrap())
        });
        assert_eq!(report.differing, 0, "{report}");
        assert!(report.allowed > 300 && report.implicit > 300, "{report}");
    }

    #[test]
    fn a_faulty_engine_is_found_and_its_fault_shrunk() {
        // This engine forgets the policies of the resource's group.
        let faulty = |case: &Case| {
            let mut case = case.clone();
            case.policies.identity_resource_group.clear();
            Ok(evaluate(&case))
        };
        let report = compare(1, 3000, TWO, faulty);
        assert!(report.differing > 10, "{report}");
        for disagreement in &report.disagreements {
            let case: Case = serde_json::from_value(disagreement.case.clone()).unwrap();
            let [group] = case.policies.identity_resource_group.as_slice() else {
                panic!("not one document: {}", disagreement.case);
            };
            assert!(case.combine == Combine::And || case.policies.identity_account.is_empty());
            assert_eq!(group["Statement"].as_array().unwrap().len(), 1);
            assert_eq!(case.requests.len(), 1);
        }
    }
}
