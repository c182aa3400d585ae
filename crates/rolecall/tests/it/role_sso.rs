//! Role SSO with the real program and a real issuer: keys are asked for, within bounds.

use rolecall_api::Product;
use rolecall_crypto::SignatureAlgorithm;
use rolecall_crypto::sign::TokenSigner;
use serde_json::json;

use crate::harness::{ACCOUNT, Answer, Issuer, Request, Server, Setup, read_credentials, refuse};

/// The provider of every server here.
pub(crate) const PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/idp";

/// A server with an issuer that it may ask, a provider for it, and a role that trusts it.
pub(crate) fn server_with(issuer: &Issuer, arguments: &[&str]) -> Server {
    let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
    trusting(Setup { arguments, ..Setup::default() }, issuer, &[])
}

/// The same, however it is started and whatever else the provider has.
fn trusting(setup: Setup, issuer: &Issuer, more: &[(&str, &str)]) -> Server {
    let server = Server::start_with(setup);
    let provider =
        [("OIDCProviderName", "idp"), ("IssuerUrl", &issuer.url), ("ClientIds", "rolecall")];
    server.must((Product::Ims, "CreateOIDCProvider"), &[&provider, more].concat());
    let statement = json!({
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER]},
        "Condition": {"StringEquals": {"oidc:iss": issuer.url, "oidc:aud": "rolecall"}},
    });
    server.role("deploy", &json!({"Version": "1", "Statement": [statement]}).to_string());
    server
}

/// A call that nobody signs, as the vendor's clients send it.
pub(crate) fn federate(server: &Server, token: &str) -> Answer {
    let role = format!("acs:ram::{ACCOUNT}:role/deploy");
    let form = [
        ("OIDCProviderArn", PROVIDER),
        ("RoleArn", &role),
        ("OIDCToken", token),
        ("RoleSessionName", "run"),
    ];
    let body: Vec<_> = form
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", rolecall_crypto::percent_encode(value.as_bytes()))
        })
        .collect();
    let request = Request { body: body.join("&").into_bytes(), ..Request::plain("POST", "/") }
        .parameter("Action", "AssumeRoleWithOIDC")
        .parameter("Version", "2015-04-01")
        .parameter("Format", "JSON")
        .parameter("SignatureNonce", "1")
        .header("content-type", "application/x-www-form-urlencoded");
    server.send(&request)
}

pub(crate) const LOOPBACK: [&str; 2] = ["--issuer-network", "127.0.0.0/8"];

#[test]
fn tokens_of_both_algorithms_give_sessions_and_keys_are_asked_for_once() {
    let issuer = Issuer::start();
    let server = server_with(&issuer, &LOOPBACK);
    for signer in [&issuer.rsa, &issuer.ec, &issuer.rsa] {
        let answer = federate(&server, &signer.token(&issuer.claims()).unwrap());
        assert_eq!(answer.status, 200, "{answer:?}");
        let session = read_credentials(&answer.json()["Credentials"]);
        let who = server.call(&session, (Product::Sts, "GetCallerIdentity"), &[]).json();
        assert_eq!(who["Arn"], format!("acs:ram::{ACCOUNT}:assumed-role/deploy/run"));
    }
    assert_eq!(issuer.asked(), 2);
    let audit = server.audit();
    assert!(audit.contains("system:serviceaccount:web:deploy") && audit.contains(&issuer.url));
}

#[test]
fn an_issuer_near_by_is_asked_only_where_the_operator_allows_it() {
    let issuer = Issuer::start();
    for arguments in [&[][..], &["--issuer-network", "10.0.0.0/8"]] {
        let server = server_with(&issuer, arguments);
        let answer = federate(&server, &issuer.rsa.token(&issuer.claims()).unwrap());
        assert_eq!(answer.code(), "AuthenticationFail.IDPMetadata.Invalid");
    }
    assert_eq!(issuer.asked(), 0);
}

