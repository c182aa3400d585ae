//! What signatures and session tokens cost: ns of CPU time, one JSON object a line.

use std::hint::black_box;

use rolecall_bench::thread_nanoseconds;
use rolecall_crypto::sign::{Call, Credentials, ObjectCall, oss_v4, rpc_v1};
use rolecall_crypto::{
    DayKeys, KeyRing, RequestHead, Session, SessionId, Surface, percent_encode, present, sha256_hex,
};
use rolecall_types::{AccountId, Clock, PrincipalId, Secret, SystemClock, SystemRandom, Timestamp};

/// Rounds, of which the best and the median count.
const ROUNDS: usize = 7;
/// Repetitions of the work in a round.
const REPEATS: u64 = 20_000;
const ACCOUNT: &str = "1234567890123456";

fn main() {
    let credentials = Credentials {
        access_key_id: "LTAI5tMeasuringMeasuring".to_owned(),
        secret: Secret::new("a-secret-of-thirty-characters-".to_owned()),
        security_token: None,
    };
    let now = SystemClock.now();
    let empty = sha256_hex(b"");

    let target = rpc_target(&credentials, now);
    let headers = vec![("host".to_owned(), b"sts.cn-hangzhou.aliyuncs.com".to_vec())];
    let head = || RequestHead::decode("POST", &target, headers.clone()).expect("a request");
    measure("decode a head of RPC V1", || drop(black_box(head())));
    let decoded = head();
    measure("check of RPC V1", || {
        let presented = present(Surface::Rpc, &decoded, &[], Some(&empty), None);
        let presented = presented.expect("readable").expect("signed");
        presented.verify(&credentials.secret).expect("the right signature");
    });

    let (decoded, day_keys) = (object_head(&credentials, now), DayKeys::new());
    measure("check of OSS V4, day key kept", || {
        let resource = Some(("measured", "a/key"));
        let presented = present(Surface::Oss, &decoded, &[], None, resource);
        let presented = presented.expect("readable").expect("signed");
        presented.verify_with(&credentials.secret, &day_keys).expect("the right signature");
    });

    let ring = KeyRing::generate(&SystemRandom);
    let mint = || ring.mint(&session(now));
    measure("mint of a session", || drop(black_box(mint())));
    let minted = mint();
    let (id, token) = (minted.access_key_id, minted.token);
    measure("opening of a session's token", || {
        black_box(ring.open_session(&id, &token).expect("our token"));
    });
}

fn measure(name: &str, mut work: impl FnMut()) {
    let mut times: Vec<u64> = (0..ROUNDS)
        .map(|_| {
            let start = thread_nanoseconds();
            for _ in 0..REPEATS {
                work();
            }
            (thread_nanoseconds() - start) / REPEATS
        })
        .collect();
    times.sort_unstable();
    let (best, median) = (times[0], times[ROUNDS / 2]);
    println!(r#"{{"operation":"{name}","best_ns":{best},"median_ns":{median}}}"#);
}

/// A call of `AssumeRole`, as `sign` writes them.
fn rpc_target(credentials: &Credentials, now: Timestamp) -> String {
    let query = [
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("RoleArn", "acs:ram::1234567890123456:role/measured"),
        ("RoleSessionName", "measuring"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let host = "sts.cn-hangzhou.aliyuncs.com";
    let call = Call { method: "POST", host, path: "/", query: &query, headers: &[] };
    let nonce = "6BA7B810-9DAD-41D1-80B4-00C04FD430C8";
    let signed = rpc_v1(credentials, &call, &[], now, nonce);
    let encode = |text: &str| percent_encode(text.as_bytes());
    let pairs: Vec<_> =
        signed.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("/?{}", pairs.join("&"))
}

/// A read of an object.
fn object_head(credentials: &Credentials, now: Timestamp) -> RequestHead {
    let call = ObjectCall {
        method: "GET",
        resource: Some(("measured", "a/key")),
        query: &[],
        headers: &[],
    };
    let signed = oss_v4(credentials, &call, "cn-hangzhou", &[], now).expect("a region");
    let host = ("host".to_owned(), "measured.oss-cn-hangzhou.aliyuncs.com".to_owned());
    let headers = signed.into_iter().chain([host]).map(|(name, value)| (name, value.into_bytes()));
    RequestHead::decode("GET", "/a/key", headers.collect::<Vec<_>>()).expect("a request")
}

fn session(now: Timestamp) -> Session {
    Session {
        session_id: SessionId::generate(&SystemRandom),
        account: AccountId::parse(ACCOUNT).expect("an account"),
        role_name: "measured".to_owned(),
        role_id: PrincipalId::parse("300000000000000001").expect("an id"),
        instance: None,
        session_name: "measuring".to_owned(),
        policies: Vec::new(),
        source_identity: None,
        issued_at: now,
        expires_at: now,
        parent: None,
        ancestors: Vec::new(),
        vouched: None,
    }
}
