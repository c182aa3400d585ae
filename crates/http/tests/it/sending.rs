//! What an answer asks of the transport: another end than the usual one.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rolecall_gate::{Body, Ending, Inbound, Outbound, Service, Transport};
use rolecall_http::{Limits, Server, Where};

use crate::support::{connect, listen, read_answer};

/// Answers with ten letters, or with as many as a socket cannot take at once, and ends as its path
/// says.
struct Ends;

const LONG: usize = 8 << 20;

impl Service for Ends {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        let path = inbound.head.path;
        let ending = match path.as_str() {
            "/reset" => Ending::Reset,
            "/half" | "/half-long" | "/half-stream" => Ending::HalfBody,
            _ => Ending::Whole,
        };
        let body = if path.ends_with("long") { "x".repeat(LONG) } else { "abcdefghij".to_owned() };
        let mut answer = Outbound::new(200, "text/plain", body);
        if path == "/half-stream" {
            let piece = futures_util::stream::once(async { Ok("abcdefghij".into()) });
            answer.body = Body::stream(Some(10), Box::pin(piece));
        }
        Box::pin(std::future::ready(answer.sent(Transport { ending, ..Transport::default() })))
    }
}

fn edge() -> (SocketAddr, Server, tokio::runtime::Runtime) {
    listen(Arc::new(Ends), Where::Host, Limits::default())
}

fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
}

/// All that comes, and whether the end of it is a reset.
fn rest(stream: &mut TcpStream) -> (String, bool) {
    let (mut bytes, mut piece) = (Vec::new(), [0; 8_192]);
    let reset = loop {
        match stream.read(&mut piece) {
            Ok(0) => break false,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break true,
            Err(error) => panic!("the peer neither answers nor closes: {error}"),
        }
    };
    (String::from_utf8(bytes).unwrap(), reset)
}

/// Who takes nothing of an answer is given up; who takes it slowly gets all of it.
#[test]
fn an_answer_that_nobody_takes_is_given_up() {
    let silence = Duration::from_millis(300);
    let limits = Limits { answer_silence: silence, ..Limits::default() };
    let (address, _server, _runtime) = listen(Arc::new(Ends), Where::Host, limits);
    let mut stream = connect(address);
    ask(&mut stream, "/long");
    std::thread::sleep(silence * 4);
    let (taken, _) = rest(&mut stream);
    assert!(taken.starts_with("HTTP/1.1 200") && taken.len() < LONG, "{}", taken.len());

    let mut slow = connect(address);
    ask(&mut slow, "/long");
    let (mut taken, mut piece) = (0, vec![0; LONG / 32]);
    while taken < LONG {
        std::thread::sleep(silence / 10);
        taken += slow.read(&mut piece).unwrap();
    }
}

#[test]
fn a_reset_is_one_and_nothing_comes_before_it() {
    let (address, _server, _runtime) = edge();
    let mut stream = connect(address);
    ask(&mut stream, "/reset");
    assert_eq!(rest(&mut stream), (String::new(), true));
    // What was answered before has come, and another connection is none the worse.
    let mut stream = connect(address);
    for _ in 0..2 {
        ask(&mut stream, "/whole");
        assert!(read_answer(&mut stream).ends_with("\r\n\r\nabcdefghij"));
    }
    ask(&mut stream, "/reset");
    assert_eq!(rest(&mut stream), (String::new(), true));
}

#[test]
fn half_of_a_body_comes_where_all_of_it_was_announced() {
    let (address, _server, _runtime) = edge();
    for (path, announced, sent) in [
        ("/half", 10, "abcde".to_owned()),
        ("/half-stream", 10, String::new()),
        ("/half-long", LONG, "x".repeat(LONG / 2)),
    ] {
        let mut stream = connect(address);
        ask(&mut stream, "/whole");
        assert!(read_answer(&mut stream).ends_with("abcdefghij"));
        ask(&mut stream, path);
        let (text, reset) = rest(&mut stream);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        let length = format!("\r\ncontent-length: {announced}");
        assert!(head.contains(&length), "{path}: {head}");
        assert_eq!((body.len(), reset), (sent.len(), false), "{path}");
        assert!(body == sent, "{path}");
    }
}
