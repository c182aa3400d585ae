//! `rolecall explain`, `simulate` and `control-policy`: a person asks why, and what would help.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::Value;

use crate::harness::{ACCOUNT, ALLOW_ALL, Answer, Server, TRUST_ACCOUNT};

const NARROW: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:Get*",
"Resource":"acs:ram:*:*:user/*","Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/8"}}}]}"#;

/// What a command says, and how it ends.
fn rolecall(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let output = command.args(words).arg("--data").arg(folder).stdin(Stdio::null());
    let output = output.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn get_user(server: &Server, caller: &Credentials) -> Answer {
    server.call(caller, (Product::Ram, "GetUser"), &[("UserName", "alice")])
}

/// Makes what a remedy proposes, and attaches it to a user.
fn mend(server: &Server, said: &str, user: &str) {
    let document = said.lines().map(str::trim).find(|line| line.starts_with('{')).unwrap();
    server.ram("CreatePolicy", &[("PolicyName", "mended"), ("PolicyDocument", document)]);
    let attached = [("UserName", user), ("PolicyType", "Custom"), ("PolicyName", "mended")];
    server.ram("AttachPolicyToUser", &attached);
}

fn file(server: &Server, name: &str, text: &str) -> PathBuf {
    let path = server.data().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_denial_is_explained_and_mended() {
    let server = Server::start();
    let alice = server.user("alice", NARROW);
    let denied = get_user(&server, &alice);
    assert_eq!(denied.code(), "NoPermission");
    let body = denied.json();
    let message = body["AccessDeniedDetail"]["EncodedDiagnosticMessage"].as_str().unwrap();
    let (code, said) = rolecall(&server.data(), &["explain", message]);
    assert_eq!(code, Some(0), "{said}");
    for expected in [
        &format!("acs:ram::{ACCOUNT}:user/alice"),
        &format!("denied: ram:GetUser on acs:ram:*:{ACCOUNT}:user/alice"),
        "nearest: statement 1 of Custom policy `policy-of-alice` v1",
        "IpAddress acs:SourceIp [10.0.0.0/8] is not met: the request has [127.0.0.1]",
        "next: attach this policy to the user",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }

    // The same by the request's id, by the whole answer, and by a line of the audit trail.
    let id = body["RequestId"].as_str().unwrap();
    let trail = server.audit();
    let line = trail.lines().find(|line| line.contains(id) && line.contains("denial")).unwrap();
    for denial in [id, &body.to_string(), line] {
        assert_eq!(rolecall(&server.data(), &["explain", denial]), (Some(0), said.clone()));
    }

    // A line that was cut within a character hides no other.
    let path = server.data().join("audit.jsonl");
    let torn = [&b"{\"requestId\":\"\xc3\n"[..], server.audit().as_bytes()].concat();
    fs::write(&path, torn).unwrap();
    assert_eq!(rolecall(&server.data(), &["explain", id]), (Some(0), said.clone()));
    fs::write(&path, &trail).unwrap();

    mend(&server, &said, "alice");
    assert_eq!(get_user(&server, &alice).status, 200);
    assert_eq!(server.call(&alice, (Product::Ram, "ListUsers"), &[]).code(), "NoPermission");
}

#[test]
fn what_cannot_be_explained_is_told() {
    let server = Server::start();
    let alice = server.user("alice", ALLOW_ALL);
    let answer = get_user(&server, &alice).json();
    let id = answer["RequestId"].as_str().unwrap();
    let wrong = format!("AQEAAAAB{}", "A".repeat(60));
    for (denial, expected) in [
        (id, "no policy denied request"),
        ("nothing", "neither a diagnostic message nor a request"),
        (wrong.as_str(), "InvalidParameter.EncodedDiagnosticMessage"),
        ("{", "no JSON"),
        ("{}", "neither a diagnostic message nor a request id"),
    ] {
        let (code, said) = rolecall(&server.data(), &["explain", denial]);
        assert!(code == Some(1) && said.contains(expected), "{denial}: {said}");
    }
}

#[test]
fn a_question_is_answered_beforehand() {
    let server = Server::start();
    server.user("alice", NARROW);
    server.role("web", TRUST_ACCOUNT);
    let ask = |more: &[&str]| {
        let words = ["simulate", "--principal", "user/alice", "--action", "ram:GetUser"];
        let words = [&words[..], &["--resource", "acs:ram:*:*:user/alice"], more].concat();
        rolecall(&server.data(), &words)
    };
    let (code, said) = ask(&[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("the request does not have the key"), "{said}");
    let (code, said) = ask(&["--context", "acs:SourceIp=10.1.2.3"]);
    assert!(code == Some(0) && said.starts_with("allowed: ram:GetUser"), "{said}");
    let (code, said) = ask(&["--context", "acs:SourceIp"]);
    assert!(code == Some(1) && said.contains("KEY=VALUE"), "{said}");

    let policy = file(&server, "session.json", NARROW);
    let web = ["simulate", "--principal", "role/web", "--action", "ram:GetUser", "--resource", "*"];
    assert_eq!(rolecall(&server.data(), &web).0, Some(0));
    let policy = ["--session-policy", policy.to_str().unwrap()];
    let (code, said) = rolecall(&server.data(), &[&web[..], &policy].concat());
    assert!(code == Some(3) && said.contains("the session's policy"), "{said}");
    file(
        &server,
        "session.json",
        "{\"Version\": \"1\",\n \"Statement\": [{\"Effect\": \"allow\"}]}",
    );
    let (code, said) = rolecall(&server.data(), &[&web[..], &policy].concat());
    let place = "line 2, column 27: statement 1, Effect: must be";
    assert!(code == Some(1) && said.contains(place), "{said}");
    for words in [
        &["simulate"][..],
        &["simulate", "--principal", "root"],
        &["simulate", "file", "--principal", "root", "--action", "a:b", "--resource", "*"],
        &["simulate", "--junit", "x", "--principal", "root", "--action", "a:b", "--resource", "*"],
    ] {
        assert_eq!(rolecall(&server.data(), words).0, Some(2), "{words:?}");
    }
}

#[test]
fn a_file_of_cases_is_checked_for_ci() {
    let server = Server::start();
    server.user("alice", NARROW);
    let good = "
- name: from the office <1>
  principal: user/alice
  action: ram:GetUser
  resource: acs:ram:*:*:user/alice
  context: {acs:SourceIp: 10.1.2.3}
  expect: allow
- principal: user/alice
  action: ram:DeleteUser
  resource: acs:ram:*:*:user/alice
  expect: deny
";
    let cases = file(&server, "cases.yaml", good);
    let report = server.data().join("report.xml");
    let words = ["simulate", cases.to_str().unwrap(), "--junit", report.to_str().unwrap()];
    let (code, said) = rolecall(&server.data(), &words);
    assert!(code == Some(0) && said.contains("2 cases, 0 failed"), "{said}");
    let xml = fs::read_to_string(&report).unwrap();
    assert!(xml.contains(r#"tests="2" failures="0" errors="0""#), "{xml}");
    assert!(xml.contains("from the office &lt;1&gt;"), "{xml}");

    let bad = good.replace("expect: deny", "expect: allow")
        + "- {principal: user/bob, action: 'a:b', resource: '*', expect: deny}\n";
    fs::write(&cases, bad).unwrap();
    let (code, said) = rolecall(&server.data(), &words);
    assert!(code == Some(3) && said.contains("3 cases, 2 failed"), "{said}");
    let xml = fs::read_to_string(&report).unwrap();
    assert!(xml.contains(r#"tests="3" failures="1" errors="1""#), "{xml}");
    assert!(xml.contains("<failure message=\"expected allow\">denied: ram:DeleteUser"), "{xml}");
    assert!(xml.contains("there is no user/bob"), "{xml}");

    for (text, expected) in
        [("[]", "no case"), ("- {principal: a}", "missing"), ("[", "read cases")]
    {
        fs::write(&cases, text).unwrap();
        let (code, said) = rolecall(&server.data(), &words);
        assert!(code == Some(1) && said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn a_control_policy_bounds_the_account_until_it_is_cleared() {
    let mut server = Server::start();
    let alice = server.user("alice", ALLOW_ALL);
    let none = rolecall(&server.data(), &["control-policy", "get"]);
    assert_eq!(none, (Some(0), "the account has no control policy\n".to_owned()));
    let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"ram:GetUser","Resource":"*"}]}"#;
    let path = file(&server, "control.json", text);
    let set = ["control-policy", "set", path.to_str().unwrap()];
    assert_eq!(rolecall(&server.data(), &set).0, Some(0));
    let get = rolecall(&server.data(), &["control-policy", "get"]);
    assert_eq!(get, (Some(0), format!("{text}\n")));
    let check = |server: &Server| {
        let denied = get_user(server, &alice).json();
        assert_eq!(denied["AccessDeniedDetail"]["PolicyType"], "ControlPolicy", "{denied}");
        assert_eq!(get_user(server, &server.root).status, 200, "the account itself");
        let id = denied["RequestId"].as_str().unwrap();
        let (_, said) = rolecall(&server.data(), &["explain", id]);
        assert!(said.contains("Deny in statement 2 of the control policy"), "{said}");
    };
    check(&server);
    server.kill_and_restart();
    check(&server);

    fs::write(&path, "\n {}").unwrap();
    let (code, said) = rolecall(&server.data(), &set);
    assert!(code == Some(1) && said.contains("MalformedPolicyDocument"), "{said}");
    assert!(said.contains("line 2, column 2: Version: is missing"), "{said}");
    check(&server);
    assert_eq!(rolecall(&server.data(), &["control-policy", "clear"]).0, Some(0));
    assert_eq!(get_user(&server, &alice).status, 200);
    // The end by force leaves an empty line.
    let trail = server.audit();
    let lines = trail.lines().filter(|line| !line.is_empty());
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in ["SetControlPolicy", "ClearControlPolicy"] {
        assert!(events.iter().any(|line| line["eventName"] == event), "{event}");
    }
}
