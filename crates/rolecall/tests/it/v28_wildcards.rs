//! V28, wildcards and variables where they are none: a name in a request is a text, a pattern in a
//! policy is anchored at both ends, and `${…}` stands for itself.

use rolecall_api::{Access, Kind, Product};
use rolecall_crypto::sign::Credentials;
use serde_json::json;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, BUCKET, Object, Sample, Scheme, Server, TRUST_ACCOUNT, read_credentials,
};

/// Texts that stand as keys of objects, and as patterns of policies.
const TEXTS: &[&str] = &[
    "*",
    "?",
    "**",
    "*?",
    "a",
    "b",
    "ab",
    "abc",
    "a*",
    "*a",
    "*b",
    "a*c",
    "a?",
    "?b",
    "a?c",
    "a/b",
    "a/*",
    "*/b",
    "a*b",
    "aab",
    "secret",
    "secrets",
    "secre",
    "xsecret",
    "secret/1",
    "sec*",
    "SECRET",
    "${acs:username}",
    "${acs:*}",
    "$",
    "${",
    "$a",
    "\\*",
    "[a]",
    "[ab]",
    "a|b",
    "a.b",
    ".*",
    "a+b",
    "^a$",
    "{a,b}",
    "alice",
    "acs:username",
];

/// Whether a pattern covers a text: by its definition, letter by letter.
fn covers(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) if covers(rest, text) => true,
        (Some(('*', _)), Some((_, text))) => covers(pattern, text),
        (Some(('?', rest)), Some((_, text))) => covers(rest, text),
        (Some((letter, rest)), Some((other, text))) => letter == other && covers(rest, text),
        _ => false,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn session(server: &Server, user: &Credentials, action: &str, resource: &str) -> Credentials {
    let policy = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource},
    ]})
    .to_string();
    let answer = server.assume(user, "admin", &[("Policy", &policy)]);
    assert_eq!(answer.status, 200, "{policy}: {answer:?}");
    read_credentials(&answer.json()["Credentials"])
}

fn prepared() -> (Server, Credentials) {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, ""));
    assert_eq!(server.send(&put.sign()).status, 200);
    (server, user)
}

#[test]
fn a_key_is_a_text_and_a_pattern_is_anchored() {
    let (server, user) = prepared();
    let keys: Vec<&&str> = TEXTS.iter().filter(|text| !text.starts_with('\\')).collect();
    for key in &keys {
        let mut put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, key)).sign();
        put.body = key.as_bytes().to_vec();
        assert_eq!(server.send(&put).status, 200, "{key}");
    }
    let (mut allowed, mut denied) = (0, 0);
    for (index, pattern) in TEXTS.iter().enumerate() {
        let resource = format!("acs:oss:*:*:{BUCKET}/{pattern}");
        let caller = session(&server, &user, "oss:GetObject", &resource);
        for key in &keys {
            let scheme = Scheme::OSS[index % 4];
            let get = Object::new(scheme, &caller, "GET", (BUCKET, key)).sign();
            let answer = server.send(&get);
            if covers(&chars(pattern), &chars(key)) {
                assert_eq!(answer.text(), **key, "{pattern} {key}");
                allowed += 1;
            } else {
                assert_eq!(answer.code(), "AccessDenied", "{pattern} {key}: {answer:?}");
                denied += 1;
            }
        }
    }
    assert!(allowed > 100 && denied > 1_000, "{allowed} allowed, {denied} denied");
}

#[test]
fn an_action_is_anchored() {
    let (server, user) = prepared();
    for (action, expected) in [
        ("ram:ListUsers", true),
        ("RAM:LISTUSERS", true),
        ("ram:List*", true),
        ("*:ListUsers", true),
        ("ram:*Users", true),
        ("ram:ListUser?", true),
        ("*", true),
        ("ram:*", true),
        ("r?m:*", true),
        ("ram:ListUser", false),
        ("ram:ListUsersX", false),
        ("am:ListUsers", false),
        ("ram:istUsers", false),
        ("ram:ListUsers?", false),
        ("ram:Get*", false),
        ("?:ListUsers", false),
        ("ram:${x}*", false),
        ("ram:.*", false),
        ("ram:[L]istUsers", false),
        ("ra:*", false),
    ] {
        let caller = session(&server, &user, action, "*");
        let answer = server.call(&caller, (Product::Ram, "ListUsers"), &[]);
        assert_eq!(answer.status == 200, expected, "{action}: {answer:?}");
    }
}

/// What is named must be named: a wildcard in a request is no request for all.
#[test]
fn a_wildcard_in_a_request_names_nothing() {
    let (server, user) = prepared();
    let network = server.network();
    let own =
        [vec![server.instance(&network)], network.to_vec(), vec!["\"admin\"".to_owned()]].concat();
    let everything = format!("acs:*:*:{ACCOUNT}:*");
    let caller = session(&server, &user, "*", &everything);
    let mut tried = 0;
    for operation in rolecall::reference::operations() {
        let texts = operation
            .request()
            .iter()
            .filter(|field| matches!(field.kind, Kind::Text(_)) && field.choices.is_empty());
        for field in texts {
            let sample = Sample::of(operation, Some(field.name));
            let names = sample.needs(ACCOUNT).unwrap();
            let mut naming = false;
            for wild in ["*", "?*", "a*", "${acs:username}", "*/*"] {
                let other = sample.with(field.name, wild);
                let Some(asked) = other.needs(ACCOUNT) else { continue };
                naming |= asked != names;
                if !naming || other.is_object() {
                    continue;
                }
                for answer in other.send_all(&server, &caller) {
                    let case = format!("{} {}={wild}", sample.name(), field.name);
                    // A list of what has such a name is empty, and anything else is refused.
                    let found = own.iter().any(|name| answer.text().contains(name.as_str()));
                    let lists = operation.spec().access == Access::Read && !found;
                    assert!(answer.is_refused() || lists, "{case}: {answer:?}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 50, "{tried}");
    for name in ["*", "?", "a*", "${acs:username}", "a?b"] {
        for (action, field) in [
            ("CreateUser", "UserName"),
            ("CreateGroup", "GroupName"),
            ("CreateRole", "RoleName"),
            ("CreatePolicy", "PolicyName"),
        ] {
            let more = [
                (field, name),
                ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
                ("PolicyDocument", ALLOW_ALL),
            ];
            let parameters: Vec<_> = more
                .into_iter()
                .filter(|(known, _)| {
                    *known == field
                        || (*known == "PolicyDocument" && action == "CreatePolicy")
                        || (*known == "AssumeRolePolicyDocument" && action == "CreateRole")
                })
                .collect();
            let answer = server.call(&server.root, (Product::Ram, action), &parameters);
            assert_eq!(answer.status, 400, "{action} {name}: {answer:?}");
        }
    }
}
