//! How long a decision takes, by the number of policies of one principal: medians and 99th
//! percentiles in nanoseconds. Half of the questions are allowed, half refused; the answers are
//! checked before the clock starts.
//!
//! Run it with `cargo run --release -p rolecall-policy --example decide_bench`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::expect_used, reason = "a measurement that cannot be set up must stop")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use rolecall_policy::{
    Check, Context, Decision, Document, DocumentKind, PolicySet, PolicyType, Resource, Source,
};
use rolecall_types::Arn;

/// Questions of one measurement, each asked in random order.
const QUESTIONS: usize = 4096;
/// Times that all questions are asked.
const ROUNDS: usize = 25;

struct Question<'a> {
    resource: Resource,
    context: &'a Context,
    expected: Decision,
}

fn main() {
    println!("{:>8} {:>10} {:>8} {:>8} {:>8}", "policies", "kind", "median", "p99", "max");
    for count in [1, 10, 100, 1_000, 10_000] {
        measure("plain", count, plain_policy);
    }
    measure("hostile", 10_000, hostile_policy);
}

fn measure(kind: &str, count: usize, policy: fn(usize) -> String) {
    let set = PolicySet::compile((0..count).map(|number| {
        let source = Source {
            policy_type: PolicyType::Custom,
            name: format!("policy-{number}"),
            version: "v1".to_owned(),
        };
        let text = policy(number);
        let document = Document::parse(DocumentKind::Identity, &text).expect("a valid policy");
        (Arc::new(source), Arc::new(document))
    }));
    // A request's context was written a moment before the decision and is in the cache: shared.
    let (inside, outside) = (context("10.1.2.3"), context("11.1.2.3"));
    let mut seed = 7_u64;
    let questions: Vec<_> =
        (0..QUESTIONS).map(|_| question(&mut seed, count, &inside, &outside)).collect();
    for asked in &questions {
        assert_eq!(set.decide(&check(asked)), asked.expected, "{:?}", asked.resource);
    }
    let mut times = Vec::with_capacity(QUESTIONS * ROUNDS);
    for _ in 0..ROUNDS {
        for asked in &questions {
            let check = check(asked);
            let start = Instant::now();
            black_box(set.decide(black_box(&check)));
            times.push(start.elapsed().as_nanos());
        }
    }
    times.sort_unstable();
    let at = |share: usize| times.get(share * (times.len() - 1) / 1000).copied().unwrap_or(0);
    println!("{count:>8} {kind:>10} {:>8} {:>8} {:>8}", at(500), at(990), at(999));
}

fn check<'a>(asked: &'a Question<'_>) -> Check<'a> {
    Check {
        action: "oss:GetObject",
        resource: &asked.resource,
        context: asked.context,
        principal: None,
    }
}

fn context(address: &str) -> Context {
    Context::new()
        .with("acs:CurrentTime", "2026-08-12T09:00:00Z")
        .with("acs:SecureTransport", "true")
        .with("acs:PrincipalARN", "acs:ram::1234567890123456:role/web")
        .with("acs:SourceIp", address)
        .with("acs:UserAgent", "sdk-go/3.0")
}

/// One policy on one bucket, for one network.
fn plain_policy(number: usize) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow",
            "Action":["oss:GetObject","oss:PutObject","oss:List*"],
            "Resource":["acs:oss:*:*:bucket-{number}","acs:oss:*:*:bucket-{number}/prefix/*"],
            "Condition":{{"IpAddress":{{"acs:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}},
                "StringLike":{{"acs:UserAgent":"sdk-*"}}}}}}]}}"#
    )
}

/// As above, but one in a hundred begins with a wildcard, one in a hundred denies, and three hold
/// what looks like a variable.
fn hostile_policy(number: usize) -> String {
    let (effect, resource) = match number {
        1..=3 => ("Allow", format!("acs:oss:*:*:home-${{acs:name}}/{number}/*")),
        _ if number % 100 == 17 => ("Allow", format!("acs:oss:*:*:*/team-{number}/*.txt")),
        _ if number % 100 == 63 => ("Deny", format!("acs:oss:*:*:bucket-{number}/secret/*")),
        _ => return plain_policy(number),
    };
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"{effect}","Action":"oss:*",
            "Resource":"{resource}"}}]}}"#
    )
}

/// Asks for an object of one of the buckets: from inside, or from outside, or of no bucket.
fn question<'a>(
    seed: &mut u64,
    count: usize,
    inside: &'a Context,
    outside: &'a Context,
) -> Question<'a> {
    let mut number = usize::try_from(random(seed)).unwrap_or(0) % count;
    // Such that the same question has the same answer among plain and hostile policies.
    while count > 1 && (number < 4 || number % 100 == 17 || number % 100 == 63) {
        number = (number + 1) % count;
    }
    let (bucket, context, expected) = match random(seed) % 4 {
        0 | 1 => ("bucket", inside, Decision::Allow),
        2 => ("bucket", outside, Decision::ImplicitDeny),
        _ => ("unknown", inside, Decision::ImplicitDeny),
    };
    let object = random(seed) % 1000;
    let relative = format!("{bucket}-{number}/prefix/2026/08/object-{object}.json");
    let resource = Resource::Named(Arn::new("oss", "*", "1234567890123456", relative));
    Question { resource, context, expected }
}

/// The generator `SplitMix64`: the same questions at each run.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
