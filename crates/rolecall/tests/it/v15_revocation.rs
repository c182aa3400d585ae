//! V15, the gap of a revocation: once the call that takes something back has returned, no service
//! accepts a request that is sent from then on, while others hammer at all of them.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;

use crate::harness::{
    ALLOW_ALL, Answer, Object, Request, Scheme, Server, TRUST_ACCOUNT, read_credentials,
};

/// A call: where to, what, and its parameters.
type Call = (Product, &'static str, &'static [(&'static str, &'static str)]);

/// The services, and a write that would outlive the revocation.
const CALLS: [Call; 5] = [
    (Product::Ram, "ListUsers", &[]),
    (Product::Ram, "UpdatePolicyDescription", &[("PolicyName", "p"), ("NewDescription", "x")]),
    (Product::Sts, "ListSessions", &[]),
    (Product::Ecs, "DescribeInstances", &[]),
    (Product::Vpc, "DescribeVpcs", &[]),
];

/// How many clients hammer.
const CLIENTS: usize = 3;
/// How many rounds over all services each of them goes on after the revocation.
const ROUNDS_AFTER: u32 = 2;

/// One call of every service.
fn round(server: &Server, caller: &Credentials) -> Vec<(&'static str, Answer)> {
    let calls = CALLS.iter().enumerate().map(|(index, (product, action, parameters))| {
        let scheme = Scheme::RPC[index % 2];
        let request = server.request(scheme, caller, (*product, action), parameters);
        (*action, server.send(&request))
    });
    let objects = [Scheme::OssV1Query, Scheme::OssV4Header].into_iter().map(|scheme| {
        ("ListBuckets", server.send(&Object::new(scheme, caller, "GET", ("", "")).sign()))
    });
    calls.chain(objects).collect()
}

/// Hammers with credentials while `revoke` takes them back: what was sent after it returned is
/// refused, everywhere.
fn hammer(server: &Server, way: &str, caller: &Credentials, revoke: impl FnOnce()) {
    for (action, answer) in round(server, caller) {
        assert_eq!(answer.status, 200, "{way}: {action} before: {answer:?}");
    }
    let (revoked, accepted) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut after = 0;
                    while after < ROUNDS_AFTER {
                        let was_revoked = revoked.load(Ordering::SeqCst);
                        for (action, answer) in round(server, caller) {
                            if was_revoked {
                                assert!(answer.is_refused(), "{way}: {action} after: {answer:?}");
                            } else if answer.status == 200 {
                                accepted.fetch_add(1, Ordering::SeqCst);
                            }
                        }
                        after += u32::from(was_revoked);
                    }
                })
            })
            .collect();
        while accepted.load(Ordering::SeqCst) < 10 {
            std::thread::yield_now();
            assert!(clients.iter().all(|client| !client.is_finished()), "{way}");
        }
        revoke();
        revoked.store(true, Ordering::SeqCst);
    });
    for (action, answer) in round(server, caller) {
        assert!(answer.is_refused(), "{way}: {action} in the end: {answer:?}");
    }
}

