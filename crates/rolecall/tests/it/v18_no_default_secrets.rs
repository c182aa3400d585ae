//! V18, default and hard-coded secrets: each installation makes its own, no source holds one, and
//! a seed that is not good is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Server, Setup, refuse};

fn unseeded() -> Setup {
    let names =
        ["ROLECALL_ACCOUNT_ID", "ROLECALL_ROOT_ACCESS_KEY_ID", "ROLECALL_ROOT_ACCESS_KEY_SECRET"];
    let environment = names.map(|name| (name, String::new())).to_vec();
    Setup { environment, ..Setup::default() }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn two_installations_have_nothing_in_common() {
    let servers = [Server::start_with(unseeded()), Server::start_with(unseeded())];
    let [one, two] = &servers;
    assert_ne!(one.root.access_key_id, two.root.access_key_id);
    assert_ne!(one.root.secret.expose(), two.root.secret.expose());
    assert!(one.root.secret.expose().len() >= 30);
    for file in ["keys/root-00000001.key", "ca/ca.json", "ca/ca.pem"] {
        let read = |server: &Server| fs::read(server.data().join(file)).unwrap();
        assert_ne!(read(one), read(two), "{file}");
    }
    assert_eq!(
        two.send(&crate::harness::Request::clock(&one.root, &two.address, 1)).status,
        404,
        "the key of one is unknown to the other"
    );
}

#[test]
fn a_restart_keeps_its_own() {
    let mut server = Server::start_with(unseeded());
    let before = server.root.clone();
    server.restart();
    assert_eq!(server.root.access_key_id, before.access_key_id);
    assert_eq!(server.root.secret.expose(), before.secret.expose());
}

#[test]
fn bad_seeds_are_refused() {
    let (account, id, secret) =
        ("ROLECALL_ACCOUNT_ID", "ROLECALL_ROOT_ACCESS_KEY_ID", "ROLECALL_ROOT_ACCESS_KEY_SECRET");
    for (name, value) in [
        (account, "1"),
        (account, "12345678901234567"),
        (account, "123456789012345x"),
        (account, "1234567890 12345"),
        (id, "with space"),
        (id, "with/slash"),
        (id, "STS.session"),
        (id, "ключ"),
        (secret, ""),
        (secret, "short"),
        (secret, "seven77"),
        (secret, "with a space in it"),
        (secret, "with\ttab-in-it"),
        (secret, "не-печатный-секрет"),
        ("ROLECALL_REGION", "nowhere"),
        ("ROLECALL_REGION", "cn-hangzhou "),
    ] {
        let setup = Setup { environment: vec![(name, value.to_owned())], ..Setup::default() };
        let (status, said) =
            refuse(&setup, &[]).unwrap_or_else(|| panic!("{name}={value:?} is served"));
        assert_eq!(status.code(), Some(1), "{name}={value:?}: {said}");
        let shown = name == secret && !value.is_empty() && said.contains(value);
        assert!(!said.is_empty() && !shown, "{name}={value:?}: {said}");
    }
}

/// A secret whose key is not named would silently not be used.
#[test]
fn half_a_seed_is_refused() {
    let environment = vec![("ROLECALL_ROOT_ACCESS_KEY_ID", String::new())];
    let refused = refuse(&Setup { environment, ..Setup::default() }, &[]);
    assert!(refused.is_some(), "a secret without its key is served");
}

/// The literals of a source file without its tests and comments.
fn literals(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text: Vec<&str> = lines.collect();
    text.join("\n").split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Bits for each character of a text, by how often each of them is there.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::<char, f64>::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1.0;
    }
    let length: f64 = counts.values().sum();
    counts.values().map(|count| count / length).map(|share| -share * share.log2()).sum()
}

/// Whether a word looks drawn rather than written: long, of the alphabets of keys, letters and
/// digits mixed, and nearly as varied as it can be.
fn looks_drawn(word: &str) -> bool {
    let of_keys = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let switches = word.as_bytes().windows(2).filter(|pair| {
        let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
        class(pair[0]) != class(pair[1])
    });
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= 20
        && digits >= 3
        && word.bytes().all(of_keys)
        && switches.count() * 4 > word.len()
        && entropy(word) > 3.5
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    for secret in ["Z6RWmKsYca1GAdaEFZ6ixfkUHu5IMI", "wJalr7UtnFEMI/K7MDENG/bPx2fiCY9XAMPLEK3Y"] {
        assert!(looks_drawn(secret), "{secret}");
    }
    assert_eq!(literals("let a = \"b\"; // \"c\"\n// \"d\""), ["b", "c"]);
}

#[test]
fn no_source_holds_a_secret() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut suspects = BTreeSet::new();
    let mut scanned = 0;
    for folder in fs::read_dir(crates).unwrap() {
        let sources = folder.unwrap().path().join("src");
        let sources = if sources.is_dir() { files(&sources) } else { Vec::new() };
        let is_test = |path: &Path| path.file_name().is_some_and(|name| name == "tests.rs");
        for file in sources.into_iter().filter(|path| !is_test(path)) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            scanned += 1;
            assert!(!text.contains("-----BEGIN PRIVATE"), "{}", file.display());
            for literal in literals(&text) {
                let words = literal.split(|it: char| it.is_whitespace() || ":,;\\".contains(it));
                let drawn = words.filter(|word| looks_drawn(word));
                suspects.extend(drawn.map(|word| format!("{}: {word}", file.display())));
            }
        }
    }
    assert!(scanned > 100, "{scanned}");
    assert!(suspects.is_empty(), "{suspects:#?}");
}
