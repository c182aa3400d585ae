//! Condition elements and the values they look at.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::pattern::generalised;
use super::request::odd_text;

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Date,
    Bool,
    Address,
}

/// The keys in use. Two differ in the case of their tag, which makes them two keys.
pub(super) const KEYS: [(&str, Type); 11] = [
    ("acs:SourceIp", Type::Address),
    ("acs:CurrentTime", Type::Date),
    ("acs:SecureTransport", Type::Bool),
    ("acs:MFAPresent", Type::Bool),
    ("oss:Prefix", Type::Text),
    ("ram:TrustedPrincipalTypes", Type::Text),
    ("sts:ExternalId", Type::Text),
    ("acs:ResourceTag/team", Type::Text),
    ("acs:ResourceTag/Team", Type::Text),
    ("acs:RequestTag/a/b", Type::Text),
    ("x:Count", Type::Number),
];

const TEXTS: [&str; 8] = ["", "a", "ab", "AB", "a/b", "foo*", "中", "é"];

/// A value of a request, once in a while one that its type cannot be read from.
pub(super) fn found_value(dice: &mut Dice, kind: Type) -> String {
    match dice.below(30) {
        0 => odd_text(dice, 3),
        1 => listed_value(dice, Type::Text),
        _ if kind == Type::Address => dice.pick(&ADDRESSES).to_owned(),
        _ => listed_value(dice, kind),
    }
}

const ADDRESSES: [&str; 10] = [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.1",
    "192.168.0.1",
    "255.255.255.255",
    "2001:db8::1",
    "2001:db8:0:0:0:0:0:1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "::ffff:c0a8:1",
];

/// A value for a policy, which is always one of its type.
fn listed_value(dice: &mut Dice, kind: Type) -> String {
    match kind {
        Type::Text if dice.percent(25) => odd_text(dice, 3),
        Type::Text => dice.pick(&TEXTS).to_owned(),
        Type::Number => dice
            .pick(&[
                "0",
                "-0",
                "1",
                "1.0",
                "-1",
                "+1",
                "10",
                "010",
                "1.5",
                "1.50",
                "9007199254740992",
                "9007199254740993",
                "0.1",
                "0.10000000000000001",
            ])
            .to_owned(),
        Type::Date => date(dice),
        Type::Bool => dice.pick(&["true", "false", "TRUE", "False"]).to_owned(),
        Type::Address if dice.percent(50) => dice.pick(&ADDRESSES).to_owned(),
        Type::Address => network(dice),
    }
}

fn network(dice: &mut Dice) -> String {
    let address = dice.pick(&ADDRESSES);
    let lengths: &[&str] = if address.contains(':') {
        &["0", "16", "32", "64", "95", "96", "104", "120", "127", "128"]
    } else {
        &["0", "1", "8", "23", "24", "30", "31", "32"]
    };
    format!("{address}/{}", dice.pick(lengths))
}

/// A few instants within a day of each other, and the first and the last, in several spellings.
fn date(dice: &mut Dice) -> String {
    let mut day = dice.pick(&["2020-02-28", "2020-02-29", "2020-03-01"]);
    if dice.percent(4) {
        day = dice.pick(&["9999-12-30", "9999-12-31", "0000-01-01"]);
    }
    let hour = dice.below(3) * 8;
    let second = dice.pick(&["00", "01", "59"]);
    let fraction = if dice.percent(15) { dice.pick(&[".5", ".500", ".000000001"]) } else { "" };
    let zone = dice.pick(&["Z", "Z", "Z", "+00:00", "+08:00", "-08:00", "+05:30"]);
    if dice.percent(3) {
        return format!("{day}T{hour:02}:00{}", zone.replace(':', ""));
    }
    format!("{day}T{hour:02}:00:{second}{fraction}{zone}")
}

/// A condition that owes nothing to a request.
pub(super) fn uniform(dice: &mut Dice) -> Value {
    let mut condition = Map::new();
    for _ in 0..dice.below(3) {
        let mut keys = Map::new();
        let (_, kind) = key(dice);
        for _ in 0..=dice.below(2) {
            let (name, its_kind) = key(dice);
            if its_kind == kind || dice.percent(30) {
                let listed = (0..=dice.below(3)).map(|_| listed_value(dice, kind).into());
                let listed = listed.collect();
                keys.insert(spelt(dice, name), dice.bare_or_list(listed));
            }
        }
        let operator = operator(dice, kind);
        if !keys.is_empty() {
            condition.insert(operator, Value::Object(keys));
        }
    }
    Value::Object(condition)
}

