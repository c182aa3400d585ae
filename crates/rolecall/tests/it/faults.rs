//! Fault plans: what an application meets that was told of none.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{ALLOW_ALL, PATIENCE, Request, Scheme, Server, TRUST_ACCOUNT, TRUST_ECS, now};

const ROLE: &str = "worker";
const CREDENTIALS: &str = "/latest/meta-data/ram/security-credentials/worker";
const ITEM: &str = "/latest/meta-data/instance-id";
const SLOW: Duration = Duration::from_millis(400);

/// Asks for a path on a connection of its own and prints what comes, and how it ends.
const ASK: &str = r#"
import json, socket, sys, time
method, path = sys.argv[1:]
begin = time.monotonic()
stream = socket.create_connection(("100.100.100.200", 80), 30)
more = "Host: 100.100.100.200\r\nConnection: close\r\nX-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n\r\n"
stream.sendall(f"{method} {path} HTTP/1.1\r\n{more}".encode())
seen, reset = b"", False
try:
    while piece := stream.recv(65536):
        seen += piece
except ConnectionResetError:
    reset = True
print(json.dumps([seen.decode(), reset, time.monotonic() - begin]))
"#;

/// What came back on one connection.
#[derive(Debug)]
struct Seen {
    /// 0 where nothing came.
    status: u16,
    announced: usize,
    body: String,
    reset: bool,
    took: Duration,
}

impl Seen {
    fn of(text: &str, reset: bool, took: Duration) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let announced = length.map_or(0, |length| length.parse().unwrap());
        Self { status, announced, body: body.to_owned(), reset, took }
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    fn is_good(&self) -> bool {
        self.status == 200 && !self.reset && self.announced == self.body.len()
    }
}

fn inside(server: &Server, instance: &str, method: &str, path: &str) -> Seen {
    let said = server.inside(instance, &["python3", "-c", ASK, method, path]);
    let (text, reset, seconds): (String, bool, f64) = serde_json::from_str(&said).unwrap();
    Seen::of(&text, reset, Duration::from_secs_f64(seconds))
}

#[expect(clippy::disallowed_methods, reason = "how long a real server takes")]
fn outside(server: &Server, request: &Request) -> Seen {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&request.bytes(&server.address)).unwrap();
    let (mut bytes, mut piece) = (Vec::new(), [0; 8192]);
    let reset = loop {
        match stream.read(&mut piece) {
            Ok(0) => break false,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break true,
            Err(error) => panic!("the server neither answers nor closes: {error}"),
        }
    };
    Seen::of(std::str::from_utf8(&bytes).unwrap(), reset, begin.elapsed())
}

