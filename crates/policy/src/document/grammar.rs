//! From JSON to statements, with every rule of the grammar. Source: "Policy structure and syntax"
//! of the RAM pages.

use std::slice;

use rolecall_types::json::{Content, Entry, Node};

use super::{
    Arc, Condition, DocumentKind, Effect, Glob, ResourcePattern, Selector, Statement, Trustee,
};
use crate::error::{Fault, Place};
use crate::operator::{Operator, OperatorFault};
use crate::trustee::TRUST_KEYS;

/// Every element of a statement. `NotPrincipal` is none of RAM's.
const ELEMENTS: &[&str] =
    &["Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// The statements of a document.
pub(super) fn statements(
    kind: DocumentKind,
    document: &Node,
) -> Result<Vec<Arc<Statement>>, Fault> {
    let place = Place::document(document);
    let Content::Map(entries) = &document.content else {
        return Err(place.fault(format!("a policy is an object, not {}", document.describe())));
    };
    for Entry { at, key, .. } in entries {
        if key != "Version" && key != "Statement" {
            return Err(place.element(key).at(*at).fault("unknown element"));
        }
    }
    let version = place.element("Version");
    match find(entries, "Version") {
        Some(Node { content: Content::Text(text), .. }) if text == "1" => {}
        Some(other) => return Err(version.at(other.at).fault("must be `\"1\"`")),
        None => return Err(version.fault("is missing")),
    }
    let place = place.element("Statement");
    let node = find(entries, "Statement").ok_or_else(|| place.fault("is missing"))?;
    let place = place.at(node.at);
    let nodes = match one_or_several(node) {
        Some([]) => return Err(place.fault("the list is empty")),
        Some(nodes) => nodes,
        None => {
            return Err(place.fault(format!("must be a list of objects, not {}", node.describe())));
        }
    };
    let numbered = nodes.iter().zip(1..);
    numbered.map(|(node, number)| statement(kind, number, node).map(Arc::new)).collect()
}

/// The nodes of an element `Statement`: a bare object is read as a list of one.
fn one_or_several(node: &Node) -> Option<&[Node]> {
    match &node.content {
        Content::Map(_) => Some(slice::from_ref(node)),
        Content::List(many) => Some(many),
        _ => None,
    }
}

/// A fault of an entry of `Principal` in a document that was read before.
pub(super) fn trustee_fault(document: &Node, number: usize, entry: &str, why: &str) -> Fault {
    fn find_text<'a>(node: &'a Node, text: &str) -> Option<&'a Node> {
        match &node.content {
            Content::Text(found) => (found == text).then_some(node),
            Content::List(items) => items.iter().find_map(|item| find_text(item, text)),
            Content::Map(entries) => entries.iter().find_map(|it| find_text(&it.value, text)),
            _ => None,
        }
    }
    fn element<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
        match &node.content {
            Content::Map(entries) => find(entries, name),
            _ => None,
        }
    }
    let nodes = element(document, "Statement").and_then(one_or_several).unwrap_or_default();
    let statement = nodes.get(number.saturating_sub(1)).unwrap_or(document);
    let principal = element(statement, "Principal");
    let found = principal.and_then(|node| find_text(node, entry));
    let at = found.map_or(statement.at, |node| node.at);
    Place::statement(number, statement)
        .element("Principal")
        .at(at)
        .fault(format!("`{entry}` {why}"))
}

