use std::num::NonZeroU64;

use rolecall_testkit::compare::{compare, compare_documents};
use rolecall_testkit::fuzz::engine;

const THREADS: NonZeroU64 = NonZeroU64::new(2).unwrap();

#[test]
fn the_engine_decides_as_the_oracle_does() {
    let report = compare(1, 60_000, THREADS, engine::answer);
    assert_eq!(report.differing, 0, "{report}");
    assert!(report.allowed > 12_000, "too few cases are allowed: {report}");
    assert!(report.explicit > 4_000, "too few cases are denied explicitly: {report}");
}

#[test]
fn the_engine_takes_the_documents_that_the_oracle_takes() {
    let report = compare_documents(1, 20_000, THREADS, engine::accepts);
    assert_eq!(report.differing, 0, "{report}");
    assert!(report.allowed > 4_000 && report.implicit > 4_000, "one-sided: {report}");
}
