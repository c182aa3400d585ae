//! V29, case, Unicode and percent encoding: what a policy is asked about is, byte for byte, what is
//! read and written; two names that look alike are two names.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::json;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Answer, BUCKET, Dice, Object, Request, Scheme, Server, TRUST_ACCOUNT,
    read_credentials,
};

/// Keys that some layer somewhere takes for one another.
const ALIKE: &[&[&str]] = &[
    &[
        "key",
        "Key",
        "KEY",
        "kеy",
        "ｋｅｙ",
        "key ",
        " key",
        "key.",
        "key\u{200b}",
        "key\u{ad}",
        "key\u{0}",
    ],
    &["é", "e\u{301}", "É", "%C3%A9", "e", "è", "ｅ\u{301}"],
    &["Å", "\u{212b}", "A\u{30a}"],
    &["ß", "ss", "ẞ", "SS", "ſs"],
    &["I", "i", "ı", "İ", "i\u{307}"],
    &["ﬁ", "fi"],
    &[
        "dir/a",
        "dir//a",
        "dir/./a",
        "dir/../dir/a",
        "dir%2Fa",
        "dir\\a",
        "dir/a/",
        "dir∕a",
        "dir／a",
    ],
    &["a b", "a+b", "a%20b", "a%2Bb", "a%2520b", "a\u{a0}b", "a\tb"],
    &["..", ".", "...", "%2e%2e", "․․"],
    &["a?acl", "a%3Facl", "a&acl", "a#acl", "a;acl", "a=acl"],
    &["a\nb", "a\r\nb", "a%0Ab", "a\u{2028}b", "a\\nb"],
];

fn prepared() -> (Server, Credentials) {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, ""));
    assert_eq!(server.send(&put.sign()).status, 200);
    (server, user)
}

fn bounded(server: &Server, user: &Credentials, resource: &str) -> Credentials {
    let policy = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": resource},
    ]});
    let answer = server.assume(user, "admin", &[("Policy", &policy.to_string())]);
    assert_eq!(answer.status, 200, "{policy}: {answer:?}");
    read_credentials(&answer.json()["Credentials"])
}

#[test]
fn keys_that_look_alike_are_not_one() {
    let (server, user) = prepared();
    for (index, group) in ALIKE.iter().enumerate() {
        for key in *group {
            let mut put =
                Object::new(Scheme::OSS[index % 4], &server.root, "PUT", (BUCKET, key)).sign();
            put.body = key.as_bytes().to_vec();
            let answer = server.send(&put);
            assert_eq!(answer.status, 200, "{key:?}: {answer:?}");
        }
    }
    let mut pairs = 0;
    for group in ALIKE {
        for own in *group {
            // A wildcard in the policy covers more, and is another group's case.
            if own.contains(['?', '*']) {
                continue;
            }
            let caller = bounded(&server, &user, &format!("acs:oss:*:*:{BUCKET}/{own}"));
            for key in *group {
                for scheme in Scheme::OSS {
                    let get = Object::new(scheme, &caller, "GET", (BUCKET, key)).sign();
                    let answer = server.send(&get);
                    if key == own {
                        assert_eq!(answer.body, key.as_bytes(), "{own:?}");
                    } else {
                        assert_eq!(answer.code(), "AccessDenied", "{own:?} {key:?}: {answer:?}");
                        pairs += 1;
                    }
                }
            }
        }
    }
    assert!(pairs > 1_000, "{pairs}");
    // Each is there once, with bytes of its own.
    let all: BTreeSet<&str> = ALIKE.iter().copied().flatten().copied().collect();
    for key in &all {
        let get = Object::new(Scheme::OssV4Header, &server.root, "GET", (BUCKET, key)).sign();
        assert_eq!(server.send(&get).body, key.as_bytes(), "{key:?}");
    }
}

/// A key with some of its bytes written in another way.
fn respelled(key: &str, dice: &Dice) -> String {
    let mut path = String::new();
    for byte in key.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        match dice.below(3) {
            0 if plain => path.push(char::from(byte)),
            1 => write!(path, "%{byte:02x}").unwrap(),
            _ => write!(path, "%{byte:02X}").unwrap(),
        }
    }
    path
}

#[test]
fn one_key_in_many_encodings_is_one() {
    let (server, user) = prepared();
    let dice = Dice::new(29);
    for key in ["dir/a b+c%d/é", "a..b/~x", "中文/键"] {
        let mut put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, key)).sign();
        put.body = key.as_bytes().to_vec();
        assert_eq!(server.send(&put).status, 200);
        let right = bounded(&server, &user, &format!("acs:oss:*:*:{BUCKET}/{key}"));
        let wrong = bounded(&server, &user, &format!("acs:oss:*:*:{BUCKET}/{key}x"));
        for _ in 0..100 {
            let path = format!("/{BUCKET}/{}", respelled(key, &dice));
            for scheme in Scheme::OSS {
                let get = |caller| {
                    let signed = Object::new(scheme, caller, "GET", (BUCKET, key)).sign();
                    server.send(&Request { path: path.clone(), ..signed })
                };
                assert_eq!(get(&right).body, key.as_bytes(), "{path}");
                assert_eq!(get(&wrong).code(), "AccessDenied", "{path}");
            }
        }
    }
}

