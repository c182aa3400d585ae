//! V16, open endpoints: who shows no key gets what a short list names and not a byte more, and who
//! may do nothing gets nothing that somebody else put in.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolecall::reference::operations;

use crate::harness::{
    ALLOW_ALL, Answer, Object, Request, Scheme, Server, TRUST_ACCOUNT, TRUST_ECS, catalogue,
    credentials, read_credentials,
};

/// What answers whoever asks. The other two calls show a proof of their own.
const OPEN: [&str; 3] = ["/_rolecall/health", "/_rolecall/metrics", "/_rolecall/callback-key.pem"];
/// The calls that no key signs.
const UNSIGNED: [&str; 2] = ["AssumeRoleWithOIDC", "AssumeRoleWithSAML"];
/// The most bytes of an answer of ours to a stranger, whatever there is in the account.
const OPEN_BYTES: usize = 2_000;

/// Where servers of others kept doors open, and where ours might.
const DOORS: [&str; 72] = [
    "/",
    "/_rolecall",
    "/_rolecall/",
    "/_rolecall/clock",
    "/_rolecall/config",
    "/_rolecall/env",
    "/_rolecall/keys",
    "/_rolecall/store",
    "/_rolecall/audit",
    "/_rolecall/audit.jsonl",
    "/_rolecall/debug",
    "/_rolecall/log",
    "/_rolecall/status",
    "/_rolecall/ready",
    "/_rolecall/faults",
    "/_rolecall/sessions",
    "/_rolecall/explain",
    "/_rolecall/simulate",
    "/_rolecall/instances",
    "/_rolecall/enter",
    "/_rolecall/shutdown",
    "/_rolecall/reload",
    "/_rolecall/backup",
    "/_rolecall/restore",
    "/_rolecall/seal",
    "/_rolecall/unseal",
    "/_rolecall/rekey",
    "/_rolecall/health/",
    "/_rolecall/metrics/",
    "/_rolecall/health/../keys",
    "/_rolecall/%2e%2e/keys",
    "/_rolecall//metrics",
    "/_rolecall/HEALTH",
    "/_ROLECALL/metrics",
    "/control.sock",
    "/keys",
    "/store",
    "/nonces",
    "/ready.json",
    "/audit.jsonl",
    "/ca",
    "/oss",
    "/metrics",
    "/health",
    "/healthz",
    "/livez",
    "/readyz",
    "/status",
    "/version",
    "/info",
    "/debug/pprof/",
    "/debug/pprof/heap",
    "/debug/vars",
    "/actuator",
    "/actuator/env",
    "/actuator/heapdump",
    "/server-status",
    "/server-info",
    "/.env",
    "/.git/config",
    "/minio/health/live",
    "/minio/bootstrap/v1/verify",
    "/minio/admin/v3/info",
    "/minio/v2/metrics/cluster",
    "/rustfs/admin/v3/info",
    "/rustfs/console/license",
    "/profile/cpu",
    "/v1/sys/health",
    "/v1/sys/rekey/init",
    "/v1/sys/seal-status",
    "/admin",
    "/console",
];

/// A server with something to hide in every corner, and what must not come out.
struct World {
    server: Server,
    secrets: Vec<(&'static str, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let mut secrets: Vec<(&'static str, Vec<u8>)> = vec![
            ("the root secret", server.root.secret.expose().clone().into()),
            ("the folder", server.data().to_str().unwrap().into()),
        ];
        let user = server.user("canary-user", ALLOW_ALL);
        secrets.push(("a user's key", user.access_key_id.clone().into()));
        secrets.push(("a user's secret", user.secret.expose().clone().into()));
        server.role("canary-role", TRUST_ACCOUNT);
        server.role("canary-worn", TRUST_ECS);
        let session = server.session(&user, "canary-role");
        secrets.push(("a session's secret", session.secret.expose().clone().into()));
        let network = server.network();
        let instance = server.instance(&network);
        secrets.push(("an instance", instance.clone().into()));
        secrets.push(("a VPC", network[0].clone().into()));
        secrets.push(("a name", b"canary-".to_vec()));
        for (key, body) in [("", &b""[..]), ("canary-key", b"canary-body")] {
            let mut put =
                Object::new(Scheme::OssV4Header, &server.root, "PUT", ("canary-bucket", key))
                    .sign();
            put.body = body.to_vec();
            assert_eq!(server.send(&put).status, 200);
        }
        keys(&server.data().join("keys"), &mut secrets);
        assert!(secrets.len() > 9, "no keys were found");
        Self { server, secrets }
    }

    /// Nothing of it is in an answer.
    fn check(&self, asked: &str, answer: &Answer) {
        let whole = [answer.head.as_bytes(), &answer.body].concat();
        for (name, secret) in &self.secrets {
            let there = whole.windows(secret.len()).any(|bytes| bytes == secret);
            assert!(!there, "{asked} tells {name}: {answer:?}");
        }
        let unserved = answer.status == 501;
        assert!(answer.status < 500 || unserved, "{asked}: {answer:?}");
    }
}

