//! Who signed: the one function that turns what a request presents into a caller.
//!
//! The order of the checks is the vendor's, so that clients see the code that they expect: for RPC
//! the key, the time, the nonce, the token, the signature; for the object service the time before
//! the key. Whatever fails, nothing is kept; the nonce is used up only by a right signature.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rolecall_crypto::{
    ChunkSignatures, Chunks, Pair, Presented, RequestHead, Scheme, Session, Surface, TokenError,
    Window, WindowError, present, present_form,
};
use rolecall_policy::{Document, DocumentKind, PolicyError, PolicySet, PolicyType, Source};
use rolecall_types::{AccessKeyId, Secret, SessionName, Timestamp};

use crate::caller::{Caller, RoleSession};
use crate::gate::Gate;
use crate::nonce::NonceDigest;
use crate::refused::{AuthenticationError, MismatchText};
use crate::snapshot::{KeyOwner, LastUse, SessionEnd, Snapshot};

/// How far the time of a request may be from ours, in seconds. Source: the signature pages.
pub const ALLOWED_SKEW_SECONDS: i64 = rolecall_crypto::SKEW_SECONDS;

/// A request whose credentials were believed, or which has none.
#[derive(Debug)]
pub struct Authenticated {
    /// Who calls.
    pub caller: Caller,
    /// The AccessKey that signed.
    pub access_key_id: Option<AccessKeyId>,
    /// The hash that was signed for a body still to come.
    pub declared_body_sha256: Option<String>,
    /// How it is signed.
    pub scheme: Option<Scheme>,
    /// How the chunks of a body still to come are protected, where it comes in such.
    pub chunks: Option<ChunkedBody>,
    /// What was known when the caller was believed; the decision is made on the same.
    pub snapshot: Arc<Snapshot>,
}

/// A body in chunks.
#[derive(Debug)]
pub struct ChunkedBody {
    /// What protects the chunks.
    pub chunks: Chunks,
    /// Checks them, where they are signed.
    pub signatures: Option<ChunkSignatures>,
}

/// A key that was found, and whom it makes the caller if the signature is right.
struct Candidate {
    secret: Secret<String>,
    caller: Caller,
    /// What notes the use of a permanent key.
    last_use: Option<Arc<LastUse>>,
}

impl Gate {
    /// Believes or refuses what a request presents.
    ///
    /// `form` is the body's parameters and `body_sha256` its hash, when it was read; `resource` is
    /// the bucket and key that an OSS request goes to.
    pub fn authenticate(
        &self,
        surface: Surface,
        head: &RequestHead,
        form: &[Pair],
        body_sha256: Option<&str>,
        resource: Option<(&str, &str)>,
    ) -> Result<Authenticated, AuthenticationError> {
        let snapshot = self.parts.directory.snapshot();
        let presented = present(surface, head, form, body_sha256, resource)
            .map_err(AuthenticationError::Unreadable)?;
        self.believe_presented(surface, presented, snapshot)
    }

    /// Believes or refuses what the fields of an uploaded form present. What they sign is a policy
    /// on the other fields, which the caller is to evaluate.
    pub fn authenticate_form(
        &self,
        fields: &[(String, String)],
    ) -> Result<Authenticated, AuthenticationError> {
        let snapshot = self.parts.directory.snapshot();
        let presented = present_form(fields).map_err(AuthenticationError::Unreadable)?;
        self.believe_presented(Surface::Oss, presented, snapshot)
    }

    fn believe_presented(
        &self,
        surface: Surface,
        presented: Option<Presented>,
        snapshot: Arc<Snapshot>,
    ) -> Result<Authenticated, AuthenticationError> {
        let Some(presented) = presented else {
            return Ok(Authenticated {
                caller: Caller::Anonymous,
                access_key_id: None,
                declared_body_sha256: None,
                scheme: None,
                chunks: None,
                snapshot,
            });
        };
        let now = self.parts.clock.now();
        let (candidate, nonce) = match surface {
            Surface::Rpc => {
                let known = self.known_key(&presented, &snapshot)?;
                self.check_window(&presented)?;
                let nonce = self.check_nonce(&presented)?;
                (self.check_token(&presented, known, &snapshot, now)?, nonce)
            }
            Surface::Oss => {
                self.check_window(&presented)?;
                let known = self.known_key(&presented, &snapshot)?;
                (self.check_token(&presented, known, &snapshot, now)?, None)
            }
        };
        self.verify(&presented, &candidate.secret)?;
        self.use_nonce(nonce, presented.signed_at())?;
        if let Some(last_use) = &candidate.last_use {
            last_use.note(now);
        }
        Ok(Authenticated {
            caller: candidate.caller,
            access_key_id: Some(presented.access_key_id().clone()),
            declared_body_sha256: presented.declared_body_sha256().map(str::to_owned),
            scheme: Some(presented.scheme()),
            chunks: presented.chunks().map(|chunks| ChunkedBody {
                chunks,
                signatures: presented.chunk_signatures(&candidate.secret),
            }),
            snapshot,
        })
    }

