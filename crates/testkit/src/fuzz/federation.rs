//! What identity providers say: nobody is believed but by their signature, and then in nothing that
//! was not signed.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use rolecall_api::{Proof, Statement};
use rolecall_crypto::sign::TokenSigner;
use rolecall_crypto::{PublicKey, SignatureAlgorithm, sha256};
use rolecall_gate::{
    Egress, EgressError, FederatedCaller, FederatedDetails, Federation, OidcTrust, ProviderEntry,
    ProviderTrust, SamlTrust, Snapshot,
};
use rolecall_identity::{PinnedKeys, SamlMetadata, Verifier};
use rolecall_types::{AccountId, PrincipalId, ProviderName, Timestamp};
use serde_json::{Value, json};

use super::sealed::edited;

/// The time at which all inputs are read: 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000;
/// How far a clock may be ahead, in seconds.
const LEEWAY: i64 = 60;
/// How long ago a token may have been issued, in seconds.
const ISSUANCE_LIMIT: i64 = 3600;

const ACCOUNT: &str = "1234567890123456";
const ISSUER: &str = "https://idp.example.com";
const CLIENT: &str = "rolecall";
const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

static WORLD: LazyLock<Option<World>> = LazyLock::new(World::new);

/// An account that trusts a provider of each kind, with their keys.
struct World {
    rsa: TokenSigner,
    ec: TokenSigner,
    snapshot: Snapshot,
    pinned: PinnedKeys,
}

impl World {
    fn new() -> Option<Self> {
        let rsa = TokenSigner::generate(SignatureAlgorithm::Rs256, "rsa").ok()?;
        let ec = TokenSigner::generate(SignatureAlgorithm::Es256, "ec").ok()?;
        let keys = json!({"keys": [rsa.public_jwk(), ec.public_jwk()]});
        let mut pinned = PinnedKeys::default();
        pinned.pin(ISSUER, keys.to_string().as_bytes()).ok()?;
        let oidc = OidcTrust {
            issuer: ISSUER.to_owned(),
            client_ids: vec![CLIENT.to_owned()],
            fingerprints: Vec::new(),
            issuance_limit_seconds: ISSUANCE_LIMIT,
        };
        let keys = vec![PublicKey::of_certificate(&ec.certificate().ok()?)?];
        let saml = SamlTrust { issuer: ISSUER.to_owned(), keys };
        let account = AccountId::parse(ACCOUNT)?;
        let mut snapshot = Snapshot::default();
        for trust in [ProviderTrust::Oidc(oidc), ProviderTrust::Saml(saml)] {
            let (account, name) = (account.clone(), ProviderName::new("idp").ok()?);
            let id = PrincipalId::parse("312345678901234567")?;
            let provider = ProviderEntry { account, name, id, trust };
            let key = (provider.account.clone(), provider.kind(), "idp".to_owned());
            snapshot.providers.insert(key, Arc::new(provider));
        }
        Some(Self { rsa, ec, snapshot, pinned })
    }

    fn verifier(&self) -> Verifier {
        let began_at = Timestamp::from_second(NOW - 3600).unwrap_or_default();
        Verifier::new(Arc::new(Nobody), self.pinned.clone(), began_at)
    }

    /// Whom a statement is believed about, if anybody.
    fn believe(&self, verifier: &Verifier, statement: Statement<'_>) -> Option<FederatedCaller> {
        let kind = match statement {
            Statement::Oidc(_) => "oidc-provider",
            Statement::Saml(_) => "saml-provider",
        };
        let provider = format!("acs:ram::{ACCOUNT}:{kind}/idp");
        let now = Timestamp::from_second(NOW).unwrap_or_default();
        let proof = Proof { provider: &provider, statement };
        verifier.believe(&self.snapshot, now, proof).now_or_never()?.ok()
    }
}

/// A way out that leads nowhere: all keys are pinned.
struct Nobody;

impl Egress for Nobody {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        _: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, EgressError>> + Send + 'a>> {
        let refused = EgressError::Refused { url: url.to_owned(), reason: "a test".to_owned() };
        Box::pin(std::future::ready(Err(refused)))
    }
}

