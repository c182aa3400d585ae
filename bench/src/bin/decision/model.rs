//! Policies and questions, in no engine's form.

use std::fmt;

/// Who asks.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// The role of who asks.
pub(crate) const ROLE: &str = "web";
/// What every question is about.
pub(crate) const ACTION: &str = "oss:GetObject";
/// What all patterns of resources begin with; behind it are bucket and key.
pub(crate) const PATTERN_START: &str = "acs:oss:*:*:";
/// The condition key of the caller's address.
pub(crate) const SOURCE_IP: &str = "acs:SourceIp";
/// Kinds of questions; they follow each other in turn.
pub(crate) const KINDS: usize = 8;

const USER_AGENT: &str = "acs:UserAgent";
const PRINCIPAL_ARN: &str = "acs:PrincipalARN";
const NETWORKS: &[&str] = &["10.0.0.0/8", "192.168.0.0/16"];

/// Which policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Each policy allows three actions on one bucket, for two networks and one kind of client.
    Plain,
    /// Plain ones, but 1 % begin with a wildcard, 1 % deny, and three have three conditions.
    Hostile,
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Hostile => "hostile",
        })
    }
}

/// A policy of one statement.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) deny: bool,
    pub(crate) actions: &'static [&'static str],
    /// Patterns of bucket and key.
    pub(crate) resources: Vec<String>,
    /// Networks of the caller's address, of which one must hold it; empty is anywhere.
    pub(crate) networks: &'static [&'static str],
    /// Condition keys and the pattern that each must match.
    pub(crate) like: &'static [(&'static str, &'static str)],
}

/// A question and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) address: &'static str,
    pub(crate) allowed: bool,
}

impl Question {
    /// All condition keys of the request.
    pub(crate) fn context(&self) -> [(&'static str, String); 5] {
        [
            ("acs:CurrentTime", "2026-08-12T09:00:00Z".to_owned()),
            ("acs:SecureTransport", "true".to_owned()),
            (PRINCIPAL_ARN, format!("acs:ram::{ACCOUNT}:role/{ROLE}")),
            (SOURCE_IP, self.address.to_owned()),
            (USER_AGENT, "sdk-go/3.0".to_owned()),
        ]
    }
}

/// The policies of a set.
pub(crate) fn policies(set: Set, count: usize) -> Vec<Policy> {
    (0..count)
        .map(|number| match set {
            Set::Plain => plain(number),
            Set::Hostile => hostile(number),
        })
        .collect()
}

fn plain(number: usize) -> Policy {
    Policy {
        deny: false,
        actions: &["oss:GetObject", "oss:PutObject", "oss:List*"],
        resources: vec![format!("bucket-{number}"), format!("bucket-{number}/prefix/*")],
        networks: NETWORKS,
        like: &[(USER_AGENT, "sdk-*")],
    }
}

fn hostile(number: usize) -> Policy {
    let all = &["oss:*"];
    match Place::of(number) {
        Place::Plain => plain(number),
        Place::Wildcard => Policy {
            deny: false,
            actions: all,
            resources: vec![format!("*/team-{number}/*.txt")],
            networks: &[],
            like: &[],
        },
        Place::Conditions => Policy {
            deny: false,
            actions: all,
            resources: vec![format!("*/team-{number}/*.txt")],
            networks: NETWORKS,
            like: &[(USER_AGENT, "sdk-*"), (PRINCIPAL_ARN, "*:role/web")],
        },
        // Below what the plain policy before it allows.
        Place::Deny => Policy {
            deny: true,
            actions: all,
            resources: vec![format!("bucket-{}/prefix/secret/*", number - 1)],
            networks: &[],
            like: &[],
        },
    }
}

/// What a policy of the hostile set is, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    Wildcard,
    Conditions,
    Deny,
}

impl Place {
    fn of(number: usize) -> Self {
        match number {
            1..=3 => Self::Conditions,
            _ if number % 100 == 17 => Self::Wildcard,
            _ if number % 100 == 63 => Self::Deny,
            _ => Self::Plain,
        }
    }
}

/// Questions to a set of that many policies: of each eight in a row, four are allowed.
pub(crate) fn questions(set: Set, count: usize, questions: usize) -> Vec<Question> {
    let mut seed = 7;
    (0..questions).map(|number| question(&mut seed, set, count, number % KINDS)).collect()
}

fn question(seed: &mut u64, set: Set, count: usize, kind: usize) -> Question {
    const INSIDE: &str = "10.1.2.3";
    const OUTSIDE: &str = "11.1.2.3";
    let object = below(seed, 1_000);
    let key = format!("prefix/2026/08/object-{object}.json");
    let number = below(seed, count);
    let plain = if Place::of(number) == Place::Plain { number } else { 0 };
    let bucket = format!("bucket-{plain}");
    let unknown = format!("unknown-{plain}");
    let hundreds = below(seed, count.div_ceil(100)) * 100;
    let (bucket, key, address, allowed) = match (set, kind) {
        (Set::Hostile, 0) => {
            let team = if object.is_multiple_of(4) { 1 + object % 3 } else { hundreds + 17 };
            (unknown, format!("team-{team}/2026/{object}.txt"), INSIDE, true)
        }
        (Set::Hostile, 1) => {
            let guarded = format!("bucket-{}", hundreds + 62);
            (guarded, format!("prefix/secret/{object}.json"), INSIDE, false)
        }
        (_, 0 | 2 | 4 | 6) => (bucket, key, INSIDE, true),
        (_, 1 | 3) => (bucket, key, OUTSIDE, false),
        _ => (unknown, key, INSIDE, false),
    };
    Question { bucket, key, address, allowed }
}

/// A number below a bound, by `SplitMix64`: the same questions in each run.
fn below(seed: &mut u64, bound: usize) -> usize {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let z = z ^ (z >> 31);
    usize::try_from(z % bound as u64).unwrap_or_default()
}
