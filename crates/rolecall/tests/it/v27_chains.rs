//! V27, role chaining and names in records: however long a chain, each record of it names who
//! stands at its beginning, and no session's name makes a record say anything else.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::Value;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Dice, Object, Scheme, Server, TRUST_ACCOUNT, read_credentials, recorded,
};

fn chained(server: &Server, caller: &Credentials, role: &str, name: &str) -> Credentials {
    let answer = server.assume(caller, role, &[("RoleSessionName", name)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    read_credentials(&answer.json()["Credentials"])
}

/// Calls of every service, one that is refused among them.
fn calls(server: &Server, caller: &Credentials) {
    for (product, action) in [
        (Product::Sts, "GetCallerIdentity"),
        (Product::Ram, "ListUsers"),
        (Product::Ecs, "DescribeInstances"),
        (Product::Vpc, "DescribeVpcs"),
    ] {
        for scheme in Scheme::RPC {
            server.send(&server.request(scheme, caller, (product, action), &[]));
        }
    }
    let missing = [("UserName", "nobody")];
    server.call(caller, (Product::Ram, "GetUser"), &missing);
    for scheme in Scheme::OSS {
        server.send(&Object::new(scheme, caller, "GET", ("", "")).sign());
    }
}

#[test]
fn every_record_of_a_chain_names_its_origin() {
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    for role in ["one", "two", "three", "four"] {
        server.role(role, TRUST_ACCOUNT);
    }
    let origin = format!("acs:ram::{ACCOUNT}:user/alice");
    // A session's name that is a user's, and one that is the root's.
    let names = ["bob", "root", "alice", "user-bob"];
    let ((), records) = recorded(&server, || calls(&server, &user));
    for record in &records {
        assert_eq!(
            (&record["principal"], &record["assumedBy"]),
            (&origin.clone().into(), &Value::Null)
        );
    }
    let (mut caller, mut caller_arn) = (user, origin.clone());
    for (depth, role) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let (session, records) =
            recorded(&server, || chained(&server, &caller, role, names[depth]));
        let assumed_by = if depth == 0 { Value::Null } else { origin.clone().into() };
        assert_eq!(records[0]["eventName"], "AssumeRole");
        assert_eq!(records[0]["principal"], caller_arn);
        assert_eq!(records[0]["assumedBy"], assumed_by);
        caller_arn = format!("acs:ram::{ACCOUNT}:assumed-role/{role}/{}", names[depth]);
        caller = session;
        let ((), records) = recorded(&server, || calls(&server, &caller));
        assert_eq!(records.len(), 13, "depth {depth}");
        for record in &records {
            let event = &record["eventName"];
            assert_eq!(record["assumedBy"], origin, "depth {depth}, {event}");
            assert_eq!(record["principal"], caller_arn, "depth {depth}, {event}");
            assert_eq!(record["accessKeyId"], caller.access_key_id, "depth {depth}, {event}");
        }
    }
    // The book of sessions says the same.
    let sessions = server.must((Product::Sts, "ListSessions"), &[("MaxItems", "100")]);
    for session in sessions["Sessions"]["Session"].as_array().unwrap() {
        let assumed_by = session["AssumedBy"].as_str().unwrap();
        assert_eq!(assumed_by.split(' ').next(), Some(origin.as_str()));
    }
}

/// Names that would change what a record says, or who is named in it.
#[test]
fn a_session_name_is_letters_and_digits() {
    let (server, dice) = (Server::start(), Dice::new(27));
    let user = server.user("alice", ALLOW_ALL);
    server.role("one", TRUST_ACCOUNT);
    let mut wrong: Vec<String> = [
        "",
        "a",
        "a b",
        "a/b",
        "a:b",
        "a\nb",
        "a\r\nb",
        "a\u{0}b",
        "a\"b",
        "a\\b",
        "a\u{2028}b",
        "a\u{1b}[31m",
        "алиса",
        "ａlice",
        "alice\u{200b}",
        "a*",
        "a?",
        "${acs:username}",
        "a,b",
        "acs:ram::1234567890123456:root",
        "../root",
        "a%2fb",
        "a+b",
        "a=b",
        "a;b",
        "a|b",
        "<a>",
    ]
    .map(str::to_owned)
    .into();
    wrong.push("a".repeat(65));
    for _ in 0..300 {
        let mut name = "alice".to_owned();
        let letter = char::from_u32(u32::try_from(dice.below(0x1_0000)).unwrap());
        let Some(letter) = letter.filter(|c| !c.is_ascii_alphanumeric() && !".@-_".contains(*c))
        else {
            continue;
        };
        name.insert(dice.below(6), letter);
        wrong.push(name);
    }
    for name in &wrong {
        let (answer, records) =
            recorded(&server, || server.assume(&user, "one", &[("RoleSessionName", name)]));
        assert_eq!(answer.status, 400, "{name:?}: {answer:?}");
        assert!(records.is_empty(), "{name:?}: {records:?}");
    }
    for right in ["ab", "a.b@c-d_e", "root", "ALICE", &"a".repeat(64)] {
        chained(&server, &user, "one", right);
    }
    // One line is one record.
    for line in server.audit().lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}
