//! The engine under test, asked in the oracle's terms.

use std::sync::Arc;

use rolecall_policy::{
    AclGrant, AclOf, Authority, Check, Combine, Context, Decision, Document, DocumentKind,
    PolicySet, PolicyType, PrincipalFacts, PrincipalKind, PublicAccess, Resource, ResourceRules,
    Source, decide,
};
use rolecall_types::{AccountId, Arn, RoleName, SessionName, UserName};
use serde_json::{Map, Value};

use crate::oracle::{self, Answer, Case, Identity, Kind, Principal, Questions, Target};

/// The policies of a case as the engine holds them: compiled once, asked often.
#[derive(Debug)]
pub struct Prepared {
    root: bool,
    combine: Combine,
    principal: PrincipalFacts,
    control: Vec<PolicySet>,
    sessions: Vec<PolicySet>,
    identity: [PolicySet; 1],
    resource_group: Vec<PolicySet>,
    resource: Option<PolicySet>,
    acl: Option<AclGrant>,
}

impl Prepared {
    /// Compiles the policies; an error tells why the engine takes one of the texts for malformed.
    pub fn new(case: &Case) -> Result<Self, String> {
        let policies = &case.policies;
        let each = |kind: Kind, documents: &[Value]| -> Result<Vec<PolicySet>, String> {
            documents.iter().map(|document| set(kind, std::slice::from_ref(document))).collect()
        };
        let levels = policies.control.iter().map(|level| set(Kind::Control, level));
        let resource = set(case.combine.resource_kind(), &policies.resource_based)?;
        Ok(Self {
            root: matches!(case.principal, Principal::Account { .. }),
            combine: match case.combine {
                oracle::Combine::IdentityOnly => Combine::Identity,
                oracle::Combine::Or => Combine::Or,
                oracle::Combine::And => Combine::And,
                oracle::Combine::ResourceOnly => Combine::ResourceOnly,
            },
            principal: facts(&case.principal)?,
            control: levels.collect::<Result<_, _>>()?,
            sessions: each(Kind::Session, &policies.session)?,
            // One set for all documents in one layer, one for each in the other: both are right.
            identity: [set(Kind::Identity, &policies.identity_account)?],
            resource_group: each(Kind::Identity, &policies.identity_resource_group)?,
            resource: Some(resource).filter(|resource| !resource.is_empty()),
            acl: policies
                .public
                .then_some(AclGrant { of: AclOf::Bucket, access: PublicAccess::PublicReadWrite }),
        })
    }

    /// The engine's answers to each target in each context, target by target. An error tells of a
    /// resource that the engine cannot read.
    pub fn answers(&self, questions: &Questions) -> Result<Vec<Answer>, String> {
        let authority = Authority {
            root: self.root,
            control: &self.control.iter().collect::<Vec<_>>(),
            sessions: &self.sessions.iter().collect::<Vec<_>>(),
            identity: &self.identity.each_ref(),
            resource_group: &self.resource_group.iter().collect::<Vec<_>>(),
            resource: ResourceRules {
                acl: self.acl,
                ..ResourceRules::of_policy(self.resource.as_ref())
            },
            combine: self.combine,
            principal: &self.principal,
        };
        let contexts: Vec<Context> = questions.contexts.iter().map(context).collect();
        let mut answers = Vec::with_capacity(questions.targets.len() * contexts.len());
        for Target { action, resource } in &questions.targets {
            let resource = named(resource)?;
            let principal = Some(authority.principal);
            answers.extend(contexts.iter().map(|context| {
                let check = Check { action, resource: &resource, context, principal };
                answer_to_one(&authority, &check)
            }));
        }
        Ok(answers)
    }
}

/// The engine's answers to questions at the policies of a case, or why it takes one of its texts
/// for malformed.
pub fn answers_to(case: &Case, questions: &Questions) -> Result<Vec<Answer>, String> {
    Prepared::new(case)?.answers(questions)
}