/// What the files of a folder hold, as bytes and as text of both bases that keys are written in.
fn keys(path: &Path, secrets: &mut Vec<(&'static str, Vec<u8>)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            keys(&entry.unwrap().path(), secrets);
        }
        return;
    }
    let bytes = fs::read(path).unwrap();
    for piece in bytes.chunks(16).filter(|piece| piece.len() == 16) {
        secrets.push(("a key", piece.to_vec()));
    }
}

#[test]
fn the_list_of_what_is_open_is_short() {
    let unsigned: BTreeSet<_> = operations()
        .iter()
        .filter(|operation| operation.spec().unsigned.is_some())
        .map(|operation| operation.spec().action)
        .collect();
    assert_eq!(unsigned, BTreeSet::from(UNSIGNED));
    assert!(OPEN.len() + UNSIGNED.len() <= 6);
}

#[test]
fn no_door_is_open_to_who_shows_no_key() {
    let world = World::new();
    let mut opened = BTreeSet::new();
    for path in DOORS.iter().chain(&OPEN) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"] {
            for host in ["", "127.0.0.1", "localhost", "ram.aliyuncs.com", "100.100.100.200"] {
                let mut request = Request::plain(method, path);
                request.host = host.to_owned();
                let asked = format!("{method} {path} at {host:?}");
                let answer = world.server.send(&request);
                world.check(&asked, &answer);
                assert!(answer.body.len() < OPEN_BYTES, "{asked}: {answer:?}");
                if answer.status < 400 {
                    opened.insert((method, *path));
                }
            }
        }
    }
    assert_eq!(opened, OPEN.map(|path| ("GET", path)).into());
}

/// Every call that there is, and the same with a key that nobody has.
#[test]
fn no_call_is_open_to_who_shows_no_key() {
    let world = World::new();
    let nobody = credentials("LTAInobodynobody", "x", None);
    let mut asked = 0;
    for sample in catalogue() {
        for scheme in sample.schemes() {
            let signed = sample.request(&world.server, *scheme, &nobody);
            let mut bare = signed.clone();
            for name in
                ["Signature", "AccessKeyId", "OSSAccessKeyId", "x-oss-signature", "authorization"]
            {
                bare = bare.without(name);
            }
            for request in [signed, bare] {
                let answer = world.server.send(&request);
                let name = sample.name();
                assert!(answer.is_refused(), "{name} by {scheme:?}: {answer:?}");
                world.check(&name, &answer);
                assert!(answer.text().len() < OPEN_BYTES, "{name}: {answer:?}");
                asked += 1;
            }
        }
    }
    assert!(asked > 400, "{asked}");
    for action in UNSIGNED {
        let request = Request::plain("POST", "/")
            .parameter("Action", action)
            .parameter("Version", "2015-04-01");
        let answer = world.server.send(&request);
        assert!(answer.is_refused(), "{action}: {answer:?}");
        world.check(action, &answer);
    }
}

/// A user without a policy is told nothing of what others have.
#[test]
fn no_call_is_open_to_who_may_do_nothing() {
    let world = World::new();
    world.server.leave_users_nothing();
    world.server.ram("CreateUser", &[("UserName", "powerless")]);
    let key = world.server.ram("CreateAccessKey", &[("UserName", "powerless")]);
    let powerless = read_credentials(&key["AccessKey"]);
    let mut denied = 0;
    for sample in catalogue() {
        for scheme in sample.schemes() {
            sample.prepare(&world.server);
            let answer = sample.send(&world.server, *scheme, &powerless);
            let name = sample.name();
            world.check(&name, &answer);
            if !sample.is_exempt() {
                assert!(sample.is_denied(&answer), "{name} by {scheme:?}: {answer:?}");
                denied += 1;
            }
        }
    }
    assert!(denied > 300, "{denied}");
}

/// What is open says the same however much there is, but for a few numbers.
#[test]
fn what_is_open_does_not_grow() {
    let server = Server::start();
    let sizes = || OPEN.map(|path| server.send(&Request::plain("GET", path)).body.len());
    let before = sizes();
    for number in 0..20 {
        server.ram("CreateUser", &[("UserName", &format!("user-{number}"))]);
        server.role(&format!("role-{number}"), TRUST_ECS);
    }
    for (before, after) in before.into_iter().zip(sizes()) {
        assert!(after <= before + 20, "{before} bytes before, {after} after");
    }
}
