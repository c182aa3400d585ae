//! Documents of a server with TLS: which certificates are believed, and which fingerprints.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rolecall_crypto::{sha1_hex, sha256_hex};
use rolecall_gate::{Egress, EgressError};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::Outward;

const DAY: Duration = Duration::from_hours(24);

/// A certificate, and who it signs as.
struct Signed {
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate says of itself: valid from a year ago until some days from now.
fn params(name: &str, days: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    #[expect(clippy::disallowed_methods, reason = "TLS libraries look at the machine's clock")]
    let now = SystemTime::now();
    params.not_before = (now - DAY * 365).into();
    let end =
        if days < 0 { now - DAY * days.unsigned_abs() } else { now + DAY * days.unsigned_abs() };
    params.not_after = end.into();
    params
}

/// An authority, signed by another or by itself.
fn authority(name: &str, days: i32, above: Option<&Signed>) -> Signed {
    let mut params = params(name, days);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let der = match above {
        Some(above) => params.signed_by(&key, &above.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Signed { der: der.der().clone(), issuer: Issuer::new(params, key) }
}

/// The certificate of a server, with its key.
fn leaf(
    host: &str,
    days: i32,
    above: &Signed,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = params("server", days);
    params.subject_alt_names = CertificateParams::new([host.to_owned()]).unwrap().subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, &above.issuer).unwrap().der().clone();
    (der, key.into())
}

/// A server that shows a chain of certificates and answers each request with `{}`; its URL.
async fn serve(
    (leaf, key): (CertificateDer<'static>, PrivateKeyDer<'static>),
    more: &[&Signed],
) -> String {
    let chain = std::iter::once(leaf).chain(more.iter().map(|it| it.der.clone())).collect();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/keys", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
            }
            let _ = stream.shutdown().await;
        }
    });
    url
}

/// What becomes of a document whose server must show one of these fingerprints, for somebody whose
/// machine trusts these authorities.
async fn outcome(url: &str, trusted: &[&Signed], fingerprints: &[String]) -> &'static str {
    let networks = ["127.0.0.0/8", "::1/128"].map(|it| it.parse().unwrap()).to_vec();
    let trusted = trusted.iter().map(|it| it.der.clone()).collect();
    let outward = Outward::trusting(networks, trusted);
    match outward.fetch(url, fingerprints).await {
        Ok(document) => {
            assert_eq!(document, b"{}");
            "read"
        }
        Err(EgressError::Fingerprint { .. }) => "fingerprint",
        Err(EgressError::Failed { .. }) => "failed",
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn any_certificate_that_the_server_hangs_on_has_the_fingerprint() {
    let root = authority("root", 365, None);
    let between = authority("between", 365, Some(&root));
    let stranger = authority("stranger", 365, None);
    let own = leaf("localhost", 90, &between);
    let shown = own.0.clone();
    let url = serve(own, &[&between, &stranger]).await;
    let trusted = [&stranger, &root];
    assert_eq!(outcome(&url, &trusted, &[]).await, "read");
    // The vendor asks for the authority's, which servers need not show.
    for certificate in [&shown, &between.der, &root.der] {
        for fingerprint in [sha1_hex(certificate), sha256_hex(certificate)] {
            let wrong = sha1_hex(b"wrong");
            assert_eq!(outcome(&url, &trusted, std::slice::from_ref(&fingerprint)).await, "read");
            let several = [wrong, fingerprint];
            assert_eq!(outcome(&url, &trusted, &several).await, "read", "one of several is enough");
        }
    }
    // An authority that the machine trusts too, and a certificate that was only sent along.
    for fingerprint in [sha1_hex(&stranger.der), sha256_hex(b"wrong"), String::new()] {
        assert_eq!(outcome(&url, &trusted, &[fingerprint]).await, "fingerprint");
    }
    let many: Vec<_> = (0..5_u8).map(|it| sha1_hex(&[it])).collect();
    assert_eq!(outcome(&url, &trusted, &many).await, "fingerprint");
}

#[tokio::test]
async fn a_fingerprint_makes_nothing_good_that_the_machine_does_not_trust() {
    let root = authority("root", 365, None);
    let other = authority("other", 365, None);
    let twin = authority("root", 365, None);
    let past = authority("past", -1, Some(&root));
    let good = || leaf("localhost", 90, &root);
    for (own, more, trusted) in [
        (good(), vec![&root], vec![]),
        (good(), vec![&root], vec![&other]),
        (good(), vec![&root], vec![&twin]),
        (good(), vec![], vec![&other]),
        (leaf("localhost", -1, &root), vec![&root], vec![&root]),
        (leaf("localhost", 90, &past), vec![&past], vec![&root]),
        (leaf("idp.example.com", 90, &root), vec![&root], vec![&root]),
        (leaf("127.0.0.1", 90, &root), vec![&root], vec![&root]),
    ] {
        let fingerprints = [sha1_hex(&own.0), sha1_hex(&root.der), sha1_hex(&past.der)];
        let url = serve(own, &more).await;
        assert_eq!(outcome(&url, &trusted, &fingerprints).await, "failed");
        assert_eq!(outcome(&url, &trusted, &[]).await, "failed");
    }
}

#[tokio::test]
async fn what_shows_no_certificate_has_no_fingerprint() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    assert_eq!(outcome(&url, &[], &[sha1_hex(b"any")]).await, "fingerprint");
    let came = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(came.is_err(), "nobody is asked");
}
