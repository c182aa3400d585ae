//! Sessions as the operations that assume a role make them.

use rolecall_api::{ApiError, Shape, code as common};
use rolecall_crypto::{Ancestor, Session, SessionId};
use rolecall_gate::{Caller, Context, FederatedCaller, RoleEntry};
use rolecall_policy::{Document, DocumentKind, Need};
use rolecall_types::{AccountId, Arn, RoleName, SessionName, SmolStr, Timestamp, time};
use serde::Serialize;

use super::{Sts, code};

/// What a caller needs on the role.
const ASSUME_ROLE: &str = "sts:AssumeRole";

/// The life of a session where none is asked for, in seconds. Source: STS `AssumeRole`.
const DEFAULT_DURATION_SECONDS: i64 = 3600;

/// The shortest session, in seconds. Source: STS `AssumeRole`.
pub(super) const MIN_DURATION_SECONDS: i64 = 900;

/// The most that a session hangs on: each call is checked against all of it, and the token carries
/// it; limit ours.
const MAX_ANCESTORS: usize = 16;

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

/// Whom an identity provider vouched for: the gate has believed it before the call is decided.
pub(super) fn vouched_for(context: &Context) -> Result<&FederatedCaller, ApiError> {
    match &context.caller {
        Caller::Federated(federated) => Ok(federated),
        _ => Err(ApiError::new(&common::INTERNAL_ERROR).because("nobody was vouched for")),
    }
}

/// What is asked of a session.
pub(super) struct Asked<'a> {
    /// Its name.
    pub(super) session_name: &'a SessionName,
    /// How long it is to last, in seconds, if that was said.
    pub(super) duration_seconds: Option<i64>,
    /// Its session policy.
    pub(super) policy: Option<&'a str>,
    /// Who stands behind it.
    pub(super) source_identity: Option<String>,
}

/// A session that was made.
pub(super) struct Issued {
    pub(super) assumed_role_user: AssumedRoleUserView,
    pub(super) credentials: CredentialsView,
    pub(super) source_identity: Option<String>,
}

/// The account and the name of a role, if its ARN is written well.
pub(super) fn read_role(arn: &str) -> Option<(&str, &str)> {
    let (account, relative) = arn.strip_prefix("acs:ram::")?.split_once(':')?;
    let name = relative.strip_prefix("role/")?;
    let well_formed = AccountId::is_one(account) && RoleName::RULE.check(name).is_ok();
    well_formed.then_some((account, name))
}

/// A role as RAM checks it, of an account and with a name that were looked at.
fn role_of(account: &str, name: &str) -> Arn {
    Arn::ram(account, ["role/", name].into_iter().collect::<SmolStr>())
}

/// What a call that assumes a role needs on it.
pub(super) fn need_on_role(arn: &str) -> Need {
    match read_role(arn) {
        Some((account, name)) => Need::on(ASSUME_ROLE, role_of(account, name)),
        None => Need::any(ASSUME_ROLE),
    }
}

/// The role whose trust decides. A name that is none has no role behind it, and so nobody's trust.
pub(super) fn trusting_role(arn: &str) -> Arn {
    let (account, name) = read_role(arn).unwrap_or_default();
    role_of(account, name)
}

/// Refuses a role's ARN or a session policy that is not written well.
pub(super) fn validate(role_arn: &str, policy: Option<&str>) -> Result<(), ApiError> {
    if read_role(role_arn).is_none() {
        return Err(ApiError::new(&code::INVALID_ROLE_ARN));
    }
    let Some(policy) = policy else { return Ok(()) };
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

/// The role that a call names, as it was when the call was decided.
pub(super) fn find_role<'a>(context: &'a Context, arn: &str) -> Result<&'a RoleEntry, ApiError> {
    read_role(arn)
        .and_then(|(account, name)| context.snapshot.role(&AccountId::parse(account)?, name))
        .map(AsRef::as_ref)
        .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_ROLE))
}

impl Sts {
    /// Makes a session of a role for whoever calls.
    pub(super) fn issue(
        &self,
        context: &Context,
        role: &RoleEntry,
        asked: Asked<'_>,
    ) -> Result<Issued, ApiError> {
        let session = Session {
            session_id: SessionId::generate(context.random.as_ref()),
            account: role.account.clone(),
            role_name: role.name.to_string(),
            role_id: role.id.clone(),
            instance: None,
            session_name: asked.session_name.to_string(),
            policies: asked.policy.iter().map(|&policy| policy.to_owned()).collect(),
            source_identity: asked.source_identity,
            issued_at: context.snapshot.revocations.time_of_issue(&role.account, context.now),
            expires_at: expires_at(context, role, asked.duration_seconds)?,
            parent: Some(chain(&context.caller)),
            ancestors: ancestors(context)?,
            vouched: context.caller.vouched().cloned(),
        };
        let credentials = self.key_ring.mint(&session);
        let role_arn = Arn::role_identity(&role.account, role.name.as_str());
        let issued = Issued {
            assumed_role_user: AssumedRoleUserView {
                arn: [role_arn.as_str(), "/", &session.session_name].concat(),
                assumed_role_id: [role.id.as_str(), ":", &session.session_name].concat(),
            },
            credentials: CredentialsView {
                access_key_id: credentials.access_key_id.to_string(),
                access_key_secret: credentials.secret.expose().clone(),
                security_token: credentials.token,
                expiration: time::seconds(credentials.expires_at),
            },
            source_identity: session.source_identity.clone(),
        };
        self.sessions.note(session);
        Ok(issued)
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
        Caller::Federated(federated) => federated.ends_at.map_or(end, |at| end.min(at)),
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) => end,
    })
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

/// What the session hangs on: the caller's AccessKey, the provider that vouched for it, or the
/// calling session and all that it hangs on itself.
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
        Caller::Federated(federated) => Ok(vec![Ancestor::Provider(federated.provider.mark())]),
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) => {
            Ok(context.access_key_id.iter().cloned().map(Ancestor::Key).collect())
        }
    }
}
