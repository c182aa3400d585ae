use std::net::TcpListener as StdListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn loopback() -> Outward {
    Outward::new(vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()])
}

/// A server that answers each request with these bytes; its address, and how often it was asked.
async fn server(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (format!("http://{address}"), asked)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_document_is_read_where_the_network_is_allowed() {
    let (url, asked) = server(answer("200 OK", "", b"{}")).await;
    assert_eq!(loopback().fetch(&format!("{url}/a?b=c"), &[]).await.unwrap(), b"{}");
    let refused = Outward::new(Vec::new()).fetch(&url, &[]).await.unwrap_err();
    assert!(matches!(refused, EgressError::Refused { .. }), "{refused}");
    let other = Outward::new(vec!["10.0.0.0/8".parse().unwrap()]).fetch(&url, &[]).await;
    assert!(matches!(other, Err(EgressError::Refused { .. })));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (goal, asked) = server(answer("200 OK", "", b"{}")).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let (url, _) = server(answer(status, &format!("location: {goal}\r\n"), b"")).await;
        assert!(loopback().fetch(&url, &[]).await.is_err(), "{status}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn only_a_whole_document_of_bounded_length_is_read() {
    let most = vec![b'a'; MAX_DOCUMENT];
    let (url, _) = server(answer("200 OK", "", &most)).await;
    assert_eq!(loopback().fetch(&url, &[]).await.unwrap().len(), MAX_DOCUMENT);
    let over = vec![b'a'; MAX_DOCUMENT + 1];
    let endless = [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &over[..]].concat();
    for wrong in [
        answer("200 OK", "", &over),
        endless,
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}".to_vec(),
        answer("404 Not Found", "", b"{}"),
        answer("204 No Content", "", b""),
        answer("500 Oops", "", b"{}"),
        b"HTTP/1.1".to_vec(),
        b"220 smtp.example.com ready\r\n".to_vec(),
        Vec::new(),
    ] {
        let (url, _) = server(wrong).await;
        let failed = loopback().fetch(&url, &[]).await;
        assert!(matches!(failed, Err(EgressError::Failed { .. })));
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let failed = loopback().fetch(&url, &[]).await.unwrap_err();
    assert!(matches!(failed, EgressError::Failed { .. }), "{failed}");
}

/// V17: spellings of addresses that must not be reached, and a tap that sees whether they are.
#[tokio::test]
async fn no_spelling_of_a_near_address_is_asked() {
    let taps = [StdListener::bind("0.0.0.0:0"), StdListener::bind("[::]:0")];
    let taps: Vec<_> = taps.into_iter().filter_map(Result::ok).collect();
    let hosts = [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0x7f000001",
        "0x7f.0x0.0x0.0x1",
        "0x7f.1",
        "127.0.0.2",
        "127.255.255.254",
        "0.0.0.0",
        "0",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "LocalHost",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[::ffff:0:127.0.0.1]",
        "[fe80::1]",
        "user@127.0.0.1",
        "idp.example.com@127.0.0.1",
        "%6c%6f%63%61%6c%68%6f%73%74",
        "127%2e0%2e0%2e1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "169.254.169.254",
        "100.100.100.200",
        "1684301000",
        "0x64.0x64.0x64.0xc8",
        "[::ffff:100.100.100.200]",
    ];
    let outward = Outward::new(Vec::new());
    let mut asked = 0;
    for tap in &taps {
        tap.set_nonblocking(true).unwrap();
        let port = tap.local_addr().unwrap().port();
        for host in hosts {
            for scheme in ["http", "https", "HTTP"] {
                let url = format!("{scheme}://{host}:{port}/keys");
                let result =
                    tokio::time::timeout(Duration::from_millis(500), outward.fetch(&url, &[]));
                assert!(!matches!(result.await, Ok(Ok(_))), "{url}");
                asked += 1;
            }
        }
        let seen = tap.accept().map(|(_, peer)| peer);
        assert!(seen.is_err(), "somebody came: {seen:?}");
    }
    assert!(asked >= 120, "{asked}");
}

#[tokio::test]
async fn forms_that_are_no_url_of_a_document_are_refused() {
    for url in [
        "",
        "idp.example.com",
        "/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "http://",
        "http:///keys",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:/#a",
        "http://a@127.0.0.1/",
        "http://a:b@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1\r\nX-Evil: 1/",
        "http://127.0.0.1/\r\nX-Evil: 1",
        "http://[::1/",
    ] {
        let refused = loopback().fetch(url, &[]).await;
        assert!(matches!(refused, Err(EgressError::Refused { .. })), "{url:?}: {refused:?}");
    }
}

#[tokio::test]
async fn what_is_not_encrypted_stays_on_the_machine() {
    let everywhere = Outward::new(vec!["0.0.0.0/0".parse().unwrap()]);
    let refused = everywhere.fetch("http://192.0.2.1/keys", &[]).await.unwrap_err();
    assert!(matches!(refused, EgressError::Refused { .. }), "{refused}");
}
