//! Laws of one set of policies.

use proptest::prelude::*;
use proptest::sample::select;
use rolecall_policy::Decision;
use serde_json::{Value, json};

use crate::given::{
    ACTIONS, Asked, RESOURCES, ask, asked, check, config, document, everything, hole, inverted,
    named, set, set_of, statement, statements, with_effect,
};

/// An allowance of one action on one resource.
fn allowance(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn on(action: &str, resource: &str) -> Asked {
    let context = rolecall_policy::Context::new();
    Asked { action: action.to_owned(), resource: named(resource), context }
}

proptest! {
    #![proptest_config(config())]

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
    fn what_nothing_allows_is_denied(some in statements(), asked in asked()) {
        let denials: Vec<Value> = some.iter().map(|one| with_effect(one, "Deny")).collect();
        prop_assert_ne!(check(&denials, &asked), Decision::Allow);
        prop_assert_eq!(check(&[], &asked), Decision::ImplicitDeny);
        let elsewhere: Vec<Value> = some
            .iter()
            .map(|one| {
                let mut one = one.clone();
                one.as_object_mut().unwrap().remove("NotAction");
                one["Action"] = "kms:*".into();
                one
            })
            .collect();
        prop_assert_eq!(check(&elsewhere, &asked), Decision::ImplicitDeny);
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
    fn the_order_of_statements_and_policies_does_not_matter(
        some in statements(),
        turned in 0..6_usize,
        asked in asked(),
    ) {
        let decision = check(&some, &asked);
        let mut other: Vec<Value> = some.iter().rev().cloned().collect();
        prop_assert_eq!(check(&other, &asked), decision, "policies");
        if !other.is_empty() {
            let turned = turned % other.len();
            other.rotate_left(turned);
            prop_assert_eq!(ask(&set_of([document(&other)]), &asked), decision, "statements");
        }
    }

    #[test]
    fn repetition_does_not_matter(some in statements(), asked in asked()) {
        let twice = [some.clone(), some.clone()].concat();
        prop_assert_eq!(check(&twice, &asked), check(&some, &asked));
    }

    #[test]
    fn lists_can_be_split(one in statement(), asked in asked()) {
        let decision = check(std::slice::from_ref(&one), &asked);
        for element in ["Action", "Resource"] {
            let Some(list) = one.get(element).and_then(Value::as_array) else { continue };
            let parts: Vec<_> = list
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
    fn a_wider_pattern_covers_no_less(
        (action, resource) in (select(ACTIONS), select(RESOURCES)),
        (first, second) in ((hole(), hole()), (hole(), hole())),
        other in asked(),
    ) {
        let narrow = (first.0.widen(action), first.1.widen_resource(resource));
        let wide = (second.0.widen(&narrow.0), second.1.widen_resource(&narrow.1));
        let (narrow, wide) = (allowance(&narrow.0, &narrow.1), allowance(&wide.0, &wide.1));
        let asked = on(action, resource);
        prop_assert_eq!(check(std::slice::from_ref(&narrow), &asked), Decision::Allow);
        prop_assert_eq!(check(std::slice::from_ref(&wide), &asked), Decision::Allow);
        if check(&[narrow], &other) == Decision::Allow {
            prop_assert_eq!(check(&[wide], &other), Decision::Allow);
        }
    }

    #[test]
    fn case_matters_where_names_are_told_apart_by_it(
        some in statements(),
        asked in asked(),
        (action, resource) in (select(ACTIONS), select(RESOURCES)),
    ) {
        let decision = check(&some, &asked);
        let loud = Asked { action: asked.action.to_ascii_uppercase(), ..asked.clone() };
        prop_assert_eq!(check(&some, &loud), decision);
        // Roles are the same whatever their case; no other resource is.
        let (scope, id) = resource.rsplit_once(':').unwrap();
        let (id, expected) = match id.split_once('/') {
            Some(("role", name)) => {
                (format!("role/{}", name.to_ascii_uppercase()), Decision::Allow)
            }
            _ => (id.to_ascii_uppercase(), Decision::ImplicitDeny),
        };
        let loud = on(action, &format!("{scope}:{id}"));
        prop_assert_eq!(check(&[allowance(action, resource)], &loud), expected);
    }

    #[test]
    fn a_key_that_a_request_lacks_meets_negations_alone(
        asked in asked(),
        key in "[a-z]{2,6}:[A-Za-z]{3,9}",
        value in "[a-z]{0,3}",
        present in any::<bool>(),
    ) {
        let meets = |operator: &str| {
            let mut one = everything();
            one["Condition"] = json!({operator: {key.clone(): value.clone()}});
            // Whatever else a request tells does not matter; nor does the case of a key.
            let asked = asked.with("other:Key", &value);
            let asked = if present { asked.with(&key.to_uppercase(), &value) } else { asked };
            check(&[one], &asked) == Decision::Allow
        };
        for (operator, with, without) in [
            ("StringEquals", true, false),
            ("StringNotEquals", false, true),
            ("StringLike", true, false),
            ("StringNotLike", false, true),
            ("StringEqualsIgnoreCase", true, false),
            ("StringNotEqualsIgnoreCase", false, true),
            ("ForAllValues:StringEquals", true, true),
            ("ForAllValues:StringNotEquals", false, true),
            ("ForAnyValue:StringEquals", true, false),
            ("ForAnyValue:StringNotEquals", false, false),
        ] {
            prop_assert_eq!(meets(operator), if present { with } else { without }, "{}", operator);
        }
    }

    #[test]
    fn keys_that_no_policy_names_do_not_matter(some in statements(), asked in asked()) {
        prop_assert_eq!(check(&some, &asked.with("acs:Unknown", "x")), check(&some, &asked));
    }

    #[test]
    fn an_excluding_element_is_the_opposite(one in statement(), asked in asked()) {
        for (element, other) in [("Action", "Resource"), ("Resource", "Action")] {
            let mut plain = with_effect(&one, "Allow");
            plain["Condition"] = json!({});
            plain.as_object_mut().unwrap().remove(&format!("Not{other}"));
            plain[other] = "*".into();
            let opposite = inverted(&plain, element);
            prop_assert_ne!(check(&[plain], &asked), check(&[opposite], &asked), "{}", element);
        }
    }

    #[test]
    fn a_set_that_was_asked_before_answers_as_a_new_one(
        some in statements(),
        requests in prop::collection::vec(asked(), 1..6),
    ) {
        let kept = set(&some);
        for asked in requests.iter().chain(requests.iter().rev()) {
            prop_assert_eq!(ask(&kept, asked), check(&some, asked));
        }
    }
}