fn prepared() -> Server {
    let server = Server::start();
    server.ram("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]);
    server.role("one", TRUST_ACCOUNT);
    server.role("two", TRUST_ACCOUNT);
    server
}

/// The id of the session that a key belongs to.
fn session_id(server: &Server, role: &str) -> String {
    let all = server.must((Product::Sts, "ListSessions"), &[("RoleName", role)]);
    let sessions = all["Sessions"]["Session"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{all}");
    sessions[0]["SessionId"].as_str().unwrap().to_owned()
}

#[test]
fn sessions_that_are_taken_back() {
    let server = prepared();
    let user = server.user("alice", ALLOW_ALL);
    let revoke = |parameters: &[(&str, &str)]| {
        server.must((Product::Sts, "RevokeSessions"), parameters);
    };
    let session = server.session(&user, "one");
    let id = session_id(&server, "one");
    hammer(&server, "by its id", &session, || revoke(&[("SessionId", &id)]));
    let session = server.session(&user, "one");
    hammer(&server, "by its role", &session, || revoke(&[("RoleName", "one")]));
    let session = server.session(&user, "one");
    server.advance(2);
    let health = server.send(&Request::plain("GET", "/_rolecall/health")).json();
    let time = health["time"].as_str().unwrap();
    hammer(&server, "by its time", &session, || revoke(&[("IssuedBefore", time)]));
    let parent = server.session(&user, "one");
    let id = session_id(&server, "one");
    let child = server.session(&parent, "two");
    let grandchild = server.session(&child, "two");
    hammer(&server, "by its grandparent", &grandchild, || revoke(&[("SessionId", &id)]));
    for dead in [&parent, &child] {
        assert!(round(&server, dead).iter().all(|(_, answer)| answer.is_refused()));
    }
    // What is made afterwards is good.
    let fresh = server.session(&user, "one");
    assert!(round(&server, &fresh).iter().all(|(_, answer)| answer.status == 200));
}

#[test]
fn rights_that_are_taken_back() {
    let server = prepared();
    let user = server.user("alice", ALLOW_ALL);
    let policy = |kind, name| [("PolicyType", kind), ("PolicyName", name)];
    let of_role = policy("System", "AdministratorAccess");
    let session = server.session(&user, "one");
    hammer(&server, "the role's policy", &session, || {
        server.ram("DetachPolicyFromRole", &[&[("RoleName", "one")], &of_role[..]].concat());
    });
    server.ram("AttachPolicyToRole", &[&[("RoleName", "one")], &of_role[..]].concat());
    assert!(round(&server, &session).iter().all(|(_, answer)| answer.status == 200));

    let narrow = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    hammer(&server, "the policy's version", &user, || {
        let version = [
            ("PolicyName", "policy-of-alice"),
            ("PolicyDocument", narrow),
            ("SetAsDefault", "true"),
        ];
        server.ram("CreatePolicyVersion", &version);
    });
    let bob = server.user("bob", ALLOW_ALL);
    hammer(&server, "the user's policy", &bob, || {
        let own = policy("Custom", "policy-of-bob");
        server.ram("DetachPolicyFromUser", &[&[("UserName", "bob")], &own[..]].concat());
    });
    server.ram("CreateGroup", &[("GroupName", "all")]);
    let of_group = policy("System", "AdministratorAccess");
    server.ram("AttachPolicyToGroup", &[&[("GroupName", "all")], &of_group[..]].concat());
    let member = [("GroupName", "all"), ("UserName", "bob")];
    server.ram("AddUserToGroup", &member);
    hammer(&server, "the membership", &bob, || {
        server.ram("RemoveUserFromGroup", &member);
    });
    server.ram("AddUserToGroup", &member);
    hammer(&server, "the group's policy", &bob, || {
        server.ram("DetachPolicyFromGroup", &[&[("GroupName", "all")], &of_group[..]].concat());
    });
}

#[test]
fn keys_users_and_roles_that_are_gone() {
    let server = prepared();
    let user = server.user("alice", ALLOW_ALL);
    let key = |id: &str| vec![("UserName", "alice".to_owned()), ("UserAccessKeyId", id.to_owned())];
    let call = |action: &str, parameters: &[(&str, String)]| {
        let parameters: Vec<_> = parameters.iter().map(|(name, text)| (*name, &**text)).collect();
        server.ram(action, &parameters);
    };
    hammer(&server, "a key that is switched off", &user, || {
        let off = [key(&user.access_key_id), vec![("Status", "Inactive".to_owned())]].concat();
        call("UpdateAccessKey", &off);
    });
    let on = [key(&user.access_key_id), vec![("Status", "Active".to_owned())]].concat();
    call("UpdateAccessKey", &on);
    let other = server.ram("CreateAccessKey", &[("UserName", "alice")]);
    let other = read_credentials(&other["AccessKey"]);
    let session = server.session(&other, "one");
    let chained = server.session(&session, "two");
    hammer(&server, "the key of a chain", &chained, || {
        call("DeleteAccessKey", &key(&other.access_key_id));
    });
    for dead in [&other, &session] {
        assert!(round(&server, dead).iter().all(|(_, answer)| answer.is_refused()));
    }
    let session = server.session(&user, "two");
    hammer(&server, "a role", &session, || {
        let worn =
            [("RoleName", "two"), ("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
        server.ram("DetachPolicyFromRole", &worn);
        server.ram("DeleteRole", &[("RoleName", "two")]);
        // Another of its name is another role.
        server.role("two", TRUST_ACCOUNT);
    });
    let session = server.session(&user, "two");
    hammer(&server, "a user", &session, || {
        call("DeleteAccessKey", &key(&user.access_key_id));
        let own =
            [("UserName", "alice"), ("PolicyType", "Custom"), ("PolicyName", "policy-of-alice")];
        server.ram("DetachPolicyFromUser", &own);
        server.ram("DeleteUser", &[("UserName", "alice")]);
        server.ram("CreateUser", &[("UserName", "alice")]);
    });
    assert!(round(&server, &user).iter().all(|(_, answer)| answer.is_refused()));
}
