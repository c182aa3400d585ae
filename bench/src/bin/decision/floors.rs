//! Floors: what the least work costs that could answer the questions.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use foldhash::fast::RandomState;

use crate::Engine;
use crate::model::{ACTION, Policy, Question, ROLE, SOURCE_IP};

type Map<K, V> = HashMap<K, V, RandomState>;

/// An index on the literal start of the resource; then Deny, action wildcards, the wildcards of the
/// whole resource, `StringLike` and `IpAddress`.
pub(crate) struct Indexed {
    principals: Map<String, Prefixes>,
    rules: Vec<Rule>,
    requests: Vec<Request>,
}

/// From patterns to rules: those without a wildcard by their whole text, the others by their
/// literal start, of which there are few different lengths.
#[derive(Default)]
struct Prefixes {
    whole: Map<String, Vec<usize>>,
    lengths: Vec<usize>,
    starts: Map<String, Vec<usize>>,
}

struct Rule {
    deny: bool,
    actions: Vec<String>,
    resource: String,
    networks: Vec<Network>,
    like: Vec<(&'static str, String)>,
}

struct Request {
    resource: String,
    context: Vec<(&'static str, String)>,
}

impl Indexed {
    pub(crate) fn new(policies: &[Policy], questions: &[Question]) -> Self {
        let mut prefixes = Prefixes::default();
        let mut rules = Vec::new();
        for policy in policies {
            for resource in &policy.resources {
                prefixes.file(resource, rules.len());
                rules.push(Rule {
                    deny: policy.deny,
                    actions: policy.actions.iter().map(ToString::to_string).collect(),
                    resource: resource.clone(),
                    networks: policy.networks.iter().map(|text| Network::parse(text)).collect(),
                    like: policy.like.iter().map(|(k, p)| (*k, (*p).to_owned())).collect(),
                });
            }
        }
        let requests = questions
            .iter()
            .map(|question| Request {
                resource: format!("{}/{}", question.bucket, question.key),
                context: question.context().into(),
            })
            .collect();
        Self { principals: [(ROLE.to_owned(), prefixes)].into_iter().collect(), rules, requests }
    }
}

impl Prefixes {
    fn file(&mut self, pattern: &str, rule: usize) {
        let Some((start, _)) = pattern.split_once('*') else {
            return self.whole.entry(pattern.to_owned()).or_default().push(rule);
        };
        if !self.lengths.contains(&start.len()) {
            self.lengths.push(start.len());
        }
        self.starts.entry(start.to_owned()).or_default().push(rule);
    }

    fn candidates<'a>(&'a self, resource: &'a str) -> impl Iterator<Item = usize> + 'a {
        let starts = self.lengths.iter().filter_map(|length| resource.get(..*length));
        let by_start = starts.filter_map(|start| self.starts.get(start));
        self.whole.get(resource).into_iter().chain(by_start).flatten().copied()
    }
}

impl Engine for Indexed {
    fn name(&self) -> &'static str {
        "floor, indexed"
    }

    fn ask(&self, question: usize) -> bool {
        let request = &self.requests[question];
        let Some(prefixes) = self.principals.get(ROLE) else { return false };
        let mut allowed = false;
        for rule in prefixes.candidates(&request.resource) {
            let rule = &self.rules[rule];
            if (rule.deny || !allowed) && rule.matches(request) {
                if rule.deny {
                    return false;
                }
                allowed = true;
            }
        }
        allowed
    }
}

impl Rule {
    fn matches(&self, request: &Request) -> bool {
        self.actions.iter().any(|action| wildcard(action, ACTION))
            && wildcard(&self.resource, &request.resource)
            && self
                .like
                .iter()
                .all(|(key, like)| request.value(key).is_some_and(|value| wildcard(like, value)))
            && (self.networks.is_empty() || self.is_near(request))
    }

    fn is_near(&self, request: &Request) -> bool {
        let address = request.value(SOURCE_IP).and_then(|text| text.parse().ok());
        address.is_some_and(|address| self.networks.iter().any(|network| network.holds(address)))
    }
}

impl Request {
    fn value(&self, wanted: &str) -> Option<&str> {
        self.context.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.as_str())
    }
}

/// A look-up of the principal, one of the bucket, one wildcard, and the address, parsed beforehand.
pub(crate) struct Hash {
    principals: Map<String, Map<String, (String, Vec<Network>)>>,
    requests: Vec<(Question, Ipv4Addr)>,
}

impl Hash {
    /// Takes policies of which each has a bucket of its own.
    pub(crate) fn new(policies: &[Policy], questions: &[Question]) -> Self {
        let of_key = policies.iter().flat_map(|policy| {
            let networks = || policy.networks.iter().map(|text| Network::parse(text)).collect();
            policy.resources.iter().filter_map(move |resource| {
                let (bucket, key) = resource.split_once('/')?;
                Some((bucket.to_owned(), (key.to_owned(), networks())))
            })
        });
        let buckets = of_key.collect();
        let requests = questions
            .iter()
            .map(|question| (question.clone(), question.address.parse().expect("an address")))
            .collect();
        Self { principals: [(ROLE.to_owned(), buckets)].into_iter().collect(), requests }
    }
}

impl Engine for Hash {
    fn name(&self) -> &'static str {
        "floor, hash"
    }

    fn ask(&self, question: usize) -> bool {
        let (question, address) = &self.requests[question];
        let rule = self.principals.get(ROLE).and_then(|buckets| buckets.get(&question.bucket));
        rule.is_some_and(|(key, networks)| {
            wildcard(key, &question.key) && networks.iter().any(|network| network.holds(*address))
        })
    }
}

/// An IPv4 network.
struct Network {
    start: u32,
    mask: u32,
}

impl Network {
    fn parse(text: &str) -> Self {
        let (start, bits) = text.split_once('/').expect("a network");
        let start = start.parse::<Ipv4Addr>().expect("an address").to_bits();
        let bits: u32 = bits.parse().expect("a length");
        Self { start, mask: u32::MAX << (32 - bits) }
    }

    fn holds(&self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask == self.start
    }
}

/// Whether a pattern, in which `*` is any text, covers a text.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut rest = rest;
    while let Some((part, behind)) = rest.split_once('*') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
        rest = behind;
    }
    text.ends_with(rest)
}
