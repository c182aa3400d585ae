//! Signed tokens of others: JSON Web Signatures, and the key sets that verify them.
//!
//! The key says by which algorithm it verifies. A token's header may only name a key by its id, and
//! must name that key's algorithm; whatever else it says of keys, such as one that it brings along,
//! makes it refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_types::json::{self, JsonError};
use serde_json::{Map, Value};

use crate::public_key::{PublicKey, SignatureAlgorithm};

/// The longest token, in bytes. Source: STS `AssumeRoleWithOIDC`.
pub const MAX_JWS_LENGTH: usize = 20_000;

/// The most keys of a set; limit ours. Issuers publish up to a dozen.
const MAX_KEYS: usize = 64;

/// The longest id of a key, in bytes; limit ours.
const MAX_KEY_ID: usize = 256;

/// The most lists and objects inside each other; limit ours. Claims and key sets need four.
const DEPTH_MAX: usize = 16;

/// What a header may not have: keys that the token brings along or points at, and extensions.
const REFUSED_HEADERS: [&str; 6] = ["jwk", "jku", "x5u", "x5c", "crit", "zip"];

/// Why a token or a key set is refused. It says nothing of their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than is looked at.
    #[error("the token is too long")]
    Length,
    /// Not three parts of unpadded base64url.
    #[error("the token is not in three parts of base64url")]
    Parts,
    /// The header, the claims or the key set is not one plain JSON object.
    #[error("it is not one JSON object without duplicate names")]
    Json,
    /// The header names no algorithm that is served, or none that the key verifies.
    #[error("the token is signed by an algorithm that is not served, or not the key's")]
    Algorithm,
    /// The header brings keys along, or has extensions.
    #[error("the token's header has a parameter that is not allowed")]
    Header,
    /// The token holds another token.
    #[error("the token holds another token")]
    Nested,
    /// No key of the set is the one that the token names, or several are.
    #[error("no key is the one that signed")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
}

/// A token that was parsed and is not yet believed.
pub struct Jws {
    algorithm: SignatureAlgorithm,
    key_id: Option<String>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

/// Its claims may name a person; they are not shown.
impl std::fmt::Debug for Jws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jws").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Jws {
    /// Parses a token in its compact form.
    pub fn parse(token: &str) -> Result<Self, JwsError> {
        if token.len() > MAX_JWS_LENGTH {
            return Err(JwsError::Length);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Parts);
        };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Parts);
        let signed = [header.as_bytes(), b".", claims.as_bytes()].concat();
        let object = |part: &str| strict_json_object(&decode(part)?).map_err(|_| JwsError::Json);
        let (algorithm, key_id) = read_header(&object(header)?)?;
        Ok(Self {
            algorithm,
            key_id,
            signed,
            signature: decode(signature)?,
            claims: object(claims)?,
        })
    }

    /// What the token says, believed or not: good to refuse it early, and for nothing else.
    pub fn unverified_claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, if a key of the set signed them.
    pub fn verify(&self, keys: &KeySet) -> Result<&Map<String, Value>, JwsError> {
        let key = keys.find(self)?;
        if key.algorithm() != self.algorithm {
            return Err(JwsError::Algorithm);
        }
        if !key.verifies(&self.signed, &self.signature) {
            return Err(JwsError::Signature);
        }
        Ok(&self.claims)
    }
}

/// Reads what an issuer says: one object without duplicate keys, and nothing behind it.
pub fn strict_json_object(text: &[u8]) -> Result<Map<String, Value>, JsonError> {
    json::read_object(text, DEPTH_MAX)
}

fn read_header(
    header: &Map<String, Value>,
) -> Result<(SignatureAlgorithm, Option<String>), JwsError> {
    if REFUSED_HEADERS.iter().any(|name| header.contains_key(*name)) {
        return Err(JwsError::Header);
    }
    if header.contains_key("cty") || header.contains_key("enc") {
        return Err(JwsError::Nested);
    }
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => SignatureAlgorithm::Rs256,
        Some("ES256") => SignatureAlgorithm::Es256,
        _ => return Err(JwsError::Algorithm),
    };
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= MAX_KEY_ID => Some(id.clone()),
        Some(_) => return Err(JwsError::Header),
    };
    Ok((algorithm, key_id))
}

/// The public keys of an issuer.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<(Option<String>, PublicKey)>);

impl KeySet {
    /// Reads a JSON Web Key Set. Keys that are not for signatures of a kind that is served are
    /// passed over.
    pub fn parse(text: &[u8]) -> Result<Self, JwsError> {
        let set = strict_json_object(text).map_err(|_| JwsError::Json)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(JwsError::Json)?;
        if keys.len() > MAX_KEYS {
            return Err(JwsError::Length);
        }
        Ok(Self(keys.iter().filter_map(Value::as_object).filter_map(read_key).collect()))
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key can be used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one key that the token names: by its id, or, where it names none, the only one of its
    /// algorithm.
    fn find(&self, token: &Jws) -> Result<&PublicKey, JwsError> {
        let named = |(id, key): &&(Option<String>, PublicKey)| match &token.key_id {
            Some(wanted) => id.as_ref() == Some(wanted),
            None => key.algorithm() == token.algorithm,
        };
        let mut keys = self.0.iter().filter(named);
        match (keys.next(), keys.next()) {
            (Some((_, key)), None) => Ok(key),
            _ => Err(JwsError::UnknownKey),
        }
    }
}

fn read_key(key: &Map<String, Value>) -> Option<(Option<String>, PublicKey)> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let usable = key.get("use").is_none_or(|it| it == "sig")
        && key.get("key_ops").is_none_or(|it| {
            it.as_array().is_some_and(|operations| operations.iter().any(|it| it == "verify"))
        });
    if !usable {
        return None;
    }
    let (public, algorithm) = match (text("kty")?, text("crv")) {
        ("RSA", None) => (PublicKey::rsa(&bytes("n")?, &bytes("e")?)?, "RS256"),
        ("EC", Some("P-256")) => (PublicKey::p256(&bytes("x")?, &bytes("y")?)?, "ES256"),
        _ => return None,
    };
    if key.get("alg").is_some_and(|it| it != algorithm) {
        return None;
    }
    let id = match key.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= MAX_KEY_ID => Some(id.clone()),
        Some(_) => return None,
    };
    Some((id, public))
}

#[cfg(test)]
mod tests;
