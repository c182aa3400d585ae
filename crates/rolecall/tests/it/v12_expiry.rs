//! V12, token laundering: whatever is exchanged for whatever, nothing lives longer than what it
//! was got with.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;

use crate::harness::{ALLOW_ALL, Dice, Object, Scheme, Server, TRUST_ACCOUNT, read_credentials};

const ROLES: [(&str, &str); 3] = [("short", "3600"), ("middle", "14400"), ("long", "43200")];
const WHO: (Product, &str) = (Product::Sts, "GetCallerIdentity");

/// What was got in an exchange.
struct Held {
    credentials: Credentials,
    /// As it was answered: texts of one form, whose order is that of time.
    expiration: String,
    depth: usize,
}

fn held(answer: &serde_json::Value, depth: usize) -> Held {
    let view = &answer["Credentials"];
    let expiration = view["Expiration"].as_str().unwrap().to_owned();
    Held { credentials: read_credentials(view), expiration, depth }
}

fn now(server: &Server) -> String {
    let health = server.send(&crate::harness::Request::plain("GET", "/_rolecall/health"));
    health.json()["time"].as_str().unwrap().to_owned()
}

#[test]
fn no_exchange_makes_a_life_longer() {
    let (server, dice) = (Server::start(), Dice::new(12));
    for (role, longest) in ROLES {
        server.role(role, TRUST_ACCOUNT);
        server.ram("UpdateRole", &[("RoleName", role), ("NewMaxSessionDuration", longest)]);
    }
    let user = server.user("alice", ALLOW_ALL);
    let mut known: Vec<Held> = Vec::new();
    let (mut bounded, mut refused, mut deepest) = (0, 0, 0);
    for _ in 0..400 {
        if dice.below(12) == 0 {
            server.advance(i64::try_from(dice.below(1_500)).unwrap());
        }
        let parent = (dice.below(5) > 0 && !known.is_empty()).then(|| dice.below(known.len()));
        let (role, longest) = dice.pick(&ROLES);
        let most = longest.parse::<usize>().unwrap();
        let duration = (900 + dice.below(most - 899)).to_string();
        let caller = parent.map_or(&user, |index| &known[index].credentials);
        let before = now(&server);
        let answer = server.assume(caller, role, &[("DurationSeconds", &duration)]);
        let Some(parent) = parent.map(|index| &known[index]) else {
            assert_eq!(answer.status, 200, "{answer:?}");
            known.push(held(&answer.json(), 1));
            continue;
        };
        if answer.status == 200 {
            assert!(before < parent.expiration, "a dead session assumed a role");
            let child = held(&answer.json(), parent.depth + 1);
            assert!(child.expiration <= parent.expiration, "depth {}", child.depth);
            bounded += u32::from(child.expiration == parent.expiration);
            deepest = deepest.max(child.depth);
            known.push(child);
        } else {
            let code = answer.code();
            let expected = ["InvalidSecurityToken.Expired", "LimitExceeded.RoleChain"];
            assert!(expected.contains(&code.as_str()), "{answer:?}");
            refused += 1;
        }
    }
    assert!(bounded > 20 && refused > 0 && deepest > 3, "{bounded} {refused} {deepest}");
    // A restart is no exchange either, and at the end of a life every service knows.
    let mut ends: Vec<&Held> = known.iter().collect();
    ends.sort_by(|a, b| a.expiration.cmp(&b.expiration));
    let (mut good, mut over) = (0, 0);
    for _ in 0..8 {
        let before = now(&server);
        for held in &ends {
            let answer = server.call(&held.credentials, WHO, &[]);
            let object = Object::new(Scheme::OssV4Header, &held.credentials, "GET", ("", ""));
            let object = server.send(&object.sign());
            if held.expiration <= before {
                assert_eq!(answer.code(), "InvalidSecurityToken.Expired", "{}", held.expiration);
                assert_eq!(object.code(), "SecurityTokenExpired", "{}", held.expiration);
                over += 1;
            } else if now(&server) < held.expiration {
                assert_eq!((answer.status, object.status), (200, 200), "{answer:?} {object:?}");
                good += 1;
            }
        }
        server.advance(5_400);
    }
    assert!(good > 50 && over > 50, "{good} good, {over} over");
}

/// The bounds of a life that is asked for.
#[test]
fn a_life_is_as_long_as_the_role_allows() {
    let server = Server::start();
    server.role("short", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let ask = |caller: &Credentials, duration: &str| {
        server.assume(caller, "short", &[("DurationSeconds", duration)]).code()
    };
    let session = server.session(&user, "short");
    for caller in [&user, &session] {
        for wrong in ["0", "-1", "899", "3601", "43200", "43201", "9223372036854775807", "1e3", "x"]
        {
            assert_eq!(ask(caller, wrong), "InvalidParameter.DurationSeconds", "{wrong}");
        }
        for right in ["900", "3600"] {
            assert_eq!(ask(caller, right), "ok", "{right}");
        }
    }
}
