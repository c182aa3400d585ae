//! `sts:RevokeSessions`: takes sessions back before their time is over.
//!
//! The vendor has no such operation: there, who must end a leaked session deletes the role. It is
//! an operation of STS all the same, so that the vendor's generic clients can call it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::SessionId;
use rolecall_gate::{Context, Handle, store_error};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, RoleName, Timestamp, time};
use serde::{Deserialize, Serialize};

use super::{Sts, code};
use crate::record::{RevocationRecord, RevokedScope};

/// The longest life of a session, in seconds. Source: `MaxSessionDuration` of RAM's roles.
const LONGEST_SESSION_SECONDS: i64 = 43_200;

/// Takes sessions back: one, or those of a role or of an instance, or all of the account that were
/// made before an instant. Of the three, at most one may be named; to take back all of an account,
/// the instant must be said. The next request that uses one of them is refused, and so is one by a
/// session that hangs on it. New sessions can be made at once.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeSessions {
    /// A session's id, as `ListSessions` answers it.
    #[api(chars(32, 32), invalid = &code::INVALID_SESSION_ID)]
    pub session_id: Option<String>,
    /// A role's name.
    pub role_name: Option<RoleName>,
    /// An instance's id.
    pub instance_id: Option<InstanceId>,
    /// Only sessions made before this instant, as `2015-01-23T12:33:18Z`, which is not to come; now
    /// where nothing is said.
    #[api(chars(20, 20), invalid = &code::INVALID_ISSUED_BEFORE)]
    pub issued_before: Option<String>,
}

/// The sessions are taken back.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeSessionsReply {
    /// Sessions made before this instant are over.
    pub issued_before: String,
}

impl Authorize for RevokeSessions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let role = self.role_name.as_ref().map_or("*", RoleName::as_str);
        vec![Need::on("sts:RevokeSessions", Arn::role(&scope.account, role))]
    }
}

impl Operation for RevokeSessions {
    type Reply = RevokeSessionsReply;
    const SPEC: Spec = Spec::write(Product::Sts, "RevokeSessions").errors(&[
        &code::INVALID_SESSION_ID,
        &code::INVALID_ISSUED_BEFORE,
        &code::INVALID_REVOCATION,
        &code::ENTITY_NOT_EXIST_ROLE,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        let named =
            [self.session_id.is_some(), self.role_name.is_some(), self.instance_id.is_some()];
        let named = named.into_iter().filter(|given| *given).count();
        let one_session_of_a_time = self.session_id.is_some() && self.issued_before.is_some();
        let nothing_said = named == 0 && self.issued_before.is_none();
        if named > 1 || one_session_of_a_time || nothing_said {
            return Err(ApiError::new(&code::INVALID_REVOCATION));
        }
        self.instant()?;
        self.session().map(drop)
    }
}

impl Handle<RevokeSessions> for Sts {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RevokeSessions>,
    ) -> Result<RevokeSessionsReply, ApiError> {
        let account = call.scope().account.clone();
        let until = match call.instant()? {
            None => context.snapshot.revocations.time_of_issue(&account, context.now),
            Some(until) if until <= context.now => until,
            Some(_) => return Err(ApiError::new(&code::INVALID_ISSUED_BEFORE)),
        };
        let scope = match (call.session()?, &call.role_name, &call.instance_id) {
            (Some(session), ..) => RevokedScope::Session(session),
            (_, Some(name), _) => {
                let role = context.snapshot.role(&account, name.as_str());
                let role = role.ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_ROLE))?;
                RevokedScope::Role(role.id.clone())
            }
            (.., Some(instance)) => RevokedScope::Instance(instance.clone()),
            (None, None, None) => RevokedScope::Account,
        };
        let (kind, id) = scope.parts();
        let parts = [account.as_str(), kind, &id];
        let earlier = transaction.get::<RevocationRecord>(&parts).await.map_err(store_error)?;
        // What was taken back stays so.
        let until = earlier.map_or(until, |earlier| until.max(earlier.issued_until));
        let over = context.now.as_second().saturating_add(LONGEST_SESSION_SECONDS);
        let expires_at = Timestamp::from_second(over).unwrap_or(Timestamp::MAX);
        let record = RevocationRecord { account, scope, issued_until: until, expires_at };
        transaction.put(&record).map_err(store_error)?;
        Ok(RevokeSessionsReply { issued_before: time::seconds(until) })
    }
}

impl RevokeSessions {
    fn session(&self) -> Result<Option<SessionId>, ApiError> {
        let wrong = || ApiError::new(&code::INVALID_SESSION_ID);
        self.session_id.as_deref().map(|id| SessionId::parse(id).ok_or_else(wrong)).transpose()
    }

    fn instant(&self) -> Result<Option<Timestamp>, ApiError> {
        let wrong = || ApiError::new(&code::INVALID_ISSUED_BEFORE);
        self.issued_before
            .as_deref()
            .map(|text| time::parse_seconds(text).ok_or_else(wrong))
            .transpose()
    }
}
