//! V02, identity from a client's header: a peer is where its socket says it is, whatever headers
//! that proxies add claim.

use rolecall_api::Product;

use crate::harness::{Object, Request, Scheme, Server};

/// What proxies and their users send.
const HEADERS: [&str; 12] = [
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "X-Forwarded",
    "Forwarded-For",
    "X-Client-IP",
    "Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "Via",
];

fn policy(condition: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":["ram:ListUsers","oss:*"],
"Resource":"*","Condition":{condition}}}]}}"#
    )
}

fn claims(request: &Request, address: &str, header: &str) -> Vec<Request> {
    let forwarded = format!("for={address};proto=https");
    [
        address.to_owned(),
        format!("{address}, 192.0.2.1"),
        format!("192.0.2.1, {address}"),
        forwarded,
    ]
    .iter()
    .map(|claim| request.clone().header(header, claim))
    .collect()
}

/// The decision of both protocols is the same with every header as with none.
fn check(name: &str, condition: &str, claimed: &str, allowed: bool) {
    let server = Server::start();
    let bucket =
        server.send(&Object::new(Scheme::OssV1Header, &server.root, "PUT", ("shared", "")).sign());
    assert_eq!(bucket.status, 200, "{bucket:?}");
    let user = server.user(name, &policy(condition));
    let list = || server.request(Scheme::Acs3, &user, (Product::Ram, "ListUsers"), &[]);
    let objects = Object::new(Scheme::OssV4Header, &user, "GET", ("shared", "")).sign();
    let expected = if allowed { 200 } else { 403 };
    assert_eq!(server.send(&list()).status, expected, "{name} without a header");
    assert_eq!(server.send(&objects).status, expected, "{name} without a header");
    for header in HEADERS {
        for claim in claims(&objects, claimed, header) {
            assert_eq!(server.send(&claim).status, expected, "{name} {header}");
        }
        for claim in 0..4 {
            let claim = claims(&list(), claimed, header).swap_remove(claim);
            assert_eq!(server.send(&claim).status, expected, "{name} {header}");
        }
    }
    let audit = server.audit();
    assert!(audit.contains(r#""sourceIpAddress":"127.0.0.1""#));
    assert!(!audit.contains(claimed) || claimed == "127.0.0.1", "a claim is in the audit trail");
}

#[test]
fn a_claimed_address_gives_nothing() {
    check("outside", r#"{"IpAddress":{"acs:SourceIp":["203.0.113.0/24"]}}"#, "203.0.113.9", false);
}

#[test]
fn a_claimed_address_takes_nothing() {
    check("inside", r#"{"IpAddress":{"acs:SourceIp":["127.0.0.1"]}}"#, "203.0.113.9", true);
}

#[test]
fn a_claimed_address_does_not_escape() {
    check("kept-out", r#"{"NotIpAddress":{"acs:SourceIp":["127.0.0.0/8"]}}"#, "203.0.113.9", false);
}

/// Whether a connection is TLS is a fact of the socket too.
#[test]
fn a_claimed_scheme_gives_nothing() {
    let server = Server::start();
    let user = server.user("secure", &policy(r#"{"Bool":{"acs:SecureTransport":"true"}}"#));
    for (header, claim) in [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Ssl", "on"),
        ("X-Url-Scheme", "https"),
        ("Front-End-Https", "on"),
        ("Forwarded", "proto=https"),
    ] {
        let request = server.request(Scheme::Acs3, &user, (Product::Ram, "ListUsers"), &[]);
        assert_eq!(server.send(&request.header(header, claim)).status, 403, "{header}");
    }
}
