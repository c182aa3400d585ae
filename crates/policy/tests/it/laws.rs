//! Laws that hold for all policies and requests.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use rolecall_policy::{
    Authority, Check, Combine, Context, Decision, Document, DocumentKind, PolicySet, PolicyType,
    PrincipalFacts, PrincipalKind, Resource, Source, decide,
};
use rolecall_types::{AccountId, Arn};
use serde_json::{Value, json};

const ACCOUNT: &str = "1234567890123456";

const ACTIONS: &[&str] =
    &["*", "oss:*", "OSS:get*", "oss:GetObject", "oss:PutObject", "*:Get*", "ecs:StopInstance?"];
const RESOURCES: &[&str] = &[
    "*",
    "acs:oss:*:*:*",
    "acs:oss:*:1234567890123456:bucket/*",
    "acs:oss:*:6543210987654321:*",
    "acs:oss:*:*:*/key",
    "acs:oss::1234567890123456:bucket/key",
    "acs:*:cn-*:*:*",
];
const CONDITIONS: &[&str] = &[
    "{}",
    r#"{"StringEquals":{"k":["a","b"]}}"#,
    r#"{"StringNotEquals":{"k":"a"}}"#,
    r#"{"StringLike":{"k":"a*"},"Bool":{"acs:SecureTransport":"true"}}"#,
    r#"{"ForAllValues:StringEquals":{"k":["a","b"]}}"#,
    r#"{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#,
];

fn statement() -> impl Strategy<Value = Value> {
    (
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.1),
        prop::collection::vec(select(ACTIONS), 1..4),
        prop::collection::vec(select(RESOURCES), 1..4),
        select(CONDITIONS),
    )
        .prop_map(|(deny, inverted, actions, resources, condition)| {
            let element = if inverted { "NotAction" } else { "Action" };
            json!({
                "Effect": if deny { "Deny" } else { "Allow" },
                element: actions,
                "Resource": resources,
                "Condition": serde_json::from_str::<Value>(condition).unwrap(),
            })
        })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..6)
}

/// One request.
#[derive(Debug, Clone)]
struct Asked {
    action: String,
    resource: Resource,
    context: Context,
}

fn asked() -> impl Strategy<Value = Asked> {
    let resources = [
        "*",
        "acs:oss:*:1234567890123456:bucket/key",
        "acs:oss:*:1234567890123456:bucket",
        "acs:oss:cn-beijing:6543210987654321:bucket/key",
        "acs:ecs:cn-beijing:1234567890123456:instance/i-1",
    ];
    (
        select(vec!["oss:GetObject", "oss:PutObject", "ecs:StopInstances", "ram:GetRole"]),
        select(resources.to_vec()),
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
            let resource = Arn::parse(resource).map_or(Resource::Any, Resource::Named);
            Asked { action: action.to_owned(), resource, context }
        })
}

fn document(statements: &[Value]) -> Document {
    let text = json!({ "Version": "1", "Statement": statements }).to_string();
    Document::parse(DocumentKind::Identity, &text).unwrap()
}

fn set_of(documents: impl IntoIterator<Item = Document>) -> PolicySet {
    let (name, version) = ("law".to_owned(), "v1".to_owned());
    let source = Arc::new(Source { policy_type: PolicyType::Custom, name, version });
    PolicySet::compile(documents.into_iter().map(|d| (Arc::clone(&source), Arc::new(d))))
}

/// A document for each statement.
fn set(statements: &[Value]) -> PolicySet {
    set_of(statements.iter().map(|statement| document(std::slice::from_ref(statement))))
}

fn ask(set: &PolicySet, asked: &Asked) -> Decision {
    set.decide(&Check {
        action: &asked.action,
        resource: &asked.resource,
        context: &asked.context,
        principal: None,
    })
}

fn check(statements: &[Value], asked: &Asked) -> Decision {
    ask(&set(statements), asked)
}

