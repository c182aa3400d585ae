//! Compares the policy engine with the oracle for as long as is wanted and prints a line for the
//! ledger: date, commit, seed, cases, share allowed, documents, disagreements.
//!
//! `cargo run -p rolecall-testkit --example differential -- --date 2026-01-31 --commit abc1234
//! --cases 1000000 --seed 7`

use std::num::NonZeroU64;
use std::process::ExitCode;
use std::thread;

use rolecall_testkit::compare::{Report, compare, compare_documents};
use rolecall_testkit::fuzz::engine;

struct Arguments {
    date: String,
    commit: String,
    cases: u64,
    seed: u64,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the ledger line is its output")]
fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!("{fault}; usage: --date DATE --commit COMMIT [--cases N] [--seed S]");
            return ExitCode::from(2);
        }
    };
    let Arguments { date, commit, cases, seed } = arguments;
    let threads = thread::available_parallelism()
        .ok()
        .and_then(|threads| NonZeroU64::try_from(threads.get() as u64).ok())
        .unwrap_or(NonZeroU64::MIN);
    let decisions = compare(seed, cases, threads, engine::answer);
    let documents = compare_documents(seed, cases / 10, threads, engine::accepts);
    let differing = decisions.differing + documents.differing;
    println!(
        "{date} {commit} seed={seed} cases={} allowed={} documents={} disagreements={differing}",
        decisions.cases,
        percentage(&decisions),
        documents.cases,
    );
    for report in [decisions, documents] {
        if report.differing > 0 {
            eprintln!("{report}");
        }
    }
    if differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The share of cases that were allowed, such as `25.9%`.
fn percentage(report: &Report) -> String {
    let tenths = report.allowed.saturating_mul(1000).checked_div(report.cases).unwrap_or(0);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut date, mut commit) = (None, None);
    let (mut cases, mut seed) = (1_000_000, 1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} lacks its value"))?;
        let number = || value.parse().map_err(|_| format!("{name} takes a number"));
        match name.as_str() {
            "--cases" => cases = number()?,
            "--seed" => seed = number()?,
            "--date" => date = Some(value),
            "--commit" => commit = Some(value),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    let date = date.ok_or("--date is missing")?;
    Ok(Arguments { date, commit: commit.ok_or("--commit is missing")?, cases, seed })
}
