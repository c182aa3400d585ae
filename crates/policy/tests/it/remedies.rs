//! Remedies are proved: with them, and not without any of them, the request is allowed.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use rolecall_policy::{
    Authority, Check, Combine, Context, Decision, Document, DocumentKind, Explanation, Layer,
    PolicySet, PolicyType, PrincipalFacts, PrincipalKind, Resource, ResourceRules, Source, decide,
    explain,
};
use rolecall_types::{AccountId, Arn, PrincipalId, RoleName, SeededRandom, SessionName, UserName};
use serde_json::{Value, json};

const ACCOUNT: &str = "1234567890123456";
const STRANGER: &str = "6543210987654321";

/// Everything that a decision depends on, as texts.
#[derive(Debug, Clone)]
struct World {
    kind: usize,
    owner: &'static str,
    combine: Combine,
    control: Vec<Vec<Value>>,
    sessions: Vec<Vec<Value>>,
    identity: Vec<Value>,
    resource: Vec<Value>,
    action: &'static str,
    relative: &'static str,
    address: &'static str,
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = ["*", "oss:*", "oss:GetObject", "sts:AssumeRole", "ecs:Stop*"];
    let resources = ["*", "acs:*:*:*:*", "acs:oss:*:*:b/*", "acs:ram:*:1234567890123456:role/*"];
    let conditions = [json!({}), json!({"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}})];
    let deny = prop::bool::weighted(0.15);
    let parts = (deny, select(actions.to_vec()), select(resources.to_vec()));
    (parts, select(conditions.to_vec())).prop_map(|((deny, action, resource), condition)| {
        let effect = if deny { "Deny" } else { "Allow" };
        json!({"Effect": effect, "Action": action, "Resource": resource, "Condition": condition})
    })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..4)
}

fn world() -> impl Strategy<Value = World> {
    let combines = [Combine::Identity, Combine::Or, Combine::And, Combine::ResourceOnly];
    let sets = || prop::collection::vec(statements(), 0..3);
    let layers = (sets(), sets(), statements(), statements());
    let asked = (
        select(&["oss:GetObject", "sts:AssumeRole", "ecs:StopInstance"]),
        select(&["b/k", "role/web", "*"]),
        select(&["10.1.1.1", "11.1.1.1"]),
    );
    (0..5_usize, select(&[ACCOUNT, STRANGER]), select(combines.to_vec()), layers, asked).prop_map(
        |(kind, owner, combine, layers, asked)| {
            let (control, sessions, identity, resource) = layers;
            let (action, relative, address) = asked;
            let resource = resource.into_iter().map(|it| granting(it, combine)).collect();
            World {
                kind,
                owner,
                combine,
                control,
                sessions,
                identity,
                resource,
                action,
                relative,
                address,
            }
        },
    )
}

/// The statement as a trust policy or a bucket policy has it.
fn granting(mut statement: Value, combine: Combine) -> Value {
    let object = statement.as_object_mut().unwrap();
    if combine == Combine::Or {
        object.insert("Principal".to_owned(), json!(["*"]));
    } else {
        object.remove("Resource");
        object.insert("Action".to_owned(), json!("sts:AssumeRole"));
        let named = format!("acs:ram::{ACCOUNT}:role/web");
        object.insert("Principal".to_owned(), json!({"RAM": [named]}));
    }
    statement
}

impl World {
    fn principal(&self) -> PrincipalFacts {
        let id = |letter| PrincipalId::generate(&SeededRandom::new(1), letter);
        let kind = match self.kind {
            0 => PrincipalKind::User { name: UserName::new("alice").unwrap(), id: id('2') },
            1 => PrincipalKind::Role {
                name: RoleName::new("web").unwrap(),
                id: id('3'),
                session: SessionName::new("session").unwrap(),
            },
            2 => PrincipalKind::Root,
            3 => PrincipalKind::Service("ecs.aliyuncs.com".to_owned()),
            _ => PrincipalKind::Anonymous,
        };
        PrincipalFacts { account: AccountId::parse(ACCOUNT).unwrap(), kind }
    }

    /// Asks with the layers as they are now.
    fn ask<T>(&self, ask: impl FnOnce(&Authority<'_>, &Check<'_>) -> T) -> T {
        let kind =
            if self.combine == Combine::Or { DocumentKind::Bucket } else { DocumentKind::Trust };
        let compile = |sets: &[Vec<Value>]| -> Vec<PolicySet> {
            sets.iter().map(|it| set(DocumentKind::Identity, it)).collect()
        };
        let (control, sessions) = (compile(&self.control), compile(&self.sessions));
        let (identity, resource) =
            (set(DocumentKind::Identity, &self.identity), set(kind, &self.resource));
        let principal = self.principal();
        let authority = Authority {
            root: self.kind == 2,
            control: &control.iter().collect::<Vec<_>>(),
            sessions: &sessions.iter().collect::<Vec<_>>(),
            identity: &[&identity],
            resource_group: &[],
            resource: ResourceRules::of_policy(Some(&resource)),
            combine: self.combine,
            principal: &principal,
        };
        let service = self.action.split(':').next().unwrap();
        let service = if service == "sts" { "ram" } else { service };
        let resource = match self.relative {
            "*" => Resource::Any,
            relative => Resource::Named(Arn::new(service, "*", self.owner, relative)),
        };
        let context = Context::new()
            .with("acs:SourceIp", self.address)
            .with("acs:Service", "ecs.aliyuncs.com");
        let check =
            Check { action: self.action, resource: &resource, context: &context, principal: None };
        ask(&authority, &check)
    }

    fn decision(&self) -> (Decision, Layer) {
        let verdict = self.ask(decide);
        (verdict.decision, verdict.layer)
    }

    /// Adds a remedy's statement to the first set of its layer that refuses without it.
    fn mend(&mut self, layer: Layer, document: &str) {
        let document: Value = serde_json::from_str(document).unwrap();
        let [statement] = &document["Statement"].as_array().unwrap()[..] else {
            panic!("one statement: {document}")
        };
        assert_eq!(statement["Action"], self.action);
        let keys = statement["Condition"].as_object().map_or(0, serde_json::Map::len);
        assert!(keys <= 1 && statement["NotResource"].is_null(), "{document}");
        let refusing = |world: &Self, number: usize| {
            let sets = if layer == Layer::Control { &world.control } else { &world.sessions };
            let alone = World {
                combine: Combine::Identity,
                identity: sets[number].clone(),
                ..world.bare()
            };
            alone.decision().0 != Decision::Allow
        };
        match layer {
            Layer::Identity => self.identity.push(statement.clone()),
            Layer::Resource => self.resource.push(statement.clone()),
            Layer::Control => {
                let number = (0..self.control.len()).find(|it| refusing(self, *it)).unwrap();
                self.control[number].push(statement.clone());
            }
            Layer::Session => {
                let number = (0..self.sessions.len()).find(|it| refusing(self, *it)).unwrap();
                self.sessions[number].push(statement.clone());
            }
            Layer::Root | Layer::ResourceGroup | Layer::Acl => panic!("no place: {layer}"),
        }
    }

    fn bare(&self) -> World {
        let (control, sessions, resource) = Default::default();
        World { kind: 0, control, sessions, resource, ..self.clone() }
    }
}

fn set(kind: DocumentKind, statements: &[Value]) -> PolicySet {
    let source =
        Source { policy_type: PolicyType::Custom, name: "p".to_owned(), version: "v1".to_owned() };
    if statements.is_empty() {
        return PolicySet::compile([]);
    }
    let text = json!({"Version": "1", "Statement": statements}).to_string();
    let document = Document::parse(kind, &text).unwrap();
    PolicySet::compile([(Arc::new(source), Arc::new(document))])
}

fn check(world: &World) {
    let explanation: Explanation = world.ask(explain);
    assert_eq!((explanation.decision, explanation.layer), world.decision());
    let explicit = explanation.deciding.as_ref().map(|it| it.effect.to_string());
    let expected = match explanation.decision {
        Decision::Allow if explanation.layer == Layer::Root => None,
        Decision::Allow => Some("Allow".to_owned()),
        Decision::ExplicitDeny => Some("Deny".to_owned()),
        Decision::ImplicitDeny => None,
    };
    assert_eq!(explicit, expected, "{explanation}");
    if explanation.decision != Decision::ImplicitDeny {
        assert!(explanation.remedies.is_empty() && explanation.nearest.is_none(), "{explanation}");
        return;
    }
    if explanation.remedies.is_empty() {
        // A user or a role can always be helped, unless something denies.
        assert!(world.kind > 1 || explanation.blocked.is_some(), "{explanation}");
        return;
    }
    let mut mended = world.clone();
    for remedy in &explanation.remedies {
        assert_ne!(mended.decision().0, Decision::Allow, "more than is needed: {explanation}");
        mended.mend(remedy.layer, &remedy.document);
    }
    assert_eq!(mended.decision().0, Decision::Allow, "{explanation}\n{mended:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn remedies_help_and_none_is_too_many(world in world()) {
        check(&world);
    }
}
