//! V07, two views of who signed: every operation and endpoint, with every kind of signature,
//! spoiled in every way, is executed for nobody.

use rolecall::reference::operations;
use rolecall_api::Style;
use rolecall_crypto::sign::Credentials;

use crate::harness::{
    ALLOW_ALL, Answer, Object, Request, Scheme, Server, TRUST_ACCOUNT, credentials, now,
};

/// Who signs wrongly: names of the ways, and the credentials of each.
fn impostors(server: &Server) -> Vec<(&'static str, Credentials)> {
    let user = server.user("alice", ALLOW_ALL);
    let other = server.user("bob", ALLOW_ALL);
    server.role("admin", TRUST_ACCOUNT);
    let session = server.session(&user, "admin");
    let id = user.access_key_id.as_str();
    let token = session.security_token.as_ref().unwrap().expose();
    let pair = |id: &str, secret: &Credentials, token: Option<&str>| {
        credentials(id, secret.secret.expose(), token)
    };
    vec![
        ("the key of another", pair(id, &other, None)),
        ("root by the key of a user", pair(&server.root.access_key_id, &user, None)),
        ("no token", pair(&session.access_key_id, &session, None)),
        ("an empty token", pair(&session.access_key_id, &session, Some(""))),
        ("a token of nobody", pair(&session.access_key_id, &session, Some("CAIS"))),
        ("a token with a permanent key", pair(id, &user, Some(token))),
        ("a session's id with a user's secret", pair(&session.access_key_id, &user, Some(token))),
        ("an unknown key", pair("LTAInobody", &user, None)),
        ("an empty key", pair("", &user, None)),
        ("an empty secret", credentials(id, "", None)),
    ]
}

/// Spoiled forms of a good request: each lacks something of the signature, or has a wrong one.
fn spoiled(request: &Request) -> Vec<(&'static str, Request)> {
    vec![
        ("a forged signature", request.clone().forged()),
        (
            "no signature",
            request
                .clone()
                .without("Signature")
                .without("x-oss-signature")
                .without("authorization"),
        ),
        (
            "no key",
            request
                .clone()
                .without("AccessKeyId")
                .without("OSSAccessKeyId")
                .without("x-oss-credential")
                .without("authorization"),
        ),
    ]
}

#[test]
fn no_rpc_operation_runs_for_an_impostor() {
    let server = Server::start();
    let impostors = impostors(&server);
    let before = server.audit();
    let mut cases = 0;
    let check = |answer: &Answer, case: &str| {
        assert!(answer.is_refused() && answer.code() != "ok", "{case}: {answer:?}");
    };
    for operation in operations() {
        let spec = operation.spec();
        if matches!(spec.product.style(), Style::Object) {
            continue;
        }
        let call = (spec.product, spec.action);
        for scheme in Scheme::RPC {
            for (way, impostor) in &impostors {
                let answer = server.send(&server.request(scheme, impostor, call, &[]));
                check(&answer, &format!("{} {scheme:?}: {way}", spec.action));
                cases += 1;
            }
            for (way, request) in spoiled(&server.request(scheme, &server.root, call, &[])) {
                let case = format!("{} {scheme:?}: {way}", spec.action);
                check(&server.send(&request), &case);
                cases += 1;
            }
        }
        for scheme in Scheme::OSS {
            let object = Object::new(scheme, &server.root, "POST", ("", "")).sign();
            let request = object
                .parameter("Action", spec.action)
                .parameter("Version", spec.product.version());
            check(&server.send(&request), &format!("{} {scheme:?}", spec.action));
            cases += 1;
        }
    }
    assert!(cases > 1_000, "{cases}");
    assert_eq!(server.audit(), before, "a call was believed");
}

