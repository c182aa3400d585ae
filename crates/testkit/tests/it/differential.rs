use std::num::NonZeroU64;

use rolecall_testkit::compare::{Counts, compare, compare_batches, compare_documents};
use rolecall_testkit::generate::Generator;
use rolecall_testkit::{engine, enumerate, vectors};

const THREADS: NonZeroU64 = NonZeroU64::new(2).unwrap();

#[test]
fn the_engine_decides_as_the_oracle_does() {
    let report = compare(1, 6_000, THREADS, engine::answer);
    assert_eq!(report.differing, 0, "{report}");
    assert!(report.allowed > 1_200, "too few cases are allowed: {report}");
    assert!(report.explicit > 400, "too few cases are denied explicitly: {report}");
}

/// A taste of what `cargo xtask differential` does with millions.
#[test]
fn the_engine_decides_batches_as_the_oracle_does() {
    let vectors: Vec<_> = vectors::vectors().into_iter().map(|vector| vector.case).collect();
    let comparison = compare_batches(1, 0..800, THREADS, &vectors, engine::answers_to);
    assert_eq!(comparison.total().differing, 0, "{:?}", comparison.disagreements);
    for (generator, counts) in Generator::ALL.iter().zip(comparison.counts) {
        let Counts { cases, allowed, explicit, implicit, differing: _ } = counts;
        // What owes nothing to the policies is seldom denied by one of their statements.
        let least = if *generator == Generator::Uniform { cases / 50 } else { cases / 12 };
        assert!(allowed.min(explicit).min(implicit) > least, "one-sided {generator}: {counts}");
    }
}

#[test]
fn the_engine_takes_the_documents_that_the_oracle_takes() {
    let report = compare_documents(1, 8_000, THREADS, engine::accepts);
    assert_eq!(report.differing, 0, "{report}");
    assert!(report.allowed > 1_600 && report.implicit > 1_600, "one-sided: {report}");
}

/// Every few hundredth policy of the small scopes; `cargo xtask differential` compares them all.
#[test]
fn the_engine_decides_small_policies_as_the_oracle_does() {
    for scope in enumerate::scopes() {
        let report = scope.compare(NonZeroU64::new(499).unwrap(), THREADS, engine::answers_to);
        assert_eq!(report.differing, 0, "{report}");
        assert!(report.cases > 5_000, "{report}");
        for outcome in [report.allowed, report.explicit, report.implicit] {
            assert!(outcome * 20 > report.cases, "one-sided: {report}");
        }
    }
}