/// Bytes that are no UTF-8, or UTF-8 in a longer way than there is.
#[test]
fn what_is_no_text_is_refused() {
    let (server, _) = prepared();
    let forms = [
        "%ff",
        "%c0%af",
        "%c1%81",
        "%e0%80%af",
        "%f0%80%80%af",
        "%ed%a0%80",
        "%ed%bf%bf",
        "%f4%90%80%80",
        "%f8%88%80%80%80",
        "%80",
        "%c3",
        "%e4%b8",
        "%",
        "%4",
        "%zz",
        "%u0041",
        "%%41",
    ];
    let is_refused = |answer: &Answer| answer.is_refused() && answer.status != 404;
    for form in forms {
        for scheme in Scheme::OSS {
            let signed = Object::new(scheme, &server.root, "GET", (BUCKET, "key")).sign();
            let path = format!("/{BUCKET}/{form}");
            let answer = server.send(&Request { path, ..signed.clone() });
            assert!(is_refused(&answer), "{scheme:?} path {form}: {answer:?}");
            let bytes = String::from_utf8(signed.bytes(&server.address)).unwrap();
            let query = if signed.query.is_empty() { "?" } else { "&" };
            let bytes = bytes.replacen(" HTTP/1.1", &format!("{query}x={form} HTTP/1.1"), 1);
            let answer = Answer::read(&server.address, bytes.as_bytes());
            assert!(is_refused(&answer), "{scheme:?} query {form}: {answer:?}");
        }
        for scheme in Scheme::RPC {
            let call = (Product::Ram, "GetUser");
            let mut request = server.request(scheme, &server.root, call, &[("UserName", "x")]);
            request.body = format!("UserName={form}").into_bytes();
            let answer = server.send(&request);
            assert!(is_refused(&answer), "{scheme:?} form {form}: {answer:?}");
        }
    }
    for name in ["алиса", "ａlice", "alic\u{435}", "alice\u{301}", "ALİCE", "аdmin"] {
        let answer = server.call(&server.root, (Product::Ram, "CreateUser"), &[("UserName", name)]);
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
    }
}

/// The spellings of RAM's names: a denial is not evaded by another case.
#[test]
fn a_denial_holds_in_every_case() {
    let (server, _) = prepared();
    for (kind, field, create, action) in [
        ("user", "UserName", "CreateUser", "GetUser"),
        ("group", "GroupName", "CreateGroup", "GetGroup"),
        ("role", "RoleName", "CreateRole", "GetRole"),
        ("policy", "PolicyName", "CreatePolicy", "DeletePolicy"),
    ] {
        let trust = [("AssumeRolePolicyDocument", TRUST_ACCOUNT)];
        let document = [("PolicyDocument", ALLOW_ALL)];
        let more: &[_] = match kind {
            "role" => &trust,
            "policy" => &document,
            _ => &[],
        };
        server.ram(create, &[&[(field, "Target")], more].concat());
        let denied = format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","Action":"*","Resource":"acs:ram:*:{ACCOUNT}:{kind}/Target"}}]}}"#
        );
        let caller = server.user(&format!("denied-{kind}"), &denied);
        for spelling in ["Target", "target", "TARGET", "tArGeT"] {
            let answer = server.call(&caller, (Product::Ram, action), &[(field, spelling)]);
            let code = answer.code();
            // What is spelled otherwise is denied, or is nothing; it is never what was denied.
            let nothing = code.starts_with("EntityNotExist") && spelling != "Target";
            assert!(code == "NoPermission" || nothing, "{action} {spelling}: {answer:?}");
        }
        let answer = server.call(
            &server.root,
            (Product::Ram, create),
            &[&[(field, "TARGET")], more].concat(),
        );
        assert!(answer.code().starts_with("EntityAlreadyExists"), "{create}: {answer:?}");
    }
}

/// An operation's name is written in one way.
#[test]
fn an_operation_has_one_spelling() {
    let (server, _) = prepared();
    for action in [
        "listusers",
        "LISTUSERS",
        "ListUsers ",
        " ListUsers",
        "List Users",
        "ListUsers\u{0}",
        "ListUserѕ",
        "ListUsers/",
        "%4cistUsers",
    ] {
        for scheme in Scheme::RPC {
            let answer =
                server.send(&server.request(scheme, &server.root, (Product::Ram, action), &[]));
            let trimmed = scheme == Scheme::Acs3 && action.trim() == "ListUsers";
            assert!(answer.is_refused() || trimmed, "{scheme:?} {action:?}: {answer:?}");
        }
    }
    assert_eq!(server.call(&server.root, (Product::Ram, "ListUsers"), &[]).status, 200);
}
