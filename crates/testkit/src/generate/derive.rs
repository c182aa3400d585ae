//! Targets and contexts made after a statement, which most likely match it.

use serde_json::{Map, Value};

use super::dice::Dice;
use super::request::{self, ACCOUNTS, REGIONS, action_name, odd_text};
use crate::oracle::{Case, Combine, Target};

/// The statements of a case.
pub(super) fn statements(case: &Case) -> Vec<&Value> {
    case.documents()
        .filter_map(|(_, document)| document.get("Statement"))
        .flat_map(|statement| match statement {
            Value::Array(statements) => statements.as_slice(),
            one => std::slice::from_ref(one),
        })
        .collect()
}

/// A target after one of the statements; any target if there is none.
pub(super) fn target(dice: &mut Dice, combine: Combine, statements: &[&Value]) -> Target {
    let mut target = request::target(dice, combine);
    let Some(statement) = statements.get(dice.below(statements.len())) else { return target };
    if let Some(pattern) = one_of(dice, statement.get("Action")) {
        target.action = action(dice, pattern);
    }
    if let Some(pattern) = one_of(dice, statement.get("Resource")) {
        target.resource = resource(dice, pattern).unwrap_or(target.resource);
    }
    target
}

/// A context after one of the statements; any context if there is none.
pub(super) fn context(dice: &mut Dice, statements: &[&Value]) -> Map<String, Value> {
    let mut context = request::context(dice);
    let Some(statement) = statements.get(dice.below(statements.len())) else { return context };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    for (operator, keys) in conditions.into_iter().flatten() {
        for (key, listed) in keys.as_object().into_iter().flatten() {
            let listed = one_of(dice, Some(listed)).unwrap_or_default();
            meet(dice, &mut context, (operator, key), listed);
        }
    }
    context
}

fn one_of<'a>(dice: &mut Dice, texts: Option<&'a Value>) -> Option<&'a str> {
    match texts? {
        Value::Array(texts) => texts.get(dice.below(texts.len()))?.as_str(),
        one => one.as_str(),
    }
}

fn action(dice: &mut Dice, pattern: &str) -> String {
    if pattern == "*" { format!("oss:{}", action_name(dice)) } else { filled(dice, pattern) }
}

/// A resource that a pattern covers; `None` where that is any.
fn resource(dice: &mut Dice, pattern: &str) -> Option<String> {
    let parts: Vec<&str> = pattern.splitn(5, ':').collect();
    let [acs, code, region, account, id] = parts.as_slice() else { return None };
    let code = filled(dice, code).replace(':', "");
    let region = match *region {
        "" | "*" => dice.pick(&REGIONS).to_owned(),
        region => filled(dice, region).replace(':', ""),
    };
    let account = match *account {
        "" | "*" => dice.pick(&ACCOUNTS).to_owned(),
        account => filled(dice, account).replace(':', ""),
    };
    Some(format!("{acs}:{code}:{region}:{account}:{}", filled(dice, id)))
}

/// The pattern with something in the place of each wildcard.
fn filled(dice: &mut Dice, pattern: &str) -> String {
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            '*' => text.push_str(&odd_text(dice, 3)),
            '?' => text.push_str(dice.pick(&["a", "/", "é", "?"])),
            letter => text.push(letter),
        }
    }
    text
}

/// Gives the context what meets a condition, as far as that is plain.
fn meet(
    dice: &mut Dice,
    context: &mut Map<String, Value>,
    (operator, key): (&str, &str),
    listed: &str,
) {
    if dice.percent(15) {
        return;
    }
    context.retain(|known, _| !known.eq_ignore_ascii_case(key));
    if operator.contains("Not") {
        return;
    }
    let value = if operator.ends_with("Like") {
        filled(dice, listed)
    } else if operator.ends_with("IpAddress") {
        listed.split('/').next().unwrap_or_default().to_owned()
    } else {
        listed.to_owned()
    };
    context.insert(key.to_owned(), value.into());
}
