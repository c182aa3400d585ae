//! Decisions that the vendor's pages state or that follow from them.

use std::sync::Arc;

use rolecall_policy::{
    Authority, Combine, Context, Decision, Document, DocumentKind, Need, PolicySet, PolicyType,
    PrincipalFacts, PrincipalKind, Resource, ResourceRules, Source, authorize,
};
use rolecall_types::{AccountId, Arn, PrincipalId, RoleName, SessionName, UserName};
use serde_json::Value;

const ACCOUNT: &str = "1234567890123456";

#[test]
fn every_vector_is_decided_as_expected() {
    let file: Value = serde_json::from_str(include_str!("../vectors/policy.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 121, "a vector was lost");
    let wrong: Vec<String> = vectors.iter().filter_map(check).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// What is wrong with the decision of one vector.
fn check(vector: &Value) -> Option<String> {
    let policies = &vector["policies"];
    let combine = match vector["combine"].as_str().unwrap() {
        "identity_only" => Combine::Identity,
        "or" => Combine::Or,
        "and" => Combine::And,
        "resource_only" => Combine::ResourceOnly,
        other => panic!("combine {other}"),
    };
    let resource_kind =
        if combine == Combine::Or { DocumentKind::Bucket } else { DocumentKind::Trust };
    let principal = principal(vector.get("principal"));
    let control: Vec<_> = list(&policies["control"])
        .iter()
        .map(|level| set(DocumentKind::Control, list(level)))
        .collect();
    let session: Vec<_> = policies
        .get("session")
        .map(|document| set(DocumentKind::Session, std::slice::from_ref(document)))
        .into_iter()
        .collect();
    let identity = set(DocumentKind::Identity, list(&policies["identity_account"]));
    let group = set(DocumentKind::Identity, list(&policies["identity_resource_group"]));
    let resource =
        policies.get("resource_based").map(|documents| set(resource_kind, list(documents)));
    let authority = Authority {
        root: false,
        control: &control.iter().collect::<Vec<_>>(),
        sessions: &session.iter().collect::<Vec<_>>(),
        identity: &[&identity],
        resource_group: &[&group],
        resource: ResourceRules::of_policy(resource.as_ref()),
        combine,
        principal: &principal,
    };
    let mut decisions = Vec::new();
    for request in list(&vector["requests"]) {
        let action = request["action"].as_str().unwrap().to_owned().leak();
        let need = match request["resource"].as_str().unwrap() {
            "*" => Need::any(action),
            name => {
                Need { resource: Resource::Named(Arn::parse(name).unwrap()), ..Need::any(action) }
            }
        };
        let decision = match authorize(|_| authority, &context(&request["context"]), vec![need]) {
            Ok(_) => Decision::Allow,
            Err(denied) => denied.verdict.decision,
        };
        decisions.push(decision);
    }
    let decision = [Decision::ExplicitDeny, Decision::ImplicitDeny]
        .into_iter()
        .find(|decision| decisions.contains(decision))
        .unwrap_or(Decision::Allow);
    let expected = vector["expected"].as_str().unwrap();
    (format!("{decision:?}") != expected)
        .then(|| format!("{}: {decision:?}, not {expected}", vector["id"]))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn set(kind: DocumentKind, documents: &[Value]) -> PolicySet {
    let source = Arc::new(Source {
        policy_type: PolicyType::Custom,
        name: "vector".to_owned(),
        version: String::new(),
    });
    PolicySet::compile(documents.iter().map(|document| {
        let document = Document::parse(kind, &document.to_string()).unwrap();
        (Arc::clone(&source), Arc::new(document))
    }))
}

fn context(keys: &Value) -> Context {
    let mut context = Context::new();
    for (key, value) in keys.as_object().unwrap() {
        match value {
            Value::Array(values) => {
                context.replace(key, values.iter().map(|v| v.as_str().unwrap().to_owned()));
            }
            value => context.insert(key, value.as_str().unwrap()),
        }
    }
    context
}

fn principal(described: Option<&Value>) -> PrincipalFacts {
    let text = |key: &str, default: &str| {
        described.and_then(|d| d[key].as_str()).unwrap_or(default).to_owned()
    };
    let uid = |default: &str| -> PrincipalId {
        serde_json::from_value(text("uid", default).into()).unwrap()
    };
    let arn = text("identity_arn", "acs:ram::1234567890123456:user/alice");
    let name = arn.rsplit('/').next().unwrap();
    let kind = match text("type", "RAMUser").as_str() {
        "RAMUser" => PrincipalKind::User {
            name: UserName::new(name).unwrap(),
            id: uid("200000000000000001"),
        },
        "Role" => PrincipalKind::Role {
            name: RoleName::new(name).unwrap(),
            id: uid("300000000000000001"),
            session: SessionName::new(text("arn", "").rsplit('/').next().unwrap()).unwrap(),
        },
        "Service" => PrincipalKind::Service(text("service", "")),
        "Federated" => PrincipalKind::Federated(text("provider_arn", "")),
        other => panic!("principal {other}"),
    };
    PrincipalFacts { account: AccountId::parse(&text("account", ACCOUNT)).unwrap(), kind }
}