/// A condition that most likely holds in `context`.
pub(super) fn for_context(dice: &mut Dice, context: &Map<String, Value>) -> Value {
    let mut condition = Map::new();
    for _ in 0..=dice.below(2) {
        let (name, kind) = key(dice);
        let found = context.get(name).and_then(|value| match value {
            Value::Array(values) => values.first().and_then(Value::as_str),
            one => one.as_str(),
        });
        let (operator, value) = match found.filter(|found| readable(kind, found)) {
            Some(found) => accepting(dice, kind, found),
            None => (negated(dice, kind).to_owned(), listed_value(dice, kind)),
        };
        let mut listed = vec![Value::from(value)];
        if dice.percent(30) {
            listed.insert(dice.below(2), listed_value(dice, kind).into());
        }
        let listed = dice.bare_or_list(listed);
        condition.insert(operator, json!({spelt(dice, name): listed}));
    }
    Value::Object(condition)
}

/// Whether a request's value may stand in a policy under an operator of this type.
fn readable(kind: Type, found: &str) -> bool {
    match kind {
        Type::Text => true,
        Type::Address => ADDRESSES.contains(&found),
        Type::Bool => ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(found)),
        Type::Date => ["0000-", "2020-", "9999-"].iter().any(|year| found.starts_with(year)),
        Type::Number => found.chars().any(|c| c.is_ascii_digit()),
    }
}

/// An operator and a value that accept `found`.
fn accepting(dice: &mut Dice, kind: Type, found: &str) -> (String, String) {
    let exact = found.to_owned();
    let (operator, value) = match kind {
        Type::Text => match dice.below(4) {
            0 => ("StringEquals", exact),
            1 => ("StringEqualsIgnoreCase", dice.turned(found)),
            2 => ("ForAllValues:StringLike", "*".to_owned()),
            _ => ("StringLike", generalised(dice, found)),
        },
        Type::Number => {
            (dice.pick(&["NumericEquals", "NumericLessThanEquals", "NumericNotEquals"]), exact)
        }
        Type::Date => {
            let operators = ["DateEquals", "DateLessThanEquals", "DateGreaterThanEquals"];
            let value = if dice.percent(60) { exact } else { date(dice) };
            (dice.pick(&operators), value)
        }
        Type::Bool => ("Bool", dice.turned(found)),
        Type::Address if found.contains(':') => ("IpAddress", format!("{found}/64")),
        Type::Address => ("IpAddress", format!("{found}/{}", dice.pick(&["8", "24", "32"]))),
    };
    (operator.to_owned(), value)
}

fn negated(dice: &mut Dice, kind: Type) -> &'static str {
    match kind {
        Type::Text => dice.pick(&["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"]),
        Type::Number => "NumericNotEquals",
        Type::Date => "DateNotEquals",
        Type::Bool => "ForAllValues:Bool",
        Type::Address => "NotIpAddress",
    }
}

fn operator(dice: &mut Dice, kind: Type) -> String {
    let name = match kind {
        Type::Bool => "Bool".to_owned(),
        Type::Number | Type::Date if dice.percent(80) => {
            let family = if kind == Type::Number { "Numeric" } else { "Date" };
            let comparisons =
                ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
            format!("{family}{}", dice.pick(&comparisons))
        }
        Type::Address if dice.percent(50) => "IpAddress".to_owned(),
        Type::Text if dice.percent(50) => {
            dice.pick(&["StringEquals", "StringEqualsIgnoreCase", "StringLike"]).to_owned()
        }
        _ => negated(dice, kind).to_owned(),
    };
    match dice.below(10) {
        0 => format!("ForAllValues:{name}"),
        1 => format!("ForAnyValue:{name}"),
        _ => name,
    }
}

fn key(dice: &mut Dice) -> (&'static str, Type) {
    KEYS.get(dice.below(KEYS.len())).copied().unwrap_or(("oss:Prefix", Type::Text))
}

/// The key as it is or with the case of one character turned.
fn spelt(dice: &mut Dice, key: &str) -> String {
    if dice.percent(10) { dice.turned(key) } else { key.to_owned() }
}
