//! The smallest policies that would allow a request, each proved by deciding the request with it.

use std::cell::OnceCell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Deciding, deciding};
use crate::authority::{Combine, owns};
use crate::{
    Authority, Check, Decision, Document, DocumentKind, Layer, PolicySet, PolicyType,
    PrincipalFacts, PrincipalKind, ResourceRules, Source, Verdict, decide,
};

/// Condition keys that a grant should ask for where the request has them: without them it would
/// give a role to any service, or trust everybody whom an identity provider knows.
/// Source: the pages on `ram:PassRole` and on trust policies.
const NARROWING_KEYS: &[&str] =
    &["acs:Service", "sts:ExternalId", "saml:recipient", "oidc:iss", "oidc:aud", "oidc:sub"];

/// A document that must be added, or whose statement must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Where it must be added.
    pub layer: Layer,
    /// A document of one statement: one action, one resource, and the conditions that keep it
    /// narrow. JSON.
    pub document: String,
}

/// A document and what it says.
struct Proved {
    document: String,
    set: PolicySet,
}

/// What must be added so that a check that nothing matched is allowed; else the Deny that stands in
/// the way. Neither, where policies cannot help.
///
/// It decides the check again with each remedy in its place, until it is allowed: in a set in which
/// nothing matches, a statement that matches decides alone. A remedy is made only where some layer
/// can hold it: nobody and the account itself ask often, and hold no policies. `verdict` is what
/// was decided without remedies.
pub(super) fn find(
    authority: &Authority<'_>,
    check: &Check<'_>,
    mut verdict: Verdict,
) -> (Vec<Remedy>, Option<Deciding>) {
    let (plain, grant) = (OnceCell::new(), OnceCell::new());
    let (mut control, mut sessions) = (authority.control.to_vec(), authority.sessions.to_vec());
    let (mut identity, mut resource) = (authority.identity.to_vec(), authority.resource.policy);
    let mut remedies = Vec::new();
    // Each round mends one set; the last one sees that all of them are.
    let rounds = control.len().saturating_add(sessions.len()).saturating_add(3);
    for _ in 0..rounds {
        let layer = match verdict.layer {
            Layer::Identity | Layer::ResourceGroup if can_hold_policies(authority, check) => {
                Layer::Identity
            }
            Layer::Identity | Layer::ResourceGroup if authority.combine == Combine::Or => {
                Layer::Resource
            }
            other => other,
        };
        let remedy: &Option<Proved> = match layer {
            Layer::Control | Layer::Session => plain.get_or_init(|| attached(check)),
            Layer::Identity if can_hold_policies(authority, check) => {
                plain.get_or_init(|| attached(check))
            }
            Layer::Resource => grant.get_or_init(|| granting(authority, check)),
            Layer::Root | Layer::Identity | Layer::ResourceGroup | Layer::Acl => break,
        };
        let Some(remedy) = remedy else { break };
        let put = match layer {
            Layer::Control => replace(&mut control, &remedy.set, check),
            Layer::Session => replace(&mut sessions, &remedy.set, check),
            Layer::Identity => {
                identity.push(&remedy.set);
                true
            }
            Layer::Resource => resource.replace(&remedy.set).is_none_or(|it| {
                // What was mended before and still refuses cannot be mended so.
                !std::ptr::eq(it, &raw const remedy.set)
            }),
            Layer::Root | Layer::ResourceGroup | Layer::Acl => false,
        };
        if !put {
            break;
        }
        remedies.push(Remedy { layer, document: remedy.document.clone() });
        let mended = Authority {
            control: &control,
            sessions: &sessions,
            identity: &identity,
            resource: ResourceRules { policy: resource, ..authority.resource },
            ..*authority
        };
        verdict = decide(&mended, check);
        match verdict.decision {
            Decision::Allow => return (remedies, None),
            Decision::ExplicitDeny => return (Vec::new(), deciding(&mended, check, verdict)),
            Decision::ImplicitDeny => {}
        }
    }
    (Vec::new(), None)
}

