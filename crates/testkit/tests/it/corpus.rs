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

/// What is one or two bytes away from an input that is kept: a taste of what the fuzzer does.
#[test]
fn what_is_near_the_inputs_about_policies_holds_too() {
    const NEAR: usize = 60;
    let letters = b"*?a:/.+-0129TZ{}[],\"\n\xff";
    let mut state = 7_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % limit
    };
    for (name, target) in TARGETS.iter().filter(|(name, _)| name.starts_with("policy_")) {
        let corpus = folder("corpus").join(name);
        for input in names(&corpus) {
            let kept = fs::read(corpus.join(&input)).unwrap();
            for _ in 0..NEAR {
                let mut near = kept.clone();
                for _ in 0..=below(2) {
                    let (place, letter) = (below(near.len() + 1), letters[below(letters.len())]);
                    match below(3) {
                        0 => near.insert(place, letter),
                        1 if place < near.len() => drop(near.remove(place)),
                        _ if place < near.len() => near[place] = letter,
                        _ => near.push(letter),
                    }
                }
                println!("{name}/{input}: {}", near.escape_ascii());
                target(&near);
            }
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
