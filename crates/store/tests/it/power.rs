//! Simulated power failures, some thousand of them; `examples/crash.rs` runs as many as one likes.

use crate::crash::cut;
use crate::disk::Habit;

#[test]
fn every_cut_leaves_what_was_acknowledged() {
    check(1);
}

#[test]
fn and_so_it_does_for_another_seed() {
    check(2);
}

fn check(seed: u64) {
    let cuts = cut(Habit::Honest, 2_000, seed).unwrap();
    assert_eq!(cuts.points, 2_000);
    // The simulation is worth something only if it tears, and finds commits in flight.
    assert!(cuts.torn > 400 && cuts.in_flight_kept > 10, "{cuts:?}");
}

#[test]
fn a_disk_that_lies_about_its_syncs_is_found_out() {
    assert!(cut(Habit::Lying, 200, 1).is_err());
}
