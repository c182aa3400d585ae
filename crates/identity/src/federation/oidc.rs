//! OIDC tokens: signed by the issuer, for one of the provider's clients, now.

use std::sync::Arc;

use rolecall_api::{ApiError, Code};
use rolecall_crypto::{Jws, Origin};
use rolecall_gate::{FederatedCaller, FederatedDetails, OidcTrust, ProviderEntry};
use rolecall_types::Timestamp;
use serde_json::{Map, Value};

use super::keys::IssuerKeys;
use crate::sts::code;

/// How far an issuer's clock may be ahead of ours, in seconds; limit ours.
const LEEWAY_SECONDS: i64 = 60;

/// The longest `sub`, in bytes. Source: OIDC Core, section 2.
const MAX_SUBJECT: usize = 255;

/// The most audiences of a token; limit ours.
const MAX_AUDIENCES: usize = 50;

/// What a token says, as far as it matters here.
struct Claims {
    subject: String,
    audiences: Vec<String>,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

/// Believes or refuses a token.
pub(super) async fn verify(
    keys: &IssuerKeys,
    provider: &Arc<ProviderEntry>,
    trust: &OidcTrust,
    token: &str,
    now: Timestamp,
) -> Result<FederatedCaller, ApiError> {
    let jws = Jws::parse(token).map_err(|error| invalid().because(error))?;
    // What is wrong anyway asks nobody for keys.
    read(jws.unverified_claims(), trust, now)?;
    let claims = keys.verify(&jws, trust, now).await?;
    let claims = read(claims, trust, now)?;
    let origin = Origin { issuer: trust.issuer.clone(), subject: claims.subject.clone() };
    let audiences = claims.audiences.iter().map(|audience| ("oidc:aud", audience.clone()));
    let conditions = [("oidc:iss", trust.issuer.clone()), ("oidc:sub", claims.subject)];
    let verification = if keys.pins(&trust.issuer) {
        "Verified by the pinned keys of the issuer"
    } else {
        "Verified by the keys that the issuer publishes"
    };
    Ok(FederatedCaller {
        provider: Arc::clone(provider),
        origin,
        conditions: conditions.into_iter().chain(audiences).collect(),
        ends_at: None,
        details: FederatedDetails::Oidc {
            audiences: claims.audiences,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
            verification: verification.to_owned(),
        },
    })
}

/// The claims, if the provider trusts what they say.
fn read(
    claims: &Map<String, Value>,
    trust: &OidcTrust,
    now: Timestamp,
) -> Result<Claims, ApiError> {
    let wrong = |what: &'static str| invalid().because(what);
    if claims.get("iss").and_then(Value::as_str) != Some(trust.issuer.as_str()) {
        return Err(wrong("`iss` is not the provider's issuer"));
    }
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT || subject.contains(char::is_control) {
        return Err(wrong("`sub` is not a text of 1 to 255 bytes"));
    }
    let audiences = audiences(claims.get("aud"))
        .ok_or_else(|| wrong("`aud` is no text and no list of some"))?;
    if !audiences.iter().any(|audience| trust.client_ids.contains(audience)) {
        return Err(wrong("`aud` is none of the provider's client ids"));
    }
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match seconds(value) {
            Some(at) => Ok(Some(at)),
            None => Err(wrong("a time is no number of seconds")),
        },
    };
    let (issued_at, expires_at) = (time("iat")?, time("exp")?);
    let not_before = time("nbf")?;
    let expires_at = expires_at.ok_or_else(|| wrong("`exp` is missing"))?;
    let issued_at = issued_at.ok_or_else(|| wrong("`iat` is missing"))?;
    if now >= expires_at {
        return Err(expired("`exp` is over"));
    }
    let ahead = |at: Timestamp| at.as_second() > now.as_second().saturating_add(LEEWAY_SECONDS);
    if ahead(issued_at) || not_before.is_some_and(ahead) {
        return Err(wrong("`iat` or `nbf` is still to come"));
    }
    let age = now.as_second().saturating_sub(issued_at.as_second());
    if age > trust.issuance_limit_seconds {
        return Err(expired("`iat` is longer ago than the provider allows"));
    }
    Ok(Claims { subject: subject.to_owned(), audiences, issued_at, expires_at })
}

fn audiences(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) if (1..=MAX_AUDIENCES).contains(&several.len()) => {
            several.iter().map(|it| it.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

/// A `NumericDate`, whose fraction is dropped.
fn seconds(value: &Value) -> Option<Timestamp> {
    /// No date in a token is later than the year 2286; a larger number is one of milliseconds.
    const LATEST: f64 = 1e10;
    let number = value.as_f64().filter(|number| (0.0..LATEST).contains(number))?;
    #[expect(clippy::cast_possible_truncation, reason = "it is in the range of whole seconds")]
    Timestamp::from_second(number as i64).ok()
}

fn invalid() -> ApiError {
    ApiError::new(&code::AUTHENTICATION_FAIL_OIDC_INVALID)
}

fn expired(why: &'static str) -> ApiError {
    const EXPIRED: &Code = &code::AUTHENTICATION_FAIL_OIDC_EXPIRED;
    ApiError::new(EXPIRED).because(why)
}

#[cfg(test)]
mod tests;
