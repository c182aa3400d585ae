//! Rolecall's own engine, by the function that every request passes.

use std::fmt::Write as _;
use std::sync::Arc;

use rolecall_policy::{
    Authority, Check, Combine, Context, Decision, Document, DocumentKind, PolicySet, PolicyType,
    PrincipalFacts, PrincipalKind, Resource, ResourceRules, Source, decide,
};
use rolecall_types::{AccountId, Arn, PrincipalId, RoleName, SessionName};

use crate::Engine;
use crate::model::{ACCOUNT, ACTION, PATTERN_START, Policy, Question, ROLE, SOURCE_IP};

/// All policies of a role, asked by a session of it.
pub(crate) struct Rolecall {
    identity: PolicySet,
    principal: PrincipalFacts,
    requests: Vec<(Resource, Context)>,
}

impl Rolecall {
    pub(crate) fn new(policies: &[Policy], questions: &[Question]) -> Self {
        let documents = policies.iter().enumerate().map(|(number, policy)| {
            let source = Source {
                policy_type: PolicyType::Custom,
                name: format!("policy-{number}"),
                version: "v1".to_owned(),
            };
            let document = Document::parse(DocumentKind::Identity, &document(policy));
            (Arc::new(source), Arc::new(document.expect("a valid policy")))
        });
        let principal = PrincipalFacts {
            account: AccountId::parse(ACCOUNT).expect("an account"),
            kind: PrincipalKind::Role {
                name: RoleName::new(ROLE).expect("a role's name"),
                id: PrincipalId::parse("300000000000000001").expect("a role's id"),
                session: SessionName::new("measuring").expect("a session's name"),
            },
        };
        let requests = questions.iter().map(request).collect();
        Self { identity: PolicySet::compile(documents), principal, requests }
    }
}

impl Engine for Rolecall {
    fn name(&self) -> &'static str {
        "rolecall"
    }

    fn ask(&self, question: usize) -> bool {
        let (resource, context) = &self.requests[question];
        let authority = Authority {
            root: false,
            control: &[],
            sessions: &[],
            identity: &[&self.identity],
            resource_group: &[],
            resource: ResourceRules::default(),
            combine: Combine::Identity,
            principal: &self.principal,
        };
        let check = Check { action: ACTION, resource, context, principal: Some(&self.principal) };
        decide(&authority, &check).decision == Decision::Allow
    }
}

fn request(question: &Question) -> (Resource, Context) {
    let relative = format!("{}/{}", question.bucket, question.key);
    let mut context = Context::new();
    for (key, value) in question.context() {
        context.insert(key, value);
    }
    (Resource::Named(Arn::new("oss", "*", ACCOUNT, relative)), context)
}

/// The policy as an administrator writes it.
fn document(policy: &Policy) -> String {
    let effect = if policy.deny { "Deny" } else { "Allow" };
    let resources: Vec<_> =
        policy.resources.iter().map(|pattern| format!("{PATTERN_START}{pattern}")).collect();
    let mut conditions = Vec::new();
    if !policy.networks.is_empty() {
        conditions.push(format!(r#""IpAddress":{{"{SOURCE_IP}":{:?}}}"#, policy.networks));
    }
    let mut like = String::new();
    for (key, pattern) in policy.like {
        let comma = if like.is_empty() { "" } else { "," };
        let _infallible = write!(like, r#"{comma}"{key}":"{pattern}""#);
    }
    if !like.is_empty() {
        conditions.push(format!(r#""StringLike":{{{like}}}"#));
    }
    let condition = if conditions.is_empty() {
        String::new()
    } else {
        format!(r#","Condition":{{{}}}"#, conditions.join(","))
    };
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"{effect}","Action":{:?},"Resource":{resources:?}{condition}}}]}}"#,
        policy.actions
    )
}
