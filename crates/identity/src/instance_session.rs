//! The credentials of an instance's role, which the metadata service hands out.

use rolecall_crypto::{InstanceBinding, KeyRing, Session, SessionCredentials, SessionId};
use rolecall_gate::{ECS_SERVICE, Snapshot, conditions_at};
use rolecall_policy::{Document, DocumentKind, PolicyError};
use rolecall_types::{AccountId, NameError, Random, RoleName, SessionName, Timestamp};

/// The life of an instance's credentials, in seconds, whatever the role's longest session. Source:
/// ECS pages on instance RAM roles.
pub const INSTANCE_SESSION_SECONDS: i64 = 6 * 3600;

/// Credentials of an instance.
#[derive(Debug, Clone)]
pub struct InstanceSession {
    /// The credentials.
    pub credentials: SessionCredentials,
    /// What their token says.
    pub session: Session,
}

/// What an instance wears.
#[derive(Debug, Clone, Copy)]
pub struct InstanceRole<'a> {
    /// The account of the instance and of the role.
    pub account: &'a AccountId,
    /// The role's name, whatever its case.
    pub role_name: &'a RoleName,
    /// The instance, and the generation of its binding to the role.
    pub binding: &'a InstanceBinding,
    /// The session policy that was given when the role was attached.
    pub policy: Option<&'a str>,
}

/// Why an instance gets no credentials.
#[derive(Debug, thiserror::Error)]
pub enum InstanceSessionError {
    /// The role does not exist, or no more.
    #[error("issue credentials: the role does not exist")]
    RoleMissing,
    /// The role's trust policy does not let ECS wear it, or no more.
    #[error("issue credentials: the role does not trust `{ECS_SERVICE}`")]
    Untrusted,
    /// The session policy of the binding is not valid.
    #[error("issue credentials: the session policy is not valid")]
    Policy(#[source] PolicyError),
    /// The instance's id is too long to stand in the name of a session.
    #[error("issue credentials: the instance's id makes no session name")]
    SessionName(#[source] NameError),
}

/// Makes the credentials of an instance's role: a session named `vm-ram-<instance-id>` that lasts
/// six hours. Each call makes others; to hand the same out for a while is the caller's business.
///
/// The role is looked up and asked for its trust anew each time, so that a role that was deleted,
/// or that trusts ECS no more, gives no further credentials.
pub fn issue_instance_session(
    snapshot: &Snapshot,
    key_ring: &KeyRing,
    random: &dyn Random,
    now: Timestamp,
    wears: InstanceRole<'_>,
) -> Result<InstanceSession, InstanceSessionError> {
    let role = snapshot
        .role(wears.account, wears.role_name.as_str())
        .ok_or(InstanceSessionError::RoleMissing)?;
    if !role.trusts_service(ECS_SERVICE, &conditions_at(now)) {
        return Err(InstanceSessionError::Untrusted);
    }
    if let Some(policy) = wears.policy {
        Document::parse(DocumentKind::Session, policy).map_err(InstanceSessionError::Policy)?;
    }
    let session_name = SessionName::new(format!("vm-ram-{}", wears.binding.id))
        .map_err(InstanceSessionError::SessionName)?;
    let end = now.as_second().saturating_add(INSTANCE_SESSION_SECONDS);
    let session = Session {
        session_id: SessionId::generate(random),
        account: role.account.clone(),
        role_name: role.name.to_string(),
        role_id: role.id.clone(),
        instance: Some(wears.binding.clone()),
        session_name: session_name.to_string(),
        policies: wears.policy.iter().map(|&policy| policy.to_owned()).collect(),
        source_identity: None,
        issued_at: snapshot.revocations.time_of_issue(&role.account, now),
        expires_at: Timestamp::from_second(end).unwrap_or(Timestamp::MAX),
        parent: None,
        ancestors: Vec::new(),
        vouched: None,
    };
    let credentials = key_ring.mint(&session);
    Ok(InstanceSession { credentials, session })
}
