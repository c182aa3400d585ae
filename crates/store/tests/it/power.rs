//! Simulated power failures, some thousand of them; `examples/crash.rs` runs as many as one likes.

#[test]
fn every_cut_leaves_what_was_acknowledged() {
    let cuts = crate::crash::cut(3_000, 1).unwrap();
    assert_eq!(cuts.points, 3_000);
    // The simulation is worth something only if it tears, and finds commits in flight.
    assert!(cuts.torn > 500 && cuts.in_flight_kept > 20, "{cuts:?}");
}
