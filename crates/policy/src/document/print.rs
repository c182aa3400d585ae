//! The canonical text of a document.

use serde_json::{Map, Value};

use super::{Document, Statement};
use crate::trustee::{TRUST_KEYS, Trustee};

pub(super) fn document(document: &Document) -> String {
    let statements: Vec<Value> = document.statements().map(statement).collect();
    object([("Version", "1".into()), ("Statement", statements.into())]).to_string()
}

fn statement(statement: &Statement) -> Value {
    let mut entries = vec![("Effect", statement.effect().to_string().into())];
    if let Some(principals) = &statement.principals {
        entries.push(("Principal", principal(principals)));
    }
    let action = if statement.excludes_actions() { "NotAction" } else { "Action" };
    entries.push((action, texts(statement.actions())));
    if statement.resources.is_some() {
        let resource = if statement.excludes_resources() { "NotResource" } else { "Resource" };
        entries.push((resource, texts(statement.resources())));
    }
    if !statement.conditions().is_empty() {
        entries.push(("Condition", condition(statement)));
    }
    object(entries)
}

/// A trust policy's principals stand under their kinds; a bucket policy's are always a list.
fn principal(trustees: &[Trustee]) -> Value {
    if trustees.iter().any(|trustee| trustee.key().is_none()) {
        return trustees.iter().map(Trustee::text).collect();
    }
    let mut kinds = Vec::new();
    for key in TRUST_KEYS {
        let mut of_kind = trustees.iter().filter(|t| t.key() == Some(key)).peekable();
        if of_kind.peek().is_some() {
            kinds.push((*key, texts(of_kind.map(Trustee::text))));
        }
    }
    object(kinds)
}

fn condition(statement: &Statement) -> Value {
    let mut operators = Map::new();
    for condition in statement.conditions() {
        let operator = operators
            .entry(condition.operator().name())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(keys) = operator {
            let values = texts(condition.values().iter().map(String::as_str));
            keys.insert(condition.key().to_owned(), values);
        }
    }
    Value::Object(operators)
}

/// One text as it is, several as a list.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    let mut list: Vec<Value> = texts.map(Value::from).collect();
    match list.pop() {
        Some(only) if list.is_empty() => only,
        Some(last) => {
            list.push(last);
            Value::Array(list)
        }
        None => Value::Array(list),
    }
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
