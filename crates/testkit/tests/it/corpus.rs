use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rolecall_testkit::fuzz::TARGETS;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn whatever_the_fuzzer_was_given_still_holds() {
    for (name, target) in TARGETS {
        let corpus = folder("corpus").join(name);
        let inputs = names(&corpus);
        assert!(inputs.len() > 5, "{name} has {} inputs", inputs.len());
        for input in inputs {
            println!("{name}/{input}");
            target(&fs::read(corpus.join(&input)).unwrap());
        }
    }
}

#[test]
fn every_target_is_given_to_the_fuzzer() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let shells: BTreeSet<String> =
        names(&folder("fuzz_targets")).iter().map(|name| name.replace(".rs", "")).collect();
    assert_eq!(shells, known);
    assert_eq!(names(&folder("corpus")), known);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in known {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in the manifest");
    }
}
