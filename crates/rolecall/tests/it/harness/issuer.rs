//! An issuer of OIDC tokens: a small server of the machine that publishes its keys.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, DnType, IsCa, KeyPair};
use rolecall_crypto::sign::TokenSigner;
use rolecall_crypto::{SignatureAlgorithm, sha1_hex};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::now;

/// An issuer with a key of each kind.
pub(crate) struct Issuer {
    /// Its URL.
    pub(crate) url: String,
    pub(crate) rsa: TokenSigner,
    pub(crate) ec: TokenSigner,
    documents: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<AtomicUsize>,
}

/// The authority that vouches for an issuer's certificate.
pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) fingerprint: String,
}

impl Issuer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(listener, url, None)
    }

    /// One that is asked over TLS, and shows its own certificate but not the authority's.
    pub(crate) fn start_with_tls() -> (Self, Authority) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let above = rcgen::Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let own = own.signed_by(&key, &above).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let authority = Authority { pem: authority.pem(), fingerprint: sha1_hex(authority.der()) };
        (Self::serve(listener, url, Some(Arc::new(config))), authority)
    }

    fn serve(listener: TcpListener, url: String, tls: Option<Arc<ServerConfig>>) -> Self {
        let documents = Arc::<Mutex<HashMap<String, String>>>::default();
        let asked = Arc::<AtomicUsize>::default();
        let (shown, count) = (Arc::clone(&documents), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let _ = match &tls {
                    None => answer(stream, &shown, &count),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        answer(StreamOwned::new(connection, stream), &shown, &count)
                    }
                };
            }
        });
        let rsa = TokenSigner::generate(SignatureAlgorithm::Rs256, "rsa").unwrap();
        let ec = TokenSigner::generate(SignatureAlgorithm::Es256, "ec").unwrap();
        let issuer = Self { url, rsa, ec, documents, asked };
        issuer.publish(&[issuer.rsa.public_jwk(), issuer.ec.public_jwk()]);
        let description = json!({"issuer": issuer.url, "jwks_uri": format!("{}/keys", issuer.url)});
        issuer.put("/.well-known/openid-configuration", &description.to_string());
        issuer
    }

    /// Shows these keys.
    pub(crate) fn publish(&self, keys: &[Value]) {
        self.put("/keys", &json!({ "keys": keys }).to_string());
    }

    pub(crate) fn put(&self, path: &str, body: &str) {
        self.documents.lock().unwrap().insert(path.to_owned(), body.to_owned());
    }

    /// How many requests it had.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What a good token of now says.
    pub(crate) fn claims(&self) -> Value {
        let now = now().as_second();
        json!({
            "iss": self.url, "sub": "system:serviceaccount:web:deploy", "aud": "rolecall",
            "iat": now - 5, "nbf": now - 5, "exp": now + 600,
        })
    }
}

/// Answers one request, and counts it.
fn answer(
    mut stream: impl Read + Write,
    shown: &Mutex<HashMap<String, String>>,
    count: &AtomicUsize,
) -> std::io::Result<()> {
    let mut head = [0; 4096];
    let length = stream.read(&mut head)?;
    let text = String::from_utf8_lossy(&head[..length]).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    count.fetch_add(1, Ordering::SeqCst);
    let body = shown.lock().unwrap().get(&path).cloned();
    let (status, body) = match body {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", String::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes())?;
    stream.flush()
}
