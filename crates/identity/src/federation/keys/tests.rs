use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use rolecall_crypto::SignatureAlgorithm;
use rolecall_crypto::sign::TokenSigner;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://idp.example.com/realm";
const NOW: i64 = 1_700_000_000;

/// A server with these documents; anything else it does not have.
#[derive(Default)]
struct Documents {
    by_url: Mutex<HashMap<String, String>>,
    asked: AtomicUsize,
    fingerprint_differs: bool,
}

impl Documents {
    fn put(&self, url: &str, text: &str) {
        self.by_url.lock().unwrap().insert(url.to_owned(), text.to_owned());
    }

    fn publish(&self, signers: &[&TokenSigner]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.public_jwk()).collect();
        self.put("https://idp.example.com/keys", &json!({ "keys": keys }).to_string());
        let document = json!({"issuer": ISSUER, "jwks_uri": "https://idp.example.com/keys"});
        self.put(&format!("{ISSUER}/.well-known/openid-configuration"), &document.to_string());
    }
}

impl Egress for Documents {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        _fingerprints: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, EgressError>> + Send + 'a>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let url = url.to_owned();
        if self.fingerprint_differs {
            return Box::pin(async { Err(EgressError::Fingerprint { url }) });
        }
        let found = self.by_url.lock().unwrap().get(&url).cloned();
        Box::pin(async {
            tokio::task::yield_now().await;
            found
                .map(String::into_bytes)
                .ok_or_else(|| EgressError::Failed { url, source: "not found".into() })
        })
    }
}

fn trust() -> OidcTrust {
    OidcTrust {
        issuer: ISSUER.to_owned(),
        client_ids: Vec::new(),
        fingerprints: Vec::new(),
        issuance_limit_seconds: 3600,
    }
}

fn signer(id: &str) -> TokenSigner {
    TokenSigner::generate(SignatureAlgorithm::Es256, id).unwrap()
}

async fn code(keys: &IssuerKeys, signer: &TokenSigner, after: i64) -> String {
    let token = Jws::parse(&signer.token(&json!({})).unwrap()).unwrap();
    let now = Timestamp::from_second(NOW + after).unwrap();
    match keys.verify(&token, &trust(), now).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.name(),
    }
}

const INVALID: &str = "AuthenticationFail.OIDCToken.Invalid";
const METADATA: &str = "AuthenticationFail.IDPMetadata.Invalid";

#[tokio::test]
async fn keys_are_asked_for_once_and_again_when_one_is_unknown() {
    let documents = Arc::new(Documents::default());
    let (first, second) = (signer("1"), signer("2"));
    documents.publish(&[&first]);
    let keys = IssuerKeys::new(documents.clone(), PinnedKeys::default());
    for _ in 0..10 {
        assert_eq!(code(&keys, &first, 0).await, "ok");
    }
    assert_eq!(documents.asked.load(Ordering::SeqCst), 2, "the description and the keys");
    documents.publish(&[&first, &second]);
    // Whatever tokens name, nobody is asked again within the pause.
    for _ in 0..10 {
        assert_eq!(code(&keys, &second, PAUSE_SECONDS - 1).await, INVALID);
    }
    assert_eq!(documents.asked.load(Ordering::SeqCst), 2);
    assert_eq!(code(&keys, &second, PAUSE_SECONDS).await, "ok");
    assert_eq!(documents.asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_ends() {
    let documents = Arc::new(Documents::default());
    let (first, second) = (signer("1"), signer("2"));
    documents.publish(&[&first]);
    let keys = IssuerKeys::new(documents.clone(), PinnedKeys::default());
    assert_eq!(code(&keys, &first, 0).await, "ok");
    documents.publish(&[&second]);
    assert_eq!(code(&keys, &first, FRESH_SECONDS - 1).await, "ok");
    assert_eq!(code(&keys, &first, FRESH_SECONDS).await, INVALID);
    // Where the issuer is silent, its keys are good for a while.
    documents.by_url.lock().unwrap().clear();
    assert_eq!(code(&keys, &second, 2 * FRESH_SECONDS).await, "ok");
    assert_eq!(code(&keys, &second, FRESH_SECONDS + STALE_SECONDS).await, METADATA);
}

#[tokio::test]
async fn many_callers_ask_once() {
    let documents = Arc::new(Documents::default());
    let first = signer("1");
    documents.publish(&[&first]);
    let keys = IssuerKeys::new(documents.clone(), PinnedKeys::default());
    let calls: Vec<_> = (0..50).map(|_| code(&keys, &first, 0)).collect();
    let codes = futures_util::future::join_all(calls).await;
    assert!(codes.iter().all(|code| code == "ok"), "{codes:?}");
    assert_eq!(documents.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_description_that_leads_elsewhere_gives_no_keys() {
    let first = signer("1");
    let place = format!("{ISSUER}/.well-known/openid-configuration");
    let keys_at = "https://idp.example.com/keys";
    for document in [
        String::new(),
        "[]".to_owned(),
        json!({"jwks_uri": keys_at}).to_string(),
        json!({"issuer": "https://other.example.com", "jwks_uri": keys_at}).to_string(),
        json!({"issuer": format!("{ISSUER}/"), "jwks_uri": keys_at}).to_string(),
        json!({"issuer": ISSUER}).to_string(),
        json!({"issuer": ISSUER, "jwks_uri": "http://idp.example.com/keys"}).to_string(),
        json!({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}).to_string(),
        format!(r#"{{"issuer":"{ISSUER}","issuer":"{ISSUER}","jwks_uri":"{keys_at}"}}"#),
    ] {
        let documents = Arc::new(Documents::default());
        documents.publish(&[&first]);
        documents.put(&place, &document);
        let keys = IssuerKeys::new(documents, PinnedKeys::default());
        assert_eq!(code(&keys, &first, 0).await, METADATA, "{document}");
    }
}

#[tokio::test]
async fn a_wrong_fingerprint_is_told() {
    let documents = Documents { fingerprint_differs: true, ..Documents::default() };
    let keys = IssuerKeys::new(Arc::new(documents), PinnedKeys::default());
    for after in [0, 1] {
        assert_eq!(
            code(&keys, &signer("1"), after).await,
            "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch"
        );
    }
}

#[tokio::test]
async fn pinned_keys_ask_nobody() {
    let documents = Arc::new(Documents::default());
    let (first, second) = (signer("1"), signer("2"));
    documents.publish(&[&second]);
    let mut pinned = PinnedKeys::default();
    let set = json!({"keys": [first.public_jwk()]}).to_string();
    pinned.pin(ISSUER, set.as_bytes()).unwrap();
    assert!(pinned.pin(ISSUER, b"{}").is_err() && pinned.pin(ISSUER, br#"{"keys":[]}"#).is_err());
    let keys = IssuerKeys::new(documents.clone(), pinned);
    assert_eq!(code(&keys, &first, 0).await, "ok");
    assert_eq!(code(&keys, &second, 0).await, INVALID);
    assert_eq!(documents.asked.load(Ordering::SeqCst), 0);
}
