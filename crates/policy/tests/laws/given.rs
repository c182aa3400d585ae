//! What the laws are tried with: statements and requests made of the same few names, so that many
//! of them meet.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use rolecall_policy::{
    Check, Context, Decision, Document, DocumentKind, PolicySet, PolicyType, Resource, Source,
};
use rolecall_types::Arn;
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "1234567890123456";
pub(crate) const STRANGER: &str = "6543210987654321";

pub(crate) const ACTIONS: &[&str] =
    &["oss:GetObject", "oss:PutObject", "ecs:StopInstances", "ram:GetRole"];
pub(crate) const RESOURCES: &[&str] = &[
    "acs:oss:*:1234567890123456:bucket/key",
    "acs:oss:*:1234567890123456:bucket",
    "acs:oss:cn-beijing:6543210987654321:bucket/key",
    "acs:ecs:cn-beijing:1234567890123456:instance/i-1",
    "acs:ram::1234567890123456:role/Web",
];
const CONDITIONS: &[&str] = &[
    "{}",
    "{}",
    r#"{"StringEquals":{"k":["a","b"]}}"#,
    r#"{"StringNotEquals":{"k":"a"}}"#,
    r#"{"StringLike":{"k":"a*"},"Bool":{"acs:SecureTransport":"true"}}"#,
    r#"{"ForAllValues:StringEquals":{"k":["a","b"]}}"#,
    r#"{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#,
];

/// How often a law is tried: as often as `ROLECALL_LAW_CASES` says, or enough for a test.
#[expect(clippy::disallowed_methods, reason = "proptest is configured before any test runs")]
pub(crate) fn config() -> ProptestConfig {
    let cases = std::env::var("ROLECALL_LAW_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(cases.unwrap_or(1_000))
}

/// A place of a text at which letters give way to a wildcard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hole {
    place: usize,
    letters: usize,
    wildcard: Wildcard,
}

#[derive(Debug, Clone, Copy)]
enum Wildcard {
    None,
    Star,
    Question,
}

pub(crate) fn hole() -> impl Strategy<Value = Hole> {
    let wildcards = vec![Wildcard::None, Wildcard::Star, Wildcard::Star, Wildcard::Question];
    (0..40_usize, 0..20_usize, select(wildcards)).prop_map(|(place, letters, wildcard)| Hole {
        place,
        letters,
        wildcard,
    })
}

impl Hole {
    /// A pattern that matches whatever `pattern` matches. A colon gives way to `*` alone.
    pub(crate) fn widen(self, pattern: &str) -> String {
        let letters: Vec<char> = pattern.chars().collect();
        let place = self.place % (letters.len() + 1);
        let (head, rest) = letters.split_at(place);
        let (wildcard, gone) = match (self.wildcard, rest.first()) {
            (Wildcard::Star, _) => ("*", self.letters.min(rest.len())),
            (Wildcard::Question, Some(letter)) if !matches!(letter, ':' | '*') => ("?", 1),
            _ => ("", 0),
        };
        head.iter().copied().chain(wildcard.chars()).chain(rest[gone..].iter().copied()).collect()
    }

    /// The same for a resource: a wildcard stays in the relative id.
    pub(crate) fn widen_resource(self, pattern: &str) -> String {
        match pattern.rsplit_once(':') {
            Some((scope, id)) => format!("{scope}:{}", self.widen(id)),
            None => pattern.to_owned(),
        }
    }
}

fn action() -> impl Strategy<Value = String> {
    (select(ACTIONS), hole(), prop::bool::weighted(0.1))
        .prop_map(|(name, hole, all)| if all { "*".to_owned() } else { hole.widen(name) })
}

fn resource() -> impl Strategy<Value = String> {
    (select(RESOURCES), hole(), 0..10).prop_map(|(name, hole, scope)| match scope {
        0 => "*".to_owned(),
        1 => "acs:*:cn-*:*:*".to_owned(),
        2 => hole.widen_resource(&name.replace(ACCOUNT, "*")),
        3 => hole.widen_resource(&name.replace(STRANGER, "")),
        _ => hole.widen_resource(name),
    })
}

