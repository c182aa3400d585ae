//! V13, a signature as an oracle: a proof of one request buys that request and nothing else.

use rolecall_api::Product;

use crate::harness::{ACCOUNT, ALLOW_ALL, Object, Request, Scheme, Server, TRUST_ACCOUNT};

fn prepared() -> Server {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    for target in [("mine", ""), ("other", ""), ("mine", "a"), ("mine", "b"), ("other", "a")] {
        let put = Object::new(Scheme::OssV1Header, &server.root, "PUT", target).sign();
        assert_eq!(server.send(&put).status, 200);
    }
    server
}

/// A signed URL, or a signed header, offered where tokens are given.
#[test]
fn an_object_signature_buys_no_call() {
    let server = prepared();
    let user = server.user("alice", ALLOW_ALL);
    let before = server.audit();
    let arn = format!("acs:ram::{ACCOUNT}:role/admin");
    for (product, action) in [
        (Product::Sts, "AssumeRole"),
        (Product::Sts, "GetCallerIdentity"),
        (Product::Ram, "CreateAccessKey"),
    ] {
        for scheme in Scheme::OSS {
            for (method, target) in [
                ("GET", ("mine", "a")),
                ("GET", ("", "")),
                ("POST", ("", "")),
                ("POST", ("mine", "a")),
            ] {
                let signed = Object::new(scheme, &user, method, target).sign();
                let mut request = signed
                    .parameter("Action", action)
                    .parameter("Version", product.version())
                    .parameter("RoleArn", &arn)
                    .parameter("RoleSessionName", "session");
                request.path = "/".to_owned();
                for host in ["", "sts.aliyuncs.com", "ram.aliyuncs.com"] {
                    request.host = host.to_owned();
                    let answer = server.send(&request);
                    assert!(answer.is_refused(), "{action} {scheme:?} {method} {host}: {answer:?}");
                    assert!(!answer.text().contains("AccessKeySecret"), "{answer:?}");
                }
            }
        }
    }
    assert_eq!(server.audit(), before, "a call was believed");
}

/// A signed call, offered to the object service.
#[test]
fn a_call_signature_buys_no_object() {
    let server = prepared();
    for scheme in Scheme::RPC {
        for (method, path) in
            [("GET", "/mine/a"), ("PUT", "/mine/a"), ("GET", "/mine/"), ("DELETE", "/other/a")]
        {
            let call = (Product::Sts, "GetCallerIdentity");
            let mut request = server.request(scheme, &server.root, call, &[]);
            (request.method, request.path) = (method.to_owned(), path.to_owned());
            let answer = server.send(&request);
            assert!(answer.is_refused(), "{scheme:?} {method} {path}: {answer:?}");
            let mut request = server.request(scheme, &server.root, call, &[]);
            request.host = "mine.oss-cn-hangzhou.aliyuncs.com".to_owned();
            assert!(server.send(&request).is_refused(), "{scheme:?} by host");
        }
    }
}

type Change = Box<dyn Fn(&mut Request)>;

/// A signed object request, moved to another method, bucket, key or sub-resource.
#[test]
fn an_object_signature_does_not_move() {
    let server = prepared();
    for scheme in Scheme::OSS {
        let signed = || Object::new(scheme, &server.root, "GET", ("mine", "a")).sign();
        assert_eq!(server.send(&signed()).status, 200, "{scheme:?}");
        let moves: [(&str, Change); 9] = [
            ("method", Box::new(|it| it.method = "DELETE".to_owned())),
            ("put", Box::new(|it| it.method = "PUT".to_owned())),
            ("key", Box::new(|it| it.path = "/mine/b".to_owned())),
            ("bucket", Box::new(|it| it.path = "/other/a".to_owned())),
            ("to the bucket", Box::new(|it| it.path = "/mine/".to_owned())),
            ("to the service", Box::new(|it| it.path = "/".to_owned())),
            (
                "bucket by host",
                Box::new(|it| {
                    it.host = "other.oss-cn-hangzhou.aliyuncs.com".to_owned();
                    it.path = "/a".to_owned();
                }),
            ),
            ("sub-resource", Box::new(|it| it.query.push(("acl".to_owned(), String::new())))),
            (
                "header",
                Box::new(|it| {
                    it.headers.push(("x-oss-meta-a".to_owned(), "b".to_owned()));
                }),
            ),
        ];
        for (what, change) in &moves {
            let mut request = signed();
            change(&mut request);
            let answer = server.send(&request);
            assert_eq!(answer.status, 403, "{scheme:?} {what}: {answer:?}");
            assert_eq!(answer.code(), "SignatureDoesNotMatch", "{scheme:?} {what}");
        }
    }
}

/// A signed call, moved to another action, product, parameter, path, or host where that is signed.
#[test]
fn a_call_signature_does_not_move() {
    let server = prepared();
    let before = server.audit();
    for scheme in Scheme::RPC {
        let signed = || {
            let call = (Product::Ram, "GetRole");
            server.request(scheme, &server.root, call, &[("RoleName", "admin")])
        };
        let rename = |request: &mut Request, name: &str, header: &str, value: &str| {
            let pairs = request.query.iter_mut().chain(&mut request.headers);
            for (known, text) in pairs {
                if known == name || known == header {
                    value.clone_into(text);
                }
            }
        };
        let mut moved = vec![signed(), signed(), signed(), signed(), signed()];
        rename(&mut moved[0], "Action", "x-acs-action", "DeleteRole");
        rename(&mut moved[1], "Version", "x-acs-version", Product::Ecs.version());
        moved[2].body = b"RoleName=other".to_vec();
        moved[3].method = "GET".to_owned();
        moved[4].query.push(("Other".to_owned(), "a".to_owned()));
        if scheme == Scheme::Acs3 {
            let mut elsewhere = signed();
            elsewhere.host = "ram.aliyuncs.com".to_owned();
            moved.push(elsewhere);
        }
        for request in moved {
            let answer = server.send(&request);
            let code = answer.code();
            let expected = ["SignatureDoesNotMatch", "ContentMD5NotMatched"];
            assert!(expected.contains(&code.as_str()), "{scheme:?}: {answer:?}");
        }
        let mut clock = signed();
        clock.path = "/_rolecall/clock".to_owned();
        assert!(server.send(&clock).is_refused());
    }
    assert_eq!(server.audit(), before, "a call was believed");
}
