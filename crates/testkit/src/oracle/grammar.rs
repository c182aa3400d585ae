//! Which documents the service takes ("Policy structure and syntax"; `MalformedPolicyDocument`).

use serde_json::{Map, Value};

use super::condition::{OPERATORS, readable};
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
    statements.iter().try_for_each(|statement| statement_well_formed(kind, statement))
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
        (resource_policy && has("NotResource"), "NotResource in a resource policy"),
        (kind == Kind::Trust && has("Resource"), "Resource in a trust policy"),
        (
            kind != Kind::Trust && has("Resource") == has("NotResource"),
            "not exactly one of Resource and NotResource",
        ),
        (resource_policy != has("Principal"), "Principal missing or not allowed"),
    ];
    if let Some((_, reason)) = refused.into_iter().find(|(wrong, _)| *wrong) {
        return Err(reason.to_owned());
    }
    for (element, value) in statement {
        let sound: fn(&str) -> bool = match element.as_str() {
            "Action" | "NotAction" => is_action,
            "Resource" | "NotResource" => is_resource,
            _ => continue,
        };
        if let Some(wrong) = texts(value, element)?.into_iter().find(|text| !sound(text)) {
            return Err(format!("{element} {wrong:?} is malformed"));
        }
    }
    statement
        .get("Principal")
        .map_or(Ok(()), |principal| principal_well_formed(kind, principal))?;
    statement.get("Condition").map_or(Ok(()), condition_well_formed)
}

/// `*`, `<ram-code>:<action>`, or something of that kind with wildcards.
fn is_action(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic()) && (text.contains(':') || text.contains('*'))
}

/// `*` or an ARN, of which region and account may be empty.
fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(5, ':').collect();
    text == "*"
        || matches!(parts.as_slice(), ["acs", code, _, _, id] if !code.is_empty() && !id.is_empty())
}

fn principal_well_formed(kind: Kind, principal: &Value) -> Result<(), String> {
    let check = |listed: &Value, what: &str, sound: fn(&str) -> bool| match texts(listed, what)?
        .into_iter()
        .find(|text| !sound(text))
    {
        Some(wrong) => Err(format!("{wrong:?} is no principal of the kind {what}")),
        None => Ok(()),
    };
    if kind == Kind::Bucket {
        // An empty list is everybody.
        if principal.as_array().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        return check(principal, "bucket policies", is_bucket_principal);
    }
    let entries = object(principal, "Principal", &["RAM", "Service", "Federated"])?;
    if entries.is_empty() {
        return Err("Principal names nobody".to_owned());
    }
    entries.iter().try_for_each(|(name, listed)| match name.as_str() {
        "RAM" => check(listed, name, |text| names_one_of(text, &["user/", "role/"])),
        "Federated" => {
            check(listed, name, |text| names_one_of(text, &["saml-provider/", "oidc-provider/"]))
        }
        _ => check(listed, name, |text| text.contains('.') && is_name(text, ".-@")),
    })
}

/// `acs:ram::<account>:` and the root user or a name of one of these kinds.
fn names_one_of(text: &str, kinds: &[&str]) -> bool {
    let parts: Vec<&str> = text.splitn(5, ':').collect();
    let ["acs", "ram", "" | "*", account, id] = parts.as_slice() else { return false };
    let named = kinds.iter().find_map(|kind| Some((*kind, id.strip_prefix(kind)?)));
    is_account(account)
        && match named {
            Some(("role/", name)) => is_name(name, ".-"),
            Some((_, name)) => is_name(name, "._-"),
            None => *id == "root" && kinds.contains(&"user/"),
        }
}

/// `*`, a UID, or `arn:sts::<account>:assumed-role/<role>/<session or *>`.
fn is_bucket_principal(text: &str) -> bool {
    let session = || {
        let (account, path) = text.strip_prefix("arn:sts::")?.split_once(':')?;
        let (role, session) = path.strip_prefix("assumed-role/")?.split_once('/')?;
        let session_sound = session == "*" || is_name(session, ".@-_");
        Some(is_account(account) && is_name(role, ".-") && session_sound)
    };
    let uid = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    text == "*" || uid || session() == Some(true)
}

fn is_account(text: &str) -> bool {
    text.len() == 16 && text.chars().all(|c| c.is_ascii_digit())
}

fn is_name(text: &str, marks: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
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
        if keys.as_object().is_none_or(Map::is_empty) {
            return Err(format!("{operator} holds no condition key"));
        }
        for (key, listed) in members(Some(keys)) {
            if key.is_empty() {
                return Err(format!("{operator} holds an empty condition key"));
            }
            if let Some(wrong) = values(listed, key)?.iter().find(|v| !readable(operator, v)) {
                return Err(format!("{wrong:?} is no value for {operator}"));
            }
        }
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

/// A string or a list of at least one string, none of them empty.
fn texts<'a>(value: &'a Value, what: &str) -> Result<Vec<&'a str>, String> {
    let texts = values(value, what)?;
    if texts.contains(&"") { Err(format!("{what} holds an empty string")) } else { Ok(texts) }
}

/// A string or a list of at least one string.
fn values<'a>(value: &'a Value, what: &str) -> Result<Vec<&'a str>, String> {
    let texts: Option<Vec<&str>> = list(Some(value)).iter().map(Value::as_str).collect();
    texts
        .filter(|texts| !texts.is_empty())
        .ok_or_else(|| format!("{what} is not a string or a list of strings"))
}
