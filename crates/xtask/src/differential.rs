//! The policy engine against the oracle, optimised.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::{TaskError, run};

/// Cases of one run of CI.
pub(crate) const CI_CASES: u64 = 20_000_000;

/// Where the comparison leaves its counts, under the workspace.
const REPORT: &str = "target/compare/differential.json";

/// Compares and prints the counts; fails where the two disagree. Without a seed among the
/// arguments a random one is taken and printed.
pub(crate) fn check(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    counts(root, arguments).and_then(|(_, outcome)| outcome)
}

/// Compares. The counts come with the outcome, for a run with disagreements counts too.
pub(crate) fn counts(
    root: &Path,
    arguments: &[String],
) -> Result<(Value, Result<(), TaskError>), TaskError> {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seed = random_seed()?.to_string();
    if !arguments.contains(&"--seed") {
        arguments.extend(["--seed", &seed]);
    }
    let mut command = vec!["run", "--quiet", "--locked", "--profile", "compare"];
    command.extend(["--package", "rolecall-testkit", "--no-default-features"]);
    command.extend(["--example", "differential", "--", "--report", REPORT]);
    command.extend(arguments);
    let report = root.join(REPORT);
    // What an earlier run left must not pass for this one's.
    if report.exists() {
        fs::remove_file(&report).map_err(file("remove"))?;
    }
    let outcome = run(root, "cargo", &command);
    let text = match (fs::read_to_string(&report), outcome) {
        (Ok(text), outcome) => Ok((text, outcome)),
        // It did not come to its end.
        (Err(_), Err(failed)) => Err(failed),
        (Err(error), Ok(())) => Err(file("read")(error)),
    };
    let (text, outcome) = text?;
    let counts = serde_json::from_str(&text)
        .map_err(|error| TaskError::Untidy(format!("`{REPORT}` is no report: {error}")))?;
    Ok((counts, outcome))
}

fn file(attempted: &'static str) -> impl Fn(std::io::Error) -> TaskError {
    move |source| TaskError::File { attempted, path: REPORT.to_owned(), source }
}

fn random_seed() -> Result<u64, TaskError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)
        .map_err(|error| TaskError::Untidy(format!("the system has no randomness: {error}")))?;
    Ok(u64::from(u32::from_le_bytes(bytes)))
}