/// A token is believed if its issuer signed these very bytes and they say what they must. The input
/// has `r` or `e` for the key in its first line, the header and the claims in the next ones, and
/// then edits of the signed token.
pub fn oidc_token(data: &[u8]) {
    let Some(world) = &*WORLD else { return };
    let verifier = world.verifier();
    let believe = |token: &str| world.believe(&verifier, Statement::Oidc(token));
    let text = String::from_utf8_lossy(data);
    assert!(believe(&text).is_none(), "nobody signed {text}");

    let mut lines = data.splitn(4, |byte| *byte == b'\n');
    let (Some(key), Some(header), Some(claims)) = (lines.next(), lines.next(), lines.next()) else {
        return;
    };
    let (Ok(header), Ok(claims)) = (std::str::from_utf8(header), std::str::from_utf8(claims))
    else {
        return;
    };
    let (signer, name, algorithm) = match key {
        b"r" => (&world.rsa, "rsa", "RS256"),
        _ => (&world.ec, "ec", "ES256"),
    };
    let Ok(token) = signer.token_with(header, claims) else { return };
    if let Some(caller) = believe(&token) {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let header = read(header);
        assert_eq!(header.get("alg"), Some(&algorithm.into()), "{header}");
        assert!(header.get("kid").is_none_or(|id| id == name), "{header}");
        for refused in ["jwk", "jku", "x5u", "x5c", "crit", "zip", "cty", "enc"] {
            assert_eq!(header.get(refused), None, "{header}");
        }
        check_claims(&read(claims), &caller);
    }
    let changed = edited(lines.next().unwrap_or_default(), token.as_bytes());
    if changed != token.as_bytes() {
        let changed = String::from_utf8_lossy(&changed);
        assert!(believe(&changed).is_none(), "{changed} was {token}");
    }
}

/// What a token must say, by our own reading.
fn check_claims(claims: &Value, caller: &FederatedCaller) {
    assert_eq!(claims.get("iss"), Some(&ISSUER.into()), "{claims}");
    assert_eq!(caller.origin.issuer, ISSUER);
    assert_eq!(claims.get("sub"), Some(&caller.origin.subject.as_str().into()), "{claims}");
    assert!((1..=255).contains(&caller.origin.subject.len()), "{claims}");
    let audience = claims.get("aud").is_some_and(|audience| match audience {
        Value::Array(several) => several.contains(&CLIENT.into()),
        one => one == CLIENT,
    });
    assert!(audience, "{claims}");
    #[expect(clippy::cast_precision_loss, reason = "whole seconds of our time")]
    let ahead = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at - NOW as f64);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (leeway, limit) = (LEEWAY as f64 + 1.0, ISSUANCE_LIMIT as f64);
    assert!(ahead("exp").is_some_and(|exp| exp >= 1.0), "{claims}");
    assert!(ahead("iat").is_some_and(|iat| (-limit..leeway).contains(&iat)), "{claims}");
    assert!(claims.get("nbf").is_none() || ahead("nbf").is_some_and(|it| it < leeway), "{claims}");
}

/// A response is believed once, and only in what its provider signed. The input is a response with
/// a signed assertion, in its canonical form: `@hash@` stands for the assertion's hash, and
/// `@value@` for the value of its signature.
pub fn saml_response(data: &[u8]) {
    let Some(world) = &*WORLD else { return };
    let Ok(template) = std::str::from_utf8(data) else { return };
    let believe = |verifier: &Verifier, document: &[u8]| {
        world.believe(verifier, Statement::Saml(&STANDARD.encode(document)))
    };
    let verifier = world.verifier();
    assert!(believe(&verifier, data).is_none(), "nobody signed {template}");
    let Some((document, signed)) = signed(&world.ec, template) else { return };
    let Some(caller) = believe(&verifier, document.as_bytes()) else { return };
    check_assertion(&signed, &caller);
    assert!(believe(&verifier, document.as_bytes()).is_none(), "it was believed twice");

    // With a bit turned over it says the same, if it says anything: the rest of a response is not
    // signed.
    let mut changed = document.into_bytes();
    let sum = data.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31) ^ usize::from(*byte));
    let place = sum % changed.len().max(1);
    if let Some(byte) = changed.get_mut(place) {
        *byte ^= 1 << (sum % 7);
    }
    if let Some(other) = believe(&world.verifier(), &changed) {
        let changed = String::from_utf8_lossy(&changed);
        assert_eq!(said(&other), said(&caller), "{changed}");
    }
}

