//! Developer commands: ci, tidy and floors, clients, bench, fuzz, coverage page.
//!
//! `cargo xtask` lists them. Everything that the README tells a user to run is one of these, and
//! `.ci/run` runs nothing else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer reads this")]

mod clients;
mod coverage;
mod differential;
mod ledger;
mod run;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use run::{TaskError, run};

/// A command: its name, what it does, and how.
type Command = (&'static str, &'static str, fn(&Path, &[String]) -> Result<(), TaskError>);

const COMMANDS: &[Command] = &[
    ("ci", "everything that must hold, in order of cost", ci),
    ("test", "all tests: Rust, documentation, and real clients", test),
    ("tidy", "floors, sizes, words", |root, _| tidy::check(root)),
    ("clients", "the tests with the vendor's clients", |root, _| clients::check(root)),
    ("coverage", "write the reference pages (--check: compare them)", coverage::page),
    ("vendor", "list the vendor's operations from a folder of its metadata", coverage::vendor),
    (
        "differential",
        "compare the policy engine with the oracle (--cases N, --seed S, --threads T, --batch B)",
        differential::check,
    ),
    ("laws", "try the laws of the policy language, each a million times (--cases N)", laws),
    ("crash", "kill the program a thousand times while it writes objects (--rounds N)", crash),
    ("ledger", "the same, and write the counts into docs/ledger.md", ledger::append),
    ("bench", "measure beside peers and write docs/performance.md's table", bench),
    ("fuzz", "run every fuzz target for some seconds (needs cargo-fuzz)", fuzz),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some((_, _, command)) = COMMANDS.iter().find(|(known, _, _)| *known == name) else {
        println!("cargo xtask COMMAND\n");
        for (name, what, _) in COMMANDS {
            println!("  {name:12} {what}");
        }
        return ExitCode::from(2);
    };
    match command(&root(), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

fn ci(root: &Path, _: &[String]) -> Result<(), TaskError> {
    run(root, "cargo", &["fmt", "--all", "--check"])?;
    tidy::check(root)?;
    run(
        root,
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    )?;
    test(root, &[])?;
    ledger::check(root)?;
    differential::check(root, &["--cases".to_owned(), differential::CI_CASES.to_string()])?;
    run(root, "cargo", &["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"])
}

fn test(root: &Path, _: &[String]) -> Result<(), TaskError> {
    run(root, "cargo", &["nextest", "run", "--workspace", "--locked"])?;
    run(root, "cargo", &["test", "--doc", "--workspace", "--locked"])?;
    coverage::page(root, &["--check".to_owned()])?;
    clients::check(root)
}

fn bench(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let arguments: Vec<&str> =
        ["bench/run.py"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    run(root, "cargo", &["build", "--release", "--locked", "--package", "rolecall"])?;
    run(root, "python3", &arguments)
}

fn fuzz(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let seconds = arguments.first().map_or("30", String::as_str);
    run(root, "bash", &["fuzz/run.sh", seconds])
}

fn crash(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let rounds = match arguments {
        [name, rounds] if name == "--rounds" => rounds.as_str(),
        _ => "1000",
    };
    let rounds = format!("ROLECALL_CRASH_ROUNDS={rounds}");
    let mut command = vec![rounds.as_str(), "cargo", "test", "--quiet", "--locked"];
    command.extend(["--package", "rolecall", "--test", "it", "--", "--nocapture", "crash::"]);
    run(root, "env", &command)
}

fn laws(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let cases = match arguments {
        [name, cases] if name == "--cases" => cases.as_str(),
        _ => "1000000",
    };
    let cases = format!("ROLECALL_LAW_CASES={cases}");
    let mut command = vec![cases.as_str(), "cargo", "test", "--quiet", "--locked"];
    command.extend(["--profile", "compare", "--package", "rolecall-policy", "--test", "laws"]);
    run(root, "env", &command)
}
