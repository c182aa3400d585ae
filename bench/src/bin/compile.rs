//! How long a policy takes from its text to a set that answers: policies as long as the vendor
//! allows, of each shape that is worst for something.
//!
//! Each line of the output is one JSON object; the times are the thread's CPU time.

use std::hint::black_box;
use std::sync::Arc;

use rolecall_bench::thread_nanoseconds;
use rolecall_policy::{
    Document, DocumentKind, IDENTITY_CHARACTERS_MAX, PolicySet, PolicyType, Source,
};

/// Rounds, of which the best, the median and the 99th percentile count.
const ROUNDS: usize = 2_000;

/// A shape: its name, a statement with a hole `@` in it, the part that fills the hole as often as
/// there is room, by its number, and what stands between two parts.
type Shape = (&'static str, &'static str, fn(usize) -> String, &'static str);

const SHAPES: &[Shape] = &[
    ("actions", r#"{"Effect":"Allow","Resource":"*","Action":[@]}"#, action, ","),
    ("short actions", r#"{"Effect":"Allow","Resource":"*","Action":[@]}"#, short_action, ","),
    ("resources", r#"{"Effect":"Allow","Action":"oss:*","Resource":[@]}"#, resource, ","),
    ("short resources", r#"{"Effect":"Allow","Action":"*","Resource":[@]}"#, short_resource, ","),
    ("wildcards", r#"{"Effect":"Allow","Action":"*","Resource":[@]}"#, wildcards, ","),
    ("stars", r#"{"Effect":"Allow","Action":"*","Resource":["acs:oss:*:*:@"]}"#, star, ""),
    ("statements", "@", statement, ","),
    ("short statements", "@", short_statement, ","),
    ("conditions", CONDITION, condition, ","),
    ("short conditions", CONDITION, short_condition, ","),
    ("dates", DATES, date, ","),
    ("networks", NETWORKS, network, ","),
    ("excluded", r#"{"Effect":"Deny","NotAction":"*","NotResource":[@]}"#, short_resource, ","),
];

const CONDITION: &str =
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{@}}}"#;
const DATES: &str =
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateEquals":{"k":[@]}}}"#;
const NETWORKS: &str =
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"k":[@]}}}"#;

fn action(number: usize) -> String {
    format!(r#""ecs:*Security{number}Group*""#)
}

fn short_action(number: usize) -> String {
    format!(r#""a:{number}""#)
}

fn resource(number: usize) -> String {
    format!(r#""acs:oss:*:*:bucket-{number}/prefix/*""#)
}

fn short_resource(number: usize) -> String {
    format!(r#""acs:a:::{number}""#)
}

fn wildcards(number: usize) -> String {
    format!(r#""acs:*:*:*:*?{number}abcdefgh*""#)
}

fn star(_: usize) -> String {
    "*a".to_owned()
}

fn statement(number: usize) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":["oss:Get*","oss:Put*"],"Resource":"acs:oss:*:*:b{number}/*","Condition":{{"StringLike":{{"acs:UserAgent":"sdk-{number}*"}}}}}}"#
    )
}

fn short_statement(number: usize) -> String {
    format!(r#"{{"Effect":"Deny","Action":"{number}*","Resource":"*"}}"#)
}

fn condition(number: usize) -> String {
    format!(r#""acs:ResourceTag/team-{number}":["*a{number}*","b*"]"#)
}

fn short_condition(number: usize) -> String {
    format!(r#""{number}":"*""#)
}

fn date(number: usize) -> String {
    format!(r#""2026-08-12T09:00:{:02}Z""#, number % 60)
}

fn network(number: usize) -> String {
    format!(r#""1.2.{}.0/24""#, number % 256)
}

fn main() {
    let source = Arc::new(Source {
        policy_type: PolicyType::Custom,
        name: "long".to_owned(),
        version: "v1".to_owned(),
    });
    for (name, frame, part, between) in SHAPES {
        let text = longest(frame, *part, between);
        let mut times: Vec<u64> = (0..ROUNDS).map(|_| time(&text, &source)).collect();
        times.sort_unstable();
        let (best, median, p99) = (times[0], times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
        println!(
            r#"{{"compile":"{name}","characters":{},"best_ns":{best},"median_ns":{median},"p99_ns":{p99}}}"#,
            text.chars().count()
        );
    }
}

/// The longest policy of a shape: as many parts in the frame's hole as there is room for.
fn longest(frame: &str, part: fn(usize) -> String, between: &str) -> String {
    let mut longest = String::new();
    let mut parts = String::new();
    for number in 0.. {
        if number > 0 {
            parts.push_str(between);
        }
        parts.push_str(&part(number));
        let statements = frame.replace('@', &parts);
        let text = format!(r#"{{"Version":"1","Statement":[{statements}]}}"#);
        if text.chars().count() > IDENTITY_CHARACTERS_MAX {
            break;
        }
        longest = text;
    }
    longest
}

/// Reads and compiles once.
fn time(text: &str, source: &Arc<Source>) -> u64 {
    let start = thread_nanoseconds();
    let document = Document::parse(DocumentKind::Identity, black_box(text)).expect("a policy");
    black_box(PolicySet::compile([(Arc::clone(source), Arc::new(document))]));
    thread_nanoseconds() - start
}
