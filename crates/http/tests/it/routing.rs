//! Which service a request goes to: by its host, else by its shape.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use rolecall_crypto::{KeyRing, RecordSealer};
use rolecall_gate::{
    Audit, AuditError, AuditRecord, Directory, Gate, GateParts, NonceLedger, Outcome, Service,
    Snapshot, Views,
};
use rolecall_http::{Limits, Router, Server, Where};
use rolecall_store::{Memory, Store};
use rolecall_types::{ManualClock, RegionId, RequestId, SeededRandom};

use crate::support::{
    Remembering, connect, exchange, exchange_and_end, listen, read_answer, statuses,
};

struct Nobody;

impl Directory for Nobody {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::default()
    }
}

impl Audit for Nobody {
    fn open(&self, _: &AuditRecord<'_>) -> Result<(), AuditError> {
        Ok(())
    }

    fn close(&self, _: &RequestId, _: &Outcome) {}
}

/// A gate that knows nobody and has no operation, with two services beside it.
struct Edge {
    address: SocketAddr,
    objects: Arc<Remembering>,
    local: Arc<Remembering>,
    _server: Mutex<Server>,
    _runtime: tokio::runtime::Runtime,
}

impl Edge {
    fn new() -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let key_ring = Arc::new(KeyRing::generate(random.as_ref()));
        let sealer = Arc::new(RecordSealer::new(&key_ring));
        let store = Store::new(Arc::new(Memory::new()), sealer, random.clone());
        let waiting = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let start = waiting.block_on(store.read()).unwrap().revision();
        let (views, _) = Views::follow(store.clone(), start, Vec::new());
        let parts = GateParts {
            clock: Arc::new(ManualClock::at(1_700_000_000)),
            random,
            key_ring,
            store,
            views,
            directory: Arc::new(Nobody),
            nonces: Arc::new(NonceLedger::in_memory()),
            audit: Arc::new(Nobody),
            region: RegionId::find("cn-hangzhou").unwrap(),
        };
        let gate = Arc::new(Gate::new(parts, Vec::new()));
        let (objects, local) = (Arc::<Remembering>::default(), Arc::<Remembering>::default());
        let service = |remembering: &Arc<Remembering>| Arc::clone(remembering) as Arc<dyn Service>;
        let router = Router::new(gate, service(&objects), service(&local));
        let (address, server, runtime) = listen(Arc::new(router), Where::Host, Limits::default());
        Self { address, objects, local, _server: Mutex::new(server), _runtime: runtime }
    }

    fn send(&self, request: &str) -> String {
        exchange(self.address, request.as_bytes())
    }

    /// Where a request goes: `objects`, `local`, or the code of the gate's refusal.
    fn place(&self, request: &str) -> String {
        let count = |service: &Remembering| service.0.lock().unwrap().len();
        let before = (count(&self.objects), count(&self.local));
        let answer = self.send(request);
        let after = (count(&self.objects), count(&self.local));
        match (after.0 - before.0, after.1 - before.1) {
            (1, 0) => "objects".to_owned(),
            (0, 1) => "local".to_owned(),
            (0, 0) => code(&answer),
            other => panic!("{request:?} went to {other:?}"),
        }
    }
}

/// The code of an RPC error, which names its request in the body and in a header.
fn code(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let id = body["RequestId"].as_str().unwrap();
    assert!(head.contains(&format!("x-acs-request-id: {id}")), "{answer}");
    body["Code"].as_str().unwrap().to_owned()
}

fn request(first: &str, host: &str, headers: &str) -> String {
    format!("{first} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")
}

#[test]
fn by_host() {
    let edge = Edge::new();
    for (host, first, expected) in [
        ("ram.aliyuncs.com", "GET /", "MissingAction"),
        ("sts.cn-hangzhou.aliyuncs.com", "GET /anything", "MissingAction"),
        ("ecs.aliyuncs.com", "GET /?Action=X&Version=2014-05-26", "MissingAccessKeyId"),
        ("ecs.aliyuncs.com", "GET /?Action=X&Version=2015-05-01", "InvalidVersion"),
        ("oss-cn-hangzhou.aliyuncs.com", "GET /", "objects"),
        ("b.oss-cn-hangzhou.aliyuncs.com", "GET /?Action=X&Version=2014-05-26", "objects"),
        ("rds.aliyuncs.com", "GET /?Action=X&Version=2014-08-15", "InvalidProduct.NotFound"),
        ("kms.cn-hangzhou.aliyuncs.com", "GET /", "InvalidProduct.NotFound"),
        ("evil.example", "GET /bucket/key", "objects"),
    ] {
        assert_eq!(edge.place(&request(first, host, "")), expected, "{host} {first}");
    }
}

