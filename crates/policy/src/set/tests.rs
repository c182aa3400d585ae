use proptest::prelude::*;
use proptest::sample::select;
use rolecall_types::Arn;

use super::*;
use crate::{Context, DocumentKind, Resource};

const ACTIONS: &[&str] =
    &["*", "oss:*", "OSS:get*", "oss:GetObject", "*:Get*", "oss:?etObject", "ecs:*", "ram:GetRole"];
const RESOURCES: &[&str] = &[
    "*",
    "acs:*:*:*:*",
    "acs:oss:*:*:*",
    "acs:oss:*:1:bucket",
    "acs:oss:*:*:bucket/*",
    "acs:oss:*:*:bucket/a/*.txt",
    "acs:oss:*:*:bucket/a/b.txt",
    "acs:oss:*:*:buck?t/a/b.txt",
    "acs:oss:*:*:*/a/b.txt",
    "acs:oss:*:*:*/b*",
    "acs:oss:*:*:?ucket/a*",
    "acs:*s:*:*:bucket*",
    "acs:OSS:cn-*:2:bucket*",
    "acs:ram::1:role/Web",
    "acs:ram:*:*:ROLE/*",
    "acs:ram:*:*:*/web",
    "acs:*:*cn-beijing*:*:*",
];
const NAMES: &[&str] = &[
    "*",
    "acs:oss:*:1:bucket",
    "acs:oss:*:1:bucket/a/b.txt",
    "acs:oss:*:1:Bucket/a/b.txt",
    "acs:oss:cn-beijing:2:bucket/a/b.txt",
    "acs:oss:*:1:other/a/b.txt",
    "acs:ram:*:1:role/wEB",
    "acs:ram:*:1:user/web",
    "acs:ecs:cn-beijing:1:instance/*",
];

fn statement() -> impl Strategy<Value = String> {
    (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        prop::collection::vec(select(ACTIONS), 1..3),
        prop::bool::weighted(0.1),
        prop::collection::vec(select(RESOURCES), 1..4),
        select(&["{}", r#"{"StringEquals":{"k":"v"}}"#, r#"{"StringNotLike":{"k":"v*"}}"#][..]),
    )
        .prop_map(|(deny, not_action, actions, not_resource, resources, condition)| {
            format!(
                r#"{{"Effect":"{}","{}Action":{actions:?},"{}Resource":{resources:?},"Condition":{condition}}}"#,
                if deny { "Deny" } else { "Allow" },
                if not_action { "Not" } else { "" },
                if not_resource { "Not" } else { "" },
            )
        })
}

/// The definition of a decision, with no index.
fn linear(documents: &[Arc<Document>], check: &Check<'_>) -> Decision {
    let matching =
        documents.iter().flat_map(|document| document.statements()).filter(|statement| {
            statement.covers_action(check)
                && statement.covers_resource(check)
                && statement.covers_principal(check)
                && statement.conditions().iter().all(|condition| condition.holds(check.context))
        });
    let decisions: Vec<_> = matching.map(Statement::decision).collect();
    let first = [Decision::ExplicitDeny, Decision::Allow].into_iter();
    first.into_iter().find(|d| decisions.contains(d)).unwrap_or(Decision::ImplicitDeny)
}

fn source() -> Arc<Source> {
    let (name, version) = ("p".to_owned(), "v1".to_owned());
    Arc::new(Source { policy_type: PolicyType::Custom, name, version })
}

fn check(statements: &[String], action: &str, name: &str, key: Option<&str>) -> Decision {
    let documents: Vec<_> = statements
        .iter()
        .map(|statement| {
            let text = format!(r#"{{"Version":"1","Statement":{statement}}}"#);
            Arc::new(Document::parse(DocumentKind::Identity, &text).unwrap())
        })
        .collect();
    let set = PolicySet::compile(documents.iter().map(|d| (source(), Arc::clone(d))));
    let resource = Arn::parse(name).map_or(Resource::Any, Resource::Named);
    let context = key.map_or_else(Context::new, |value| Context::new().with("K", value));
    let check = Check { action, resource: &resource, context: &context, principal: None };
    let decision = set.decide(&check);
    assert_eq!(decision, linear(&documents, &check), "{statements:?} {check:?}");
    let deciding = set.deciding(&check).map(|rule| rule.statement.decision());
    assert_eq!(decision, deciding.unwrap_or(Decision::ImplicitDeny), "{statements:?} {check:?}");
    decision
}

#[test]
fn a_set_without_statements_allows_nothing() {
    assert_eq!(check(&[], "oss:GetObject", "*", None), Decision::ImplicitDeny);
    assert!(PolicySet::compile([]).is_empty());
}

#[test]
fn excluded_resources_are_all_others() {
    let other = "acs:oss:*:1:other/a/b.txt";
    for (resources, name, expected) in [
        (r#""acs:oss:*:*:bucket/*""#, other, Decision::Allow),
        (r#""acs:oss:*:*:bucket/*""#, "acs:oss:*:1:bucket/a", Decision::ImplicitDeny),
        (r#"["acs:oss:*:*:bucket/*","acs:oss:*:*:other/*"]"#, other, Decision::ImplicitDeny),
        (r#""acs:oss:*:*:bucket/*""#, "*", Decision::Allow),
        (r#""*""#, other, Decision::ImplicitDeny),
        (r#""*""#, "*", Decision::ImplicitDeny),
    ] {
        let statement = format!(r#"{{"Effect":"Allow","Action":"*","NotResource":{resources}}}"#);
        assert_eq!(
            check(&[statement], "oss:GetObject", name, None),
            expected,
            "{resources} {name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_index_misses_nothing(
        statements in prop::collection::vec(statement(), 0..12),
        action in select(&["oss:GetObject", "oss:PutObject", "ecs:StopInstance", "RAM:getrole"][..]),
        name in select(NAMES),
        key in select(&[None, Some("v"), Some("w"), Some("")][..]),
    ) {
        check(&statements, action, name, key);
    }
}
