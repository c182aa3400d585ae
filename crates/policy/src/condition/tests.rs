use super::*;

fn check(operator: &str, listed: &[&str], given: Option<&[&str]>) -> bool {
    let operator = Operator::parse(operator).unwrap();
    let values = listed.iter().map(|value| (*value).to_owned()).collect();
    let condition = Condition::new(operator, "k".to_owned(), values).unwrap();
    let mut context = Context::new().with("other", "x");
    if let Some(given) = given {
        context.replace("K", given.iter().map(|value| (*value).to_owned()));
    }
    condition.holds(&context)
}

/// Operator, listed values, values that meet it, values that do not.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);

const CASES: &[Case<'_>] = &[
    ("StringEquals", &["a", "b*"], &["a", "b*"], &["A", "bc", "", "ab"]),
    ("StringNotEquals", &["a", "b"], &["A", "c", ""], &["a", "b"]),
    ("StringEqualsIgnoreCase", &["Ab"], &["aB", "AB"], &["abc", ""]),
    ("StringNotEqualsIgnoreCase", &["Ab"], &["abc"], &["aB"]),
    ("StringLike", &["a*", "?"], &["abc", "a", "x"], &["Abc", "xy", ""]),
    ("StringNotLike", &["a*", "?"], &["Abc", "xy", ""], &["abc", "x"]),
    ("NumericEquals", &["10"], &["10", "10.0", "+10", "010"], &["1e1", "11", "", "ten", "10."]),
    ("NumericNotEquals", &["10", "2"], &["11", "x"], &["10.00", "2"]),
    ("NumericLessThan", &["10"], &["9.999999999999999999", "-10"], &["10", "11", "x"]),
    ("NumericLessThanEquals", &["10"], &["10", "9"], &["10.000000000000000001"]),
    ("NumericGreaterThan", &["-1.5"], &["-1.4", "0"], &["-1.5", "-2"]),
    (
        "NumericGreaterThanEquals",
        &["9007199254740993"],
        &["9007199254740993"],
        &["9007199254740992"],
    ),
    (
        "DateEquals",
        &["2019-08-12T17:00:00+08:00"],
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T17:00:00Z", "2019-08-12", "2019-08-12 09:00:00Z"],
    ),
    (
        "DateNotEquals",
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T17:00:00Z"],
        &["2019-08-12T17:00:00+08:00"],
    ),
    (
        "DateLessThan",
        &["2019-08-12T17:00:00+08:00"],
        &["2019-08-12T08:59:59Z"],
        &["2019-08-12T09:00:00Z", "2019-08-12T09:00:01Z", "yesterday"],
    ),
    (
        "DateLessThanEquals",
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T09:00:01Z"],
    ),
    (
        "DateGreaterThan",
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T09:00:01Z"],
        &["2019-08-12T09:00:00Z"],
    ),
    (
        "DateGreaterThanEquals",
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T09:00:00Z"],
        &["2019-08-12T08:59:59Z"],
    ),
    (
        "DateLessThan",
        &["9999-12-31T23:59:59Z"],
        &["2026-11-30T00:00:00Z", "9999-12-31T23:59:59+00:01"],
        &["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-08:00"],
    ),
    ("Bool", &["true"], &["true", "TRUE"], &["false", "", "1"]),
    ("Bool", &["False"], &["false"], &["true"]),
    (
        "IpAddress",
        &["10.0.0.0/8", "192.168.1.7", "2001:db8::/32"],
        &["10.255.0.1", "192.168.1.7", "::ffff:10.1.2.3", "2001:db8::1"],
        &["11.0.0.0", "192.168.1.8", "2001:db9::1", "10.0.0", "010.0.0.1", "::a00:1", ""],
    ),
    ("IpAddress", &["0.0.0.0/0"], &["1.2.3.4"], &["::1"]),
    ("IpAddress", &["::/0"], &["::1"], &["1.2.3.4"]),
    ("IpAddress", &["::ffff:10.0.0.0/104"], &["10.9.9.9"], &["11.0.0.1"]),
    ("NotIpAddress", &["10.0.0.0/8"], &["11.0.0.1", "x"], &["10.0.0.1"]),
];

#[test]
fn each_operator_on_one_value() {
    for (operator, listed, meet, fail) in CASES {
        for given in *meet {
            assert!(check(operator, listed, Some(&[given])), "{operator} {listed:?} {given}");
        }
        for given in *fail {
            assert!(!check(operator, listed, Some(&[given])), "{operator} {listed:?} {given}");
        }
    }
}

#[test]
fn absent_and_several_values() {
    let (listed, both, mixed, neither): (&[&str], &[&str], &[&str], &[&str]) =
        (&["a", "b"], &["a", "b"], &["a", "x"], &["x", "y"]);
    // Operator; absent, no values, all listed, some listed, none listed.
    for (operator, expected) in [
        ("StringEquals", [false, false, true, true, false]),
        ("StringNotEquals", [true, true, false, false, true]),
        ("ForAllValues:StringEquals", [true, true, true, false, false]),
        ("ForAllValues:StringNotEquals", [true, true, false, false, true]),
        ("ForAnyValue:StringEquals", [false, false, true, true, false]),
        ("ForAnyValue:StringNotEquals", [false, false, false, true, true]),
    ] {
        let given: [Option<&[&str]>; 5] = [None, Some(&[]), Some(both), Some(mixed), Some(neither)];
        assert_eq!(given.map(|given| check(operator, listed, given)), expected, "{operator}");
    }
}

#[test]
fn values_that_an_operator_cannot_read_are_refused() {
    for (operator, value) in [
        ("NumericEquals", "ten"),
        ("NumericEquals", "1e3"),
        ("NumericEquals", ""),
        ("NumericEquals", "123456789012345678901"),
        ("DateLessThan", "2019-08-12"),
        ("DateLessThan", "2019-08-12T17:00:00"),
        ("DateLessThan", "2019-08-12T17:00:00Z[UTC]"),
        ("Bool", "yes"),
        ("IpAddress", "10.0.0.0/33"),
        ("IpAddress", "10.0.0.0/"),
        ("IpAddress", "10.0.0.0/+8"),
        ("IpAddress", "10.0.0"),
        ("IpAddress", "*"),
    ] {
        let operator = Operator::parse(operator).unwrap();
        let values = vec![value.to_owned()];
        let (place, error) = Condition::new(operator, "k".to_owned(), values).unwrap_err();
        assert_eq!(place, 0);
        assert!(error.contains(&format!("`{value}`")), "{error}");
    }
}
