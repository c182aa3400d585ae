//! V06, repeated parameters: what authenticates, or says what is asked for, is there once, in
//! whatever spelling and place; the rest of the matrix is in the tests of the signatures.

use rolecall_api::Product;
use rolecall_crypto::percent_encode;
use rolecall_crypto::sign::{self, Call, ObjectCall, Pairs};

use crate::harness::{Answer, Request, Scheme, Server, nonce, now, pairs};

const FIELDS: [&str; 16] = [
    "AccessKeyId",
    "Action",
    "Authorization",
    "Format",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
    "Timestamp",
    "Version",
    "UserName",
    "x-acs-action",
    "x-acs-date",
    "x-oss-date",
    "x-oss-security-token",
];

#[derive(Debug, Clone, Copy)]
enum Place {
    Query,
    Form,
    Header,
}

const PLACES: [(Place, Place); 6] = [
    (Place::Query, Place::Query),
    (Place::Form, Place::Form),
    (Place::Query, Place::Form),
    (Place::Header, Place::Header),
    (Place::Header, Place::Query),
    (Place::Header, Place::Form),
];

fn spellings(name: &str) -> [String; 3] {
    [name.to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase()]
}

/// The pairs in each place.
#[derive(Default)]
struct Extra {
    query: Pairs,
    form: Pairs,
    headers: Pairs,
}

impl Extra {
    fn of(field: &str, spelling: &str, (first, second): (Place, Place)) -> Self {
        let mut extra = Self::default();
        for (place, name) in [(first, field), (second, spelling)] {
            let pair = (name.to_owned(), "same".to_owned());
            match place {
                Place::Query => extra.query.push(pair),
                Place::Form => extra.form.push(pair),
                Place::Header => extra.headers.push(pair),
            }
        }
        extra
    }
}

/// A call that would make a user. What is repeated is signed as well, so that nothing but the
/// repetition is wrong with it.
fn create_user(server: &Server, scheme: Scheme, extra: Extra) -> Request {
    let (host, version) = (server.address.as_str(), Product::Ram.version());
    let form = [pairs(&[("UserName", "victim")]), extra.form].concat();
    let body = form
        .iter()
        .map(|(name, value)| format!("{}={value}", percent_encode(name.as_bytes())))
        .collect::<Vec<_>>()
        .join("&")
        .into_bytes();
    let kind = pairs(&[("content-type", "application/x-www-form-urlencoded")]);
    let (method, path) = ("POST", "/");
    let (query, headers) = if scheme == Scheme::RpcV1 {
        let named = pairs(&[("Action", "CreateUser"), ("Version", version)]);
        let query = [named, extra.query].concat();
        let call = Call { method, host, path, query: &query, headers: &[] };
        let query = sign::rpc_v1(&server.root, &call, &form, now(), &nonce());
        (query, [kind, extra.headers].concat())
    } else {
        let named = pairs(&[("x-acs-action", "CreateUser"), ("x-acs-version", version)]);
        let headers = [named, kind].concat();
        let query = extra.query;
        let call = Call { method, host, path, query: &query, headers: &headers };
        let signed = sign::acs3(&server.root, &call, &body, now(), &nonce());
        (query, [signed, extra.headers].concat())
    };
    Request { query, headers, body, ..Request::plain(method, path) }
}

/// A call that would make a bucket.
fn put_bucket(server: &Server, scheme: Scheme, extra: Extra) -> Request {
    let call = ObjectCall {
        method: "PUT",
        resource: Some(("victim", "")),
        query: &extra.query,
        headers: &[],
    };
    let signed = if scheme == Scheme::OssV1Header {
        sign::oss_v1(&server.root, &call, now())
    } else {
        sign::oss_v4(&server.root, &call, "cn-hangzhou", &[], now()).unwrap()
    };
    let headers = [signed, extra.headers].concat();
    Request { query: extra.query, headers, ..Request::plain("PUT", "/victim/") }
}

fn check(answer: &Answer, case: &str) {
    assert!(answer.is_refused(), "{case}: {answer:?}");
}

#[test]
fn every_rpc_call_with_a_repeated_field_is_refused() {
    let server = Server::start();
    let (mut cases, mut by_name) = (0, 0);
    for scheme in Scheme::RPC {
        for field in FIELDS {
            for places in PLACES {
                let header = matches!(places.0, Place::Header);
                if header && !field.starts_with("x-") && field != "Authorization" {
                    continue;
                }
                for spelling in spellings(field) {
                    let extra = Extra::of(field, &spelling, places);
                    let answer = server.send(&create_user(&server, scheme, extra));
                    check(&answer, &format!("{scheme:?} {field} {spelling} {places:?}"));
                    by_name += u32::from(answer.code() == "InvalidParameter.Repeated");
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 300 && by_name * 10 > cases * 8, "{by_name} of {cases} name the repetition");
    let users = server.ram("ListUsers", &[]).to_string();
    assert!(!users.contains("victim") && !users.contains("same"), "{users}");
    // The check can fail: without a repetition the call is served.
    for scheme in Scheme::RPC {
        let answer = server.send(&create_user(&server, scheme, Extra::default()));
        assert!(matches!(answer.status, 200 | 409), "{scheme:?}: {answer:?}");
    }
}

#[test]
fn every_object_call_with_a_repeated_field_is_refused() {
    let server = Server::start();
    for scheme in [Scheme::OssV1Header, Scheme::OssV4Header] {
        for field in FIELDS {
            for places in PLACES {
                let formless = !matches!(places.0, Place::Form) && !matches!(places.1, Place::Form);
                let header = matches!(places.0, Place::Header);
                let shared = field.starts_with("x-oss-") || field == "Authorization";
                if !formless || (header && !shared) {
                    continue;
                }
                for spelling in spellings(field) {
                    let extra = Extra::of(field, &spelling, places);
                    let answer = server.send(&put_bucket(&server, scheme, extra));
                    check(&answer, &format!("{scheme:?} {field} {spelling} {places:?}"));
                }
            }
        }
    }
    for scheme in [Scheme::OssV1Header, Scheme::OssV4Header] {
        let answer = server.send(&put_bucket(&server, scheme, Extra::default()));
        assert_eq!(answer.status, 200, "{scheme:?}: {answer:?}");
    }
}

/// A second `Host`, `Content-Type` or `Content-Length` is another way to read one request twice.
#[test]
fn headers_of_which_there_is_one() {
    let server = Server::start();
    for scheme in Scheme::RPC {
        for (name, value) in [
            ("Host", "other"),
            ("Content-Type", "application/json"),
            ("Content-Length", "0"),
            ("Content-MD5", "x"),
            ("Date", "x"),
        ] {
            let request = create_user(&server, scheme, Extra::default());
            let twice = request.header(name, value).header(&name.to_ascii_uppercase(), value);
            check(&server.send(&twice), &format!("{scheme:?} {name}"));
        }
    }
    assert!(!server.ram("ListUsers", &[]).to_string().contains("victim"));
}
