use serde_json::json;

use super::*;

/// Midnight of a day in November 2023, and so many hours later.
fn at(day: i64, hours: i64) -> Timestamp {
    const FIRST: i64 = 1_698_796_800;
    Timestamp::from_second(FIRST + (day - 1) * DAY_SECONDS + hours * 3600).unwrap()
}

fn rules(rules: &serde_json::Value) -> LifecycleConfiguration {
    serde_json::from_value(json!({ "Rule": rules })).unwrap()
}

fn fate(configuration: &LifecycleConfiguration, traits: Traits<'_>, day: i64) -> Fate {
    configuration.of_current(traits, at(day, 0))
}

fn of_key(key: &str) -> Traits<'_> {
    Traits { key, size: 10, tags: &[], since: at(1, 10) }
}

#[test]
fn midnight_is_the_one_that_is_over() {
    assert_eq!(midnight_before(at(3, 0)), at(3, 0));
    assert_eq!(midnight_before(at(3, 23)), at(3, 0));
    let before_time = Timestamp::from_second(-1).unwrap();
    assert_eq!(midnight_before(before_time).as_second(), -DAY_SECONDS);
}

#[test]
fn days_are_over_after_so_many_times_24_hours() {
    let rule = json!([{"Prefix": "", "Status": "Enabled", "Expiration": {"Days": 2}}]);
    let rule = rules(&rule);
    // Written on the first at ten: two days are over on the third at ten.
    assert_eq!(fate(&rule, of_key("k"), 3), Fate::Stay);
    assert_eq!(fate(&rule, of_key("k"), 4), Fate::Expire);
    let at_midnight = Traits { since: at(1, 0), ..of_key("k") };
    assert_eq!(fate(&rule, at_midnight, 2), Fate::Stay);
    assert_eq!(fate(&rule, at_midnight, 3), Fate::Expire);
}

#[test]
fn dates_are_before_and_from_then_on() {
    let before = json!([{"Prefix": "", "Status": "Enabled",
        "Expiration": {"CreatedBeforeDate": "2023-11-02T00:00:00.000Z"}}]);
    let before = rules(&before);
    assert_eq!(fate(&before, of_key("k"), 2), Fate::Expire);
    assert_eq!(fate(&before, Traits { since: at(2, 0), ..of_key("k") }, 9), Fate::Stay);
    let from = json!([{"Prefix": "", "Status": "Enabled",
        "Expiration": {"Date": "2023-11-05T00:00:00.000Z"}}]);
    let from = rules(&from);
    assert_eq!(fate(&from, of_key("k"), 4), Fate::Stay);
    assert_eq!(fate(&from, of_key("k"), 5), Fate::Expire);
    assert_eq!(fate(&from, Traits { since: at(7, 0), ..of_key("k") }, 8), Fate::Expire);
}

#[test]
fn a_rule_is_about_its_objects_alone() {
    let rule = json!([{
        "Prefix": "log/", "Status": "Enabled",
        "Tag": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}],
        "Filter": {
            "ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 20,
            "Not": [
                {"Prefix": "log/keep/"},
                {"Tag": {"Key": "keep", "Value": "yes"}},
                {"Prefix": "log/c", "Tag": {"Key": "c", "Value": "1"}}
            ]
        },
        "Expiration": {"Days": 1}
    }]);
    let rule = rules(&rule);
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let both = [tag("b", ""), tag("a", "1"), tag("x", "y")];
    let good = Traits { tags: &both, ..of_key("log/k") };
    assert_eq!(fate(&rule, good, 9), Fate::Expire);
    let kept = [both.to_vec(), vec![tag("keep", "yes")]].concat();
    let marked = [both.to_vec(), vec![tag("c", "1")]].concat();
    for spared in [
        Traits { key: "lo", ..good },
        Traits { key: "log/keep/k", ..good },
        Traits { size: 5, ..good },
        Traits { size: 20, ..good },
        Traits { tags: &both[..1], ..good },
        Traits { tags: &kept, ..good },
        Traits { tags: &marked, key: "log/ck", ..good },
    ] {
        assert_eq!(fate(&rule, spared, 9), Fate::Stay, "{spared:?}");
    }
    assert_eq!(fate(&rule, Traits { tags: &marked, key: "log/d", ..good }, 9), Fate::Expire);
    assert_eq!(fate(&rule, Traits { size: 6, ..good }, 9), Fate::Expire);
    assert_eq!(fate(&rule, Traits { size: 19, ..good }, 9), Fate::Expire);
}

#[test]
fn of_several_rules_the_first_to_come_true_decides_and_deleting_is_more_than_moving() {
    let overlapping = rules(&json!([
        {"Prefix": "a", "Status": "Enabled", "Expiration": {"Days": 9}},
        {"Prefix": "a/b", "Status": "Enabled", "Expiration": {"Days": 4},
         "Transition": [{"Days": 2, "StorageClass": "IA"}]},
        {"Prefix": "a/b", "Status": "Disabled", "Expiration": {"Days": 1}},
    ]));
    assert_eq!(fate(&overlapping, of_key("a/b"), 3), Fate::Stay);
    assert_eq!(fate(&overlapping, of_key("a/b"), 4), Fate::Transition);
    assert_eq!(fate(&overlapping, of_key("a/b"), 6), Fate::Expire);
    assert_eq!(fate(&overlapping, of_key("a/c"), 6), Fate::Stay);
    assert_eq!(fate(&overlapping, of_key("a/c"), 11), Fate::Expire);
}

#[test]
fn every_place_is_looked_at_once() {
    let rule = |prefix: &str, status: &str| json!({"Prefix": prefix, "Status": status, "Expiration": {"Days": 1}});
    let several = json!([
        rule("b/c", "Enabled"),
        rule("a", "Disabled"),
        rule("b", "Enabled"),
        rule("c/", "Enabled"),
        rule("ba", "Enabled"),
        rule("c/", "Enabled"),
    ]);
    assert_eq!(rules(&several).prefixes(), ["b", "c/"]);
    let all = json!([rule("x", "Enabled"), {"Status": "Enabled", "Expiration": {"Days": 1}}]);
    assert_eq!(rules(&all).prefixes(), [""]);
}
