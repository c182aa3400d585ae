//! V39, a panic is a denial of service: no request, however it is made, brings the server down or
//! gets an answer that blames the server; each refusal can be read and names its request.

use rolecall::reference::operations;
use rolecall_types::{Random, SeededRandom};

use crate::harness::{Answer, Object, Request, Scheme, Server};

/// Draws from a seed, so that a failure can be replayed.
struct Dice(SeededRandom);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % bound as u64).unwrap()
    }

    fn one<'a, T: ?Sized>(&self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A value that programs stumble over.
    fn value(&self) -> String {
        const VALUES: [&str; 28] = [
            "",
            " ",
            "a",
            "0",
            "-1",
            "1",
            "99999999999999999999",
            "1e999",
            "NaN",
            "true",
            "null",
            "[]",
            "{}",
            "[[]]",
            "[\"a\"]",
            "{\"a\":1}",
            "%",
            "%00",
            "\0",
            "\u{7f}",
            "é",
            "\u{10ffff}",
            "acs:ram::1:role/a",
            "acs:ram::1234567890123456:role/",
            "i-1",
            "../..",
            "*",
            "cn-hangzhou",
        ];
        match self.below(12) {
            0 => self.one(&VALUES).repeat(1 + self.below(300)),
            1 => format!("{}{}", self.one(&VALUES), self.one(&VALUES)),
            _ => self.one(&VALUES).to_owned(),
        }
    }
}

/// The answer is not the server's fault, and a refusal says what it refuses, in JSON or XML.
fn check(answer: &Answer, case: &str) {
    assert!(answer.status < 500, "{case}: {answer:?}");
    if answer.status < 400 || answer.body.is_empty() {
        return;
    }
    let text = answer.text();
    if answer.head.contains("application/json") {
        let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(tree["Code"].is_string() && tree["Message"].is_string(), "{case}: {text}");
        assert!(tree["RequestId"].is_string(), "{case}: {text}");
    } else if answer.head.contains("xml") {
        assert!(text.contains("<RequestId>") && text.ends_with("</Error>"), "{case}: {text}");
    } else {
        assert!(text.starts_with("bad request: "), "{case}: {answer:?}");
    }
}

fn must_live(server: &mut Server) {
    assert!(server.is_running(), "the server is down: {}", server.log());
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(server.send(&Request::plain("GET", "/_rolecall/health")).status, 200);
}

/// Every operation with its own parameters, each of them strange: these requests are signed, and so
/// go all the way.
#[test]
fn signed_calls_with_strange_parameters() {
    let mut server = Server::start();
    let dice = Dice(SeededRandom::new(39));
    for operation in operations() {
        let spec = operation.spec();
        if spec.product.version().is_empty() {
            continue;
        }
        for round in 0..14 {
            let names: Vec<String> = operation
                .request()
                .iter()
                .flat_map(|field| {
                    let list = format!("{}.{}", field.name, 1 + dice.below(3));
                    let inner = format!("{}.{}.Key", field.name, 1 + dice.below(3));
                    [field.name.to_owned(), list, inner]
                })
                .collect();
            let chosen: Vec<(&String, String)> = names
                .iter()
                .filter(|name| !name.contains('.') || dice.below(4) == 0)
                .filter(|_| round == 0 || dice.below(3) > 0)
                .map(|name| (name, dice.value()))
                .collect();
            let parameters: Vec<_> =
                chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let scheme = Scheme::RPC[dice.below(2)];
            let call = (spec.product, spec.action);
            let answer = server.send(&server.request(scheme, &server.root, call, &parameters));
            check(&answer, &format!("{} {parameters:?}", spec.action));
        }
    }
    must_live(&mut server);
}

/// Signed object requests with strange names, queries and headers.
#[test]
fn signed_object_requests_with_strange_parts() {
    let mut server = Server::start();
    let dice = Dice(SeededRandom::new(40));
    let bucket = Object::new(Scheme::OssV1Header, &server.root, "PUT", ("bucket", "")).sign();
    assert_eq!(server.send(&bucket).status, 200);
    for _ in 0..700 {
        let (name, key) = (dice.value(), dice.value());
        let visible: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let bucket = if dice.below(2) == 0 { "bucket" } else { visible.as_str() };
        let method = dice.one(&["GET", "PUT", "HEAD", "DELETE", "POST"]);
        let names = [
            "prefix",
            "marker",
            "max-keys",
            "delimiter",
            "list-type",
            "continuation-token",
            "acl",
            "encoding-type",
            "uploads",
            "uploadId",
            "partNumber",
            "x-oss-process",
            "delete",
            "response-content-type",
            "start-after",
            "bucketInfo",
            "versionId",
            "append",
            "position",
        ];
        let values = [dice.value(), dice.value()];
        let mut query: Vec<_> =
            values.iter().map(|value| (dice.one(&names), value.as_str())).collect();
        query.dedup_by_key(|(name, _)| *name);
        let scheme = Scheme::OSS[dice.below(4)];
        let object = Object::new(scheme, &server.root, method, (bucket, &key));
        let mut request = Object { query: &query, ..object }.sign();
        if dice.below(2) == 0 {
            let header = dice.one(&["range", "if-match", "if-modified-since", "content-md5"]);
            let value: String = dice.value().chars().filter(|it| !it.is_control()).collect();
            request = request.header(header, &value);
        }
        request.body = dice.value().into_bytes();
        let answer = server.send(&request);
        assert_ne!(answer.status, 500, "{request:?}: {answer:?}");
        if answer.status != 501 {
            check(&answer, &format!("{request:?}"));
        }
    }
    must_live(&mut server);
}

/// Good requests with bytes changed, and bytes that never were requests.
#[test]
fn mutated_requests() {
    let mut server = Server::start();
    let dice = Dice(SeededRandom::new(41));
    let call = (rolecall_api::Product::Ram, "ListUsers");
    let seeds: Vec<Vec<u8>> = Scheme::RPC
        .iter()
        .map(|scheme| server.request(*scheme, &server.root, call, &[("MaxItems", "5")]))
        .chain(
            Scheme::OSS
                .map(|scheme| Object::new(scheme, &server.root, "GET", ("bucket", "a/b")).sign()),
        )
        .chain([Request::clock(&server.root, &server.address, 0)])
        .map(|request| request.bytes(&server.address))
        .collect();
    for round in 0..2_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len());
            let other = u8::try_from(dice.below(256)).unwrap();
            match dice.below(5) {
                0 => bytes[at] = other,
                1 => bytes.insert(at, other),
                2 => drop(bytes.remove(at)),
                3 => bytes[at] ^= 0x20,
                _ => {
                    let end = (at + dice.below(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        if let Some(answer) = server.exchange_and_end(&bytes) {
            let case = String::from_utf8_lossy(&bytes).into_owned();
            assert!(answer.status < 500 || answer.status == 501, "{case}: {answer:?}");
        }
    }
    must_live(&mut server);
}
