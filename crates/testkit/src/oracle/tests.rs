use serde_json::json;

use super::*;

#[test]
fn globs_are_anchored_and_exact() {
    let check = |pattern: &str, text: &str, expected: bool| {
        assert_eq!(glob(pattern, text, exactly), expected, "{pattern:?} on {text:?}");
    };
    check("", "", true);
    check("", "a", false);
    check("*", "", true);
    check("a*b", "ab", true);
    check("a*b", "axxb", true);
    check("a*b", "axxbc", false);
    check("a?b", "ab", false);
    check("a?b", "a中b", true);
    check("**a", "aba", true);
    check("A", "a", false);
}

/// Every pattern and every text of a few characters, against the definition: a `*` is followed by
/// the rest of the pattern either here or one character later.
#[test]
fn globs_are_what_their_definition_says() {
    fn defined(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], rest) => rest.is_empty(),
            ([b'*', after @ ..], rest) => {
                defined(after, rest) || matches!(rest, [_, tail @ ..] if defined(pattern, tail))
            }
            ([wanted, after @ ..], [found, rest @ ..]) => {
                (*wanted == b'?' || wanted == found) && defined(after, rest)
            }
            ([_, ..], []) => false,
        }
    }
    let words = |letters: &[u8], longest: u32| -> Vec<String> {
        let of_length = |length: u32| {
            (0..letters.len().pow(length)).map(move |number| {
                let place = |at: u32| letters[number / letters.len().pow(at) % letters.len()];
                (0..length).map(|at| char::from(place(at))).collect()
            })
        };
        (0..=longest).flat_map(of_length).collect()
    };
    let mut matching = 0;
    let (patterns, texts) = (words(b"ab*?", 5), words(b"ab", 5));
    for pattern in &patterns {
        for text in &texts {
            let expected = defined(pattern.as_bytes(), text.as_bytes());
            assert_eq!(glob(pattern, text, exactly), expected, "{pattern:?} on {text:?}");
            matching += usize::from(expected);
        }
    }
    let all = patterns.len() * texts.len();
    assert!(matching * 20 > all && matching * 2 < all, "{matching} of {all}");
}

#[test]
fn resources_compare_part_by_part() {
    let check = |pattern: &str, resource: &str, expected: bool| {
        assert_eq!(
            resource_matches(&Name::new(pattern), &Name::new(resource)),
            expected,
            "{pattern} on {resource}"
        );
    };
    check("*", "*", true);
    check("acs:*:*:*:*", "*", false);
    check("acs:ram::1:role/a", "acs:ram:*:1:role/a", true);
    check("acs:ram:*:1:role/a", "acs:ram::1:role/A", true);
    check("acs:ram:*:1:user/a", "acs:ram::1:user/A", false);
    check("acs:*:*cn-beijing*:*:*", "acs:ecs:cn-beijing-a:1:instance/i", true);
    check("acs:oss:*:*:b/*", "acs:oss:*:1:b/x/y:z", true);
    check("acs:oss:*", "acs:oss:*:1:b", false);
    check("acs:oss:*:*:B", "acs:oss:*:1:b", false);
}