/// What is read of a provider's metadata is in bounds and stands there, and a document that is cut,
/// or that says first what its words shall mean, is none.
pub fn saml_metadata(data: &[u8]) {
    let Ok(metadata) = SamlMetadata::parse(data) else { return };
    let text = String::from_utf8_lossy(data);
    assert!((1..=16).contains(&metadata.keys.len()), "{} keys", metadata.keys.len());
    assert!((1..=1024).contains(&metadata.entity_id.len()), "{}", metadata.entity_id);
    // Certificates are found in it as they are, but for blanks between their letters.
    assert!(text.matches("X509Certificate").count() >= metadata.keys.len(), "{text}");
    if !text.contains('&') && !metadata.entity_id.contains(char::is_whitespace) {
        assert!(text.contains(&metadata.entity_id), "{} is not in {text}", metadata.entity_id);
    }
    let again = SamlMetadata::parse(data).map(|it| (it.entity_id, it.keys));
    assert_eq!(again, Ok((metadata.entity_id, metadata.keys)), "it is read in two ways");

    let sum = data.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31) ^ usize::from(*byte));
    let end = data.iter().rposition(|byte| *byte == b'>').unwrap_or_default();
    let cut = data.get(..sum % end.max(1)).unwrap_or_default();
    assert!(SamlMetadata::parse(cut).is_err(), "half of {text} is read");
    let defined = [b"<!DOCTYPE a [<!ENTITY e 'e'>]>", data].concat();
    assert!(SamlMetadata::parse(&defined).is_err(), "a definition before {text} is read");
    assert!(SamlMetadata::parse(&[data, b"<a/>"].concat()).is_err(), "two roots are read");
}

/// All that a response says.
fn said(caller: &FederatedCaller) -> String {
    let FederatedCaller { origin, conditions, ends_at, details, .. } = caller;
    format!("{origin:?} {conditions:?} {ends_at:?} {details:?}")
}

/// Checks that what is believed stands in what was signed.
fn check_assertion(signed: &str, caller: &FederatedCaller) {
    let details = &caller.details;
    let FederatedDetails::Saml { subject_type, recipient, roles, session_name, .. } = details
    else {
        assert!(signed.is_empty(), "{details:?} is said by no assertion");
        return;
    };
    assert_eq!(caller.origin.issuer, ISSUER);
    let roles = roles.iter().flat_map(|(role, provider)| [role.as_str(), provider]);
    let texts = [caller.origin.subject.as_str(), subject_type, recipient, session_name.as_str()];
    // What the canonical form escapes, in attributes or in texts.
    let escapes =
        [("&gt;", ">"), ("&#x9;", "\t"), ("&#xA;", "\n"), ("&#xD;", "\r"), ("&quot;", "\"")];
    let signed = escapes.iter().fold(signed.to_owned(), |text, (from, to)| text.replace(from, to));
    for text in texts.into_iter().chain(roles) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        assert!(signed.contains(&text), "{text} is not in {signed}");
    }
}

/// The response of a template, and what is signed in it.
fn signed(signer: &TokenSigner, template: &str) -> Option<(String, String)> {
    let assertion = between(template, "<saml:Assertion", "</saml:Assertion>")?;
    let signature = between(assertion, "<ds:Signature ", "</ds:Signature>")?;
    let signed = assertion.replacen(signature, "", 1);
    let hash = STANDARD.encode(sha256(&[signed.as_bytes()]));
    let document = template.replacen("@hash@", &hash, 1);
    let info = between(&document, "<ds:SignedInfo>", "</ds:SignedInfo>")?;
    // In its canonical form it declares the prefix itself.
    let start = format!("<ds:SignedInfo xmlns:ds=\"{SIGNATURES}\">");
    let info = info.replacen("<ds:SignedInfo>", &start, 1);
    let value = STANDARD.encode(signer.sign(info.as_bytes()).ok()?);
    Some((document.replacen("@value@", &value, 1), signed))
}

/// From the first `start` up to the `end` behind it, and with both.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.get(text.find(start)?..)?;
    from.get(..from.find(end)?.saturating_add(end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus is worth something only if the first input of each kind is believed.
    #[test]
    fn what_is_kept_as_good_is_believed() {
        let world = WORLD.as_ref().expect("the world");
        let good = include_str!("../../../../fuzz/corpus/oidc_token/good");
        let (header, claims) = good.split_once('\n').unwrap().1.split_once('\n').unwrap();
        let token = world.ec.token_with(header, claims.trim_end()).unwrap();
        let caller = world.believe(&world.verifier(), Statement::Oidc(&token)).unwrap();
        assert_eq!(caller.origin.subject, "alice");

        let good = include_str!("../../../../fuzz/corpus/saml_response/good");
        let (document, _) = signed(&world.ec, good).unwrap();
        let encoded = STANDARD.encode(document);
        let caller = world.believe(&world.verifier(), Statement::Saml(&encoded)).unwrap();
        assert_eq!(caller.origin.subject, "alice");
    }
}