/// Method, bucket, key, query.
type ObjectCall =
    (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const OBJECT_CALLS: [ObjectCall; 12] = [
    ("GET", "", "", &[]),
    ("PUT", "new", "", &[]),
    ("DELETE", "kept", "", &[]),
    ("GET", "kept", "", &[]),
    ("GET", "kept", "", &[("list-type", "2")]),
    ("GET", "kept", "", &[("bucketInfo", "")]),
    ("GET", "kept", "", &[("location", "")]),
    ("GET", "kept", "", &[("acl", "")]),
    ("GET", "kept", "object", &[]),
    ("HEAD", "kept", "object", &[]),
    ("PUT", "kept", "object", &[]),
    ("DELETE", "kept", "object", &[]),
];

#[test]
fn no_object_operation_runs_for_an_impostor() {
    let server = Server::start();
    let put = |target, body: &[u8]| {
        let mut request = Object::new(Scheme::OssV1Header, &server.root, "PUT", target).sign();
        request.body = body.to_vec();
        assert_eq!(server.send(&request).status, 200);
    };
    put(("kept", ""), b"");
    put(("kept", "object"), b"what is kept");
    let impostors = impostors(&server);
    for (method, bucket, key, query) in OBJECT_CALLS {
        let call = |scheme, caller| {
            Object { query, ..Object::new(scheme, caller, method, (bucket, key)) }.sign()
        };
        let check = |request: &Request, case: &str| {
            let answer = server.send(request);
            assert!(
                matches!(answer.status, 400 | 403),
                "{method} {bucket}/{key} {case}: {answer:?}"
            );
            assert!(!answer.text().contains("what is kept"), "{method} {bucket}/{key} {case}");
        };
        for scheme in Scheme::OSS {
            for (way, impostor) in &impostors {
                check(&call(scheme, impostor), &format!("{scheme:?}: {way}"));
            }
            for (way, request) in spoiled(&call(scheme, &server.root)) {
                check(&request, &format!("{scheme:?}: {way}"));
            }
        }
        check(
            &Request {
                query: call(Scheme::OssV1Header, &server.root).query,
                ..Request::plain(method, &format!("/{bucket}/{key}"))
            },
            "nobody",
        );
    }
    let object = Object::new(Scheme::OssV4Header, &server.root, "GET", ("kept", "object")).sign();
    assert_eq!(server.send(&object).body, b"what is kept");
    let buckets =
        server.send(&Object::new(Scheme::OssV4Header, &server.root, "GET", ("", "")).sign());
    assert!(!buckets.text().contains("<Name>new</Name>"), "{buckets:?}");
}

#[test]
fn nobody_but_the_root_key_moves_the_clock() {
    let server = Server::start();
    let user = server.user("carol", ALLOW_ALL);
    server.role("other-admin", TRUST_ACCOUNT);
    let session = server.session(&user, "other-admin");
    let mut callers = impostors(&server);
    callers.extend([("a user", user), ("a session", session)]);
    for (way, caller) in &callers {
        let answer = server.send(&Request::clock(caller, &server.address, 60));
        assert!(answer.is_refused(), "{way}: {answer:?}");
    }
    let good = Request::clock(&server.root, &server.address, 60);
    for (way, request) in spoiled(&good) {
        assert!(server.send(&request).is_refused(), "{way}");
    }
    let mut other = good.clone();
    other.body = b"{\"advance_seconds\":61}".to_vec();
    assert!(server.send(&other).is_refused(), "another body");
    for scheme in Scheme::OSS {
        let mut request = Object::new(scheme, &server.root, "POST", ("_rolecall", "clock")).sign();
        request.body = b"{\"advance_seconds\":60}".to_vec();
        assert!(server.send(&request).is_refused(), "{scheme:?}");
    }
    assert_eq!(server.metric("rolecall_clock_offset_seconds"), 0);
    assert_eq!(server.send(&good).status, 200);
    assert_eq!(server.metric("rolecall_clock_offset_seconds"), 60);
}

/// RPC V1 does not sign a body that is no form: one that says how far to move was never signed.
#[test]
fn an_unsigned_body_does_not_move_the_clock() {
    use rolecall_crypto::sign::{Call, rpc_v1};
    let server = Server::start();
    let (method, path) = ("POST", "/_rolecall/clock");
    let query = crate::harness::pairs(&[("Action", "AdvanceClock"), ("Version", "2026-01-01")]);
    let call = Call { method, host: &server.address, path, query: &query, headers: &[] };
    let query = rpc_v1(&server.root, &call, &[], now(), "nonce");
    let body = b"{\"advance_seconds\":60}".to_vec();
    let answer = server.send(&Request { query, body, ..Request::plain(method, path) });
    assert!(answer.is_refused(), "{answer:?}");
    assert_eq!(server.metric("rolecall_clock_offset_seconds"), 0);
}
