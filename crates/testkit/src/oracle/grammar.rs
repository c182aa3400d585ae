//! Which documents the service takes ("Policy structure and syntax"; `MalformedPolicyDocument`).

use serde_json::{Map, Value};

use super::condition::OPERATORS;
use super::{Kind, list, members};

/// Refuses a document with the reason it is malformed. Duplicate keys go unseen: a [`Value`] has
/// none.
pub fn well_formed(kind: Kind, document: &Value) -> Result<(), String> {
    let document = object(document, "the document", &["Version", "Statement"])?;
    if document.get("Version") != Some(&Value::from("1")) {
        return Err("Version is not \"1\"".to_owned());
    }
    let statements = list(document.get("Statement"));
    if statements.is_empty() {
        return Err("there is no Statement".to_owned());
    }
    statements.into_iter().try_for_each(|statement| statement_well_formed(kind, statement))
}

const ELEMENTS: [&str; 7] =
    ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"];

fn statement_well_formed(kind: Kind, statement: &Value) -> Result<(), String> {
    let statement = object(statement, "a statement", &ELEMENTS)?;
    let has = |element: &str| statement.contains_key(element);
    let resource_policy = matches!(kind, Kind::Trust | Kind::Bucket);
    let refused = [
        (
            !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")),
            "Effect is neither Allow nor Deny",
        ),
        (has("Action") == has("NotAction"), "not exactly one of Action and NotAction"),
        (resource_policy && has("NotAction"), "NotAction in a resource policy"),
        (kind == Kind::Trust && (has("Resource") || has("NotResource")), "Resource in a trust"),
        (
            kind != Kind::Trust && has("Resource") == has("NotResource"),
            "not exactly one of Resource and NotResource",
        ),
        (resource_policy != has("Principal"), "Principal missing or not allowed"),
    ];
    if let Some((_, reason)) = refused.into_iter().find(|(wrong, _)| *wrong) {
        return Err(reason.to_owned());
    }
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(value) = statement.get(element) {
            for text in texts(value, element)? {
                if element.ends_with("Resource") && text != "*" && !text.starts_with("acs:") {
                    return Err(format!("{element} {text:?} is no ARN"));
                }
            }
        }
    }
    statement
        .get("Principal")
        .map_or(Ok(()), |principal| principal_well_formed(kind, principal))?;
    statement.get("Condition").map_or(Ok(()), condition_well_formed)
}

fn principal_well_formed(kind: Kind, principal: &Value) -> Result<(), String> {
    if kind == Kind::Bucket {
        return texts(principal, "Principal").map(drop);
    }
    let entries = object(principal, "Principal", &["RAM", "Service", "Federated"])?;
    if entries.is_empty() {
        return Err("Principal names nobody".to_owned());
    }
    entries.iter().try_for_each(|(name, listed)| texts(listed, name).map(drop))
}

fn condition_well_formed(condition: &Value) -> Result<(), String> {
    let condition = condition.as_object().ok_or_else(|| "Condition is not an object".to_owned())?;
    for (operator, keys) in condition {
        let name = ["ForAllValues:", "ForAnyValue:"]
            .iter()
            .find_map(|set| operator.strip_prefix(set))
            .unwrap_or(operator);
        let known = !name.is_empty()
            && OPERATORS.iter().any(|(positive, negated)| name == *positive || name == *negated);
        if !known {
            return Err(format!("the condition operator {operator:?} is not supported"));
        }
        if !keys.is_object() {
            return Err(format!("{operator} is not an object"));
        }
        members(Some(keys)).try_for_each(|(key, listed)| texts(listed, key).map(drop))?;
    }
    Ok(())
}

fn object<'a>(
    value: &'a Value,
    what: &str,
    known: &[&str],
) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or_else(|| format!("{what} is not an object"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("{what} has an unknown element {unknown:?}")),
        None => Ok(object),
    }
}

/// A string or a list of at least one string.
fn texts<'a>(value: &'a Value, what: &str) -> Result<Vec<&'a str>, String> {
    let texts: Option<Vec<&str>> = list(Some(value)).into_iter().map(Value::as_str).collect();
    texts
        .filter(|texts| !texts.is_empty())
        .ok_or_else(|| format!("{what} is not a string or a list of strings"))
}
