//! The ledger of comparisons of the policy engine with the oracle: `docs/ledger.md`.
//!
//! Only this program writes into it. Anybody can repeat a line: the fingerprint says which sources
//! ran, and with the seed they give the same counts again.

use std::fs;
use std::path::{Path, PathBuf};

use rolecall_crypto::sha256_hex;
use serde_json::Value;

use crate::differential;
use crate::run::TaskError;

const LEDGER: &str = "docs/ledger.md";

/// The sources on whose behaviour a count depends: the engine, the oracle, the generators and what
/// asks the one in the terms of the other.
const SOURCES: &[&str] = &[
    "crates/policy/src",
    "crates/types/src/json.rs",
    "crates/testkit/src/oracle.rs",
    "crates/testkit/src/oracle",
    "crates/testkit/src/generate.rs",
    "crates/testkit/src/generate",
    "crates/testkit/src/compare.rs",
    "crates/testkit/src/compare",
    "crates/testkit/src/engine.rs",
    "crates/testkit/src/enumerate.rs",
];

const HEAD: &str = "\
# Ledger of comparisons

Each line is one run of `cargo xtask ledger`, which compares the decisions of the policy engine with
those of the oracle on generated cases and appends the line itself, whatever it found.
`sources` is the fingerprint of the engine's, the oracle's and the generators' sources.
With those sources, `cargo xtask differential --cases C --seed S` gives the counts of a line again.
`documents` are policies that both read or both refuse.
`enumerated` cases are the same in each run: every policy of one or two statements over three
letters.
`total` adds up the generated cases of all lines.

";

/// The columns of a line.
const COLUMNS: &[&str] = &[
    "date",
    "sources",
    "seed",
    "cases",
    "allowed",
    "explicitly denied",
    "implicitly denied",
    "documents",
    "enumerated",
    "disagreements",
    "total",
];

/// Compares, and writes the counts down.
pub(crate) fn append(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    if arguments.iter().any(|argument| argument == "--batch") {
        return Err(TaskError::Untidy("a single batch is no run: leave out --batch".to_owned()));
    }
    let (mut text, total) = read(root)?;
    let sources = fingerprint(root)?;
    let (counts, outcome) = differential::counts(root, arguments)?;
    if fingerprint(root)? != sources {
        let reason = "the sources changed during the run, which therefore does not count";
        return Err(TaskError::Untidy(reason.to_owned()));
    }
    let number = |place: &str| counts.pointer(place).and_then(Value::as_u64).unwrap_or_default();
    let cases = number("/decisions/cases");
    let cells = [
        today(),
        sources,
        number("/seed").to_string(),
        cases.to_string(),
        number("/decisions/allowed").to_string(),
        number("/decisions/explicit").to_string(),
        number("/decisions/implicit").to_string(),
        number("/documents/cases").to_string(),
        number("/enumerated/cases").to_string(),
        number("/decisions/differing").saturating_add(number("/documents/differing")).to_string(),
        total.saturating_add(cases).to_string(),
    ];
    let line = row(cells.iter().map(String::as_str));
    text.push_str(&line);
    fs::write(root.join(LEDGER), text).map_err(file("write", Path::new(LEDGER)))?;
    println!("{}", line.trim_end());
    outcome
}

/// Whether the ledger's lines add up.
pub(crate) fn check(root: &Path) -> Result<(), TaskError> {
    read(root).map(drop)
}

/// The ledger's text and the total of its lines.
fn read(root: &Path) -> Result<(String, u64), TaskError> {
    let head = format!("{HEAD}{}{}", row(COLUMNS), row(COLUMNS.iter().map(|_| "---")));
    let path = root.join(LEDGER);
    if !path.exists() {
        return Ok((head, 0));
    }
    let text = fs::read_to_string(&path).map_err(file("read", Path::new(LEDGER)))?;
    let untidy = |reason: String| TaskError::Untidy(format!("{LEDGER}: {reason}"));
    let lines = text.strip_prefix(&head).ok_or_else(|| untidy("not this program's".to_owned()))?;
    let mut total = 0_u64;
    for line in lines.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = |name: &str| {
            let place = COLUMNS.iter().position(|column| *column == name)?;
            cells.get(place)?.parse::<u64>().ok()
        };
        let outcomes = ["allowed", "explicitly denied", "implicitly denied"];
        let outcomes: Option<u64> = outcomes.iter().map(|name| number(name)).sum();
        let cases = number("cases").filter(|cases| Some(*cases) == outcomes);
        total = cases
            .map(|cases| total.saturating_add(cases))
            .filter(|total| number("total") == Some(*total))
            .ok_or_else(|| untidy(format!("this line does not add up: {line}")))?;
    }
    Ok((text, total))
}

fn row<'a>(cells: impl IntoIterator<Item = impl AsRef<str> + 'a>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The first digits of a hash over the names and the bytes of all sources.
fn fingerprint(root: &Path) -> Result<String, TaskError> {
    let mut files = Vec::new();
    for source in SOURCES {
        list(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hashes = Vec::new();
    for path in files {
        let bytes = fs::read(&path).map_err(file("read", &path))?;
        let name = path.strip_prefix(root).unwrap_or(&path).display();
        hashes.push(format!("{name} {}", sha256_hex(&bytes)));
    }
    Ok(sha256_hex(hashes.join("\n").as_bytes()).chars().take(16).collect())
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(file("list", path))? {
        list(&entry.map_err(file("list", path))?.path(), files)?;
    }
    Ok(())
}

fn file(attempted: &'static str, path: &Path) -> impl Fn(std::io::Error) -> TaskError {
    let path = path.display().to_string();
    move |source| TaskError::File { attempted, path: path.clone(), source }
}

/// The day, in UTC.
#[expect(clippy::disallowed_methods, reason = "the ledger says when a run was")]
fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}
