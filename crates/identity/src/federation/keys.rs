//! The keys of issuers: pinned by the operator, or asked for and remembered.
//!
//! Anybody may call with a token that names a key which nobody has, so asking is bounded: of each
//! issuer one at a time and not again within a minute, and of all issuers a few at once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_api::{ApiError, code as common};
use rolecall_crypto::{Jws, JwsError, KeySet, strict_json_object};
use rolecall_gate::{Egress, EgressError, OidcTrust};
use rolecall_types::Timestamp;
use rolecall_types::json::JsonError;
use serde_json::{Map, Value};

use crate::sts::code;

/// How long keys are used without asking again, in seconds; limit ours.
const FRESH_SECONDS: i64 = 3600;

/// How long keys are used where the issuer cannot be asked, in seconds; limit ours.
const STALE_SECONDS: i64 = 12 * 3600;

/// How long an issuer is not asked again, in seconds, whatever tokens name; limit ours.
const PAUSE_SECONDS: i64 = 60;

/// The most issuers whose keys are remembered; limit ours.
const MAX_ISSUERS: usize = 1024;

/// The most issuers that are asked at once; limit ours.
const MAX_IN_FLIGHT: usize = 8;

/// Key sets of issuers that the operator gave: their issuers are never asked.
#[derive(Debug, Clone, Default)]
pub struct PinnedKeys(HashMap<String, Arc<KeySet>>);

/// A pinned key set is none.
#[derive(Debug, thiserror::Error)]
pub enum PinnedKeysError {
    /// It cannot be read.
    #[error("the keys of `{issuer}` are no key set")]
    Malformed {
        /// The issuer.
        issuer: String,
        /// Why.
        #[source]
        source: JwsError,
    },
    /// It has no key that verifies RS256 or ES256.
    #[error("the keys of `{issuer}` have none for RS256 or ES256")]
    Empty {
        /// The issuer.
        issuer: String,
    },
}

impl PinnedKeys {
    /// Adds the keys of an issuer, as a JSON Web Key Set.
    pub fn pin(&mut self, issuer: &str, text: &[u8]) -> Result<(), PinnedKeysError> {
        let malformed = |source| PinnedKeysError::Malformed { issuer: issuer.to_owned(), source };
        let keys = KeySet::parse(text).map_err(malformed)?;
        if keys.is_empty() {
            return Err(PinnedKeysError::Empty { issuer: issuer.to_owned() });
        }
        self.0.insert(issuer.to_owned(), Arc::new(keys));
        Ok(())
    }
}

/// An issuer, and the fingerprints that its server must show.
type Asked = (String, Vec<String>);

/// Finds the keys of issuers.
pub(super) struct IssuerKeys {
    egress: Arc<dyn Egress>,
    pinned: PinnedKeys,
    known: Mutex<HashMap<Asked, Arc<Known>>>,
    in_flight: tokio::sync::Semaphore,
}

/// What is known of one issuer, by the fingerprints that its server must show. Who asks holds the
/// lock: others wait for the answer.
#[derive(Default)]
struct Known(tokio::sync::Mutex<Memory>);

#[derive(Default)]
struct Memory {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    asked_at: Option<Timestamp>,
    refusal: Option<Refusal>,
}

/// Why the issuer gave no keys.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    Fingerprint,
    Other,
}

impl IssuerKeys {
    pub(super) fn new(egress: Arc<dyn Egress>, pinned: PinnedKeys) -> Self {
        let in_flight = tokio::sync::Semaphore::new(MAX_IN_FLIGHT);
        Self { egress, pinned, known: Mutex::default(), in_flight }
    }

    /// Whether the operator gave the keys of an issuer.
    pub(super) fn pins(&self, issuer: &str) -> bool {
        self.pinned.0.contains_key(issuer)
    }