#[test]
fn by_shape() {
    let edge = Edge::new();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n";
    for (first, headers, expected) in [
        ("GET /", "", "objects"),
        ("GET /?Action=X", "", "MissingVersion"),
        ("GET /?Action=", "", "MissingAction"),
        ("GET /", "x-acs-action: X\r\n", "MissingVersion"),
        ("POST /", "x-acs-action: X\r\nx-acs-version: 2014-05-26\r\n", "MissingAccessKeyId"),
        ("POST /", "Authorization: ACS3-HMAC-SHA256 x\r\n", "MissingAction"),
        ("POST /", form, "MissingAction"),
        ("PUT /", form, "objects"),
        ("POST /", "", "objects"),
        ("GET /bucket?Action=X", "", "objects"),
        ("GET /bucket/key", "x-acs-action: X\r\n", "objects"),
        ("GET //?Action=X", "", "objects"),
        ("GET /%2f?Action=X", "", "objects"),
        ("GET /?action=X", "", "objects"),
        ("GET /", "Authorization: OSS k:s\r\n", "objects"),
    ] {
        assert_eq!(
            edge.place(&request(first, "127.0.0.1", headers)),
            expected,
            "{first} {headers}"
        );
    }
}

/// Our own endpoints are under one prefix, on every host, and no other spelling reaches them.
#[test]
fn our_own_prefix() {
    let edge = Edge::new();
    for (path, expected) in [
        ("/_rolecall/health", "local"),
        ("/_rolecall/", "local"),
        ("/_rolecall", "objects"),
        ("/_Rolecall/health", "objects"),
        ("/%5Frolecall/health", "objects"),
        ("//_rolecall/health", "objects"),
        ("/./_rolecall/health", "objects"),
        ("/bucket/../_rolecall/health", "objects"),
    ] {
        assert_eq!(
            edge.place(&request(&format!("GET {path}"), "127.0.0.1", "")),
            expected,
            "{path}"
        );
    }
}

#[test]
fn a_large_call_is_refused_and_closed() {
    let edge = Edge::new();
    let limit = 1 << 20;
    let post = |length: usize, body: &str| {
        format!(
            "POST /?Action=X&Version=2014-05-26 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let exact = format!("A={}", "a".repeat(limit - 2));
    assert_eq!(code(&edge.send(&post(limit, &exact))), "MissingAccessKeyId");
    // Told in advance: the answer comes before the body.
    for length in [limit + 1, usize::MAX / 2] {
        let answer = exchange(edge.address, post(length, "").as_bytes());
        assert_eq!(statuses(&answer), [413], "{answer}");
        assert_eq!(code(&answer), "RequestTooLarge");
    }
    // Not told in advance.
    let mut chunked =
        "POST /?Action=X HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    for _ in 0..=16 {
        chunked.push_str("10000\r\n");
        chunked.push_str(&"a".repeat(0x10000));
        chunked.push_str("\r\n");
    }
    let answer = exchange(edge.address, chunked.as_bytes());
    assert!(matches!(statuses(&answer)[..], [] | [413]), "{answer}");
}

/// Large bodies that are slow to come fill no memory, and small calls are served beside them.
#[test]
fn as_many_large_bodies_are_read_at_one_time_as_memory_is_for() {
    let edge = Edge::new();
    // The word to go on comes when the body is being read.
    let begin = |length: usize| {
        let mut stream = connect(edge.address);
        let head = format!(
            "POST /?Action=X&Version=2014-05-26 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let first = read_answer(&mut stream);
        (stream, first)
    };
    let begun = |length: usize| {
        let (stream, first) = begin(length);
        assert_eq!(statuses(&first), [100], "{first}");
        stream
    };
    let finish = |mut stream: TcpStream, length: usize| {
        stream.write_all("a".repeat(length).as_bytes()).unwrap();
        code(&read_answer(&mut stream))
    };
    let (large, small) = (64 * 1024 + 1, 64 * 1024);
    let slow: Vec<_> = (0..64).map(|_| begun(large)).collect();
    assert_eq!(code(&begin(large).1), "Throttling");
    assert_eq!(finish(begun(small), small), "MissingAccessKeyId");
    for stream in slow {
        assert_eq!(finish(stream, large), "MissingAccessKeyId");
    }
    assert_eq!(finish(begun(large), large), "MissingAccessKeyId");
}

/// A body that does not come is not called too large.
#[test]
fn a_body_that_ends_early_is_said_to() {
    let edge = Edge::new();
    let short = "POST /?Action=X&Version=2014-05-26 HTTP/1.1\r\nHost: h\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nA";
    let answer = exchange_and_end(edge.address, short.as_bytes());
    assert_eq!((statuses(&answer), code(&answer)), (vec![400], "RequestTimeout".to_owned()));
}
