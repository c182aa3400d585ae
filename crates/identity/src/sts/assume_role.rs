//! `sts:AssumeRole`: gives a user or a session the credentials of a role.
//!
//! It reads the directory's snapshot and writes nothing: a session is minted, not stored, so that
//! the call waits for no disk; the book of sessions takes a note in passing. A chained session has
//! the rights of its own role and its own session policy; what binds it to the session that asked
//! is the time at which both end, and that it ends when the other is taken back.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Caller, Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, SessionName};
use serde::{Deserialize, Serialize};

use super::issue::{self, Asked, AssumedRoleUserView, CredentialsView};
use super::{Sts, code};

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

impl Authorize for AssumeRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        let need = issue::need_on_role(&self.role_arn);
        let keys =
            [("sts:ExternalId", &self.external_id), ("sts:SourceIdentity", &self.source_identity)];
        let given = keys.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
        vec![given.fold(need, |need, (key, value)| need.with(key, value))]
    }

    fn trusting_role(&self) -> Option<Arn> {
        Some(issue::trusting_role(&self.role_arn))
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
        issue::validate(&self.role_arn, self.policy.as_deref())?;
        let external_id = |c: char| is_word(c) || matches!(c, ':' | '/');
        if self.external_id.as_ref().is_some_and(|text| !text.chars().all(external_id)) {
            return Err(ApiError::new(&code::INVALID_EXTERNAL_ID));
        }
        if self.source_identity.as_deref().is_some_and(|text| !is_source_identity(text)) {
            return Err(ApiError::new(&code::INVALID_SOURCE_IDENTITY));
        }
        Ok(())
    }
}

impl Handle<AssumeRole> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<AssumeRole>,
    ) -> Result<AssumeRoleReply, ApiError> {
        let role = issue::find_role(context, &call.role_arn)?;
        let issued = self.issue(
            context,
            role,
            Asked {
                session_name: &call.role_session_name,
                duration_seconds: call.duration_seconds,
                policy: call.policy.as_deref(),
                source_identity: source_identity(context, call)?,
            },
        )?;
        Ok(AssumeRoleReply {
            assumed_role_user: issued.assumed_role_user,
            credentials: issued.credentials,
            source_identity: issued.source_identity,
        })
    }
}

/// Who stands behind the session: as the call says, but a chained session cannot change it.
fn source_identity(context: &Context, call: &AssumeRole) -> Result<Option<String>, ApiError> {
    let own = call.source_identity.clone();
    let inherited = match &context.caller {
        Caller::Session(parent) => parent.claims.source_identity.clone(),
        Caller::Anonymous | Caller::Root(_) | Caller::User(_) | Caller::Federated(_) => None,
    };
    match (own, inherited) {
        (Some(own), Some(inherited)) if own != inherited => {
            Err(ApiError::new(&code::INVALID_SOURCE_IDENTITY))
        }
        (own, inherited) => Ok(own.or(inherited)),
    }
}

fn is_source_identity(text: &str) -> bool {
    text.chars().all(is_word) && !RESERVED_SOURCES.iter().any(|word| text.starts_with(word))
}

/// The characters that external ids and source identities share. Source: STS `AssumeRole`.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}
