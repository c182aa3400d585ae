//! V05, a verifier that the attacker chooses: what proves a caller is checked here, by this
//! server's keys and by the one method of its scheme, whatever the request says about either.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;

use crate::harness::{ALLOW_ALL, Object, Request, Scheme, Server, TRUST_ACCOUNT, credentials};

const WHO: (Product, &str) = (Product::Sts, "GetCallerIdentity");

/// Whether credentials are believed by any service.
fn is_believed(server: &Server, caller: &Credentials) -> bool {
    let calls = Scheme::RPC.into_iter().map(|scheme| server.request(scheme, caller, WHO, &[]));
    let objects =
        Scheme::OSS.into_iter().map(|scheme| Object::new(scheme, caller, "GET", ("", "")).sign());
    let mut believed = calls.chain(objects).map(|request| server.send(&request).status == 200);
    believed.by_ref().any(|good| good)
}

fn with_session() -> (Server, Credentials) {
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.role("admin", TRUST_ACCOUNT);
    let session = server.session(&user, "admin");
    (server, session)
}

/// A server is the only issuer that it knows: the same account, the same role, other keys.
#[test]
fn a_token_of_another_server_is_none() {
    let ((one, of_one), (two, of_two)) = (with_session(), with_session());
    assert!(is_believed(&one, &of_one) && is_believed(&two, &of_two));
    for (server, session) in [(&one, &of_two), (&two, &of_one)] {
        assert!(!is_believed(server, session));
    }
    // Nor is it one beside the key of a session that is good here.
    let token = of_two.security_token.as_ref().unwrap().expose();
    let mixed = credentials(&of_one.access_key_id, of_one.secret.expose(), Some(token));
    assert!(!is_believed(&one, &mixed));
}

/// Every byte of a token counts, its format and the version of its key among them.
#[test]
fn a_token_that_was_changed_is_none() {
    let (server, session) = with_session();
    let token = session.security_token.as_ref().unwrap().expose().clone();
    let with = |token: &str| {
        let changed = credentials(&session.access_key_id, session.secret.expose(), Some(token));
        server.call(&changed, WHO, &[])
    };
    assert_eq!(with(&token).status, 200);
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let answer = with(&String::from_utf8(changed).unwrap());
        assert!(answer.code().starts_with("InvalidSecurityToken"), "{index}: {answer:?}");
    }
    let shapes = [
        token.split_at(token.len() - 1).0.to_owned(),
        format!("{token}A"),
        format!("{token}="),
        token.replace('A', "+"),
        token.split_at(4).1.to_owned(),
        "CAIS".to_owned(),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.".to_owned(),
        r#"{"role":"admin"}"#.to_owned(),
        "A".repeat(20_000),
    ];
    for shape in shapes {
        let answer = with(&shape);
        assert!(answer.is_refused(), "{shape}: {answer:?}");
    }
}

/// The method is the scheme's: a request that names another one, a weaker one or none is refused
/// for that, before its signature is looked at.
#[test]
fn the_request_does_not_choose_the_method() {
    let (server, session) = with_session();
    let check = |request: &Request, what: &str| {
        let answer = server.send(request);
        assert!(answer.is_refused(), "{what}: {answer:?}");
        assert_ne!(answer.code(), "SignatureDoesNotMatch", "{what}: {answer:?}");
    };
    for caller in [&server.root, &session] {
        for method in ["", "none", "HMAC-SHA256", "HMAC-MD5", "RSA-SHA256", "hmac-sha1", "BEARER"] {
            let request = server.request(Scheme::RpcV1, caller, WHO, &[]);
            let changed = request.without("SignatureMethod").parameter("SignatureMethod", method);
            check(&changed, method);
        }
        for kind in ["BEARERTOKEN", "PRIVATEKEY", "none"] {
            let request = server.request(Scheme::RpcV1, caller, WHO, &[]);
            let request = request.parameter("SignatureType", kind).parameter("BearerToken", "x");
            check(&request, kind);
            check(&request.without("Signature"), kind);
        }
        for algorithm in
            ["ACS3-RSA-SHA256", "ACS3-HMAC-SM3", "ACS3-HMAC-SHA1", "ACS3-NONE", "acs", "Bearer"]
        {
            let mut request = server.request(Scheme::Acs3, caller, WHO, &[]);
            change_algorithm(&mut request, "ACS3-HMAC-SHA256", algorithm);
            check(&request, algorithm);
        }
        for algorithm in ["OSS4-HMAC-SHA1", "OSS4-NONE", "AWS4-HMAC-SHA256", "Bearer"] {
            let mut request = Object::new(Scheme::OssV4Header, caller, "GET", ("", "")).sign();
            change_algorithm(&mut request, "OSS4-HMAC-SHA256", algorithm);
            check(&request, algorithm);
        }
    }
    assert!(is_believed(&server, &session));
}

fn change_algorithm(request: &mut Request, from: &str, to: &str) {
    for (name, value) in &mut request.headers {
        if name == "authorization" {
            *value = value.replacen(from, to, 1);
        }
    }
}

/// Nothing in a request tells where to ask whether it is good.
#[test]
fn no_header_points_to_a_verifier() {
    let (server, session) = with_session();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let forged = credentials(&session.access_key_id, "x", Some("CAISx"));
    for name in [
        "x-acs-credentials-provider",
        "x-acs-sts-endpoint",
        "x-forwarded-host",
        "x-original-host",
        "forwarded",
        "x-acs-verify-url",
        "x-rewrite-url",
    ] {
        for scheme in Scheme::RPC {
            let request = server.request(scheme, &forged, WHO, &[]);
            let url = format!("http://{address}/");
            let answer = server.send(&request.header(name, &url));
            assert!(answer.is_refused(), "{name}: {answer:?}");
        }
    }
    assert!(listener.accept().is_err(), "the server asked somebody");
}