fn statement(kind: DocumentKind, number: usize, node: &Node) -> Result<Statement, Fault> {
    let place = Place::statement(number, node);
    let Content::Map(entries) = &node.content else {
        return Err(place.fault(format!("a statement is an object, not {}", node.describe())));
    };
    let trust = kind == DocumentKind::Trust;
    let by_resource = trust || kind == DocumentKind::Bucket;
    for Entry { at, key, .. } in entries {
        let named = place.element(key).at(*at);
        let allowed = match key.as_str() {
            "NotAction" | "NotResource" => !by_resource,
            "Resource" => !trust,
            "Principal" => by_resource,
            "NotPrincipal" => return Err(named.fault("is not supported")),
            name if ELEMENTS.contains(&name) => true,
            _ => return Err(named.fault("unknown element")),
        };
        if !allowed {
            return Err(named.fault(format!("is not allowed in {kind}")));
        }
    }
    let effect = effect(place.element("Effect"), find(entries, "Effect"))?;
    let actions = selector(place, entries, ["Action", "NotAction"], action)?;
    let resources = if trust {
        None
    } else {
        let patterns = ["Resource", "NotResource"];
        Some(selector(place, entries, patterns, ResourcePattern::parse)?)
    };
    let principal = place.element("Principal");
    let principals = match (kind, find(entries, "Principal")) {
        (DocumentKind::Trust, node) => Some(trust_principals(principal, node)?),
        (DocumentKind::Bucket, node) => Some(bucket_principals(principal, node)?),
        _ => None,
    };
    let conditions = match find(entries, "Condition") {
        Some(node) => conditions(place.element("Condition"), node)?,
        None => Vec::new(),
    };
    Ok(Statement { effect, actions, resources, principals, conditions })
}

fn effect(place: Place<'_>, node: Option<&Node>) -> Result<Effect, Fault> {
    let node = node.ok_or_else(|| place.fault("is missing"))?;
    let given = match &node.content {
        Content::Text(text) if text == "Allow" => return Ok(Effect::Allow),
        Content::Text(text) if text == "Deny" => return Ok(Effect::Deny),
        Content::Text(text) => format!("`{text}`"),
        _ => node.describe().to_owned(),
    };
    Err(place.at(node.at).fault(format!("must be `Allow` or `Deny`, not {given}")))
}

/// Reads an element that has a `Not…` twin, of which a statement has exactly one.
fn selector<T>(
    place: Place<'_>,
    entries: &[Entry],
    [plain, inverted]: [&'static str; 2],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Selector<T>, Fault> {
    let entry = |name| entries.iter().find(|entry| entry.key == name);
    let Entry { key, value, .. } = match (entry(plain), entry(inverted)) {
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return Err(place.element(plain).fault("is missing")),
        (Some(_), Some(second)) => {
            let place = place.element(inverted).at(second.at);
            return Err(place.fault(format!("stands beside `{plain}`")));
        }
    };
    let place = place.element(key);
    let mut patterns = Vec::new();
    for (at, text) in texts(place, value)? {
        patterns.push(read(text).map_err(|reason| place.at(at).fault(reason))?);
    }
    Ok(Selector { inverted: key == inverted, patterns })
}

fn action(text: &str) -> Result<Glob, String> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    // Without a colon only a wildcard can stand for one.
    if printable && (text.contains(':') || text.contains('*')) {
        Ok(Glob::new(text))
    } else {
        Err(format!("`{text}` is no action: `<service>:<name>` or `*`"))
    }
}

fn trust_principals(place: Place<'_>, node: Option<&Node>) -> Result<Vec<Trustee>, Fault> {
    let node = node.ok_or_else(|| place.fault("is missing"))?;
    let here = place.at(node.at);
    let entries = match &node.content {
        Content::Map(entries) if !entries.is_empty() => entries,
        Content::Map(_) => return Err(here.fault("names nobody")),
        _ => return Err(here.fault(format!("must be an object, not {}", node.describe()))),
    };
    let mut trustees = Vec::new();
    for Entry { at, key, .. } in entries {
        if !TRUST_KEYS.contains(&key.as_str()) {
            return Err(place.at(*at).fault(format!("unknown kind of principal `{key}`")));
        }
    }
    for key in TRUST_KEYS {
        let Some(node) = find(entries, key) else { continue };
        for (at, text) in texts(place, node)? {
            let trustee = Trustee::of_trust(key, text);
            trustees.push(trustee.ok_or_else(|| {
                place.at(at).fault(format!("`{text}` is no principal of the kind `{key}`"))
            })?);
        }
    }
    Ok(trustees)
}

