//! A case: everything a decision depends on, as plain data in the shape of the test vectors.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::Asked;

/// One call and all the policies that bear on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// How identity and resource policies combine.
    pub combine: Combine,
    /// Who calls.
    #[serde(default)]
    pub principal: Principal,
    /// The policies, by layer.
    pub policies: Layers,
    /// The checks this call makes; each must be allowed.
    pub requests: Vec<Request>,
}

impl Case {
    /// Every document of the case with its kind, outermost layer first.
    pub fn documents(&self) -> impl Iterator<Item = (Kind, &Value)> {
        let Layers { control, session, identity_account, .. } = &self.policies;
        let Layers { identity_resource_group, resource_based, .. } = &self.policies;
        let resource_kind = self.combine.resource_kind();
        let identity = identity_account.iter().chain(identity_resource_group);
        control
            .iter()
            .flatten()
            .map(|document| (Kind::Control, document))
            .chain(session.iter().map(|document| (Kind::Session, document)))
            .chain(identity.map(|document| (Kind::Identity, document)))
            .chain(resource_based.iter().map(move |document| (resource_kind, document)))
    }
}

/// The policy documents that bear on a call, by layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layers {
    /// Control policies: one list per level (account, folders, root folder); every level must
    /// allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub control: Vec<Vec<Value>>,
    /// Session policies; each must allow. Reads one bare document as a list of one.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub session: Vec<Value>,
    /// Policies attached at account level, directly or through groups.
    pub identity_account: Vec<Value>,
    /// Policies attached at the level of the resource's resource group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity_resource_group: Vec<Value>,
    /// The trust policy or bucket policy of the resource.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_based: Vec<Value>,
    /// Whether the access control list of the resource grants the requests to everybody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(documents) => documents,
        document => vec![document],
    })
}

/// One check that a call makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `<ram-code>:<action>`.
    pub action: String,
    /// An ARN, or `*` for an operation that has no resource of its own.
    pub resource: String,
    /// Condition keys with their value or list of values; a missing key is absent.
    #[serde(default)]
    pub context: Map<String, Value>,
}

impl Request {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked::new(&self.action, &self.resource, &self.context)
    }
}

/// What a check is about, but for its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `<ram-code>:<action>`.
    pub action: String,
    /// An ARN, or `*` for an operation that has no resource of its own.
    pub resource: String,
}

/// Many checks: each target in each context.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Questions {
    /// The targets.
    pub targets: Vec<Target>,
    /// The contexts.
    pub contexts: Vec<Map<String, Value>>,
}

impl Questions {
    /// One request alone.
    pub fn one(request: &Request) -> Self {
        let Request { action, resource, context } = request.clone();
        Self { targets: vec![Target { action, resource }], contexts: vec![context] }
    }

    /// The checks, target by target.
    pub fn asked(&self) -> impl Iterator<Item = Asked<'_>> {
        self.targets.iter().flat_map(|Target { action, resource }| {
            self.contexts.iter().map(|context| Asked::new(action, resource, context))
        })
    }

    /// The check at a place of [`Questions::asked`] as a request.
    pub fn request(&self, place: usize) -> Option<Request> {
        let width = self.contexts.len();
        let Target { action, resource } = self.targets.get(place.checked_div(width)?)?.clone();
        let context = self.contexts.get(place.checked_rem(width)?)?.clone();
        Some(Request { action, resource, context })
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Principal {
    /// The root user of an account.
    Account {
        /// The account's 16-digit id, which is also the root user's UID.
        account: String,
    },
    /// A RAM user.
    #[serde(rename = "RAMUser")]
    RamUser(Identity),
    /// A session of a RAM role.
    Role(Identity),
    /// An Alibaba Cloud service assuming a role that trusts it.
    Service {
        /// The service's name, such as `ecs.aliyuncs.com`.
        service: String,
    },
    /// Somebody who did not sign the request.
    Anonymous,
    /// Somebody signed in by an identity provider.
    Federated {
        /// The provider's ARN.
        provider_arn: String,
    },
}

/// The names of a RAM user or a role session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The 16-digit id of the account it belongs to.
    pub account: String,
    /// `acs:ram::<account>:user/<name>` or `acs:ram::<account>:role/<name>`.
    pub identity_arn: String,
    /// A user's ARN again, or `arn:sts::<account>:assumed-role/<role>/<session>`.
    pub arn: String,
    /// The id of the user or role.
    pub uid: String,
}

/// RAM user alice of account 1234567890123456, whom the test vectors presume.
impl Default for Principal {
    fn default() -> Self {
        let arn = "acs:ram::1234567890123456:user/alice";
        Self::RamUser(Identity {
            account: "1234567890123456".to_owned(),
            identity_arn: arn.to_owned(),
            arn: arn.to_owned(),
            uid: "200000000000000001".to_owned(),
        })
    }
}

/// How the answers of identity and resource policies combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Identity policies alone: services without resource policies.
    IdentityOnly,
    /// Either may allow: OSS.
    Or,
    /// Both must allow: `sts:AssumeRole` by a RAM user or role.
    And,
    /// The trust policy alone: role SSO and trusted services.
    ResourceOnly,
}

impl Combine {
    /// The kind of resource policy that is combined this way.
    pub fn resource_kind(self) -> Kind {
        match self {
            Self::IdentityOnly | Self::Or => Kind::Bucket,
            Self::And | Self::ResourceOnly => Kind::Trust,
        }
    }
}

/// The kinds of policy document, which differ in the elements they may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Attached to a user, group or role.
    Identity,
    /// Passed when a session is made.
    Session,
    /// Attached in a resource directory.
    Control,
    /// A role's trust policy.
    Trust,
    /// An OSS bucket policy.
    Bucket,
}

/// The answer to a check or a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Allowed.
    Allow,
    /// Refused by a statement.
    ExplicitDeny,
    /// Refused because nothing allows it.
    ImplicitDeny,
}

impl Answer {
    /// The answer to a call from the answers to its checks: an explicit deny wins over an implicit
    /// one, and a call without checks is not allowed.
    pub fn of_all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers
            .into_iter()
            .reduce(|left, right| match (left, right) {
                (Self::ExplicitDeny, _) | (_, Self::ExplicitDeny) => Self::ExplicitDeny,
                (Self::ImplicitDeny, _) | (_, Self::ImplicitDeny) => Self::ImplicitDeny,
                (Self::Allow, Self::Allow) => Self::Allow,
            })
            .unwrap_or(Self::ImplicitDeny)
    }
}