#[test]
fn numbers_and_dates_compare_by_value() {
    let check = |operator: &str, found: &str, listed: &str, expected: bool| {
        let condition = json!({operator: {"k": listed}});
        let context = json!({"K": found});
        let context = context.as_object().cloned().unwrap_or_default();
        assert_eq!(
            condition::holds(Some(&condition), &context),
            expected,
            "{found} {operator} {listed}"
        );
    };
    check("NumericEquals", "10.50", "10.5", true);
    check("NumericEquals", "-0", "0", true);
    check("NumericLessThan", "9007199254740992", "9007199254740993", true);
    check("NumericLessThan", "-2", "-1.5", true);
    check("NumericEquals", "ten", "ten", false);
    check("NumericNotEquals", "ten", "ten", true);
    check("DateEquals", "2019-08-12T17:00:00+08:00", "2019-08-12T09:00:00Z", true);
    check("DateEquals", "2019-08-12T01:00:00.5-08:00", "2019-08-12T09:00:00.50Z", true);
    check("DateEquals", "2019-08-12T17:00+0800", "2019-08-12T01:00:00-08", true);
    check("DateLessThan", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", true);
    check("DateLessThan", "1900-02-28T23:59:59Z", "1900-03-01T00:00:00Z", true);
    check("DateEquals", "1900-03-01T00:00:00+24:00", "1900-02-28T00:00:00Z", false);
    check("DateLessThan", "2020-02-29T23:59:59Z", "2020-03-01T00:00:00Z", true);
    check("DateEquals", "2019-02-29T00:00:00Z", "2019-02-29T00:00:00Z", false);
    check("IpAddress", "192.168.3.4", "192.168.1.1/16", true);
    check("IpAddress", "2001:db8::1", "2001:db8::/32", true);
    check("NotIpAddress", "2001:db8::1", "0.0.0.0/0", true);
    check("NumericEquals", "+10", "10", true);
    check("NumericEquals", "-+10", "10", false);
    check("DateEquals", "2019-08-12T09:00:00.Z", "2019-08-12T09:00:00Z", false);
    check("DateLessThan", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", true);
    check("IpAddress", "::ffff:10.1.2.3", "10.0.0.0/8", true);
    check("IpAddress", "10.1.2.3", "::ffff:10.0.0.0/104", true);
    check("IpAddress", "10.1.2.3", "::ffff:0:0/95", false);
    check("IpAddress", "10.1.2.3", "10.0.0.0/+8", false);
    check("IpAddress", "10.1.2.3/8", "10.0.0.0/8", false);
    check("Bool", "TRUE", "true", true);
    check("Bool", "yes", "yes", false);
}

#[test]
fn absent_keys_fail_positive_operators_only() {
    let check = |operator: &str, expected: bool| {
        let condition = json!({operator: {"k": ["a", "b"]}});
        assert_eq!(condition::holds(Some(&condition), &Map::new()), expected, "{operator}");
    };
    check("StringEquals", false);
    check("StringNotEquals", true);
    check("ForAllValues:StringEquals", true);
    check("ForAnyValue:StringEquals", false);
    check("ForAnyValue:StringNotEquals", false);
}

#[test]
fn the_root_user_owns_its_account_but_assumes_no_role() {
    let check = |combine: Combine, resource: &str, principal: Value, expected: Answer| {
        let case = json!({
            "combine": combine,
            "principal": {"type": "Account", "account": "1"},
            "policies": {
                "control": [[]],
                "identity_account": [],
                "resource_based": [{"Version": "1", "Statement": {
                    "Effect": "Allow", "Action": "*", "Principal": principal}}],
            },
            "requests": [{"action": "a:B", "resource": resource}],
        });
        let case: Case = serde_json::from_value(case).unwrap();
        assert_eq!(evaluate(&case), expected, "{combine:?} {resource}");
    };
    let trusted = json!({"RAM": "acs:ram::1:root"});
    check(Combine::IdentityOnly, "acs:ecs:r:1:i", json!([]), Answer::Allow);
    check(Combine::IdentityOnly, "acs:ecs:r:2:i", json!([]), Answer::ImplicitDeny);
    check(Combine::And, "acs:ram::1:role/r", trusted, Answer::ImplicitDeny);
    check(Combine::Or, "acs:oss:*:1:b", json!(["1"]), Answer::Allow);
    check(Combine::Or, "acs:oss:*:1:b", json!(["2"]), Answer::Allow);
    check(Combine::Or, "acs:oss:*:2:b", json!(["2"]), Answer::ImplicitDeny);
}

#[test]
fn malformed_documents_are_refused() {
    let check = |kind: Kind, statement: Value, expected: bool| {
        let document = json!({"Version": "1", "Statement": [statement]});
        assert_eq!(well_formed(kind, &document).is_ok(), expected, "{kind:?} {document}");
    };
    let good = json!({"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {}});
    check(Kind::Identity, good.clone(), true);
    check(Kind::Trust, good.clone(), false);
    let change = |element: &str, value: Value, expected: bool| {
        let mut statement = good.clone();
        statement[element] = value;
        check(Kind::Identity, statement, expected);
    };
    change("Effect", json!("allow"), false);
    change("NotAction", json!("a:B"), false);
    change("NotResource", json!("*"), false);
    change("Principal", json!(["*"]), false);
    change("Sid", json!("x"), false);
    change("Resource", json!("arn:aws:s3"), false);
    change("Resource", json!([]), false);
    change("Action", json!([1]), false);
    change("Condition", json!({"StringEquals": {"k": true}}), false);
    change("Condition", json!({"StringEqualsIfExists": {"k": "v"}}), false);
    change("Condition", json!({"Null": {"k": "true"}}), false);
    change("Condition", json!({"ForAnyValue:StringLike": {"k": ["v"]}}), true);
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", 
        "Principal": {"RAM": "acs:ram::1234567890123456:root"}});
    check(Kind::Trust, trust.clone(), true);
    check(Kind::Identity, trust.clone(), false);
    check(Kind::Bucket, trust, false);
    let no_version = json!({"Statement": [good]});
    assert!(well_formed(Kind::Identity, &no_version).is_err());
    assert!(well_formed(Kind::Identity, &json!({"Version": "1", "Statement": []})).is_err());
}
