//! V33: requests that two programs could read in two ways, and clients that want us to wait.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::tcp::balance;
use crate::upstream::{Manner, send, upstream};
use crate::world::World;

/// Requests with a second one hidden where another reader would see it. Each is refused as a
/// whole, or reaches the server as one.
const SMUGGLED: &[(&str, &str)] = &[
    ("both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"),
    ("both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX"),
    ("two lengths", "Content-Length: 0\r\nContent-Length: 44\r\n\r\n"),
    ("a list of lengths", "Content-Length: 1, 1\r\n\r\nX"),
    ("a signed length", "Content-Length: +1\r\n\r\nX"),
    ("a length in another base", "Content-Length: 0x1\r\n\r\nX"),
    ("a negative length", "Content-Length: -1\r\n\r\nX"),
    ("a coding that is none", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    ("a list of codings", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked, not at the end", "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ("a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ("a folded line", "X: a\r\n Transfer-Encoding: chunked\r\n\r\n"),
    ("a bare return", "X: a\rTransfer-Encoding: chunked\r\n\r\n"),
    ("a zero in a name", "Trans\0fer-Encoding: chunked\r\n\r\n"),
    ("a bad chunk", "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
    ("a huge chunk", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
    ("two hosts", "Host: other.example.com\r\n\r\n"),
];

#[tokio::test]
async fn no_request_is_read_in_two_ways() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[("HealthCheck", "off")]).await;
    for (name, rest) in SMUGGLED {
        let before = server.heads.lock().unwrap().len();
        let request = format!("POST / HTTP/1.1\r\nHost: example.com\r\n{rest}");
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.write_all(b"GET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ended = tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let heads = server.heads.lock().unwrap();
        let reached = &heads[before..];
        assert!(!reached.iter().any(|head| head.contains("/smuggled")), "{name}: {reached:?}");
        // Or it is read in the one way that the standard tells, and the connection ends.
        let refused = answer.starts_with("HTTP/1.1 4")
            || answer.starts_with("HTTP/1.1 502")
            || answer.contains("connection: close");
        // A server may answer before it has read all of a body that comes in pieces.
        assert!(refused || answer.is_empty() || name.contains("chunk"), "{name}: {answer}");
    }
}

/// Lengths that are equal may be read as one (RFC 9110, 8.6), if the server is told one.
#[tokio::test]
async fn of_two_equal_lengths_the_server_is_told_one() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[("HealthCheck", "off")]).await;
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nX";
    assert_eq!(send(to, request.as_bytes()).await.status, 200);
    let head = server.heads.lock().unwrap()[0].to_ascii_lowercase();
    assert_eq!(head.matches("content-length: 1\r\n").count(), 1, "{head}");
}

#[tokio::test]
async fn heads_that_are_none() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[("HealthCheck", "off")]).await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    for request in [
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{0}\r\n\r\n",
        &long,
    ] {
        let answer = send(to, request.as_bytes()).await;
        let short: String = request.chars().take(40).collect();
        assert!((400..600).contains(&answer.status), "{short:?}: {answer:?}");
    }
    assert!(server.heads.lock().unwrap().is_empty());
    let absolute = "GET http://named.example.com/x HTTP/1.1\r\nHost: other\r\n\r\n";
    assert_eq!(send(to, absolute.as_bytes()).await.status, 200);
    let head = server.heads.lock().unwrap()[0].clone();
    assert!(head.starts_with("GET /x HTTP/1.1\r\n"), "{head}");
    assert_eq!(crate::upstream::field(&head, "host"), Some("named.example.com"));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_left() {
    let world = World::new().await;
    let more = [("HealthCheck", "off"), ("IdleTimeout", "1"), ("RequestTimeout", "1")];
    let (_, to) = balance(&world, "HTTP", &[], &more).await;
    for said in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut rest));
        assert!(ended.await.is_ok(), "{said:?}");
    }
}