/// What a verb of `rolecall faults` says; it must succeed.
fn faults(server: &Server, words: &str) -> String {
    let words: Vec<&str> = ["faults"].into_iter().chain(words.split(' ')).collect();
    let output = server.command(&words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn status(server: &Server) -> Value {
    let output = server.command(&["status", "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server with an instance that wears a role, and another one that does.
fn world() -> (Server, [String; 2]) {
    let server = Server::start();
    server.role(ROLE, TRUST_ECS);
    let network = server.network();
    let instances = [server.instance(&network), server.instance(&network)];
    let ids = serde_json::to_string(&instances).unwrap();
    let attached = [("RegionId", "cn-hangzhou"), ("InstanceIds", &*ids), ("RamRoleName", ROLE)];
    server.must((Product::Ecs, "AttachInstanceRamRole"), &attached);
    (server, instances)
}

#[test]
fn nothing_strikes_by_default_and_status_says_so() {
    let (server, [instance, _]) = world();
    let report = status(&server);
    assert_eq!(report["faults"], serde_json::json!([]));
    assert_eq!(report["real_instances"], 0);
    assert_eq!(report["clock_offset_seconds"], 0);
    assert_eq!(report["endpoint"], format!("http://{}", server.address));
    for path in [CREDENTIALS, ITEM] {
        let seen = inside(&server, &instance, "GET", path);
        assert!(seen.is_good(), "{seen:?}");
    }
    server.advance(90);
    faults(&server, "add --service sts --fault throttle --count 2");
    let report = status(&server);
    assert_eq!(
        (&report["real_instances"], &report["clock_offset_seconds"]),
        (&1.into(), &90.into())
    );
    assert_eq!(report["faults"][0]["left"], 2);
    let text = String::from_utf8(server.command(&["status"]).stdout).unwrap();
    for line in [
        "instances  1 real on this machine",
        "clock      90 seconds ahead",
        "  1: sts throttle: struck 0, 2 left",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in {text}");
    }
    faults(&server, "clear");
    let text = String::from_utf8(server.command(&["status"]).stdout).unwrap();
    assert!(text.lines().any(|line| line == "faults     none"), "{text}");
}

#[test]
fn the_metadata_service_on_a_bad_day() {
    let (server, [instance, other]) = world();
    let good = inside(&server, &instance, "GET", CREDENTIALS);
    assert!(good.is_good() && good.json().is_some(), "{good:?}");
    let struck = |fault: &str| {
        let words = "add --service metadata --action credentials --count 1 --instance";
        faults(&server, &format!("{words} {instance} --fault {fault}"));
        // Neither another instance nor another item.
        let spared = inside(&server, &other, "GET", CREDENTIALS);
        assert!(spared.is_good() && spared.json().is_some(), "{fault}: {spared:?}");
        assert!(inside(&server, &instance, "GET", ITEM).is_good(), "{fault}");
        let seen = inside(&server, &instance, "GET", CREDENTIALS);
        // It is used up.
        let after = inside(&server, &instance, "GET", CREDENTIALS);
        assert!(after.is_good() && after.body == good.body, "{fault}: {after:?}");
        seen
    };
    let slow = struck("latency=400ms");
    assert!(slow.is_good() && slow.body == good.body && slow.took >= SLOW, "{slow:?}");
    for (fault, code, title) in [
        ("status=500", 500, "500 - Internal Server Error"),
        ("status=503", 503, "503 - Service Unavailable"),
        ("throttle", 429, "429 - Too Many Requests"),
    ] {
        let seen = struck(fault);
        assert_eq!((seen.status, seen.reset), (code, false), "{fault}: {seen:?}");
        assert!(seen.body.contains(&format!("<title>{title}</title>")), "{fault}: {seen:?}");
    }
    let reset = struck("reset");
    assert!(reset.reset && reset.status == 0, "{reset:?}");
    let half = struck("half-body");
    assert_eq!((half.status, half.announced, half.reset), (200, good.body.len(), false));
    assert_eq!(Some(half.body.as_str()), good.body.get(..good.body.len() / 2));
    let malformed = struck("malformed-json");
    assert!(malformed.is_good() && malformed.json().is_none(), "{malformed:?}");
    let expired = struck("expired").json().unwrap();
    let [over, began] =
        ["Expiration", "LastUpdated"].map(|it| expired[it].as_str().unwrap().to_owned());
    assert!(over < rolecall_types::time::seconds(now()), "{over}");
    assert!(began < over && expired["Code"] == "Success", "{began}");
    let fresh = good.json().unwrap();
    assert_eq!(expired["SecurityToken"], fresh["SecurityToken"], "the session itself is good");
}

#[test]
fn tokens_and_items_are_struck_by_their_names() {
    let (server, [instance, _]) = world();
    let ask = |method, path| inside(&server, &instance, method, path).status;
    faults(&server, "add --service metadata --action token --fault status=502");
    faults(&server, "add --service metadata --action meta-data/instance --fault throttle");
    assert_eq!(ask("PUT", "/latest/api/token"), 502);
    assert_eq!([ask("GET", ITEM), ask("GET", CREDENTIALS)], [429, 200]);
    assert_eq!(ask("GET", "/2016-01-01/meta-data/instance/instance-type"), 429);
    faults(&server, "clear");
    assert_eq!([ask("PUT", "/latest/api/token"), ask("GET", ITEM)], [200, 200]);
}

/// How often the audit trail tells of a call.
fn recorded(server: &Server, action: &str) -> usize {
    server.audit().lines().filter(|line| line.contains(&format!("\"{action}\""))).count()
}

#[test]
fn sts_on_a_bad_day() {
    let server = Server::start();
    server.role(ROLE, TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let arn = format!("acs:ram::{}:role/{ROLE}", crate::harness::ACCOUNT);
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
    let assume = |scheme, more: &[(&str, &str)]| {
        let parameters = [&parameters, more].concat();
        let call = (Product::Sts, "AssumeRole");
        outside(&server, &server.request(scheme, &user, call, &parameters))
    };
    let others = || {
        for call in [(Product::Sts, "GetCallerIdentity"), (Product::Ram, "ListRoles")] {
            let seen = outside(&server, &server.request(Scheme::Acs3, &user, call, &[]));
            assert!(seen.is_good() && seen.json().is_some(), "{call:?}: {seen:?}");
        }
    };
    // What was seen, and how many records the audit trail has more for it.
    let struck = |scheme, fault: &str, more: &[(&str, &str)]| {
        let words = "add --service sts --action AssumeRole --count 1 --fault";
        faults(&server, &format!("{words} {fault}"));
        others();
        let before = recorded(&server, "AssumeRole");
        let seen = assume(scheme, more);
        let records = recorded(&server, "AssumeRole") - before;
        let after = assume(scheme, &[]);
        assert!(after.is_good(), "{fault}: it is used up: {after:?}");
        (seen, records)
    };
    for scheme in Scheme::RPC {
        for (fault, code, name) in [
            ("status=500", 500, "InternalError"),
            ("status=503", 503, "ServiceUnavailable"),
            ("throttle", 429, "Throttling"),
        ] {
            let (seen, records) = struck(scheme, fault, &[]);
            assert_eq!((seen.status, seen.reset, records), (code, false, 0), "{seen:?}");
            let body = seen.json().unwrap();
            assert_eq!(body["Code"], name);
            assert!(body["RequestId"].is_string() && body["Message"].is_string(), "{body}");
        }
        let (reset, records) = struck(scheme, "reset", &[]);
        assert!(reset.reset && reset.status == 0 && records == 0, "{reset:?}");
        let (slow, records) = struck(scheme, "latency=400ms", &[]);
        assert!(slow.is_good() && slow.took >= SLOW && records > 0, "{slow:?}");
        let (half, records) = struck(scheme, "half-body", &[]);
        assert_eq!((half.status, half.body.len()), (200, half.announced / 2), "{half:?}");
        assert!(records > 0 && half.announced > 100);
        let (malformed, records) = struck(scheme, "malformed-json", &[]);
        assert!(malformed.is_good() && malformed.json().is_none() && records > 0);
        let (expired, records) = struck(scheme, "expired", &[]);
        let over = expired.json().unwrap()["Credentials"]["Expiration"].clone();
        assert!(over.as_str().unwrap() < &*rolecall_types::time::seconds(now()), "{over}");
        assert!(expired.is_good() && records > 0);
    }
    // The answer in XML is spoilt as well, and a denial stays one.
    let xml = [("Format", "XML")];
    let (expired, _) = struck(Scheme::RpcV1, "expired", &xml);
    let over = expired.body.split_once("<Expiration>").unwrap().1;
    assert!(over < &*rolecall_types::time::seconds(now()), "{}", expired.body);
    let wrong = [("DurationSeconds", "1")];
    for fault in ["expired", "malformed-json"] {
        let (refused, _) = struck(Scheme::Acs3, fault, &wrong);
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.json().unwrap()["Code"], "InvalidParameter.DurationSeconds");
    }
}

#[test]
fn sts_as_one_instance_sees_it() {
    let (server, [instance, other]) = world();
    let add = "add --service sts --fault status=503 --instance";
    faults(&server, &format!("{add} {instance}"));
    let url = "http://sts.aliyuncs.com/?Action=GetCallerIdentity&Version=2015-04-01";
    let codes = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url];
    assert_eq!(server.inside(&instance, &codes), "503");
    let secure = url.replace("http:", "https:");
    let codes_by_tls = [&codes[..6], &[&secure]].concat();
    assert_eq!(server.inside(&instance, &codes_by_tls), "503");
    assert_ne!(server.inside(&other, &codes), "503");
    let call = server.call(&server.root, (Product::Sts, "GetCallerIdentity"), &[]);
    assert_eq!(call.status, 200, "{call:?}");
}

#[test]
fn the_same_seed_strikes_the_same_requests() {
    let server = Server::start();
    let strikes = || -> Vec<u16> {
        faults(&server, "add --service sts --fault throttle --probability 0.5 --seed 7");
        let call = (Product::Sts, "GetCallerIdentity");
        let struck = (0..24).map(|_| server.call(&server.root, call, &[]).status).collect();
        faults(&server, "clear");
        struck
    };
    let first = strikes();
    assert!(first.contains(&200) && first.contains(&429), "{first:?}");
    assert_eq!(first, strikes());
}

#[test]
fn what_cannot_be_a_fault_is_refused_with_words() {
    let server = Server::start();
    let refused = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        let output = server.command(&words);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (words, status, said) in [
        ("faults add --service sts --fault bang", 2, "say latency=250ms"),
        ("faults add --service oss --fault reset", 2, "possible values: metadata, sts"),
        (
            "faults add --service sts --fault reset --action assumeRole",
            1,
            "InvalidFault: `assumeRole`",
        ),
        ("faults add --service metadata --fault reset --action /x", 1, "meta-data/instance-id"),
        ("faults add --service metadata --fault reset --count 0", 1, "leave --count out"),
        ("faults add --service metadata --fault reset --probability 2", 1, "at most 1"),
        ("faults add --service metadata --fault reset --probability nan", 1, "at most 1"),
        (
            "faults add --service sts --action GetCallerIdentity --fault expired",
            1,
            "no credentials",
        ),
    ] {
        let (code, text) = refused(words);
        assert_eq!(code, Some(status), "{words}: {text}");
        assert!(text.contains(said), "{words}: {text}");
    }
    assert_eq!(faults(&server, "list"), "there is no fault; add one: rolecall faults add\n");
    let nowhere = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_rolecall");
    for verb in [&["faults", "list"][..], &["status"]] {
        let mut command = std::process::Command::new(program);
        let output = command.args(verb).arg("--data").arg(nowhere.path()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("start one: rolecall dev"), "{text}");
    }
}