fn with_effect(statement: &Value, effect: &str) -> Value {
    let mut statement = statement.clone();
    statement["Effect"] = effect.into();
    statement
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_deny_that_matches_wins(some in statements(), one in statement(), asked in asked()) {
        let matches = check(&[with_effect(&one, "Allow")], &asked) == Decision::Allow;
        let mut more = some.clone();
        more.push(with_effect(&one, "Deny"));
        if matches {
            prop_assert_eq!(check(&more, &asked), Decision::ExplicitDeny);
        } else {
            prop_assert_eq!(check(&more, &asked), check(&some, &asked));
        }
    }

    #[test]
    fn more_denials_never_allow(some in statements(), one in statement(), asked in asked()) {
        let mut more = some.clone();
        more.push(with_effect(&one, "Deny"));
        if check(&some, &asked) != Decision::Allow {
            prop_assert_ne!(check(&more, &asked), Decision::Allow);
        }
    }

    #[test]
    fn more_allowances_never_deny(some in statements(), one in statement(), asked in asked()) {
        let mut more = some.clone();
        more.push(with_effect(&one, "Allow"));
        match check(&some, &asked) {
            Decision::ImplicitDeny => {
                prop_assert_ne!(check(&more, &asked), Decision::ExplicitDeny);
            }
            decision => prop_assert_eq!(check(&more, &asked), decision),
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(some in statements(), asked in asked()) {
        let decision = check(&some, &asked);
        let reversed: Vec<_> = some.iter().rev().cloned().collect();
        prop_assert_eq!(check(&reversed, &asked), decision);
        prop_assert_eq!(check(&[some.clone(), reversed].concat(), &asked), decision);
        if !some.is_empty() {
            let one_document = set_of([document(&some)]);
            prop_assert_eq!(ask(&one_document, &asked), decision, "one document or several");
        }
    }

    #[test]
    fn lists_can_be_split(one in statement(), asked in asked()) {
        let decision = check(std::slice::from_ref(&one), &asked);
        let mut elements = vec!["Resource"];
        if one.get("Action").is_some() {
            elements.push("Action");
        }
        for element in elements {
            let parts: Vec<_> = one[element]
                .as_array()
                .unwrap()
                .iter()
                .map(|single| {
                    let mut part = one.clone();
                    part[element] = single.clone();
                    part
                })
                .collect();
            prop_assert_eq!(check(&parts, &asked), decision, "{}", element);
        }
    }

    #[test]
    fn an_excluded_action_is_the_opposite(one in statement(), asked in asked()) {
        let mut plain = with_effect(&one, "Allow");
        plain["Resource"] = "*".into();
        plain["Condition"] = json!({});
        let mut opposite = plain.clone();
        let elements = opposite.as_object_mut().unwrap();
        if let Some(actions) = elements.remove("Action") {
            elements.insert("NotAction".to_owned(), actions);
        } else {
            let actions = elements.remove("NotAction").unwrap();
            elements.insert("Action".to_owned(), actions);
        }
        prop_assert_ne!(check(&[plain], &asked), check(&[opposite], &asked));
    }

    #[test]
    fn the_case_of_actions_does_not_matter(some in statements(), asked in asked()) {
        let other = Asked { action: asked.action.to_ascii_uppercase(), ..asked.clone() };
        prop_assert_eq!(check(&some, &other), check(&some, &asked));
    }

    #[test]
    fn keys_that_no_policy_names_do_not_matter(some in statements(), asked in asked()) {
        let mut other = asked.clone();
        other.context.insert("acs:Unknown", "x");
        prop_assert_eq!(check(&some, &other), check(&some, &asked));
    }

    #[test]
    fn a_wider_pattern_covers_no_less(one in statement(), asked in asked()) {
        let mut wider = one.clone();
        wider["Resource"] = "*".into();
        let narrow = check(&[one], &asked);
        if narrow != Decision::ImplicitDeny {
            prop_assert_eq!(check(&[wider], &asked), narrow);
        }
    }

    #[test]
    fn what_is_printed_is_read_the_same(some in statements(), asked in asked()) {
        prop_assume!(!some.is_empty());
        let document = document(&some);
        let again = Document::parse(DocumentKind::Identity, &document.print()).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(ask(&set_of([again]), &asked), check(&some, &asked));
    }

    #[test]
    fn a_session_has_no_more_than_its_role(
        identity in statements(),
        session in statements(),
        asked in asked(),
    ) {
        let (identity, session) = (set(&identity), set(&session));
        let with = layered(&[&session], &identity, Combine::Identity, &asked);
        let both = [ask(&identity, &asked), ask(&session, &asked)];
        let expected = both == [Decision::Allow; 2];
        prop_assert_eq!(with == Decision::Allow, expected);
        let twice = layered(&[&session, &session], &identity, Combine::Identity, &asked);
        prop_assert_eq!(twice, with);
    }

    #[test]
    fn accounts_are_isolated(identity in statements(), asked in asked()) {
        let identity = set(&identity);
        let foreign = matches!(&asked.resource, Resource::Named(arn) if arn.account != ACCOUNT);
        let decision = layered(&[], &identity, Combine::Or, &asked);
        if foreign {
            prop_assert_ne!(decision, Decision::Allow);
        } else {
            prop_assert_eq!(decision, ask(&identity, &asked));
        }
    }
}

fn layered(
    sessions: &[&PolicySet],
    identity: &PolicySet,
    combine: Combine,
    asked: &Asked,
) -> Decision {
    let principal = PrincipalFacts {
        account: AccountId::parse(ACCOUNT).unwrap(),
        kind: PrincipalKind::Anonymous,
    };
    let authority = Authority {
        root: false,
        control: &[],
        sessions,
        identity: &[identity],
        resource_group: &[],
        resource: None,
        combine,
        principal: &principal,
    };
    let check = Check {
        action: &asked.action,
        resource: &asked.resource,
        context: &asked.context,
        principal: None,
    };
    decide(&authority, &check).decision
}
