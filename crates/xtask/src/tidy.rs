//! Rules of the house that a program can hold: floors, sizes, words.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::run::TaskError;

/// The floor of each crate. A crate may depend only on crates of lower floors; those for
/// development see everything.
const FLOORS: &[(&str, u32)] = &[
    ("rolecall-types", 0),
    ("rolecall-macros", 0),
    ("rolecall-policy", 1),
    ("rolecall-crypto", 1),
    ("rolecall-api", 2),
    ("rolecall-store", 2),
    ("rolecall-gate", 3),
    ("rolecall-identity", 4),
    ("rolecall-compute", 4),
    ("rolecall-oss", 4),
    ("rolecall-slb", 4),
    ("rolecall-http", 4),
    ("rolecall-metadata", 5),
    ("rolecall-fabric", 5),
    ("rolecall", 7),
    ("rolecall-testkit", 8),
    ("rolecall-bench", 8),
    ("rolecall-xtask", 9),
];

/// The most lines of a source file that people read in one sitting.
const MAX_LINES: usize = 500;
/// The most columns of a line of Rust. Texts are left whole, so that they can be searched for.
const MAX_COLUMNS: usize = 100;
/// Words that have no place in the project. They are put together here so that this file passes.
const WORDS: &[(&str, &str)] = &[
    ("TO\u{44}O", "finish it, or make it a clear error"),
    ("FIX\u{4d}E", "finish it, or make it a clear error"),
    ("/wor\u{6b}/", "no path of a machine"),
    ("#[allo\u{77}(", "an exception is an #[expect] with its reason"),
];

/// Checks all of them and reports every fault at once.
pub(crate) fn check(root: &Path) -> Result<(), TaskError> {
    let mut faults = floors(root)?;
    let mut files = Vec::new();
    for folder in ["crates", "tests", "docs", "bench", "fuzz", ".ci"] {
        list(&root.join(folder), &mut files)?;
    }
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let name = file.strip_prefix(root).unwrap_or(file).display().to_string();
        faults.extend(file_faults(&name, &text));
    }
    if faults.is_empty() {
        println!("tidy: {} files", files.len());
        return Ok(());
    }
    Err(TaskError::Untidy(faults.join("\n")))
}

fn floors(root: &Path) -> Result<Vec<String>, TaskError> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let floors: BTreeMap<&str, u32> = FLOORS.iter().copied().collect();
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some(floor) = floors.get(name) else {
            faults.push(format!("{name}: no floor; give it one in tidy.rs and ARCHITECTURE.md"));
            continue;
        };
        for dependency in normal_dependencies(package) {
            if floors.get(dependency.as_str()).is_some_and(|below| below >= floor) {
                faults.push(format!("{name} may not depend on {dependency}: same floor or higher"));
            }
        }
    }
    Ok(faults)
}

fn normal_dependencies(package: &Package) -> impl Iterator<Item = String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.clone())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    let fail = |source| {
        let path = folder.display().to_string();
        TaskError::File { attempted: "list", path, source }
    };
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let made = matches!(name, "target" | "node_modules" | "__pycache__" | "corpus" | "vectors");
        if path.is_dir() && !made && !name.starts_with(".venv") {
            list(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn file_faults(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let is_rust = Path::new(name).extension().is_some_and(|extension| extension == "rs");
    for (number, line) in text.lines().enumerate() {
        let place = || format!("{name}:{}", number.saturating_add(1));
        for (word, advice) in WORDS {
            if line.contains(word) {
                faults.push(format!("{}: `{word}`: {advice}", place()));
            }
        }
        if is_rust && line.chars().count() > MAX_COLUMNS && !line.contains('"') {
            faults.push(format!("{}: more than {MAX_COLUMNS} columns", place()));
        }
    }
    let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
    let lines = text.lines().count();
    if is_rust && !is_test && lines > MAX_LINES {
        faults
            .push(format!("{name}: {lines} lines; split it where two people would work on halves"));
    }
    faults
}
