//! From JSON to statements, with every rule of the grammar. Source: "Policy structure and syntax"
//! of the RAM pages.

use super::{
    Arc, Condition, DocumentKind, Effect, Glob, Node, Place, PolicyError, ResourcePattern,
    Selector, Statement, Trustee,
};
use crate::operator::{Operator, OperatorFault};
use crate::trustee::TRUST_KEYS;

/// Every element of a statement. `NotPrincipal` is none of RAM's.
const ELEMENTS: &[&str] =
    &["Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// The statements of a document.
pub(super) fn statements(
    kind: DocumentKind,
    document: &Node,
) -> Result<Vec<Arc<Statement>>, PolicyError> {
    let place = Place::DOCUMENT;
    let Node::Map(entries) = document else {
        return Err(place.fault(format!("a policy is an object, not {}", document.describe())));
    };
    for (name, _) in entries {
        if name != "Version" && name != "Statement" {
            return Err(place.at(name).fault("unknown element"));
        }
    }
    match find(entries, "Version") {
        Some(Node::Text(version)) if version == "1" => {}
        Some(_) => return Err(place.at("Version").fault("must be `\"1\"`")),
        None => return Err(place.at("Version").fault("is missing")),
    }
    let place = place.at("Statement");
    let nodes = match find(entries, "Statement") {
        // A bare object is read as a list of one.
        Some(one @ Node::Map(_)) => std::slice::from_ref(one),
        Some(Node::List(many)) if !many.is_empty() => many.as_slice(),
        Some(Node::List(_)) => return Err(place.fault("the list is empty")),
        Some(other) => {
            return Err(place.fault(format!("must be a list of objects, not {}", other.describe())));
        }
        None => return Err(place.fault("is missing")),
    };
    let numbered = nodes.iter().zip(1..);
    numbered.map(|(node, number)| statement(kind, number, node).map(Arc::new)).collect()
}

fn statement(kind: DocumentKind, number: usize, node: &Node) -> Result<Statement, PolicyError> {
    let place = Place { statement: Some(number), element: None };
    let Node::Map(entries) = node else {
        return Err(place.fault(format!("a statement is an object, not {}", node.describe())));
    };
    let trust = kind == DocumentKind::Trust;
    let by_resource = trust || kind == DocumentKind::Bucket;
    for (name, _) in entries {
        let allowed = match name.as_str() {
            "NotAction" | "NotResource" => !by_resource,
            "Resource" => !trust,
            "Principal" => by_resource,
            "NotPrincipal" => return Err(place.at(name).fault("is not supported")),
            name if ELEMENTS.contains(&name) => true,
            name => return Err(place.at(name).fault("unknown element")),
        };
        if !allowed {
            return Err(place.at(name).fault(format!("is not allowed in {kind}")));
        }
    }
    let effect = effect(place.at("Effect"), find(entries, "Effect"))?;
    let actions = selector(place, entries, ["Action", "NotAction"], action)?;
    let resources = if trust {
        None
    } else {
        let patterns = ["Resource", "NotResource"];
        Some(selector(place, entries, patterns, ResourcePattern::parse)?)
    };
    let principals = match (kind, find(entries, "Principal")) {
        (DocumentKind::Trust, node) => Some(trust_principals(place.at("Principal"), node)?),
        (DocumentKind::Bucket, node) => Some(bucket_principals(place.at("Principal"), node)?),
        _ => None,
    };
    let conditions = match find(entries, "Condition") {
        Some(node) => conditions(place.at("Condition"), node)?,
        None => Vec::new(),
    };
    Ok(Statement { effect, actions, resources, principals, conditions })
}

fn effect(place: Place<'_>, node: Option<&Node>) -> Result<Effect, PolicyError> {
    match node {
        None => Err(place.fault("is missing")),
        Some(Node::Text(text)) if text == "Allow" => Ok(Effect::Allow),
        Some(Node::Text(text)) if text == "Deny" => Ok(Effect::Deny),
        Some(Node::Text(text)) => {
            Err(place.fault(format!("must be `Allow` or `Deny`, not `{text}`")))
        }
        Some(other) => {
            Err(place.fault(format!("must be `Allow` or `Deny`, not {}", other.describe())))
        }
    }
}

/// Reads an element that has a `Not…` twin, of which a statement has exactly one.
fn selector<T>(
    place: Place<'_>,
    entries: &[(String, Node)],
    [plain, inverted]: [&'static str; 2],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Selector<T>, PolicyError> {
    let (name, node) = match (find(entries, plain), find(entries, inverted)) {
        (Some(node), None) => (plain, node),
        (None, Some(node)) => (inverted, node),
        (None, None) => return Err(place.at(plain).fault("is missing")),
        (Some(_), Some(_)) => {
            return Err(place.at(inverted).fault(format!("stands beside `{plain}`")));
        }
    };
    let place = place.at(name);
    let mut patterns = Vec::new();
    for text in texts(place, node)? {
        patterns.push(read(text).map_err(|reason| place.fault(reason))?);
    }
    Ok(Selector { inverted: name == inverted, patterns })
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

fn trust_principals(place: Place<'_>, node: Option<&Node>) -> Result<Vec<Trustee>, PolicyError> {
    let entries = match node {
        None => return Err(place.fault("is missing")),
        Some(Node::Map(entries)) if !entries.is_empty() => entries,
        Some(Node::Map(_)) => return Err(place.fault("names nobody")),
        Some(other) => {
            return Err(place.fault(format!("must be an object, not {}", other.describe())));
        }
    };
    let mut trustees = Vec::new();
    for (key, _) in entries {
        if !TRUST_KEYS.contains(&key.as_str()) {
            return Err(place.fault(format!("unknown kind of principal `{key}`")));
        }
    }
    for key in TRUST_KEYS {
        let Some(node) = find(entries, key) else { continue };
        for text in texts(place, node)? {
            let trustee = Trustee::of_trust(key, text);
            trustees.push(trustee.ok_or_else(|| {
                place.fault(format!("`{text}` is no principal of the kind `{key}`"))
            })?);
        }
    }
    Ok(trustees)
}

fn bucket_principals(place: Place<'_>, node: Option<&Node>) -> Result<Vec<Trustee>, PolicyError> {
    let node = node.ok_or_else(|| place.fault("is missing"))?;
    let mut trustees = Vec::new();
    for text in texts(place, node)? {
        let trustee = Trustee::of_bucket(text);
        trustees.push(trustee.ok_or_else(|| {
            place.fault(format!("`{text}` is neither a UID, nor `*`, nor a role's session"))
        })?);
    }
    Ok(trustees)
}

fn conditions(place: Place<'_>, node: &Node) -> Result<Vec<Condition>, PolicyError> {
    let Node::Map(operators) = node else {
        return Err(place.fault(format!("must be an object, not {}", node.describe())));
    };
    let mut conditions = Vec::new();
    for (name, keys) in operators {
        let operator = Operator::parse(name).map_err(|fault| match fault {
            // The vendor's own words for these.
            OperatorFault::Unsupported => {
                place.fault("The condition operator 'IfExists/Null' is not supported")
            }
            OperatorFault::Unknown => place.fault(format!("unknown operator `{name}`")),
        })?;
        let keys = match keys {
            Node::Map(keys) if !keys.is_empty() => keys,
            Node::Map(_) => return Err(place.fault(format!("`{name}` names no condition key"))),
            other => {
                let what = other.describe();
                return Err(place.fault(format!("`{name}` must hold an object, not {what}")));
            }
        };
        for (key, node) in keys {
            if key.is_empty() {
                return Err(place.fault(format!("`{name}` has an empty condition key")));
            }
            let values = values(place, key, node)?;
            let condition = Condition::new(operator, key.clone(), values);
            conditions.push(condition.map_err(|reason| place.fault(reason))?);
        }
    }
    Ok(conditions)
}

/// The values of a condition key. Unlike other texts, a value may be empty.
fn values(place: Place<'_>, key: &str, node: &Node) -> Result<Vec<String>, PolicyError> {
    let nodes = match node {
        Node::Text(_) => std::slice::from_ref(node),
        Node::List(nodes) if !nodes.is_empty() => nodes.as_slice(),
        Node::List(_) => return Err(place.fault(format!("the list of `{key}` is empty"))),
        other => {
            let what = other.describe();
            return Err(place.fault(format!("values of `{key}` must be strings, not {what}")));
        }
    };
    let text = |node: &Node| match node {
        Node::Text(text) => Ok(text.clone()),
        other => {
            let what = other.describe();
            Err(place.fault(format!("values of `{key}` must be strings, not {what}")))
        }
    };
    nodes.iter().map(text).collect()
}

/// A string or a list of strings, none of them empty.
fn texts<'a>(place: Place<'_>, node: &'a Node) -> Result<Vec<&'a str>, PolicyError> {
    let nodes = match node {
        Node::Text(_) => std::slice::from_ref(node),
        Node::List(nodes) if !nodes.is_empty() => nodes.as_slice(),
        Node::List(_) => return Err(place.fault("the list is empty")),
        other => {
            let what = other.describe();
            return Err(place.fault(format!("must be a string or a list of strings, not {what}")));
        }
    };
    let text = |node: &'a Node| match node {
        Node::Text(text) if text.is_empty() => Err(place.fault("holds an empty string")),
        Node::Text(text) => Ok(text.as_str()),
        other => Err(place.fault(format!("must hold strings, not {}", other.describe()))),
    };
    nodes.iter().map(text).collect()
}

fn find<'a>(entries: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    entries.iter().find(|(known, _)| known == name).map(|(_, node)| node)
}
