//! One declaration per operation.

use std::fmt;

use rolecall_policy::Need;
use rolecall_types::{AccountId, Arn, RegionId, UserName};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::Tree;
use crate::{ApiError, Code, Field, Shape, code};

/// A product: one API version with its own error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Resource Access Management.
    Ram,
    /// Security Token Service.
    Sts,
    /// Identity Management Service: the identity providers of role SSO.
    Ims,
    /// Elastic Compute Service.
    Ecs,
    /// Virtual Private Cloud.
    Vpc,
    /// Object Storage Service.
    Oss,
    /// Server Load Balancer, the classic one.
    Slb,
}

/// How a product words its requests and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The account services: `MissingRoleName`, `InvalidParameter.RoleName.Length`, `NoPermission`.
    Account,
    /// The token service: as the account services, with `InvalidParameter.RoleArn`.
    Token,
    /// The resource services: `MissingParameter`, `InvalidParameter`, `Forbidden.RAM`.
    Resource,
    /// The object service: `InvalidArgument`, `AccessDenied`.
    Object,
}

impl Product {
    /// Every product.
    pub const ALL: &'static [Self] =
        &[Self::Ram, Self::Sts, Self::Ims, Self::Ecs, Self::Vpc, Self::Oss, Self::Slb];

    /// Its name as clients and error answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ram => "Ram",
            Self::Sts => "Sts",
            Self::Ims => "Ims",
            Self::Ecs => "Ecs",
            Self::Vpc => "Vpc",
            Self::Oss => "Oss",
            Self::Slb => "Slb",
        }
    }

    /// The API version that tells it apart on a shared address. OSS has none.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Ram => "2015-05-01",
            Self::Sts => "2015-04-01",
            Self::Ims => "2019-08-15",
            Self::Ecs => "2014-05-26",
            Self::Vpc => "2016-04-28",
            Self::Oss => "",
            Self::Slb => "2014-05-15",
        }
    }

    /// How it words requests and errors.
    pub const fn style(self) -> Style {
        match self {
            Self::Ram | Self::Ims => Style::Account,
            Self::Sts => Style::Token,
            Self::Ecs | Self::Vpc | Self::Slb => Style::Resource,
            Self::Oss => Style::Object,
        }
    }

    /// Whether its resources belong to a region.
    pub const fn is_regional(self) -> bool {
        matches!(self.style(), Style::Resource)
    }

    /// The code of a call that no policy allows.
    pub const fn denied(self) -> &'static Code {
        match self.style() {
            Style::Account => &code::NO_PERMISSION,
            Style::Token => &code::NO_PERMISSION_STS,
            Style::Resource => &code::FORBIDDEN_RAM,
            Style::Object => &code::ACCESS_DENIED,
        }
    }
}

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Read,
    /// It changes something.
    Write,
}

/// The facts of an operation that are not its fields.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its product.
    pub product: Product,
    /// Its name on the wire.
    pub action: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// The codes that it answers with, besides those of [`code::COMMON`] and of its fields.
    pub errors: &'static [&'static Code],
    /// Parameters of the vendor's operation that are kept and answered, and change nothing else.
    pub stored_only: &'static [&'static str],
    /// Of a call that needs no signature, because it brings its own proof of who calls: the
    /// parameter whose ARN names the account that the call is about.
    pub unsigned: Option<&'static str>,
}

impl Spec {
    /// A reading operation.
    pub const fn read(product: Product, action: &'static str) -> Self {
        Self {
            product,
            action,
            access: Access::Read,
            errors: &[],
            stored_only: &[],
            unsigned: None,
        }
    }

    /// A changing operation.
    pub const fn write(product: Product, action: &'static str) -> Self {
        Self {
            product,
            action,
            access: Access::Write,
            errors: &[],
            stored_only: &[],
            unsigned: None,
        }
    }

    /// The same, with the codes that it answers with.
    #[must_use]
    pub const fn errors(self, errors: &'static [&'static Code]) -> Self {
        Self { errors, ..self }
    }

    /// The same, needing no signature: the call brings its own proof of who calls, and the ARN in
    /// `parameter` names the account.
    #[must_use]
    pub const fn unsigned(self, parameter: &'static str) -> Self {
        Self { unsigned: Some(parameter), ..self }
    }

    /// The same, with the parameters that are only kept.
    #[must_use]
    pub const fn stored_only(self, stored_only: &'static [&'static str]) -> Self {
        Self { stored_only, ..self }
    }
}

/// Whose resources, and where: what turns names in a request into resource names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The caller's account.
    pub account: AccountId,
    /// The region asked for.
    pub region: RegionId,
    /// The RAM user who calls, for operations that mean the caller where they name nobody.
    pub user: Option<UserName>,
    /// Names in the request that are another account's, each with that account: the bucket that a
    /// copy reads from.
    pub foreign: Vec<(String, AccountId)>,
    /// Ids in the request of what is a part of another resource, each with that resource's id: a
    /// server group of a load balancer.
    pub wholes: Vec<(String, String)>,
}