pub(crate) fn statement() -> impl Strategy<Value = Value> {
    (
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::collection::vec(action(), 1..4),
        prop::collection::vec(resource(), 1..4),
        select(CONDITIONS),
    )
        .prop_map(|(deny, but_actions, but_resources, actions, resources, condition)| {
            json!({
                "Effect": if deny { "Deny" } else { "Allow" },
                if but_actions { "NotAction" } else { "Action" }: actions,
                if but_resources { "NotResource" } else { "Resource" }: resources,
                "Condition": serde_json::from_str::<Value>(condition).unwrap(),
            })
        })
}

pub(crate) fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..6)
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) resource: Resource,
    pub(crate) context: Context,
}

impl Asked {
    /// The same request with another key in its context.
    pub(crate) fn with(&self, key: &str, value: &str) -> Self {
        Self { context: self.context.clone().with(key, value), ..self.clone() }
    }
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    (
        select(ACTIONS),
        prop::option::weighted(0.9, select(RESOURCES)),
        prop::collection::vec(select(vec!["a", "b", "ab", "c"]), 0..3),
        select(vec![None, Some("10.1.1.1"), Some("11.1.1.1")]),
    )
        .prop_map(|(action, resource, values, address)| {
            let mut context = Context::new().with("acs:SecureTransport", "true");
            for value in values {
                context.insert("k", value);
            }
            if let Some(address) = address {
                context.insert("acs:SourceIp", address);
            }
            Asked { action: action.to_owned(), resource: named(resource.unwrap_or("*")), context }
        })
}

/// A resource by its name.
pub(crate) fn named(resource: &str) -> Resource {
    Arn::parse(resource).map_or(Resource::Any, Resource::Named)
}

pub(crate) fn read(kind: DocumentKind, statements: &[Value]) -> Result<Document, String> {
    let text = json!({ "Version": "1", "Statement": statements }).to_string();
    Document::parse(kind, &text).map_err(|error| error.to_string())
}

pub(crate) fn document(statements: &[Value]) -> Document {
    read(DocumentKind::Identity, statements).unwrap()
}

pub(crate) fn set_of(documents: impl IntoIterator<Item = Document>) -> PolicySet {
    let (name, version) = ("law".to_owned(), "v1".to_owned());
    let source = Arc::new(Source { policy_type: PolicyType::Custom, name, version });
    PolicySet::compile(documents.into_iter().map(|d| (Arc::clone(&source), Arc::new(d))))
}

/// A document for each statement.
pub(crate) fn set(statements: &[Value]) -> PolicySet {
    set_of(statements.iter().map(|statement| document(std::slice::from_ref(statement))))
}

pub(crate) fn ask(set: &PolicySet, asked: &Asked) -> Decision {
    set.decide(&Check {
        action: &asked.action,
        resource: &asked.resource,
        context: &asked.context,
        principal: None,
    })
}

pub(crate) fn check(statements: &[Value], asked: &Asked) -> Decision {
    ask(&set(statements), asked)
}

pub(crate) fn with_effect(statement: &Value, effect: &str) -> Value {
    let mut statement = statement.clone();
    statement["Effect"] = effect.into();
    statement
}

/// The statement with an element that says the opposite.
pub(crate) fn inverted(statement: &Value, element: &str) -> Value {
    let mut statement = statement.clone();
    let elements = statement.as_object_mut().unwrap();
    let not = format!("Not{element}");
    let (name, patterns) = match elements.remove(element) {
        Some(patterns) => (not, patterns),
        None => (element.to_owned(), elements.remove(&not).unwrap()),
    };
    elements.insert(name, patterns);
    statement
}

/// An allowance of everything.
pub(crate) fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

#[test]
fn what_the_laws_are_tried_with_is_not_one_sided() {
    let mut counts = std::collections::HashMap::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..2_000 {
        let (some, asked) = (statements(), asked()).new_tree(&mut runner).unwrap().current();
        *counts.entry(check(&some, &asked)).or_insert(0) += 1;
    }
    for decision in [Decision::Allow, Decision::ExplicitDeny, Decision::ImplicitDeny] {
        assert!(counts.get(&decision) > Some(&150), "{counts:?}");
    }
}