/// The engine's answers to the requests of a case one by one, or why it takes one of its texts for
/// malformed.
pub fn answers(case: &Case) -> Vec<Result<Answer, String>> {
    match Prepared::new(case) {
        Ok(prepared) => {
            let answer = |request| match prepared.answers(&Questions::one(request))?.as_slice() {
                [answer] => Ok(*answer),
                answers => Err(format!("not one answer: {answers:?}")),
            };
            case.requests.iter().map(answer).collect()
        }
        Err(fault) => vec![Err(fault)],
    }
}

/// The engine's answer to a case as a whole.
pub fn answer(case: &Case) -> Result<Answer, String> {
    let answers: Result<Vec<Answer>, String> = answers(case).into_iter().collect();
    answers.map(Answer::of_all)
}

/// Whether the engine takes a document.
pub fn accepts(kind: Kind, text: &str) -> Result<(), String> {
    parsed(kind, text).map(drop)
}

fn named(resource: &str) -> Result<Resource, String> {
    match resource {
        "*" => Ok(Resource::Any),
        name => Arn::parse(name).map(Resource::Named).ok_or_else(|| format!("no ARN: {name}")),
    }
}

fn answer_to_one(authority: &Authority<'_>, check: &Check<'_>) -> Answer {
    match decide(authority, check).decision {
        Decision::Allow => Answer::Allow,
        Decision::ExplicitDeny => Answer::ExplicitDeny,
        Decision::ImplicitDeny => Answer::ImplicitDeny,
    }
}

fn context(keys: &Map<String, Value>) -> Context {
    let mut context = Context::new();
    for (key, value) in keys {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        context.replace(key, values.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    context
}

fn set(kind: Kind, documents: &[Value]) -> Result<PolicySet, String> {
    let source =
        Source { policy_type: PolicyType::Custom, name: String::new(), version: String::new() };
    let source = Arc::new(source);
    let documents: Result<Vec<_>, String> = documents
        .iter()
        .map(|document| Ok((Arc::clone(&source), Arc::new(parsed(kind, &document.to_string())?))))
        .collect();
    documents.map(PolicySet::compile)
}

fn parsed(kind: Kind, text: &str) -> Result<Document, String> {
    let kind = match kind {
        Kind::Identity => DocumentKind::Identity,
        Kind::Session => DocumentKind::Session,
        Kind::Control => DocumentKind::Control,
        Kind::Trust => DocumentKind::Trust,
        Kind::Bucket => DocumentKind::Bucket,
    };
    Document::parse(kind, text).map_err(|error| error.to_string())
}

fn facts(principal: &Principal) -> Result<PrincipalFacts, String> {
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
    let id = |identity: &Identity| {
        serde_json::from_value(identity.uid.as_str().into()).map_err(|error| error.to_string())
    };
    // Services, providers and nobody belong to no account; theirs stands for the resource's.
    let (account, kind) = match principal {
        Principal::Account { account } => (account.as_str(), PrincipalKind::Root),
        Principal::RamUser(user) => {
            let name = UserName::new(last(&user.arn)).map_err(|error| error.to_string())?;
            (user.account.as_str(), PrincipalKind::User { name, id: id(user)? })
        }
        Principal::Role(role) => {
            let name = RoleName::new(last(&role.identity_arn)).map_err(|e| e.to_string())?;
            let session = SessionName::new(last(&role.arn)).map_err(|error| error.to_string())?;
            (role.account.as_str(), PrincipalKind::Role { name, id: id(role)?, session })
        }
        Principal::Anonymous => ("1234567890123456", PrincipalKind::Anonymous),
        Principal::Service { service } => {
            ("1234567890123456", PrincipalKind::Service(service.clone()))
        }
        Principal::Federated { provider_arn } => {
            ("1234567890123456", PrincipalKind::Federated(provider_arn.clone()))
        }
    };
    let account = AccountId::parse(account).ok_or_else(|| format!("no account: {account}"))?;
    Ok(PrincipalFacts { account, kind })
}
