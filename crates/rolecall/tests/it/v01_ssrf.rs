//! V01, requests that a program in the instance was talked into: where tokens are required, none of
//! them gets a byte of a credential, and none gets a token.

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{Server, TRUST_ECS};

const ROLE: &str = "worker";
const HOST: &str = "Host: 100.100.100.200\r\n";
const TTL: &str = "X-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n";
const T: &str = "/latest/meta-data/ram/security-credentials/worker";
const PUT: &str = "PUT /latest/api/token HTTP/1.1\r\n";

/// Sends each text on a connection of its own, says that no more will come, and prints what comes.
const SEND: &str = r#"
import json, socket, sys
seen = []
for text in json.loads(sys.argv[1]):
    with socket.create_connection(("100.100.100.200", 80), 20) as stream:
        answer = b""
        try:
            stream.sendall(text.encode("latin-1"))
            stream.shutdown(socket.SHUT_WR)
            while piece := stream.recv(65536):
                answer += piece
        except (ConnectionResetError, BrokenPipeError, OSError):
            pass
        seen.append(answer.decode("latin-1"))
print(json.dumps(seen))
"#;

fn send(server: &Server, instance: &str, texts: &[String]) -> Vec<String> {
    let texts = serde_json::to_string(texts).unwrap();
    let printed = server.inside(instance, &["python3", "-c", SEND, &texts]);
    serde_json::from_str(&printed).unwrap()
}

/// A request with a head of its own beside the host.
fn with(first: &str, headers: &str) -> String {
    format!("{first} HTTP/1.1\r\n{HOST}{headers}\r\n")
}

fn get(headers: &str) -> String {
    with(&format!("GET {T}"), headers)
}

fn put(headers: &str) -> String {
    format!("{PUT}{headers}\r\n")
}

