//! What the gate would decide, asked beforehand: by the policies that a real call would gather.

use std::fmt;
use std::sync::Arc;

use rolecall_crypto::{Session, SessionId};
use rolecall_policy::{
    self as policy, Check, Decision, Document, DocumentKind, Explanation, PolicyError, PolicySet,
    PolicyType, Resource, ResourceRules, Source,
};
use rolecall_types::{AccountId, Arn, SessionName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::authenticate::session_policy;
use crate::caller::{Caller, RoleSession};
use crate::context::conditions_at;
use crate::gather::{Asked, Gathered};
use crate::{Gate, Snapshot};

/// The name of a session that is only imagined.
const SESSION_NAME: &str = "simulated";

/// A question: may this caller do this?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Who would call: `user/<name>`, `role/<name>`, `assumed-role/<name>/<session>` or, as answers
    /// of `AssumeRole` say it, `role/<name>/<session>`, `root`, each alone or as a name of RAM such
    /// as `acs:ram::<account>:user/<name>`; or `anonymous`.
    pub principal: String,
    /// The action, such as `oss:GetObject`.
    pub action: String,
    /// The resource's name, or `*`. Its account may be left out: it is the one asked.
    pub resource: String,
    /// Condition keys of the request and their values. The time, `acs:PrincipalARN` and the tags of
    /// the resource are known where they are not given.
    #[serde(default)]
    pub context: Vec<(String, Vec<String>)>,
    /// The policy that the session is made with, where the caller is a role.
    #[serde(default)]
    pub session_policy: Option<String>,
    /// The policy of the bucket that an action of the object service is about, as its JSON text.
    /// Without it the bucket says nothing. Access control lists are never asked.
    #[serde(default)]
    pub bucket_policy: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Simulation {
    /// No policy governs the action: it is always allowed.
    Exempt,
    /// Policies decide.
    Decided(Box<Explanation>),
}

impl Simulation {
    /// Whether the call would be allowed.
    pub fn is_allowed(&self) -> bool {
        match self {
            Self::Exempt => true,
            Self::Decided(explanation) => explanation.decision == Decision::Allow,
        }
    }
}

impl fmt::Display for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exempt => f.write_str("allowed: no policy governs this action"),
            Self::Decided(explanation) => explanation.fmt(f),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The principal is none.
    #[error("`{0}` is no principal; name user/NAME, role/NAME, root or anonymous")]
    Principal(String),
    /// There is no such user or role.
    #[error("there is no {0}")]
    Unknown(String),
    /// The action has no service.
    #[error("`{0}` is no action, such as oss:GetObject; patterns are none")]
    Action(String),
    /// The resource is no name.
    #[error("`{0}` is no resource, such as acs:oss:*:*:bucket/key or *")]
    Resource(String),
    /// The session's policy breaks the grammar.
    #[error("the session's policy is not valid: {0}")]
    SessionPolicy(PolicyError),
    /// Only a role's session has a policy.
    #[error("only the session of a role has a policy of its own")]
    NoSession,
    /// The bucket's policy breaks the grammar.
    #[error("the bucket's policy is not valid: {0}")]
    BucketPolicy(PolicyError),
    /// A bucket's policy counts for actions of the object service on it and its objects alone.
    #[error("only an action of OSS on a bucket or an object has a bucket's policy")]
    NoBucket,
}

