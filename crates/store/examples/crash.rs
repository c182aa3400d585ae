//! Simulated power failures: `cargo run -p rolecall-store --example crash -- --points N [--seed
//! S]`, of each engine.

use std::error::Error;

#[path = "../tests/it/crash.rs"]
mod crash;
#[path = "../tests/it/disk.rs"]
#[expect(dead_code, reason = "its faults are for the tests, which share it")]
mod disk;
#[path = "../tests/it/engine.rs"]
#[expect(dead_code, reason = "its folders are for the tests, which share it")]
mod engine;

#[expect(clippy::print_stdout, reason = "the outcome is for whoever runs the example")]
fn main() -> Result<(), Box<dyn Error>> {
    let (mut points, mut seed) = (100_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("usage: crash [--points N] [--seed S]")?;
        match name.as_str() {
            "--points" => points = value.parse()?,
            "--seed" => seed = value.parse()?,
            _ => return Err(format!("`{name}` is no argument: --points N, --seed S").into()),
        }
    }
    for (name, engine) in [("in memory", engine::IN_MEMORY), ("on disk", engine::ON_DISK)] {
        let cuts = crash::cut(engine, disk::Habit::Honest, points, seed)?;
        println!(
            "{name}: {} cuts, {} with lost or torn writes, {} with a commit in flight kept: \
             nothing lost",
            cuts.points, cuts.torn, cuts.in_flight_kept
        );
    }
    Ok(())
}
