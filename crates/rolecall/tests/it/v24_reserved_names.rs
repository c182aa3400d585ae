//! V24, reserved names in another spelling: nothing that is named like a policy of the system, like
//! the account itself or like something that was deleted is taken for it.

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Dice, Object, Sample, Scheme, Server, read_credentials, signed_operations,
};

/// Spellings of a name: those that its characters allow, and those that they do not.
fn spellings(name: &str, dice: &Dice) -> (Vec<String>, Vec<String>) {
    let mut plain = vec![name.to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase()];
    for _ in 0..60 {
        let letters = name.chars().map(|letter| match dice.below(2) {
            0 => letter.to_ascii_lowercase(),
            _ => letter.to_ascii_uppercase(),
        });
        plain.push(letters.collect());
    }
    let mut strange = Vec::new();
    for (from, to) in [
        ("a", "а"),
        ("a", "ａ"),
        ("e", "е"),
        ("i", "ı"),
        ("o", "ο"),
        ("s", "ſ"),
        ("c", "с"),
        ("A", "Α"),
        ("c", "ｃ"),
        ("r", "ｒ"),
    ] {
        if name.contains(from) {
            strange.push(name.replacen(from, to, 1));
        }
    }
    for extra in [
        " ", "\t", "\n", "\r", "\u{0}", "\u{a0}", "\u{ad}", "\u{200b}", "\u{200d}", "\u{202e}",
        "\u{feff}", "\u{301}", "/", "\\", "*", "?", "%", "%20", "%00", "${x}", ":", ";", "@",
    ] {
        let (head, tail) = name.split_at(name.len() / 2);
        strange.push(format!("{name}{extra}"));
        strange.push(format!("{extra}{name}"));
        strange.push(format!("{head}{extra}{tail}"));
    }
    (plain, strange)
}

#[test]
fn no_policy_is_named_like_one_of_the_system() {
    let (server, dice) = (Server::start(), Dice::new(24));
    let create = |name: &str| {
        let parameters = [("PolicyName", name), ("PolicyDocument", ALLOW_ALL)];
        server.call(&server.root, (Product::Ram, "CreatePolicy"), &parameters)
    };
    let all = server.ram("ListPolicies", &[("PolicyType", "System"), ("MaxItems", "100")]);
    let names = all["Policies"]["Policy"].as_array().unwrap();
    let names: Vec<&str> = names.iter().map(|one| one["PolicyName"].as_str().unwrap()).collect();
    assert!(names.len() > 40 && names.contains(&"AdministratorAccess"), "{names:?}");
    let mut refused = 0;
    for name in &names {
        let (plain, strange) = spellings(name, &dice);
        // Of all names each kind of spelling; of the most powerful one all of them.
        let most = if *name == "AdministratorAccess" { usize::MAX } else { 4 };
        for spelling in plain.iter().take(most) {
            let answer = create(spelling);
            assert_eq!(answer.code(), "EntityAlreadyExists.Policy", "{spelling}");
            refused += 1;
        }
        for spelling in strange.iter().take(most) {
            let answer = create(spelling);
            assert_eq!(answer.status, 400, "{spelling:?}: {answer:?}");
            refused += 1;
        }
    }
    assert!(refused > 400, "{refused}");
    assert_eq!(create("AdministratorAccess2").status, 200);
    // A type in another spelling is none, and what is not the system's is not found as if it were.
    let user = server.user(
        "alice",
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
    );
    let (plain, _) = spellings("AdministratorAccess", &dice);
    for spelling in &plain {
        for kind in ["Custom", "custom", "system", "SYSTEM", "System "] {
            let parameters =
                [("UserName", "alice"), ("PolicyName", spelling.as_str()), ("PolicyType", kind)];
            let answer =
                server.call(&server.root, (Product::Ram, "AttachPolicyToUser"), &parameters);
            assert!(answer.is_refused(), "{spelling} {kind}: {answer:?}");
        }
    }
    let answer = server.call(&user, (Product::Ram, "ListUsers"), &[]);
    assert_eq!(answer.code(), "NoPermission");
}

