//! `sts:AssumeRole`: gives a user or a session the credentials of a role.
//!
//! It reads the directory's snapshot and writes nothing: a session is minted, not stored, so that
//! the call waits for no disk; the book of sessions takes a note in passing. A chained session has
//! the rights of its own role and its own session policy; what binds it to the session that asked
//! is the time at which both end, and that it ends when the other is taken back.

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_crypto::{Ancestor, Session, SessionId};
use rolecall_gate::{Caller, Context, Handle, RoleEntry};
use rolecall_policy::{Document, DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Arn, RoleName, SessionName, Timestamp, time};
use serde::{Deserialize, Serialize};

use super::{Sts, code};

/// What a caller needs on the role.
const ASSUME_ROLE: &str = "sts:AssumeRole";

/// The life of a session where none is asked for, in seconds. Source: STS `AssumeRole`.
const DEFAULT_DURATION_SECONDS: i64 = 3600;

/// The most that a session hangs on: each call is checked against all of it, and the token carries
/// it; limit ours.
const MAX_ANCESTORS: usize = 16;

/// What a source identity may not begin with. Source: STS `AssumeRole`.
const RESERVED_SOURCES: &[&str] = &["acs:", "aliyun:", "alibabacloud:"];

/// Gives credentials of a role. The caller must be allowed to ask, and the role must trust it; the
/// account itself has no role to play.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRole {
    /// The role, as `acs:ram::<account>:role/<name>`; the account may be another one.
    #[api(chars(1, 256), invalid = &code::INVALID_ROLE_ARN)]
    pub role_arn: String,
    /// The session's name, which records show.
    pub role_session_name: SessionName,
    /// How long the session lasts, in seconds, up to what the role allows; 3600 where nothing is
    /// said. It never outlasts the session that asks.
    #[api(range(900, 43200), invalid = &code::INVALID_DURATION_SECONDS)]
    pub duration_seconds: Option<i64>,
    /// A session policy, beyond which the session may do nothing. An empty text is a policy that
    /// cannot be read, and not the same as none.
    #[api(chars(0, 2048), keeps_empty, invalid = &code::INVALID_POLICY_SIZE)]
    pub policy: Option<String>,
    /// What the role's trust policy may ask for, as the condition key `sts:ExternalId`.
    #[api(chars(2, 1224), invalid = &code::INVALID_EXTERNAL_ID)]
    pub external_id: Option<String>,
    /// Who stands behind the session. A chained session keeps its parent's.
    #[api(chars(2, 64), invalid = &code::INVALID_SOURCE_IDENTITY)]
    pub source_identity: Option<String>,
}

/// The session that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleReply {
    /// Who the session is.
    pub assumed_role_user: AssumedRoleUserView,
    /// Its credentials.
    pub credentials: CredentialsView,
    /// Who stands behind it, if that was said.
    pub source_identity: Option<String>,
}

/// Who a session is.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumedRoleUserView {
    /// `acs:ram::<account>:role/<role>/<session>`, the role in lower case.
    pub arn: String,
    /// `<role id>:<session>`.
    pub assumed_role_id: String,
}

/// Credentials of a session. `Debug` leaves their secrets out.
#[derive(Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CredentialsView {
    /// The AccessKey's id; it begins with `STS.`.
    pub access_key_id: String,
    /// The AccessKey's secret.
    #[api(secret)]
    pub access_key_secret: String,
    /// The token to send with the key.
    #[api(secret)]
    pub security_token: String,
    /// When they end.
    pub expiration: String,
}

impl std::fmt::Debug for CredentialsView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsView")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

impl Authorize for AssumeRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        let need = match self.role() {
            Some((account, name)) => Need::on(ASSUME_ROLE, Arn::role(&account, name.as_str())),
            None => Need::any(ASSUME_ROLE),
        };
        let keys =
            [("sts:ExternalId", &self.external_id), ("sts:SourceIdentity", &self.source_identity)];
        let given = keys.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
        vec![given.fold(need, |need, (key, value)| need.with(key, value))]
    }

    fn trusting_role(&self) -> Option<Arn> {
        // A name that is none has no role behind it, and so nobody's trust.
        let none = || Arn::ram("", "role/");
        Some(self.role().map_or_else(none, |(account, name)| Arn::role(&account, name.as_str())))
    }
}

