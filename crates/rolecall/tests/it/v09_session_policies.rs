//! V09, escape from a session policy: a session may do what its role and its session policy both
//! allow, for every operation; and no policy is not the same as an empty one.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::json;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Answer, Sample, Scheme, Server, TRUST_ACCOUNT, TRUST_ECS, catalogue,
    read_credentials,
};

const ASSUME: (Product, &str) = (Product::Sts, "AssumeRole");

/// Asks for a session of a role, with a session policy or without one.
fn assume(
    server: &Server,
    scheme: Scheme,
    caller: &Credentials,
    role: &str,
    policy: Option<&str>,
) -> Answer {
    let arn = format!("acs:ram::{ACCOUNT}:role/{role}");
    let mut parameters = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
    parameters.extend(policy.map(|policy| ("Policy", policy)));
    server.send(&server.request(scheme, caller, ASSUME, &parameters))
}

fn session(server: &Server, caller: &Credentials, role: &str, policy: Option<&str>) -> Credentials {
    let answer = assume(server, Scheme::Acs3, caller, role, policy);
    assert_eq!(answer.status, 200, "{policy:?}: {answer:?}");
    read_credentials(&answer.json()["Credentials"])
}

fn prepared() -> (Server, Credentials) {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    (server, user)
}

/// A policy that allows everything but the first check of a call.
fn all_but(sample: &Sample) -> String {
    let first = sample.needs(ACCOUNT).unwrap().remove(0).action;
    json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "NotAction": first, "Resource": "*"},
    ]})
    .to_string()
}

/// A policy that allows everything and denies the checks of a call.
fn denying(sample: &Sample) -> String {
    let allow: serde_json::Value = serde_json::from_str(ALLOW_ALL).unwrap();
    let mut deny: serde_json::Value = serde_json::from_str(&sample.policy("Deny")).unwrap();
    let statements = deny["Statement"].as_array_mut().unwrap();
    statements.push(allow["Statement"][0].clone());
    deny.to_string()
}

#[test]
fn every_operation_is_bounded_by_the_session_policy() {
    let (server, user) = prepared();
    let other = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:Decrypt",
        "Resource":"*"}]}"#;
    let (whole, narrow) =
        (session(&server, &user, "admin", None), session(&server, &user, "admin", Some(other)));
    let all = session(&server, &user, "admin", Some(ALLOW_ALL));
    let (mut denied, mut passed) = (0, 0);
    for sample in catalogue() {
        let exact = session(&server, &user, "admin", Some(&sample.policy("Allow")));
        let less = session(&server, &user, "admin", Some(&all_but(&sample)));
        let against = session(&server, &user, "admin", Some(&denying(&sample)));
        for (way, caller) in [("other", &narrow), ("less", &less), ("against", &against)] {
            sample.prepare(&server);
            for answer in sample.send_all(&server, caller) {
                let expected = !sample.is_exempt();
                let case = format!("{} {way}: {answer:?}", sample.name());
                assert_eq!(sample.is_denied(&answer), expected, "{case}");
                denied += u32::from(expected);
            }
        }
        for (way, caller) in [("no policy", &whole), ("all", &all), ("exact", &exact)] {
            sample.prepare(&server);
            for answer in sample.send_all(&server, caller) {
                assert!(!sample.is_denied(&answer), "{} {way}: {answer:?}", sample.name());
                passed += 1;
            }
        }
    }
    assert!(denied > 400 && passed > 400, "{denied} denied, {passed} passed");
}

#[test]
fn an_empty_policy_is_not_none() {
    let (server, user) = prepared();
    let read = (Product::Ram, "ListUsers");
    for scheme in Scheme::RPC {
        for empty in ["", " ", "{}", "[]", "null", r#""""#, r#"{"Version":"1","Statement":[]}"#] {
            let answer = assume(&server, scheme, &user, "admin", Some(empty));
            assert_eq!(answer.status, 400, "{scheme:?} {empty:?}: {answer:?}");
            assert_eq!(answer.code(), "InvalidParameter.PolicyGrammar", "{scheme:?} {empty:?}");
            assert!(!answer.text().contains("SecurityToken"), "{answer:?}");
        }
        let whole = assume(&server, scheme, &user, "admin", None);
        let whole = read_credentials(&whole.json()["Credentials"]);
        assert_eq!(server.call(&whole, read, &[]).status, 200, "{scheme:?}");
    }
    // Where the parameter stands in the query, with a value and without one.
    let arn = format!("acs:ram::{ACCOUNT}:role/admin");
    for scheme in Scheme::RPC {
        let more = [("RoleArn", arn.as_str()), ("RoleSessionName", "session"), ("Policy", "")];
        for without_sign in [false, true] {
            let request = server.query_request(scheme, &user, ASSUME, &more);
            let mut text = String::from_utf8(request.bytes(&server.address)).unwrap();
            if without_sign {
                text = text.replace("Policy=&", "Policy&").replace("Policy= ", "Policy ");
            }
            let answer = Answer::read(&server.address, text.as_bytes());
            assert_eq!(answer.code(), "InvalidParameter.PolicyGrammar", "{scheme:?}: {answer:?}");
        }
        let answer = server.query_request(scheme, &user, ASSUME, &more[..2]).send(&server.address);
        assert_eq!(answer.status, 200, "{scheme:?}: {answer:?}");
    }
}

/// The session policy of an instance's role is the same parameter of another call.
#[test]
fn an_empty_policy_of_an_attachment_is_not_none() {
    let server = Server::start();
    server.role("web", TRUST_ECS);
    let attach = (Product::Ecs, "AttachInstanceRamRole");
    for scheme in Scheme::RPC {
        for empty in ["", " ", "{}", r#"{"Version":"1","Statement":[]}"#] {
            let named = [("InstanceIds", r#"["i-bp1"]"#), ("RamRoleName", "web")];
            let parameters = [&named[..], &[("Policy", empty)]].concat();
            let answer = server.send(&server.request(scheme, &server.root, attach, &parameters));
            assert_eq!(answer.code(), "InvalidParameter", "{scheme:?} {empty:?}: {answer:?}");
            let answer = server.send(&server.request(scheme, &server.root, attach, &named));
            assert_eq!(answer.code(), "InvalidInstanceId.NotFound", "{scheme:?}: {answer:?}");
        }
    }
}
