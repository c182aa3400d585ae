//! The life of a connection: kept, closed in order, and never taken down by another one's handler.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;

use rolecall_gate::Ingress;
use rolecall_http::{Limits, Where};
use rolecall_types::{InstanceId, VpcId};

use crate::support::{Edge, Remembering, connect, exchange, listen, read_answer, statuses};

#[test]
fn a_connection_is_kept_until_it_is_told_to_close() {
    let edge = Edge::new(Limits::default());
    let mut stream = connect(edge.address);
    for number in 0..5 {
        write!(stream, "GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        let answer = read_answer(&mut stream);
        assert!(answer.ends_with(&format!("asked /{number}")), "{answer}");
    }
    stream.write_all(b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    assert!(read_answer(&mut stream).contains("connection: close"));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn requests_that_were_sent_at_once_are_answered_in_order() {
    let edge = Edge::new(Limits::default());
    let requests = (0..20)
        .map(|number| format!("GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let answers = edge.exchange(requests + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(statuses(&answers), [200; 21]);
    let places: Vec<_> = (0..20)
        .map(|number| answers.find(&format!("asked /{number}HTTP")).unwrap_or(usize::MAX))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn an_old_client_is_closed_after_its_answer() {
    let edge = Edge::new(Limits::default());
    let answer = exchange(edge.address, b"GET /old HTTP/1.0\r\n\r\n");
    assert!(answer.contains(" 200 ") && answer.ends_with("asked /old"), "{answer}");
}

#[test]
fn every_answer_is_dated_by_our_clock() {
    let edge = Edge::new(Limits::default());
    for request in [
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /?a=%f HTTP/1.1\r\nConnection: close\r\n\r\n",
    ] {
        let answer = edge.exchange(request);
        let dates: Vec<_> = answer.lines().filter(|line| line.starts_with("date: ")).collect();
        assert_eq!(dates, ["date: Tue, 14 Nov 2023 22:13:20 GMT"], "{answer}");
    }
}

#[test]
fn a_head_request_has_no_body() {
    let edge = Edge::new(Limits::default());
    let answer = edge.exchange("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("content-length: 8") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn the_place_of_a_listener_is_what_the_socket_says() {
    let edge = Edge::new(Limits::default());
    let spoofed = "GET / HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: 9.9.9.9\r\n\
                   Forwarded: for=9.9.9.9\
                   \r\nX-Forwarded-Proto: https\r\n\r\n";
    edge.exchange(spoofed);
    let peer = Ipv4Addr::LOCALHOST.into();
    assert_eq!(edge.asked()[0].ingress, Ingress::Host { peer, secure: false });

    let service = Arc::new(Remembering::default());
    let (id, vpc) = (InstanceId::parse("i-1").unwrap(), VpcId::parse("vpc-1").unwrap());
    let address = Ipv4Addr::new(192, 168, 0, 9);
    let place = Where::Instance { id: id.clone(), vpc: vpc.clone(), address };
    let (listening, _server, _runtime) =
        listen(Arc::clone(&service) as _, place, Limits::default());
    exchange(listening, spoofed.as_bytes());
    let expected = Ingress::Instance { id, vpc, address, secure: false };
    assert_eq!(service.0.lock().unwrap()[0].ingress, expected);
}

#[test]
fn a_server_that_stops_takes_no_more() {
    let mut edge = Edge::new(Limits::default());
    let mut kept = connect(edge.address);
    kept.write_all(b"GET /before HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    read_answer(&mut kept);
    edge.stop();
    assert_eq!(kept.read(&mut [0]).unwrap(), 0, "an idle connection is closed");
    let refused = std::net::TcpStream::connect(edge.address)
        .and_then(|mut stream| stream.read(&mut [0]))
        .map_or(true, |count| count == 0);
    assert!(refused);
}

/// A handler that breaks is answered for, and takes nobody else down: neither what else runs nor
/// what comes later, on its own connection or another (V39).
#[test]
fn a_handler_that_breaks_takes_down_nothing_else() {
    let edge = Edge::new(Limits::default());
    let mut bystander = connect(edge.address);
    bystander.write_all(b"GET /one HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    read_answer(&mut bystander);
    for _ in 0..20 {
        let answer = edge.exchange("GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(statuses(&answer), [500], "{answer}");
        assert!(!answer.contains("breaks"), "{answer}");
    }
    bystander.write_all(b"GET /two HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert!(read_answer(&mut bystander).ends_with("asked /two"));
}

/// A refused upload was answered before its body was read; the client sent its next request on the
/// connection that was about to be closed, and saw it break.
#[test]
fn an_answer_before_the_end_of_the_body_says_that_it_closes() {
    let edge = Edge::new(Limits::default());
    let mut stream = connect(edge.address);
    stream.write_all(b"PUT /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nsome").unwrap();
    assert!(read_answer(&mut stream).contains("connection: close"));
    let mut stream = connect(edge.address);
    stream.write_all(b"PUT /read HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nsome").unwrap();
    assert!(!read_answer(&mut stream).contains("connection: close"));
}