impl Gate {
    /// Decides what a caller may do, without a call. `account` is the one asked, whose names may be
    /// short.
    pub fn simulate(
        &self,
        account: &AccountId,
        question: &Question,
    ) -> Result<Simulation, SimulationError> {
        let plain = |part: &str| !part.is_empty() && !part.contains(['*', '?', ':']);
        let well_formed =
            question.action.split_once(':').is_some_and(|(a, b)| plain(a) && plain(b));
        if !well_formed {
            return Err(SimulationError::Action(question.action.clone()));
        }
        if policy::is_exempt(&question.action) {
            return Ok(Simulation::Exempt);
        }
        let (snapshot, now) = (self.directory().snapshot(), self.clock().now());
        let caller = self.imagine(&snapshot, account, question, now)?;
        let resource = resource(&question.resource, caller.account().unwrap_or(account))?;
        let named = match &resource {
            Resource::Any => None,
            Resource::Named(arn) => Some(arn),
        };
        let is_role = |arn: &&Arn| arn.service == "ram" && arn.relative.starts_with("role/");
        let taking_on = question.action.eq_ignore_ascii_case("sts:AssumeRole");
        // A name that is none has no role behind it, and so nobody's trust.
        let none = Arn::ram("", "role/");
        let owner = named.and_then(|arn| AccountId::parse(&arn.account));
        let object = question.action.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("oss:"));
        let on_bucket = object && named.is_some_and(|arn| arn.service == "oss");
        let bucket_policy = match question.bucket_policy.as_deref() {
            Some(_) if !on_bucket => return Err(SimulationError::NoBucket),
            Some(text) => Some(bucket_policy(text).map_err(SimulationError::BucketPolicy)?),
            None => None,
        };
        let gathered = Gathered::new(
            &snapshot,
            Asked { caller: &caller, owner: owner.as_ref().unwrap_or(account), object },
            taking_on.then(|| named.filter(is_role).unwrap_or(&none)),
        );
        let mut context = conditions_at(now);
        caller.describe(&mut context);
        for (key, value) in self.resource_tags.of(&resource) {
            context.insert(&key, value);
        }
        for (key, values) in &question.context {
            context.replace(key, values.iter().cloned());
        }
        let action = question.action.as_str();
        let check = Check { action, resource: &resource, context: &context, principal: None };
        let authority = match &bucket_policy {
            Some(policy) => gathered.authority_at(ResourceRules::of_policy(Some(policy))),
            None => gathered.authority(),
        };
        let explanation = policy::explain(&authority, &check);
        Ok(Simulation::Decided(Box::new(explanation)))
    }

    /// The caller that a question names, with the policies that it has now.
    fn imagine(
        &self,
        snapshot: &Snapshot,
        account: &AccountId,
        question: &Question,
        now: Timestamp,
    ) -> Result<Caller, SimulationError> {
        let text = question.principal.as_str();
        let wrong = || SimulationError::Principal(text.to_owned());
        let unknown = || SimulationError::Unknown(text.to_owned());
        let (account, relative) = match Arn::parse(text) {
            Some(arn) if arn.service == "ram" => {
                (AccountId::parse(&arn.account).ok_or_else(wrong)?, arn.relative.to_string())
            }
            Some(_) => return Err(wrong()),
            None => (account.clone(), text.to_owned()),
        };
        let (role, session) = match relative.split_once('/') {
            None if relative == "root" => (None, Some(Caller::Root(account.clone()))),
            None if text == "anonymous" => (None, Some(Caller::Anonymous)),
            Some(("user", name)) => {
                let user = snapshot.user(&account, name).ok_or_else(unknown)?;
                (None, Some(Caller::User(Arc::clone(user))))
            }
            Some(("role", rest)) => {
                (Some(rest.split_once('/').unwrap_or((rest, SESSION_NAME))), None)
            }
            Some(("assumed-role", rest)) => (Some(rest.split_once('/').ok_or_else(wrong)?), None),
            _ => return Err(wrong()),
        };
        if let Some(caller) = session {
            let none = question.session_policy.is_none();
            return if none { Ok(caller) } else { Err(SimulationError::NoSession) };
        }
        let (name, session) = role.ok_or_else(wrong)?;
        let role = snapshot.role(&account, name).ok_or_else(unknown)?;
        let policies = question.session_policy.iter().map(|text| session_policy(text));
        let claims = Session {
            session_id: SessionId::generate(self.random().as_ref()),
            account: role.account.clone(),
            role_name: role.name.to_string(),
            role_id: role.id.clone(),
            instance: None,
            session_name: session.to_owned(),
            policies: question.session_policy.iter().cloned().collect(),
            source_identity: None,
            issued_at: now,
            expires_at: now,
            parent: None,
            ancestors: Vec::new(),
            vouched: None,
        };
        Ok(Caller::Session(Arc::new(RoleSession {
            claims,
            role: Arc::clone(role),
            name: SessionName::new(session).map_err(|_| wrong())?,
            policies: policies.collect::<Result<_, _>>().map_err(SimulationError::SessionPolicy)?,
        })))
    }
}

/// Compiles the policy of a bucket.
fn bucket_policy(text: &str) -> Result<PolicySet, PolicyError> {
    let document = Document::parse(DocumentKind::Bucket, text)?;
    let source = Source {
        policy_type: PolicyType::Custom,
        name: "bucket policy".to_owned(),
        version: String::new(),
    };
    Ok(PolicySet::compile([(Arc::new(source), Arc::new(document))]))
}

/// Reads a resource. Where the name leaves its account open, it is `account`.
fn resource(text: &str, account: &AccountId) -> Result<Resource, SimulationError> {
    if text == "*" {
        return Ok(Resource::Any);
    }
    let arn = Arn::parse(text).filter(|arn| !arn.service.is_empty() && !arn.relative.is_empty());
    let mut arn = arn.ok_or_else(|| SimulationError::Resource(text.to_owned()))?;
    if matches!(arn.account.as_str(), "" | "*") {
        arn.account = account.as_str().into();
    }
    Ok(Resource::Named(arn))
}