impl Operation for AssumeRole {
    type Reply = AssumeRoleReply;
    const SPEC: Spec = Spec::read(Product::Sts, "AssumeRole").errors(&[
        &code::INVALID_ROLE_ARN,
        &code::INVALID_DURATION_SECONDS,
        &code::INVALID_POLICY_GRAMMAR,
        &code::INVALID_POLICY_SIZE,
        &code::INVALID_EXTERNAL_ID,
        &code::INVALID_SOURCE_IDENTITY,
        &code::LIMIT_EXCEEDED_ROLE_CHAIN,
        &code::ENTITY_NOT_EXIST_ROLE,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        if self.role().is_none() {
            return Err(ApiError::new(&code::INVALID_ROLE_ARN));
        }
        let external_id = |c: char| is_word(c) || matches!(c, ':' | '/');
        if self.external_id.as_ref().is_some_and(|text| !text.chars().all(external_id)) {
            return Err(ApiError::new(&code::INVALID_EXTERNAL_ID));
        }
        if self.source_identity.as_deref().is_some_and(|text| !is_source_identity(text)) {
            return Err(ApiError::new(&code::INVALID_SOURCE_IDENTITY));
        }
        let Some(policy) = &self.policy else { return Ok(()) };
        Document::parse(DocumentKind::Session, policy).map(drop).map_err(|error| {
            // Too short is no size that the vendor's text speaks of.
            let code = if error.is_length() && !policy.is_empty() {
                &code::INVALID_POLICY_SIZE
            } else {
                &code::INVALID_POLICY_GRAMMAR
            };
            ApiError::new(code).because(error)
        })
    }
}

impl Handle<AssumeRole> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<AssumeRole>,
    ) -> Result<AssumeRoleReply, ApiError> {
        let role = call
            .role()
            .and_then(|(account, name)| context.snapshot.role(&account, name.as_str()))
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_ROLE))?;
        let session = Session {
            session_id: SessionId::generate(context.random.as_ref()),
            account: role.account.clone(),
            role_name: role.name.to_string(),
            role_id: role.id.clone(),
            instance: None,
            session_name: call.role_session_name.to_string(),
            policies: call.policy.iter().cloned().collect(),
            source_identity: source_identity(context, call)?,
            issued_at: context.snapshot.revocations.time_of_issue(&role.account, context.now),
            expires_at: expires_at(context, role, call.duration_seconds)?,
            parent: Some(chain(&context.caller)),
            ancestors: ancestors(context)?,
        };
        self.sessions.note(&session);
        let credentials = self.key_ring.mint(context.random.as_ref(), &session);
        let role_arn = Arn::role_identity(&role.account, role.name.as_str());
        Ok(AssumeRoleReply {
            assumed_role_user: AssumedRoleUserView {
                arn: format!("{role_arn}/{}", session.session_name),
                assumed_role_id: format!("{}:{}", role.id, session.session_name),
            },
            credentials: CredentialsView {
                access_key_id: credentials.access_key_id.to_string(),
                access_key_secret: credentials.secret.expose().clone(),
                security_token: credentials.token,
                expiration: time::seconds(credentials.expires_at),
            },
            source_identity: session.source_identity,
        })
    }
}

impl AssumeRole {
    /// The account and the name of the role, if they are written well.
    fn role(&self) -> Option<(AccountId, RoleName)> {
        let arn = Arn::parse(&self.role_arn)?;
        if arn.service != "ram" || !arn.region.is_empty() {
            return None;
        }
        let name = RoleName::new(arn.relative.strip_prefix("role/")?).ok()?;
        Some((AccountId::parse(&arn.account)?, name))
    }
}

/// When the session ends: after the time that was asked for, which the role bounds, and not after
/// the session that asks.
fn expires_at(
    context: &Context,
    role: &RoleEntry,
    duration_seconds: Option<i64>,
) -> Result<Timestamp, ApiError> {
    let seconds = duration_seconds.unwrap_or(DEFAULT_DURATION_SECONDS);
    if seconds > i64::from(role.max_session_seconds) {
        return Err(ApiError::new(&code::INVALID_DURATION_SECONDS));
    }
    let end = context.now.as_second().saturating_add(seconds);
    let end = Timestamp::from_second(end)
        .map_err(|error| ApiError::new(&common::INTERNAL_ERROR).because(error))?;
    Ok(match &context.caller {
        Caller::Session(parent) => end.min(parent.claims.expires_at),
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) => end,
    })
}

/// Who stands behind the session: as the call says, but a chained session cannot change it.
fn source_identity(context: &Context, call: &AssumeRole) -> Result<Option<String>, ApiError> {
    let own = call.source_identity.clone();
    let inherited = match &context.caller {
        Caller::Session(parent) => parent.claims.source_identity.clone(),
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) => None,
    };
    match (own, inherited) {
        (Some(own), Some(inherited)) if own != inherited => {
            Err(ApiError::new(&code::INVALID_SOURCE_IDENTITY))
        }
        (own, inherited) => Ok(own.or(inherited)),
    }
}

/// Who assumed the role: the first of the chain and, where that is another, the last. The token
/// keeps both, so that it names its origin however long the chain.
fn chain(caller: &Caller) -> String {
    let last = caller.arn();
    match caller.origin() {
        Some(origin) => format!("{origin} {last}"),
        None => last,
    }
}

/// What the session hangs on: the caller's AccessKey, or the calling session and all that it hangs
/// on itself.
fn ancestors(context: &Context) -> Result<Vec<Ancestor>, ApiError> {
    match &context.caller {
        Caller::Session(session) => {
            let mut ancestors = session.claims.ancestors.clone();
            if ancestors.len() >= MAX_ANCESTORS {
                return Err(ApiError::new(&code::LIMIT_EXCEEDED_ROLE_CHAIN));
            }
            ancestors.push(Ancestor::Session(session.claims.mark()));
            Ok(ancestors)
        }
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) => {
            Ok(context.access_key_id.iter().cloned().map(Ancestor::Key).collect())
        }
    }
}

fn is_source_identity(text: &str) -> bool {
    text.chars().all(is_word) && !RESERVED_SOURCES.iter().any(|word| text.starts_with(word))
}

/// The characters that external ids and source identities share. Source: STS `AssumeRole`.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}