#[test]
fn an_issuer_with_tls_must_show_what_the_machine_and_the_provider_trust() {
    let (issuer, authority) = Issuer::start_with_tls();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let arguments = LOOPBACK.map(str::to_owned).to_vec();
    let asked_by =
        |environment| Setup { environment, arguments: arguments.clone(), ..Setup::default() };
    let token = || issuer.rsa.token(&issuer.claims()).unwrap();
    let print = authority.fingerprint.to_ascii_uppercase();

    // Its authority's fingerprint does not make it trusted.
    let server = trusting(asked_by(Vec::new()), &issuer, &[("Fingerprints", &print)]);
    assert_eq!(federate(&server, &token()).code(), "AuthenticationFail.IDPMetadata.Invalid");
    assert_eq!(issuer.asked(), 0);

    let wrong = "902ef2deeb3c5b13ea4c3d5193629309e231ae55";
    let trusted = asked_by(vec![("SSL_CERT_FILE", file.display().to_string())]);
    let server = trusting(trusted, &issuer, &[("Fingerprints", wrong)]);
    let mismatch = "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch";
    assert_eq!(federate(&server, &token()).code(), mismatch);
    assert_eq!(issuer.asked(), 0, "a server that is not vouched for gets no request");
    let change = |action, print| {
        let parameters = [("OIDCProviderName", "idp"), ("Fingerprint", print)];
        server.must((Product::Ims, action), &parameters);
        federate(&server, &token())
    };
    assert_eq!(change("AddFingerprintToOIDCProvider", &print).status, 200, "one of two is enough");
    assert_eq!(change("RemoveFingerprintFromOIDCProvider", &print).code(), mismatch);
    assert_eq!(change("RemoveFingerprintFromOIDCProvider", wrong).status, 200, "no fingerprint");
}

#[test]
fn pinned_keys_ask_nobody_and_outlast_the_issuer() {
    let issuer = Issuer::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({"keys": [issuer.ec.public_jwk()]}).to_string()).unwrap();
    let pin = format!("{}={}", issuer.url, file.display());
    let server = server_with(&issuer, &["--issuer-keys", &pin]);
    assert_eq!(federate(&server, &issuer.ec.token(&issuer.claims()).unwrap()).status, 200);
    let other = federate(&server, &issuer.rsa.token(&issuer.claims()).unwrap());
    assert_eq!(other.code(), "AuthenticationFail.OIDCToken.Invalid");
    assert_eq!(issuer.asked(), 0);
}

#[test]
fn the_issuers_keys_may_change() {
    let issuer = Issuer::start();
    let server = server_with(&issuer, &LOOPBACK);
    let next = TokenSigner::generate(SignatureAlgorithm::Es256, "next").unwrap();
    assert_eq!(federate(&server, &issuer.ec.token(&issuer.claims()).unwrap()).status, 200);
    issuer.publish(&[next.public_jwk()]);
    let token = |signer: &TokenSigner| {
        let mut claims = issuer.claims();
        claims["exp"] = (claims["exp"].as_i64().unwrap() + 7200).into();
        signer.token(&claims).unwrap()
    };
    assert_eq!(
        federate(&server, &token(&next)).code(),
        "AuthenticationFail.OIDCToken.Invalid",
        "within the pause nobody is asked again"
    );
    server.advance(60);
    assert_eq!(federate(&server, &token(&next)).status, 200);
    let withdrawn = federate(&server, &token(&issuer.ec));
    assert_eq!(withdrawn.code(), "AuthenticationFail.OIDCToken.Invalid");
    server.advance(7200);
    let over = federate(&server, &next.token(&issuer.claims()).unwrap());
    assert_eq!(over.code(), "AuthenticationFail.OIDCToken.Expired");
}

#[test]
fn a_provider_and_its_end_outlast_a_kill() {
    let issuer = Issuer::start();
    let mut server = server_with(&issuer, &LOOPBACK);
    let answer = federate(&server, &issuer.ec.token(&issuer.claims()).unwrap());
    let session = read_credentials(&answer.json()["Credentials"]);
    let who = (Product::Sts, "GetCallerIdentity");
    server.kill_and_restart();
    assert_eq!(server.call(&session, who, &[]).status, 200);
    server.must((Product::Ims, "DeleteOIDCProvider"), &[("OIDCProviderName", "idp")]);
    server.kill_and_restart();
    assert_eq!(server.call(&session, who, &[]).code(), "InvalidSecurityToken.Malformed");
    let gone = federate(&server, &issuer.ec.token(&issuer.claims()).unwrap());
    assert_eq!((gone.status, &*gone.code()), (404, "EntityNotExist.OIDCProvider"));
}

#[test]
fn wrong_settings_of_issuers_are_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
    let empty = format!("https://idp.example.com={}", file.display());
    for (arguments, said) in [
        (["--issuer-network", "10.0.0.1/8"], "such as 10.0.0.0/8"),
        (["--issuer-network", "near"], "such as 10.0.0.0/8"),
        (["--issuer-keys", "keys.json"], "write ISSUER=FILE"),
        (["--issuer-keys", "https://idp.example.com=/nowhere"], "/nowhere"),
        (["--issuer-keys", &empty], "RS256 or ES256"),
    ] {
        let (status, log) = refuse(&Setup::default(), &arguments).expect("it must not serve");
        assert!(!status.success() && log.contains(said), "{arguments:?}: {log}");
    }
}