fn bucket_principals(place: Place<'_>, node: Option<&Node>) -> Result<Vec<Trustee>, Fault> {
    let node = node.ok_or_else(|| place.fault("is missing"))?;
    // An empty list is everybody. Source: OSS, "OSS authorization syntax and elements".
    if matches!(&node.content, Content::List(nodes) if nodes.is_empty()) {
        return Ok(Trustee::of_bucket("*").into_iter().collect());
    }
    let mut trustees = Vec::new();
    for (at, text) in texts(place, node)? {
        let trustee = Trustee::of_bucket(text);
        trustees.push(trustee.ok_or_else(|| {
            let reason = format!("`{text}` is neither a UID, nor `*`, nor a role's session");
            place.at(at).fault(reason)
        })?);
    }
    Ok(trustees)
}

fn conditions(place: Place<'_>, node: &Node) -> Result<Vec<Condition>, Fault> {
    let Content::Map(operators) = &node.content else {
        let reason = format!("must be an object, not {}", node.describe());
        return Err(place.at(node.at).fault(reason));
    };
    let mut conditions = Vec::new();
    for Entry { at, key: name, value } in operators {
        let operator = Operator::parse(name).map_err(|fault| match fault {
            // The vendor's own words for these.
            OperatorFault::Unsupported => {
                place.at(*at).fault("The condition operator 'IfExists/Null' is not supported")
            }
            OperatorFault::Unknown => place.at(*at).fault(format!("unknown operator `{name}`")),
        })?;
        let here = place.at(value.at);
        let keys = match &value.content {
            Content::Map(keys) if !keys.is_empty() => keys,
            Content::Map(_) => return Err(here.fault(format!("`{name}` names no condition key"))),
            _ => {
                let what = value.describe();
                return Err(here.fault(format!("`{name}` must hold an object, not {what}")));
            }
        };
        for Entry { at, key, value } in keys {
            if key.is_empty() {
                return Err(place.at(*at).fault(format!("`{name}` has an empty condition key")));
            }
            conditions.push(condition(place, operator, key, value)?);
        }
    }
    Ok(conditions)
}

fn condition(
    place: Place<'_>,
    operator: Operator,
    key: &str,
    node: &Node,
) -> Result<Condition, Fault> {
    let nodes = values(place, key, node)?;
    // Unlike other texts, a value may be empty.
    let text = |node: &Node| match &node.content {
        Content::Text(text) => Ok(text.clone()),
        _ => Err(place
            .at(node.at)
            .fault(format!("values of `{key}` must be strings, not {}", node.describe()))),
    };
    let values = nodes.iter().map(text).collect::<Result<_, _>>()?;
    Condition::new(operator, key.to_owned(), values).map_err(|(wrong, reason)| {
        let at = nodes.get(wrong).map_or(node.at, |node| node.at);
        place.at(at).fault(reason)
    })
}

/// The values of a condition key, one at least.
fn values<'a>(place: Place<'_>, key: &str, node: &'a Node) -> Result<&'a [Node], Fault> {
    match &node.content {
        Content::List(nodes) if nodes.is_empty() => {
            Err(place.at(node.at).fault(format!("the list of `{key}` is empty")))
        }
        Content::List(nodes) => Ok(nodes),
        _ => Ok(slice::from_ref(node)),
    }
}

/// A string or a list of strings, none of them empty; each with the offset where it begins.
fn texts<'a>(place: Place<'_>, node: &'a Node) -> Result<Vec<(usize, &'a str)>, Fault> {
    let here = place.at(node.at);
    let nodes = match &node.content {
        Content::Text(_) => slice::from_ref(node),
        Content::List(nodes) if !nodes.is_empty() => nodes.as_slice(),
        Content::List(_) => return Err(here.fault("the list is empty")),
        _ => {
            let what = node.describe();
            return Err(here.fault(format!("must be a string or a list of strings, not {what}")));
        }
    };
    let text = |node: &'a Node| match &node.content {
        Content::Text(text) if text.is_empty() => {
            Err(place.at(node.at).fault("holds an empty string"))
        }
        Content::Text(text) => Ok((node.at, text.as_str())),
        _ => {
            let reason = format!("must hold strings, not {}", node.describe());
            Err(place.at(node.at).fault(reason))
        }
    };
    nodes.iter().map(text).collect()
}

fn find<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Node> {
    entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
}
