//! V44, clock skew: every bound in time is the documented one, to the second, and the clock of a
//! server never goes back.

use rolecall_api::Product;
use rolecall_types::{Clock, SystemClock};

use crate::harness::{
    ALLOW_ALL, Answer, Object, Request, Rpc, Scheme, Server, TRUST_ACCOUNT, at, nonce, now,
};

const SKEW: i64 = 15 * 60;
const ROUNDS: usize = 200;

/// Sends what `sign` makes of the present second, and makes sure that it arrived in that second:
/// what is decided to the second must not depend on how busy the machine is.
fn within_one_second(server: &Server, sign: impl Fn(i64) -> Request) -> Answer {
    for _ in 0..ROUNDS {
        let before = SystemClock.now().as_second();
        let answer = server.send(&sign(before));
        if SystemClock.now().as_second() == before {
            return answer;
        }
    }
    panic!("the machine is too slow to meet one second");
}

fn rpc(server: &Server, scheme: Scheme, second: i64) -> Request {
    let (caller, host, nonce) = (&server.root, server.address.as_str(), &nonce());
    let (product, action, parameters) = (Product::Sts, "GetCallerIdentity", &[][..]);
    Rpc { scheme, caller, product, action, parameters, host, at: at(second), nonce }.sign()
}

fn object(server: &Server, scheme: Scheme, second: i64, life: u32) -> Request {
    let object = Object::new(scheme, &server.root, "GET", ("", ""));
    Object { at: at(second), life, ..object }.sign()
}

/// Between two whole seconds lies the present: it is a little more than 900 s after what was signed
/// 900 s ago, and a little less than that before what is signed for 900 s ahead.
#[test]
fn the_time_of_a_header_is_within_fifteen_minutes() {
    let server = Server::start();
    let offsets = [
        (-SKEW + 1, true),
        (-SKEW - 1, false),
        (SKEW, true),
        (SKEW + 1, false),
        (-86_400, false),
        (86_400, false),
        (0, true),
    ];
    for (offset, good) in offsets {
        for scheme in Scheme::RPC {
            let answer = within_one_second(&server, |second| rpc(&server, scheme, second + offset));
            let expected = if good { "ok" } else { "InvalidTimeStamp.Expired" };
            assert_eq!(answer.code(), expected, "{scheme:?} {offset}: {answer:?}");
        }
        for scheme in [Scheme::OssV1Header, Scheme::OssV4Header] {
            let sign = |second| object(&server, scheme, second + offset, 0);
            let answer = within_one_second(&server, sign);
            let expected = if good { "ok" } else { "RequestTimeTooSkewed" };
            assert_eq!(answer.code(), expected, "{scheme:?} {offset}: {answer:?}");
        }
    }
}

/// A signed URL of V1 is good until its second, which is over when the next begins.
#[test]
fn a_signed_url_of_v1_ends() {
    let server = Server::start();
    for (left, good) in [(1, true), (-1, false), (10 * 365 * 86_400, true), (-86_400, false)] {
        let sign = |second: i64| object(&server, Scheme::OssV1Query, second + left, 0);
        let answer = within_one_second(&server, sign);
        let (status, code) = if good { (200, "ok") } else { (403, "AccessDenied") };
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{left}: {answer:?}");
        assert_eq!(answer.text().contains("Request has expired."), !good, "{left}");
    }
}

#[test]
fn a_signed_url_of_v4_begins_and_ends() {
    let server = Server::start();
    for (signed, life, status) in [
        (0, 1, 200),
        (0, 604_800, 200),
        (0, 604_801, 400),
        (0, 0, 400),
        (-100, 101, 200),
        (-100, 99, 403),
        (-604_799, 604_800, 200),
        (-604_801, 604_800, 403),
        (SKEW, 60, 200),
        (SKEW + 1, 60, 403),
    ] {
        let sign = |second: i64| object(&server, Scheme::OssV4Query, second + signed, life);
        let answer = within_one_second(&server, sign);
        assert_eq!(answer.status, status, "{signed} {life}: {answer:?}");
    }
}

/// A session ends at its second, by the clock that its owner moved; one that is over stays over
/// when the server is started again, since the clock does not go back.
#[test]
fn a_session_ends_and_stays_over() {
    let mut server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.role("admin", TRUST_ACCOUNT);
    let session = server.session(&user, "admin");
    let code = |server: &Server, scheme| {
        let call = (Product::Sts, "GetCallerIdentity");
        let rpc = server.send(&server.request(scheme, &session, call, &[]));
        let object =
            server.send(&Object::new(Scheme::OssV4Header, &session, "GET", ("", "")).sign());
        (rpc.code(), object.code())
    };
    // It lasts 900 s from a moment ago. Half a minute is more than the test takes from here.
    server.advance(900 - 30);
    for scheme in Scheme::RPC {
        assert_eq!(code(&server, scheme), ("ok".to_owned(), "ok".to_owned()), "{scheme:?}");
    }
    server.advance(30);
    let over = ("InvalidSecurityToken.Expired".to_owned(), "SecurityTokenExpired".to_owned());
    for scheme in Scheme::RPC {
        assert_eq!(code(&server, scheme), over, "{scheme:?}");
    }
    let time = |server: &Server| {
        let health = server.send(&Request::plain("GET", "/_rolecall/health")).json();
        health["time"].as_str().unwrap().to_owned()
    };
    let before = time(&server);
    server.kill_and_restart();
    assert!(time(&server) >= before, "the clock went back over a kill");
    assert_eq!(server.metric("rolecall_clock_offset_seconds"), 900);
    assert_eq!(code(&server, Scheme::Acs3), over, "after a kill");
    server.restart();
    assert!(time(&server) >= before, "the clock went back over a restart");
    assert_eq!(code(&server, Scheme::RpcV1), over, "after a restart");
}

/// The clock takes a whole number of seconds forward, and nothing else.
#[test]
fn the_clock_does_not_go_back() {
    let server = Server::start();
    for seconds in [-1, i64::MIN, i64::MAX, 1 << 32] {
        let answer = server.send(&Request::clock(&server.root, &server.address, seconds));
        assert_eq!(answer.status, 400, "{seconds}: {answer:?}");
    }
    assert_eq!(server.metric("rolecall_clock_offset_seconds"), 0);
    assert!(now() <= SystemClock.now());
}