    /// The claims of a token, if a key of its issuer signed them.
    pub(super) async fn verify<'t>(
        &self,
        token: &'t Jws,
        trust: &OidcTrust,
        now: Timestamp,
    ) -> Result<&'t Map<String, Value>, ApiError> {
        let refuse = |error| ApiError::new(&code::AUTHENTICATION_FAIL_OIDC_INVALID).because(error);
        if let Some(keys) = self.pinned.0.get(&trust.issuer) {
            return token.verify(keys).map_err(|error: JwsError| refuse(error));
        }
        let known = self.known(trust);
        let age = |at: Timestamp| now.as_second().saturating_sub(at.as_second());
        let fresh = known.0.lock().await.keys.clone().filter(|(_, at)| age(*at) < FRESH_SECONDS);
        if let Some((keys, _)) = fresh {
            let verdict = token.verify(&keys);
            if !matches!(verdict, Err(JwsError::UnknownKey)) {
                return verdict.map_err(refuse);
            }
        }
        let mut memory = known.0.lock().await;
        if memory.asked_at.is_none_or(|at| age(at) >= PAUSE_SECONDS) {
            let Ok(_permit) = self.in_flight.try_acquire() else {
                let busy = "too many issuers are asked for their keys";
                return Err(ApiError::new(&common::SERVICE_UNAVAILABLE).because(busy));
            };
            memory.asked_at = Some(now);
            match self.ask(trust).await {
                Ok(keys) => {
                    memory.keys = Some((Arc::new(keys), now));
                    memory.refusal = None;
                }
                Err(error) => {
                    let cause = rolecall_types::explain(&error);
                    tracing::warn!(issuer = trust.issuer, cause, "an issuer gave no keys");
                    memory.refusal = Some(match error {
                        AskError::Egress(EgressError::Fingerprint { .. }) => Refusal::Fingerprint,
                        _ => Refusal::Other,
                    });
                }
            }
        }
        match (&memory.keys, memory.refusal) {
            (_, Some(Refusal::Fingerprint)) => {
                Err(ApiError::new(&code::AUTHENTICATION_FAIL_OIDC_FINGERPRINT))
            }
            (Some((keys, at)), _) if age(*at) < STALE_SECONDS => token.verify(keys).map_err(refuse),
            _ => Err(ApiError::new(&code::AUTHENTICATION_FAIL_IDP_METADATA)),
        }
    }

    fn known(&self, trust: &OidcTrust) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (trust.issuer.clone(), trust.fingerprints.clone());
        if !all.contains_key(&key) && all.len() >= MAX_ISSUERS {
            // Whom others ask for just now stays: one of the rest makes room, or all do.
            all.retain(|_, known| Arc::strong_count(known) > 1);
        }
        Arc::clone(all.entry(key).or_default())
    }

    /// Asks an issuer where its keys are, and for them.
    async fn ask(&self, trust: &OidcTrust) -> Result<KeySet, AskError> {
        let base = trust.issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let text = self.egress.fetch(&url, &trust.fingerprints).await?;
        let document = strict_json_object(&text).map_err(AskError::Document)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        if text("issuer") != Some(trust.issuer.as_str()) {
            return Err(AskError::Issuer);
        }
        let place = text("jwks_uri").ok_or(AskError::NoKeys)?;
        // Who is asked over TLS may not send us to a place without.
        let scheme = |url: &str| url.split("://").next().map(str::to_owned);
        if scheme(place) != scheme(&trust.issuer) {
            return Err(AskError::NoKeys);
        }
        let keys = KeySet::parse(&self.egress.fetch(place, &trust.fingerprints).await?)?;
        if keys.is_empty() { Err(AskError::NoKeys) } else { Ok(keys) }
    }
}

/// Why an issuer gave no keys. For our log.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("cannot ask the issuer")]
    Egress(#[from] EgressError),
    #[error("the issuer's description is not one JSON object")]
    Document(#[source] JsonError),
    #[error("the issuer describes another issuer")]
    Issuer,
    #[error("the issuer names no place of keys that is like its own, or no key that is served")]
    NoKeys,
    #[error("the issuer's keys are no key set")]
    Keys(#[from] JwsError),
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys").field("pinned", &self.pinned.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