/// A user may be called `root`; it is a user all the same.
#[test]
fn a_user_who_is_called_root_is_nobody() {
    let server = Server::start();
    server.leave_users_nothing();
    let root_arn = format!("acs:ram::{ACCOUNT}:root");
    for name in ["root", "ROOT.", "system", "administrator", "admin", "anonymous", ACCOUNT] {
        server.ram("CreateUser", &[("UserName", name)]);
        let key = server.ram("CreateAccessKey", &[("UserName", name)]);
        let user = read_credentials(&key["AccessKey"]);
        for operation in signed_operations() {
            let sample = Sample::of(operation, None);
            if sample.is_exempt() {
                continue;
            }
            sample.prepare(&server);
            let answer = sample.send(&server, sample.schemes()[1], &user);
            assert!(sample.is_denied(&answer), "{name}: {}: {answer:?}", sample.name());
        }
        let who = server.call(&user, (Product::Sts, "GetCallerIdentity"), &[]).json();
        assert_ne!(who["Arn"], root_arn, "{who}");
        let moved = server.send(&crate::harness::Request::clock(&user, &server.address, 1));
        assert!(moved.is_refused(), "{moved:?}");
        // The keys of the account are not those of a user of that name.
        let keys = server.ram("ListAccessKeys", &[("UserName", name)]).to_string();
        assert!(!keys.contains(&server.root.access_key_id), "{keys}");
        let of_root = [("UserName", name), ("UserAccessKeyId", server.root.access_key_id.as_str())];
        let delete = server.call(&server.root, (Product::Ram, "DeleteAccessKey"), &of_root);
        assert_eq!(delete.code(), "EntityNotExist.User.AccessKey");
    }
    let own = server.ram("ListAccessKeys", &[]);
    assert_eq!(own["AccessKeys"]["AccessKey"].as_array().map(Vec::len), Some(1), "{own}");
}

/// Grants are to what was meant, not to what has its name now.
#[test]
fn a_name_that_is_used_again_brings_nothing_back() {
    let server = Server::start();
    let all = [("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
    let of = |kind: &'static str, name: &'static str| [&[(kind, name)], &all[..]].concat();
    let listed = |answer: Value| answer["Policies"]["Policy"].as_array().map(Vec::len);
    for again in ["alice", "ALICE", "Alice"] {
        server.ram("CreateUser", &[("UserName", "alice")]);
        server.ram("AttachPolicyToUser", &of("UserName", "alice"));
        server.ram("DetachPolicyFromUser", &of("UserName", "alice"));
        server.ram("DeleteUser", &[("UserName", "alice")]);
        server.ram("CreateUser", &[("UserName", again)]);
        let key = server.ram("CreateAccessKey", &[("UserName", again)]);
        let user = read_credentials(&key["AccessKey"]);
        assert_eq!(server.call(&user, (Product::Ram, "ListUsers"), &[]).code(), "NoPermission");
        let key = [("UserName", again), ("UserAccessKeyId", user.access_key_id.as_str())];
        server.ram("DeleteAccessKey", &key);
        server.ram("DeleteUser", &[("UserName", again)]);
    }
    let bob = server.user(
        "bob",
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
    );
    server.ram("CreateGroup", &[("GroupName", "admins")]);
    server.ram("AttachPolicyToGroup", &of("GroupName", "admins"));
    let member = [("UserName", "bob"), ("GroupName", "admins")];
    server.ram("AddUserToGroup", &member);
    assert_eq!(server.call(&bob, (Product::Ram, "ListUsers"), &[]).status, 200);
    server.ram("RemoveUserFromGroup", &member);
    server.ram("DetachPolicyFromGroup", &of("GroupName", "admins"));
    server.ram("DeleteGroup", &[("GroupName", "admins")]);
    server.ram("CreateGroup", &[("GroupName", "admins")]);
    assert_eq!(listed(server.ram("ListPoliciesForGroup", &[("GroupName", "admins")])), Some(0));
    server.ram("AddUserToGroup", &member);
    assert_eq!(server.call(&bob, (Product::Ram, "ListUsers"), &[]).code(), "NoPermission");
}

/// The names of our own endpoints are no buckets.
#[test]
fn no_bucket_is_called_like_an_endpoint() {
    let server = Server::start();
    for name in
        ["_rolecall", "_ROLECALL", "%5Frolecall", "_rolecall-", "s3_", "-oss", "latest.", ".."]
    {
        for scheme in Scheme::OSS {
            let request = Object::new(scheme, &server.root, "PUT", (name, "")).sign();
            let answer = server.send(&request);
            assert!(answer.is_refused(), "{name}: {answer:?}");
        }
    }
    let list = Object::new(Scheme::OssV4Header, &server.root, "GET", ("", "")).sign();
    assert!(!server.send(&list).text().contains("<Name>"));
}
