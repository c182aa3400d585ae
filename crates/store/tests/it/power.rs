//! Simulated power failures, some thousand of them; `examples/crash.rs` runs as many as one likes.

use crate::crash::cut;
use crate::disk::Habit;
use crate::engine::{Engine, IN_MEMORY, ON_DISK};

#[test]
fn every_cut_leaves_what_was_acknowledged() {
    check(IN_MEMORY, 1);
}

#[test]
fn and_so_it_does_for_another_seed() {
    check(IN_MEMORY, 2);
}

#[test]
fn every_cut_of_a_store_on_disk_leaves_what_was_acknowledged() {
    check(ON_DISK, 1);
}

#[test]
fn and_so_it_does_there_for_another_seed() {
    check(ON_DISK, 2);
}

fn check(engine: Engine, seed: u64) {
    let cuts = cut(engine, Habit::Honest, 2_000, seed).unwrap();
    assert_eq!(cuts.points, 2_000);
    // The simulation is worth something only if it tears, and finds commits in flight.
    assert!(cuts.torn > 400 && cuts.in_flight_kept > 10, "{cuts:?}");
}

#[test]
fn a_disk_that_lies_about_its_syncs_is_found_out() {
    for engine in [IN_MEMORY, ON_DISK] {
        assert!(cut(engine, Habit::Lying, 200, 1).is_err());
    }
}
