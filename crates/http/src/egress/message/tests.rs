use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

fn loopback() -> Outward {
    Outward::new(vec!["127.0.0.0/8".parse().unwrap()])
}

fn message(url: &str) -> Message<'_> {
    Message {
        url,
        host: None,
        names_server: false,
        headers: vec![("x-oss-bucket", "bucket".to_owned())],
        body: Bytes::from_static(b"a=b"),
        longest_reply: 10,
    }
}

/// A server that answers each request with these bytes; its address, and what it hears.
async fn server(answer: &'static str) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (hear, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"a=b") {
                if stream.read_buf(&mut request).await.unwrap() == 0 {
                    break;
                }
            }
            hear.send(String::from_utf8(request).unwrap()).unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (format!("http://{address}"), heard)
}

#[tokio::test]
async fn a_message_is_one_post() {
    let (url, mut heard) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let sent = format!("{url}/a%20b?c=d");
    let reply = loopback().send(message(&sent)).await.unwrap();
    assert_eq!(reply, Reply { status: 200, body: Bytes::from_static(b"{}") });
    let request = heard.recv().await.unwrap();
    assert!(request.starts_with("POST /a%20b?c=d HTTP/1.1\r\n"), "{request}");
    let host = format!("host: {}\r\n", url.strip_prefix("http://").unwrap());
    for line in [host.as_str(), "x-oss-bucket: bucket\r\n", "content-length: 3\r\n"] {
        assert!(request.contains(line), "{request}");
    }
    let sent = Message { host: Some("app.example.com"), ..message(&url) };
    loopback().send(sent).await.unwrap();
    let request = heard.recv().await.unwrap();
    assert!(request.contains("host: app.example.com\r\n"), "{request}");
}

#[tokio::test]
async fn other_statuses_are_told_and_redirects_not_followed() {
    let (goal, mut heard) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let redirect = format!("HTTP/1.1 301 Moved\r\nlocation: {goal}\r\ncontent-length: 0\r\n\r\n");
    for (answer, status) in [
        (&*redirect.leak(), 301),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", 404),
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 2\r\n\r\n{}", 502),
    ] {
        let (url, _heard) = server(answer).await;
        let reply = loopback().send(message(&url)).await.unwrap();
        assert_eq!(reply, Reply { status, body: Bytes::new() });
    }
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn an_answer_says_how_long_it_is_and_is_not_too_long() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n\"123456789\"",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n{}",
    ] {
        let (url, _heard) = server(answer).await;
        let failed = loopback().send(message(&url)).await.unwrap_err();
        assert!(matches!(failed, MessageError::Length { .. }), "{answer:?}: {failed}");
    }
    let (url, _heard) = server("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\"12345678\"").await;
    assert_eq!(loopback().send(message(&url)).await.unwrap().body.len(), 10);
}

#[tokio::test]
async fn a_server_that_breaks_off_or_is_silent_fails() {
    for answer in
        ["", "HTTP/1.1", "220 smtp ready\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"]
    {
        let (url, _heard) = server(answer).await;
        let failed = loopback().send(message(&url)).await.unwrap_err();
        assert!(matches!(failed, MessageError::Failed { .. }), "{answer:?}: {failed}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let failed = loopback().send(message(&url)).await.unwrap_err();
    assert!(matches!(failed, MessageError::Late { .. }), "{failed}");
}

#[tokio::test]
async fn a_plain_message_may_leave_the_machine_where_it_may_go_at_all() {
    let outward = Outward::new(vec!["192.0.2.0/24".parse().unwrap()]);
    let sent = outward.send(message("http://192.0.2.1:9/"));
    let sent = tokio::time::timeout(Duration::from_millis(300), sent).await;
    // Nobody is there; what counts is that it was tried.
    assert!(!matches!(sent, Ok(Err(MessageError::Forbidden { .. }))), "{sent:?}");
}

#[test]
fn an_address_is_checked_before_anything_is_sent() {
    let target = |url: &str| loopback().check(url).unwrap();
    assert_eq!(target("http://app.example.com"), "/");
    assert_eq!(target("http://app.example.com?a=b"), "/?a=b");
    assert_eq!(target("https://127.0.0.1:8443/a%2Fb?c=d&e"), "/a%2Fb?c=d&e");
    for url in ["http://10.0.0.1/", "https://[::1]/", "http://[::ffff:10.0.0.1]:80/a"] {
        assert!(matches!(loopback().check(url), Err(MessageError::Forbidden { .. })), "{url}");
    }
    for url in
        ["", "app", "ftp://a/", "http://a@b/", "http://a:test/", "http://a/#b", "http://a/ b"]
    {
        assert!(matches!(loopback().check(url), Err(MessageError::Malformed { .. })), "{url}");
    }
}

/// The ways in which resolvers and parsers of URLs are known to write an address.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let number = u32::from(address);
    let (high, low) = (number >> 16, number & 0xFFFF);
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}."),
        format!("{number}"),
        format!("{number:#x}"),
        format!("{number:#X}").replace("0X", "0x"),
        format!("0{number:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.{b}.0{c:o}.{d}"),
        format!("000{a:o}.{b}.{c}.{d}"),
        format!("{a}.{}", number & 0xFF_FFFF),
        format!("{a:#x}.{:#x}", number & 0xFF_FFFF),
        format!("{a}.{b}.{low}"),
        format!("{a}.{b}.{low:#x}"),
        format!("[::ffff:{a}.{b}.{c}.{d}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[::FFFF:{high:04X}:{low:04X}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::{a}.{b}.{c}.{d}]"),
        format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
        format!("[2002:{high:x}:{low:x}::]"),
        format!("[::ffff:0:{a}.{b}.{c}.{d}]"),
        format!("app.example.com@{a}.{b}.{c}.{d}"),
        format!("{a}%2e{b}%2e{c}%2e{d}"),
        format!("{a}。{b}。{c}。{d}"),
    ]
}

/// V17: spellings of addresses that must not be reached, and a tap that sees whether they are.
#[tokio::test]
async fn no_spelling_of_a_private_address_gets_a_message() {
    let taps = [StdListener::bind("0.0.0.0:0"), StdListener::bind("[::]:0")];
    let taps: Vec<_> = taps.into_iter().filter_map(Result::ok).collect();
    let addresses = [
        [127, 0, 0, 1],
        [127, 255, 255, 254],
        [0, 0, 0, 0],
        [10, 0, 0, 1],
        [172, 16, 0, 1],
        [192, 168, 1, 1],
        [169, 254, 169, 254],
        [100, 100, 100, 200],
        [100, 64, 0, 1],
    ];
    let names = ["localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[fe80::1]", "[fd00::1]"];
    let mut hosts: Vec<_> =
        addresses.iter().flat_map(|address| spellings((*address).into())).collect();
    hosts.extend(names.map(str::to_owned));
    assert!(hosts.len() >= 200, "{}", hosts.len());
    let outward = Outward::new(Vec::new());
    for tap in &taps {
        tap.set_nonblocking(true).unwrap();
        let port = tap.local_addr().unwrap().port();
        for host in &hosts {
            let url = format!("http://{host}:{port}/callback");
            let sent =
                tokio::time::timeout(Duration::from_millis(500), outward.send(message(&url)));
            assert!(!matches!(sent.await, Ok(Ok(_))), "{url}");
        }
        let seen = tap.accept().map(|(_, peer)| peer);
        assert!(seen.is_err(), "somebody came: {seen:?}");
    }
}
