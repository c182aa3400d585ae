//! The credentials of an instance: minted ahead, kept, and swapped whole.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use rolecall_compute::{Bound, InstanceRecord};
use rolecall_crypto::{InstanceBinding, KeyRing, Session};
use rolecall_gate::{Directory, RoleEntry, Snapshot};
use rolecall_identity::{InstanceRole, InstanceSession, SessionBook, issue_instance_session};
use rolecall_types::{Clock, Random, Timestamp, time};
use serde::Serialize;

/// The age at which credentials are replaced, in seconds: half of their life. Clients renew theirs
/// between three minutes and an hour before the end, and so always find fresh ones. Source: the
/// refresh windows in the sources of the vendor's credential libraries.
pub const RENEWAL_SECONDS: i64 = rolecall_identity::INSTANCE_SESSION_SECONDS / 2;

/// Makes credentials for instances.
#[derive(Clone)]
pub struct CredentialIssuer {
    /// Who is who.
    pub directory: Arc<dyn Directory>,
    /// The keys that seal sessions.
    pub key_ring: Arc<KeyRing>,
    /// Session ids.
    pub random: Arc<dyn Random>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What takes a note of each session.
    pub sessions: SessionBook,
}

impl fmt::Debug for CredentialIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialIssuer").finish_non_exhaustive()
    }
}

/// The credentials of one instance. A read swaps nothing and waits for nobody but, twice in the
/// life of a session, the one who mints.
#[derive(Debug)]
pub(crate) struct CredentialCache {
    issuer: CredentialIssuer,
    kept: ArcSwapOption<Kept>,
    minting: Mutex<()>,
}

/// Credentials as they are handed out, and what they were made for.
struct Kept {
    document: Bytes,
    session: Session,
    role: Arc<RoleEntry>,
    generation: u64,
    renew_at: i64,
}

/// The document that clients read. Source: the ECS page on instance RAM roles.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    access_key_id: &'a str,
    access_key_secret: &'a str,
    expiration: String,
    security_token: &'a str,
    last_updated: String,
    code: &'a str,
}

impl CredentialCache {
    pub(crate) fn new(issuer: CredentialIssuer) -> Self {
        Self { issuer, kept: ArcSwapOption::empty(), minting: Mutex::new(()) }
    }

    /// The name of the role that an instance wears, while that role exists.
    pub(crate) fn role(&self, instance: &InstanceRecord) -> Option<String> {
        let snapshot = self.issuer.directory.snapshot();
        worn(&snapshot, instance).map(|(_, role)| role.name.as_str().to_owned())
    }

    /// The credentials document of the role named `asked`, if the instance wears that one.
    pub(crate) fn document(&self, instance: &InstanceRecord, asked: &str) -> Option<Bytes> {
        let snapshot = self.issuer.directory.snapshot();
        let (bound, role) = worn(&snapshot, instance)?;
        if !bound.role_name.as_str().eq_ignore_ascii_case(asked) {
            return None;
        }
        let now = self.issuer.clock.now();
        let current = |kept: &&Arc<Kept>| {
            snapshot.role_of(&kept.session, now).is_ok_and(|kept| kept.id == role.id)
                && kept.generation == instance.binding.generation
                && now.as_second() < kept.renew_at
        };
        let good = |kept: &&Arc<Kept>| current(kept) && Arc::ptr_eq(&kept.role, role);
        if let Some(kept) = self.kept.load().as_ref().filter(good) {
            return Some(kept.document.clone());
        }
        let _minting = self.minting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.kept.load_full();
        if let Some(kept) = before.as_ref().filter(good) {
            return Some(kept.document.clone());
        }
        // An edited role is asked again whether it lets the instance wear it. If so, clients keep
        // what they have: it follows the role's policies anyway.
        let mut kept = self.mint(&snapshot, instance, bound, now)?;
        match before.as_ref().filter(current) {
            Some(before) => {
                kept.document = before.document.clone();
                kept.session = before.session.clone();
                kept.renew_at = before.renew_at;
            }
            None => self.issuer.sessions.note(kept.session.clone()),
        }
        let document = kept.document.clone();
        self.kept.store(Some(Arc::new(kept)));
        Some(document)
    }

    /// Fresh credentials; `None` where the role does not let the instance wear it (any more).
    fn mint(
        &self,
        snapshot: &Snapshot,
        instance: &InstanceRecord,
        bound: &Bound,
        now: Timestamp,
    ) -> Option<Kept> {
        let generation = instance.binding.generation;
        let binding = InstanceBinding { id: instance.id.clone(), generation };
        let wears = InstanceRole {
            account: &instance.account,
            role_name: &bound.role_name,
            binding: &binding,
            policy: bound.policy.as_deref(),
        };
        let CredentialIssuer { key_ring, random, .. } = &self.issuer;
        match issue_instance_session(snapshot, key_ring, random.as_ref(), now, wears) {
            Ok(issued) => {
                let document = render(&issued)?;
                let role = Arc::clone(snapshot.role(&instance.account, bound.role_name.as_str())?);
                let renew_at = now.as_second().saturating_add(RENEWAL_SECONDS);
                Some(Kept { document, session: issued.session, role, generation, renew_at })
            }
            Err(error) => {
                tracing::info!(instance = %instance.id, %error, "no credentials");
                None
            }
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("renew_at", &self.renew_at).finish_non_exhaustive()
    }
}

/// The role that an instance wears, as long as it exists.
fn worn<'a>(
    snapshot: &'a Snapshot,
    instance: &'a InstanceRecord,
) -> Option<(&'a Bound, &'a Arc<RoleEntry>)> {
    let bound = instance.binding.bound.as_ref()?;
    Some((bound, snapshot.role(&instance.account, bound.role_name.as_str())?))
}

fn render(issued: &InstanceSession) -> Option<Bytes> {
    let credentials = &issued.credentials;
    let document = Document {
        access_key_id: credentials.access_key_id.as_str(),
        access_key_secret: credentials.secret.expose(),
        expiration: time::seconds(credentials.expires_at),
        security_token: &credentials.token,
        last_updated: time::seconds(issued.session.issued_at),
        code: "Success",
    };
    // Pretty, as the live service writes it: people read it with curl.
    serde_json::to_vec_pretty(&document).ok().map(Bytes::from)
}