/// Puts a set in the place of the one that refuses.
fn replace<'a>(sets: &mut [&'a PolicySet], by: &'a PolicySet, check: &Check<'_>) -> bool {
    let refusing = sets.iter_mut().find(|set| set.decide(check) != Decision::Allow);
    refusing.map(|set| *set = by).is_some()
}

/// Whether an identity policy could help: the account itself and strangers hold none, and a
/// stranger's do not open a bucket.
fn can_hold_policies(authority: &Authority<'_>, check: &Check<'_>) -> bool {
    let principal = authority.principal;
    matches!(principal.kind, PrincipalKind::User { .. } | PrincipalKind::Role { .. })
        && (authority.combine != Combine::Or || owns(principal, check.resource))
}

/// A document that is attached to whom it binds.
fn attached(check: &Check<'_>) -> Option<Proved> {
    let mut statement = statement(check);
    statement.insert("Resource".to_owned(), check.resource.to_string().into());
    prove(DocumentKind::Identity, &statement, check)
}

/// A document of the resource that names the caller.
fn granting(authority: &Authority<'_>, check: &Check<'_>) -> Option<Proved> {
    let PrincipalFacts { account, kind } = authority.principal;
    if matches!(kind, PrincipalKind::Anonymous) {
        // A grant to somebody who did not sign is one to everybody.
        return None;
    }
    let mut statement = statement(check);
    if authority.combine == Combine::Or {
        let named = match kind {
            PrincipalKind::Root => account.to_string(),
            PrincipalKind::User { id, .. } => id.to_string(),
            PrincipalKind::Role { name, session, .. } => {
                format!("arn:sts::{account}:assumed-role/{name}/{session}")
            }
            PrincipalKind::Service(_) | PrincipalKind::Federated(_) | PrincipalKind::Anonymous => {
                return None;
            }
        };
        statement.insert("Principal".to_owned(), json!([named]));
        statement.insert("Resource".to_owned(), check.resource.to_string().into());
        return prove(DocumentKind::Bucket, &statement, check);
    }
    let (key, named) = match kind {
        PrincipalKind::User { name, .. } => ("RAM", format!("acs:ram::{account}:user/{name}")),
        PrincipalKind::Role { name, .. } => ("RAM", format!("acs:ram::{account}:role/{name}")),
        PrincipalKind::Service(host) => ("Service", host.clone()),
        PrincipalKind::Federated(provider) => ("Federated", provider.clone()),
        PrincipalKind::Root | PrincipalKind::Anonymous => return None,
    };
    statement.insert("Principal".to_owned(), json!({ key: [named] }));
    prove(DocumentKind::Trust, &statement, check)
}

fn statement(check: &Check<'_>) -> Map<String, Value> {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), "Allow".into());
    statement.insert("Action".to_owned(), check.action.into());
    let mut wanted = Map::new();
    for key in NARROWING_KEYS {
        if let Some([value]) = check.context.get(key) {
            wanted.insert((*key).to_owned(), value.as_str().into());
        }
    }
    if !wanted.is_empty() {
        statement.insert("Condition".to_owned(), json!({ "StringEquals": wanted }));
    }
    statement
}

#[cfg(test)]
thread_local! {
    static PROOFS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many remedies were made in this thread, to be used or not.
#[cfg(test)]
pub(super) fn proofs() -> usize {
    PROOFS.with(std::cell::Cell::get)
}

/// The document of one statement, if it allows what is asked.
fn prove(kind: DocumentKind, statement: &Map<String, Value>, check: &Check<'_>) -> Option<Proved> {
    #[cfg(test)]
    PROOFS.with(|proofs| proofs.set(proofs.get() + 1));
    let text = json!({ "Version": "1", "Statement": [statement] }).to_string();
    let document = Document::parse(kind, &text).ok()?;
    // The canonical text has the elements in the order in which people write them.
    let text = document.print();
    let source = Source {
        policy_type: PolicyType::Custom,
        name: "remedy".to_owned(),
        version: String::new(),
    };
    let set = PolicySet::compile([(Arc::new(source), Arc::new(document))]);
    (set.decide(check) == Decision::Allow).then_some(Proved { document: text, set })
}