impl Scope {
    /// An account's names in a region, and nobody else's.
    pub fn of(account: AccountId, region: RegionId) -> Self {
        Self { account, region, user: None, foreign: Vec::new(), wholes: Vec::new() }
    }

    /// The account whose resource a name of the request is.
    pub fn owner_of(&self, name: &str) -> &AccountId {
        let foreign = self.foreign.iter().find(|(known, _)| known == name);
        foreign.map_or(&self.account, |(_, owner)| owner)
    }

    /// The resource that a part of the account's belongs to; `None` where it has no such part.
    pub fn whole_of(&self, part: &str) -> Option<&str> {
        let known = self.wholes.iter().find(|(known, _)| known == part);
        known.map(|(_, whole)| whole.as_str())
    }
}

/// What a call without a signature shows for who calls: what an identity provider said.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The provider's ARN.
    pub provider: &'a str,
    /// What it said, as the caller handed it in.
    pub statement: Statement<'a>,
}

/// What an identity provider said, still to be verified.
#[derive(Clone, Copy)]
pub enum Statement<'a> {
    /// An OIDC token: a JWT.
    Oidc(&'a str),
    /// A SAML response in Base64.
    Saml(&'a str),
}

/// Who has it, has the session: it is not shown.
impl fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Oidc(_) => "Oidc(…)",
            Self::Saml(_) => "Saml(…)",
        })
    }
}

/// A call that the gate can authorize.
///
/// A request with no mapping to an action and a resource cannot implement this, and so can be
/// neither registered nor served.
pub trait Authorize {
    /// The facts of the operation.
    fn spec(&self) -> &'static Spec;

    /// The checks that the call must pass, at least one; each of them must be allowed.
    fn needs(&self, scope: &Scope) -> Vec<Need>;

    /// Ids of what is a part of another resource, which policies name instead: before it asks for
    /// [`needs`](Self::needs), the gate looks up the wholes for the scope.
    fn parts(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The role whose trust policy must agree as well: for `AssumeRole` alone.
    fn trusting_role(&self) -> Option<Arn> {
        None
    }

    /// The proof of who calls that the call itself carries, in place of a signature.
    fn proof(&self) -> Option<Proof<'_>> {
        None
    }

    /// The code of a call whose `need` is not allowed.
    fn denied(&self, need: &Need) -> &'static Code {
        let _ = need;
        self.spec().product.denied()
    }
}

/// An RPC operation: the type is the request.
pub trait Operation:
    Authorize + Shape + DeserializeOwned + Serialize + Clone + fmt::Debug + Send + Sync + 'static
{
    /// What it answers.
    type Reply: Shape + Serialize + Send;
    /// Its facts.
    const SPEC: Spec;

    /// Checks what the limits of single fields cannot say, such as the grammar of a policy. Runs
    /// before the call is decided, so that a wrong text never reaches a check or a handler.
    fn validate(&self) -> Result<(), ApiError> {
        Ok(())
    }
}

/// An operation as documentation, validation, audit and the command line see it.
pub trait Described: Send + Sync {
    /// Its facts.
    fn spec(&self) -> &'static Spec;
    /// Its doc comment.
    fn doc(&self) -> &'static str;
    /// The fields of its request.
    fn request(&self) -> &'static [Field];
    /// The fields of its reply.
    fn reply(&self) -> &'static [Field];
    /// What a request, as its tree, asks of policies. The tree must be one that was decoded by
    /// these fields; another is refused.
    fn asks(&self, request: &Tree<'_>, scope: &Scope) -> Result<Asks, serde_json::Error>;
}

/// What a call asks of policies: all that its decision depends on.
#[derive(Debug, Clone)]
pub struct Asks {
    spec: &'static Spec,
    needs: Vec<Need>,
    trusting_role: Option<Arn>,
    denied: Vec<&'static Code>,
}

impl Asks {
    /// What `operation` asks.
    pub fn of<O: Authorize>(operation: &O, scope: &Scope) -> Self {
        let needs = operation.needs(scope);
        let denied = needs.iter().map(|need| operation.denied(need)).collect();
        let trusting_role = operation.trusting_role();
        Self { spec: operation.spec(), needs, trusting_role, denied }
    }
}

impl Authorize for Asks {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        self.needs.clone()
    }

    fn trusting_role(&self) -> Option<Arn> {
        self.trusting_role.clone()
    }

    fn denied(&self, need: &Need) -> &'static Code {
        let mut told = self.needs.iter().zip(&self.denied);
        told.find(|(known, _)| *known == need)
            .map_or_else(|| self.spec.product.denied(), |(_, code)| *code)
    }
}
