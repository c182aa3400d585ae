//! `rolecall sessions`: a person lists sessions and takes them back; also what a restart keeps.

use std::path::Path;
use std::process::Command;

use rolecall_api::Product;

use crate::harness::{ALLOW_ALL, Server, TRUST_ACCOUNT};

/// What the command says, and how it ends.
fn sessions(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let output = command.arg("sessions").args(words).arg("--data").arg(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

const WHO: (Product, &str) = (Product::Sts, "GetCallerIdentity");

#[test]
fn sessions_are_listed_and_taken_back() {
    let mut server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.role("web", TRUST_ACCOUNT);
    server.role("batch", TRUST_ACCOUNT);
    let (web, batch) = (server.session(&user, "web"), server.session(&user, "batch"));
    let folder = server.data();

    let (code, all) = sessions(&folder, &["list"]);
    assert_eq!((code, all.lines().count()), (Some(0), 2), "{all}");
    let (_, only) = sessions(&folder, &["list", "--role", "web"]);
    assert!(only.contains("assumed-role/web/session") && only.contains("user/alice"), "{only}");
    let id = only.split_whitespace().next().unwrap();

    let (code, said) = sessions(&folder, &["revoke", "--session", id]);
    assert_eq!((code, said), (Some(0), format!("session {id} is taken back\n")));
    assert_eq!(server.call(&web, WHO, &[]).code(), "InvalidSecurityToken.Malformed");
    assert_eq!(server.call(&batch, WHO, &[]).status, 200);
    assert_eq!(sessions(&folder, &["list"]).1.lines().count(), 1);

    // Both are known after the process was killed: what is taken back stays so.
    server.kill_and_restart();
    assert_eq!(server.call(&web, WHO, &[]).code(), "InvalidSecurityToken.Malformed");
    assert_eq!(server.call(&batch, WHO, &[]).status, 200);
    let (code, said) = sessions(&folder, &["revoke", "--role", "batch"]);
    assert!(code == Some(0) && said.starts_with("sessions made before 20"), "{said}");
    assert_eq!(server.call(&batch, WHO, &[]).code(), "InvalidSecurityToken.Malformed");
    assert_eq!(server.call(&server.session(&user, "batch"), WHO, &[]).status, 200);
}

#[test]
fn wrong_use_is_told_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["revoke"][..],
        &["revoke", "--all"],
        &["revoke", "--role", "web", "--session", "x"],
        &["revoke", "--session", "x", "--issued-before", "2020-01-01T00:00:00Z"],
        &["list", "--session", "x"],
    ] {
        let (code, said) = sessions(folder.path(), words);
        assert_eq!(code, Some(2), "{words:?}: {said}");
    }
    let (code, said) = sessions(folder.path(), &["list"]);
    assert!(code == Some(1) && said.contains("rolecall dev"), "{said}");
}

#[test]
fn refusals_are_told_with_their_code() {
    let server = Server::start();
    for (words, expected) in [
        (&["revoke", "--role", "none"][..], "EntityNotExist.Role"),
        (&["revoke", "--session", "none"], "InvalidParameter.SessionId"),
        (&["revoke", "--all", "--issued-before", "tomorrow"], "InvalidParameter.IssuedBefore"),
    ] {
        let (code, said) = sessions(&server.data(), words);
        assert!(code == Some(1) && said.contains(expected), "{words:?}: {said}");
    }
}

#[test]
fn an_orderly_end_keeps_when_a_key_was_used() {
    let mut server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.call(&user, WHO, &[]);
    let key = [("UserName", "alice"), ("UserAccessKeyId", user.access_key_id.as_str())];
    let before = server.ram("GetAccessKeyLastUsed", &key);
    assert!(before["AccessKeyLastUsed"]["LastUsedDate"].as_str().unwrap().starts_with("20"));
    server.restart();
    assert_eq!(
        server.ram("GetAccessKeyLastUsed", &key)["AccessKeyLastUsed"],
        before["AccessKeyLastUsed"]
    );
}
