//! Compares the policy engine with the oracle. `cargo xtask differential` runs it, and
//! `cargo xtask ledger` writes its counts down.
//!
//! With `--batch` it does so for one batch alone, to look at a disagreement again.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer reads this")]

use std::num::NonZeroU64;
use std::process::ExitCode;
use std::{fs, thread};

use rolecall_testkit::compare::{
    Comparison, Counts, Disagreement, Report, compare_batches, compare_documents,
};
use rolecall_testkit::generate::{Generator, REQUESTS};
use rolecall_testkit::oracle::Case;
use rolecall_testkit::{engine, enumerate, vectors};
use serde_json::json;

/// One document is read or refused for so many cases that are decided.
const CASES_A_DOCUMENT: u64 = 200;

struct Arguments {
    cases: u64,
    seed: u64,
    threads: NonZeroU64,
    batch: Option<u64>,
    report: Option<String>,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!(
                "{fault}; usage: [--cases N] [--seed S] [--threads T] [--batch B] [--report FILE]"
            );
            return ExitCode::from(2);
        }
    };
    let Arguments { cases, seed, threads, batch, report } = arguments;
    let batches = batch.map_or(0..cases.div_ceil(REQUESTS), |batch| batch..batch + 1);
    let vectors: Vec<Case> = vectors::vectors().into_iter().map(|vector| vector.case).collect();
    let decisions = compare_batches(seed, batches, threads, &vectors, engine::answers_to);
    let documents = match batch {
        None => compare_documents(seed, cases / CASES_A_DOCUMENT, threads, engine::accepts),
        Some(_) => Report::default(),
    };
    let enumerated = if batch.is_none() { enumerated(threads) } else { Vec::new() };
    println!("seed {seed}");
    print_counts(&decisions, Counts::from(&documents));
    for report in &enumerated {
        println!("{:>10} {}", "enumerated", Counts::from(report));
    }
    for Disagreement { index, oracle, engine, case } in &decisions.disagreements {
        println!("--seed {seed} --batch {index}: oracle {oracle}, engine {engine}: {case}");
    }
    for Disagreement { index, oracle, engine, case } in &documents.disagreements {
        println!("seed {seed}, document {index}: oracle {oracle}, engine {engine}: {case}");
    }
    for Disagreement { index, oracle, engine, case } in
        enumerated.iter().flat_map(|report| &report.disagreements)
    {
        println!("enumerated, place {index}: oracle {oracle}, engine {engine}: {case}");
    }
    let total = decisions.total();
    let enumerated =
        enumerated.iter().fold(Counts::default(), |total, report| total.plus(report.into()));
    let differing = total.differing + documents.differing + enumerated.differing;
    if let Some(report) = report {
        let counts = json!({
            "seed": seed,
            "decisions": total,
            "documents": Counts::from(&documents),
            "enumerated": enumerated,
        });
        if let Err(error) = fs::write(&report, counts.to_string()) {
            eprintln!("cannot write {report}: {error}");
            return ExitCode::FAILURE;
        }
    }
    if differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every policy of the small scopes.
fn enumerated(threads: NonZeroU64) -> Vec<Report> {
    let scopes = enumerate::scopes();
    scopes.iter().map(|scope| scope.compare(NonZeroU64::MIN, threads, engine::answers_to)).collect()
}

fn print_counts(decisions: &Comparison, documents: Counts) {
    println!("{:>10} {}", "", Counts::HEADINGS);
    for (generator, counts) in Generator::ALL.iter().zip(decisions.counts) {
        println!("{generator:>10} {counts}");
    }
    println!("{:>10} {}", "together", decisions.total());
    println!("{:>10} {documents} (accepted: allowed; refused: implicit)", "documents");
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let mut arguments = Arguments {
        cases: 1_000_000,
        seed: 1,
        threads: NonZeroU64::new(threads).unwrap_or(NonZeroU64::MIN),
        batch: None,
        report: None,
    };
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} lacks its value"))?;
        let fault = |_| format!("{name} takes a number");
        match name.as_str() {
            "--cases" => arguments.cases = value.parse().map_err(fault)?,
            "--seed" => arguments.seed = value.parse().map_err(fault)?,
            "--threads" => arguments.threads = value.parse().map_err(fault)?,
            "--batch" => arguments.batch = Some(value.parse().map_err(fault)?),
            "--report" => arguments.report = Some(value),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(arguments)
}