    /// The permanent key that is named; `None` for a session's, which is in its token.
    fn known_key(
        &self,
        presented: &Presented,
        snapshot: &Snapshot,
    ) -> Result<Option<Candidate>, AuthenticationError> {
        let id = presented.access_key_id();
        let access_key_id = || id.as_str().to_owned();
        if id.is_session() {
            return Ok(None);
        }
        let Some(key) = snapshot.keys.get(id) else {
            // The same work as for a key that exists: the answer's time must not tell.
            let _ = self.verify(presented, &self.stranger_secret);
            return Err(AuthenticationError::UnknownKey { access_key_id: access_key_id() });
        };
        let caller = match &key.owner {
            KeyOwner::Root(account) => Some(Caller::Root(account.clone())),
            KeyOwner::User(account, name) => {
                snapshot.user(account, name).map(|user| Caller::User(Arc::clone(user)))
            }
        };
        match caller {
            Some(caller) if key.active => {
                let last_use = Some(Arc::clone(&key.last_use));
                Ok(Some(Candidate { secret: key.secret.clone(), caller, last_use }))
            }
            _ => Err(AuthenticationError::InactiveKey { access_key_id: access_key_id() }),
        }
    }

    /// Whether the proof holds now. Who has not heard that the clock was moved signs by the time
    /// of his machine, and is believed too: expiry, not freshness, is what moving it tests.
    fn check_window(&self, presented: &Presented) -> Result<(), AuthenticationError> {
        let (now, window) = (self.parts.clock.now(), presented.window());
        let unmoved = self.parts.clock.unmoved();
        let checked = match window {
            Window::Near(_) => window.check(now).or_else(|_| window.check(unmoved)),
            Window::Until(_) | Window::Between { .. } => window.check(now),
        };
        checked.map_err(|error| match error {
            WindowError::Expired => AuthenticationError::UrlExpired,
            WindowError::Skewed | WindowError::Early => {
                AuthenticationError::Skewed { signed_at: presented.signed_at(), now }
            }
        })
    }

    /// The nonce of a call, if it has one that is fresh.
    fn check_nonce(
        &self,
        presented: &Presented,
    ) -> Result<Option<NonceDigest>, AuthenticationError> {
        let nonce = presented.nonce();
        let nonce = nonce.map(|nonce| NonceDigest::of(presented.access_key_id(), nonce));
        if nonce.is_some_and(|nonce| self.parts.nonces.is_used(nonce)) {
            return Err(AuthenticationError::NonceUsed);
        }
        Ok(nonce)
    }

    fn use_nonce(
        &self,
        nonce: Option<NonceDigest>,
        signed_at: Option<Timestamp>,
    ) -> Result<(), AuthenticationError> {
        let (Some(nonce), Some(signed_at)) = (nonce, signed_at) else { return Ok(()) };
        let now = self.parts.clock.unmoved();
        if self.parts.nonces.is_before_floor(signed_at) {
            return Err(AuthenticationError::Skewed { signed_at: Some(signed_at), now });
        }
        if self.parts.nonces.use_up(nonce, signed_at, now)? {
            Ok(())
        } else {
            Err(AuthenticationError::NonceUsed)
        }
    }

    /// Computes the signature of a request and compares.
    fn verify(
        &self,
        presented: &Presented,
        secret: &Secret<String>,
    ) -> Result<(), AuthenticationError> {
        self.signatures_checked.fetch_add(1, Ordering::Relaxed);
        presented.verify_with(secret, &self.day_keys).map_err(|mismatch| {
            AuthenticationError::WrongSignature {
                access_key_id: presented.access_key_id().as_str().to_owned(),
                mismatch: Secret::new(MismatchText(mismatch)),
            }
        })
    }

    /// How many signatures were computed, for keys that there are and for those that there are not.
    pub fn signatures_checked(&self) -> u64 {
        self.signatures_checked.load(Ordering::Relaxed)
    }

    /// The session of a token, or the permanent key where none was sent.
    fn check_token(
        &self,
        presented: &Presented,
        known: Option<Candidate>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Candidate, AuthenticationError> {
        let id = presented.access_key_id();
        match (known, presented.security_token()) {
            (Some(permanent), None) => Ok(permanent),
            (Some(_), Some(_)) => Err(AuthenticationError::TokenMismatch),
            (None, None) => {
                Err(AuthenticationError::TokenMissing { access_key_id: id.as_str().to_owned() })
            }
            (None, Some(token)) => {
                let opened = self.parts.key_ring.open_session(id, token.expose());
                let (claims, secret) = opened.map_err(|error| match error {
                    TokenError::KeyMismatch => AuthenticationError::TokenMismatch,
                    _ => AuthenticationError::TokenInvalid,
                })?;
                let session = live_session(claims, snapshot, now)?;
                let caller = Caller::Session(Arc::new(session));
                Ok(Candidate { secret, caller, last_use: None })
            }
        }
    }
}

/// A session whose time is not over, and which still has all that it hangs on.
fn live_session(
    claims: Session,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<RoleSession, AuthenticationError> {
    let role = snapshot.role_of(&claims, now).map_err(|end| match end {
        SessionEnd::Expired => AuthenticationError::TokenExpired,
        SessionEnd::Revoked => AuthenticationError::TokenInvalid,
    })?;
    let policies = claims
        .policies
        .iter()
        .map(|text| session_policy(text))
        .collect::<Result<_, _>>()
        .map_err(|_| AuthenticationError::TokenInvalid)?;
    let name = SessionName::new(claims.session_name.as_str())
        .map_err(|_| AuthenticationError::TokenInvalid)?;
    Ok(RoleSession { role: Arc::clone(role), name, policies, claims })
}

/// The policy that a session is made with, compiled.
pub(crate) fn session_policy(text: &str) -> Result<PolicySet, PolicyError> {
    let document = Document::parse(DocumentKind::Session, text)?;
    let source = Source {
        policy_type: PolicyType::Custom,
        name: "session policy".to_owned(),
        version: String::new(),
    };
    Ok(PolicySet::compile([(Arc::new(source), Arc::new(document))]))
}
