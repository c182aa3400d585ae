//! SAML assertions: signed by the provider, for us, now, and used once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_api::{ApiError, code as common};
use rolecall_crypto::Origin;
use rolecall_gate::{FederatedCaller, FederatedDetails, ProviderEntry, SamlTrust};
use rolecall_types::Timestamp;

use crate::saml::{self, SamlError};
use crate::sts::code;

/// The most assertions that are remembered: some 20 MB. Who has more in their minutes of life is
/// refused; limit ours.
const MAX_REMEMBERED: usize = 100_000;

/// How far a provider's clock may be behind ours, in seconds; limit ours.
const BEHIND_SECONDS: i64 = 60;

/// Which assertions were used. It begins empty, so that nothing is believed that may have been used
/// before it began.
pub(super) struct Used {
    began_at: Timestamp,
    /// Issuers and ids, and until when they could be used again.
    known: Mutex<HashMap<(String, String), Timestamp>>,
}

impl Used {
    /// A memory that begins now.
    pub(super) fn new(began_at: Timestamp) -> Self {
        Self { began_at, known: Mutex::default() }
    }

    /// Notes a use; refused where it is not the first.
    fn note(
        &self,
        issuer: &str,
        assertion: &saml::Accepted,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let expired =
            |why: &'static str| ApiError::new(&code::AUTHENTICATION_FAIL_SAML_EXPIRED).because(why);
        if assertion.issued_at < self.began_at {
            return Err(expired("it was issued before this server began to remember"));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.retain(|_, until| *until > now);
        }
        if known.len() >= MAX_REMEMBERED {
            let full = "too many assertions are remembered";
            return Err(ApiError::new(&common::SERVICE_UNAVAILABLE).because(full));
        }
        let key = (issuer.to_owned(), assertion.id.clone());
        match known.insert(key, assertion.usable_until) {
            Some(_) => Err(expired("it was used before")),
            None => Ok(()),
        }
    }
}

/// Believes or refuses a response in Base64.
pub(super) fn verify(
    used: &Used,
    provider: &Arc<ProviderEntry>,
    trust: &SamlTrust,
    encoded: &str,
    now: Timestamp,
) -> Result<FederatedCaller, ApiError> {
    let invalid = || ApiError::new(&code::AUTHENTICATION_FAIL_SAML_INVALID);
    let document = saml::base64(encoded).ok_or_else(|| invalid().because("it is not Base64"))?;
    let read = saml::read(&document, &trust.issuer, &trust.keys, now);
    let accepted = read.map_err(|error| match error {
        SamlError::Expired => ApiError::new(&code::AUTHENTICATION_FAIL_SAML_EXPIRED).because(error),
        error => invalid().because(error),
    })?;
    let ahead = now.as_second().saturating_add(BEHIND_SECONDS);
    if accepted.issued_at.as_second() > ahead {
        return Err(invalid().because("it was issued in the future"));
    }
    used.note(&trust.issuer, &accepted, now)?;
    Ok(FederatedCaller {
        provider: Arc::clone(provider),
        origin: Origin { issuer: trust.issuer.clone(), subject: accepted.subject },
        conditions: vec![("saml:recipient", accepted.recipient.clone())],
        ends_at: accepted.session_ends_at,
        details: FederatedDetails::Saml {
            subject_type: accepted.subject_type,
            recipient: accepted.recipient,
            roles: accepted.roles,
            session_name: accepted.session_name,
            session_seconds: accepted.session_seconds,
        },
    })
}