/// What programs fetch that take an address from a stranger: the method is GET, or no HTTP at all.
fn fetched() -> Vec<(&'static str, String)> {
    vec![
        ("get", get("")),
        ("get of the listing", with("GET /latest/meta-data/ram/security-credentials/", "")),
        ("get in the other tree", with(&format!("GET {}", T.replace("latest", "2016-01-01")), "")),
        ("get of all", with("GET /latest/meta-data/all", "")),
        ("get with a slash", with(&format!("GET {T}/"), "")),
        ("get with a query", with(&format!("GET {T}?x=1"), "")),
        ("head", with(&format!("HEAD {T}"), "")),
        ("post of a form", with(&format!("POST {T}"), "Content-Length: 0\r\n")),
        ("http/1.0", format!("GET {T} HTTP/1.0\r\n\r\n")),
        ("http/1.0 that is kept", format!("GET {T} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
        ("http/0.9", format!("GET {T}\r\n")),
        ("an address in absolute form", with(&format!("GET http://100.100.100.200{T}"), "")),
        ("https in absolute form", with(&format!("GET https://100.100.100.200{T}"), "")),
        ("a user in absolute form", with(&format!("GET http://a@100.100.100.200{T}"), "")),
        ("another host in absolute form", with(&format!("GET http://evil.example{T}"), "")),
        ("a redirect", get("Referer: http://evil.example/moved\r\n")),
        ("a part of a file", get("Range: bytes=0-10\r\n")),
        ("a picture of a page", get("Accept: image/*\r\nSec-Fetch-Mode: no-cors\r\n")),
        ("another origin", get("Origin: http://evil.example\r\n")),
        ("a page's own name", format!("GET {T} HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
        ("localhost", format!("GET {T} HTTP/1.1\r\nHost: localhost\r\n\r\n")),
        ("two hosts", get("Host: evil.example\r\n")),
        ("a websocket", get("Connection: Upgrade\r\nUpgrade: websocket\r\n")),
        ("http/2 by an upgrade", get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n")),
        ("http/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("tls", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00".to_owned()),
        (
            "a tunnel",
            format!("CONNECT 100.100.100.200:80 HTTP/1.1\r\n{HOST}\r\nGET {T} HTTP/1.1\r\n\r\n"),
        ),
        ("the PROXY protocol", format!("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n{}", get(""))),
        ("gopher", format!("_{}", get(""))),
        ("gopher after an empty line", format!("\r\n{}", get(""))),
        ("dict", format!("CLIENT libcurl 8.0\r\nGET {T}\r\nQUIT\r\n")),
        ("ftp", "USER anonymous\r\nPASS a@b\r\n".to_owned()),
        ("mail", "EHLO a\r\nMAIL FROM:<a@b>\r\n".to_owned()),
        ("redis", format!("*2\r\n$3\r\nGET\r\n$49\r\n{T}\r\n")),
        ("memcached", format!("get {T}\r\n")),
        (
            "a line in the path",
            with(&format!("GET {T}%0d%0aX-aliyun-ecs-metadata-token-ttl-seconds:%2060"), ""),
        ),
        ("a second get in the path", with(&format!("GET /x HTTP/1.1\r\n{HOST}\r\nGET {T}"), "")),
        (
            "a get in a body",
            with("GET /latest/", &format!("Content-Length: 90\r\n\r\n{}", get(""))),
        ),
        (
            "a get behind the chunks",
            with(
                "GET /latest/",
                &format!(
                    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}",
                    get("")
                ),
            ),
        ),
        ("an empty token", get("X-aliyun-ecs-metadata-token: \r\n")),
        ("a guessed token", get("X-aliyun-ecs-metadata-token: 1\r\n")),
        ("a token that asks for one", get(TTL)),
        ("a cookie", get("Cookie: X-aliyun-ecs-metadata-token=1\r\n")),
        ("a password", get("Authorization: Basic YTpi\r\n")),
        ("a token in the query", with(&format!("GET {T}?X-aliyun-ecs-metadata-token=1"), "")),
        ("the token of another vendor", get("X-aws-ec2-metadata-token: 1\r\n")),
        ("the header of another vendor", get("Metadata-Flavor: Google\r\nMetadata: true\r\n")),
    ]
}

/// Ways to a token for somebody who does not choose method, headers and host freely.
fn asked_for_a_token() -> Vec<(&'static str, String)> {
    let api = "/latest/api/token";
    let whole = format!("{HOST}{TTL}");
    let length = whole.len() + PUT.len() + 2;
    vec![
        ("get", with(&format!("GET {api}"), TTL)),
        ("post", with(&format!("POST {api}"), TTL)),
        ("small letters", with(&format!("put {api}"), TTL)),
        ("another method", with(&format!("PATCH {api}"), TTL)),
        (
            "a method in a header",
            with(&format!("POST {api}"), &format!("X-HTTP-Method-Override: PUT\r\n{TTL}")),
        ),
        (
            "a method in another header",
            with(
                &format!("POST {api}"),
                &format!("X-HTTP-Method: PUT\r\nX-Method-Override: PUT\r\n{TTL}"),
            ),
        ),
        ("a method in the query", with(&format!("GET {api}?_method=PUT"), TTL)),
        (
            "a method in a form",
            with(&format!("POST {api}"), &format!("{TTL}Content-Length: 11\r\n\r\n_method=PUT")),
        ),
        (
            "a question before",
            with(
                &format!("OPTIONS {api}"),
                "Origin: http://evil.example\r\nAccess-Control-Request-Method: PUT\r\n",
            ),
        ),
        ("no life", put(HOST)),
        ("no life that is good", put(&format!("{HOST}{}", TTL.replace("60", "0")))),
        ("two lives", put(&format!("{whole}{TTL}"))),
        (
            "a life in the query",
            with(&format!("PUT {api}?X-aliyun-ecs-metadata-token-ttl-seconds=60"), ""),
        ),
        ("a life in the body", put(&format!("{HOST}Content-Length: 45\r\n\r\n{TTL}"))),
        (
            "a life of another vendor",
            put(&format!("{HOST}X-aws-ec2-metadata-token-ttl-seconds: 60\r\n")),
        ),
        ("a life with underscores", put(&format!("{HOST}{}", TTL.replace('-', "_")))),
        ("a life with a space", put(&format!("{HOST}{}", TTL.replace(':', " :")))),
        ("a folded life", put(&format!("{HOST}X-A: a\r\n {TTL}"))),
        ("a proxy", put(&format!("{whole}X-Forwarded-For: 192.0.2.1\r\n"))),
        ("a proxy by the standard", put(&format!("{whole}Forwarded: for=192.0.2.1\r\n"))),
        ("a proxy that says so", put(&format!("{whole}Via: 1.1 proxy\r\n"))),
        ("a proxy of another kind", put(&format!("{whole}X-Real-IP: 192.0.2.1\r\n"))),
        ("a page's own name", put(&format!("Host: evil.example\r\n{TTL}"))),
        (
            "a page's own name with the address",
            put(&format!("Host: 100.100.100.200.evil.example\r\n{TTL}")),
        ),
        (
            "a page's own name in absolute form",
            format!("PUT http://evil.example{api} HTTP/1.1\r\nHost: evil.example\r\n{TTL}\r\n"),
        ),
        ("two hosts", put(&format!("{whole}Host: evil.example\r\n"))),
        ("another path", with("PUT /latest/api/token/x", TTL)),
        ("another spelling", with("PUT /latest//api/token", TTL)),
        ("an escaped spelling", with("PUT /latest/api/%74oken", TTL)),
        ("a way around", with("PUT /latest/meta-data/../api/token", TTL)),
        (
            "in a body",
            with("GET /latest/", &format!("Content-Length: {length}\r\n\r\n{}", put(&whole))),
        ),
        ("gopher", format!("_{}", put(&whole))),
    ]
}

#[test]
fn no_request_that_was_talked_into_gets_a_credential() {
    let server = Server::start();
    server.role(ROLE, TRUST_ECS);
    let network = server.network();
    let (instance, other) = (server.instance(&network), server.instance(&network));
    for instance in [&instance, &other] {
        let options = [("HttpEndpoint", "enabled"), ("HttpTokens", "required")];
        let named = [("InstanceId", instance.as_str())];
        let options = [&named[..], &options].concat();
        server.must((Product::Ecs, "ModifyInstanceMetadataOptions"), &options);
        let ids = Value::from(vec![instance.as_str()]).to_string();
        let attach = [("InstanceIds", ids.as_str()), ("RamRoleName", ROLE)];
        server.must((Product::Ecs, "AttachInstanceRamRole"), &attach);
    }
    let token_of = |instance: &str| {
        let answers = send(&server, instance, &[put(&format!("{HOST}{TTL}"))]);
        let (head, token) = answers[0].split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        token.to_owned()
    };
    let token = |token: &str| get(&format!("X-aliyun-ecs-metadata-token: {token}\r\n"));
    // What a program of the instance sends on purpose is answered; otherwise nothing is proved.
    let (own, foreign) = (token_of(&instance), token_of(&other));
    let answers = send(&server, &instance, &[token(&own), token(&foreign)]);
    assert!(answers[0].contains("AccessKeySecret"), "{}", answers[0]);
    assert!(answers[1].starts_with("HTTP/1.1 401"), "another instance's token: {}", answers[1]);

    let shapes = [fetched(), asked_for_a_token()].concat();
    assert!(shapes.len() >= 60, "{}", shapes.len());
    let texts: Vec<_> = shapes.iter().map(|(_, text)| text.clone()).collect();
    let answers = send(&server, &instance, &texts);
    assert_eq!(answers.len(), shapes.len());
    for ((name, text), answer) in shapes.iter().zip(&answers) {
        for secret in ["AccessKeySecret", "SecurityToken", "HTTP/1.1 2", "HTTP/1.0 2", ROLE] {
            assert!(!answer.contains(secret), "{name}: {text:?} got {answer}");
        }
        let leave = answer.to_lowercase().contains("access-control-allow");
        assert!(!leave, "{name}: a page may read {answer}");
        assert!(
            answer.is_empty()
                || answer.starts_with("HTTP/1.1 4")
                || answer.starts_with("HTTP/1.0 4"),
            "{name}: {answer}"
        );
    }
}
