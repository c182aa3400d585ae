//! V20, what the time of an answer tells: a key that is not there costs the work of one that is,
//! and no secret is compared letter by letter. Work is counted, not timed.

use std::fs;
use std::path::Path;

use rolecall_api::Product;

use crate::harness::{ALLOW_ALL, Object, Scheme, Server, credentials};

/// How many signatures the server has computed.
fn computed(server: &Server) -> i64 {
    server.metric("rolecall_signatures_checked_total")
}

#[test]
fn an_unknown_key_costs_what_a_known_one_does() {
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    let callers = [
        ("the right key", user.clone(), true),
        ("a wrong secret", credentials(&user.access_key_id, "x", None), false),
        ("an unknown key", credentials("LTAIunknownunknown", "x", None), false),
        ("an unknown key of another length", credentials("LTAIu", "x", None), false),
    ];
    for (way, caller, good) in &callers {
        for scheme in Scheme::RPC {
            let call = (Product::Sts, "GetCallerIdentity");
            let request = server.request(scheme, caller, call, &[]);
            let before = computed(&server);
            assert_eq!(server.send(&request).status == 200, *good, "{way}");
            assert_eq!(computed(&server) - before, 1, "{scheme:?}: {way}");
        }
        for scheme in Scheme::OSS {
            let request = Object::new(scheme, caller, "GET", ("", "")).sign();
            let before = computed(&server);
            assert_eq!(server.send(&request).status == 200, *good, "{way}");
            assert_eq!(computed(&server) - before, 1, "{scheme:?}: {way}");
        }
    }
}

/// Comparisons of what is secret, by the names that they have in these crates. [`Secret`] compares
/// in constant time; what it holds, and a signature, must not be compared by `==`.
///
/// [`Secret`]: rolecall_types::Secret
const SECRET_NAMES: [&str; 6] = ["expose()", "provided", "signature", "hmac", "mac(", "tag("];

#[test]
fn no_source_compares_a_secret_by_its_letters() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (mut lines, mut found) = (0, Vec::new());
    for name in ["types", "crypto", "gate", "identity", "oss", "metadata", "rolecall"] {
        scan(&crates.join(name).join("src"), &mut lines, &mut found);
    }
    assert!(lines > 15_000, "{lines}");
    assert!(found.is_empty(), "{found:#?}");
}

fn scan(folder: &Path, lines: &mut usize, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scan(&path, lines, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        // Tests stand at the end of a file, or in a file of their own.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if path.ends_with("tests.rs") {
            continue;
        }
        for line in text.lines() {
            *lines += 1;
            // With a constant of the source nothing secret is compared.
            let line = line.replace(" == \"", "").replace(" != \"", "");
            let compares = line.contains(" == ") || line.contains(" != ");
            let comment = line.trim_start().starts_with("//");
            if compares && !comment && SECRET_NAMES.iter().any(|name| line.contains(name)) {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
}

/// Welch's t of two samples.
fn welch(left: &[f64], right: &[f64]) -> f64 {
    let stats = |sample: &[f64]| {
        let count = f64::from(u32::try_from(sample.len()).unwrap());
        let mean = sample.iter().sum::<f64>() / count;
        let spread = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, spread / count)
    };
    let ((m, v), (n, w)) = (stats(left), stats(right));
    (m - n) / (v + w).sqrt()
}

/// By the clock, and so not among the tests that always run:
/// `cargo nextest run -p rolecall --release --run-ignored all welch`.
#[test]
#[ignore = "measures time"]
#[expect(clippy::disallowed_methods, reason = "it measures how long a comparison takes")]
fn welch_finds_no_difference() {
    use std::hint::black_box;
    use std::time::Instant;
    let secret = "abcdefghijklmnopqrstuvwxyz012345";
    let early = secret.replacen('a', "x", 1);
    let late = secret.replacen('5', "x", 1);
    let mut samples = [Vec::new(), Vec::new()];
    for index in 0..1_000_000_usize {
        let other = if index % 2 == 0 { &early } else { &late };
        let start = Instant::now();
        for _ in 0..8 {
            black_box(rolecall_crypto::ct_eq(
                black_box(secret.as_bytes()),
                black_box(other.as_bytes()),
            ));
        }
        let time = f64::from(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
        // What the machine did in between is no part of the comparison.
        if time < 5_000.0 {
            samples[index % 2].push(time);
        }
    }
    let t = welch(&samples[0], &samples[1]);
    assert!(t.abs() < 4.5, "t = {t}");
}
