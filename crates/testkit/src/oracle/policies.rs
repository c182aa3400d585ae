//! The statements of a case, looked up in its documents once for all that is asked of them.

use serde_json::{Map, Value};

use super::{Case, Combine, Layers, Principal, list, principal_matches, strings};

/// The policies of a case: the statements of each layer.
#[derive(Debug)]
pub struct Policies<'a> {
    pub(super) combine: Combine,
    pub(super) principal: &'a Principal,
    pub(super) control: Vec<Vec<Statement<'a>>>,
    pub(super) session: Vec<Vec<Statement<'a>>>,
    pub(super) identity_account: Vec<Statement<'a>>,
    pub(super) identity_resource_group: Vec<Statement<'a>>,
    pub(super) resource_based: Vec<Statement<'a>>,
    pub(super) public: bool,
}

/// A statement's elements; an element may be absent.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) effect: Option<&'a str>,
    pub(super) action: Option<Vec<&'a str>>,
    pub(super) not_action: Option<Vec<&'a str>>,
    pub(super) resource: Option<Vec<Name<'a>>>,
    pub(super) not_resource: Option<Vec<Name<'a>>>,
    pub(super) condition: Option<&'a Value>,
    /// Whether it is about the caller only because it is about everybody, whatever the request.
    pub(super) about_everybody: bool,
}

/// One check as the oracle looks at it.
#[derive(Debug)]
pub struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) resource: Name<'a>,
    pub(super) context: &'a Map<String, Value>,
}

/// The name of a resource, or a pattern of names: as it is, and its five parts, which the first
/// four colons separate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) whole: &'a str,
    pub(super) parts: Option<[&'a str; 5]>,
}

impl<'a> Policies<'a> {
    /// The statements of a case that are about its principal.
    pub fn read(case: &'a Case) -> Self {
        let Layers { control, session, identity_account, .. } = &case.policies;
        let Layers { identity_resource_group, resource_based, public, .. } = &case.policies;
        let of = |documents: &'a [Value]| statements(documents, &case.principal);
        Self {
            combine: case.combine,
            principal: &case.principal,
            control: control.iter().map(|level| of(level)).collect(),
            session: session.iter().map(|document| of(std::slice::from_ref(document))).collect(),
            identity_account: of(identity_account),
            identity_resource_group: of(identity_resource_group),
            resource_based: of(resource_based),
            public: *public,
        }
    }
}

/// A statement without the element `Principal` is about everybody.
fn statements<'a>(documents: &'a [Value], principal: &Principal) -> Vec<Statement<'a>> {
    documents
        .iter()
        .flat_map(|document| list(document.get("Statement")))
        .filter(|statement| {
            statement.get("Principal").is_none_or(|entries| principal_matches(entries, principal))
        })
        .map(|statement| Statement::read(statement, principal))
        .collect()
}

/// Whether a statement without a condition names the principal by nothing but `*` or an empty list.
fn about_everybody(statement: &Value, principal: &Principal) -> bool {
    let Some(entries) = statement.get("Principal") else { return false };
    let named = list(Some(entries)).iter().any(|entry| {
        entry != "*" && principal_matches(&Value::Array(vec![entry.clone()]), principal)
    });
    let condition = statement.get("Condition").and_then(Value::as_object);
    !named && !entries.is_object() && condition.is_none_or(Map::is_empty)
}

impl<'a> Statement<'a> {
    fn read(statement: &'a Value, principal: &Principal) -> Self {
        let element = |name: &str| statement.get(name);
        let texts = |name: &str| element(name).map(|value| strings(Some(value)).collect());
        let names =
            |name: &str| element(name).map(|value| strings(Some(value)).map(Name::new).collect());
        Self {
            effect: element("Effect").and_then(Value::as_str),
            action: texts("Action"),
            not_action: texts("NotAction"),
            resource: names("Resource"),
            not_resource: names("NotResource"),
            condition: element("Condition"),
            about_everybody: about_everybody(statement, principal),
        }
    }
}

impl<'a> Asked<'a> {
    /// Whether the action may be done to the resource.
    pub fn new(action: &'a str, resource: &'a str, context: &'a Map<String, Value>) -> Self {
        Self { action, resource: Name::new(resource), context }
    }
}

impl<'a> Name<'a> {
    pub(super) fn new(whole: &'a str) -> Self {
        Self { whole, parts: cut(whole) }
    }
}

fn cut(name: &str) -> Option<[&str; 5]> {
    let mut parts = name.splitn(5, ':');
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}
