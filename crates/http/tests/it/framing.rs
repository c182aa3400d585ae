//! Where a request ends (V31): what two readers could end at different places is refused, and what
//! follows it is not run.

use rolecall_http::Limits;

use crate::support::{Edge, statuses};

/// What a smuggler wants to have run.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/// Sends a request whose frame is not clear, with another behind it: neither that one nor anything
/// of this one but a refusal is seen.
fn check_refused(edge: &Edge, request: &str) {
    let before = edge.paths().len();
    let answer = edge.exchange(format!("{request}{SMUGGLED}"));
    let statuses = statuses(&answer);
    assert!(statuses.len() <= 1, "{request:?}: {answer:?}");
    assert!(statuses.iter().all(|status| *status == 400), "{request:?}: {answer:?}");
    let paths = edge.paths().split_off(before);
    assert!(!paths.iter().any(|path| path == "/smuggled"), "{request:?} ran {paths:?}");
    let whole = edge.asked().split_off(before).into_iter().filter(|asked| asked.body.is_ok());
    assert_eq!(whole.count(), 0, "{request:?} was served");
}

fn post(headers: &str, body: &str) -> String {
    format!("POST /victim HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{body}")
}

#[test]
fn one_clear_request_is_served() {
    let edge = Edge::new(Limits::default());
    for (request, body) in [
        (post("Connection: close\r\nContent-Length: 3", "abc"), "abc"),
        (post("Connection: close\r\nContent-Length: 0", ""), ""),
        (
            post(
                "Connection: close\r\nTransfer-Encoding: chunked",
                "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            ),
            "abcde",
        ),
        (post("Connection: close\r\ntransfer-encoding: Chunked", "0\r\nTrailer: x\r\n\r\n"), ""),
    ] {
        let before = edge.asked().len();
        let answer = edge.exchange(&request);
        assert_eq!(statuses(&answer), [200], "{request:?}: {answer}");
        assert_eq!(edge.asked()[before].body.as_deref(), Ok(body), "{request:?}");
    }
}

/// The check can fail: what follows a clear request is run.
#[test]
fn a_second_clear_request_is_served() {
    let edge = Edge::new(Limits::default());
    let answer = edge.exchange(format!("{}{SMUGGLED}", post("Content-Length: 3", "abc")));
    assert_eq!(statuses(&answer), [200, 200]);
    assert_eq!(edge.paths(), ["/victim", "/smuggled"]);
}

#[test]
fn lengths_that_do_not_agree() {
    let edge = Edge::new(Limits::default());
    for headers in [
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 0\r\nContent-Length: 56",
        "Content-Length: 3, 4",
        "Content-Length: 3,4",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x3",
        "Content-Length: 3.0",
        "Content-Length: 3 4",
        "Content-Length: ",
        "Content-Length: abc",
        "Content-Length: 1e1",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999999999999999",
        "Content-Length: \u{0663}",
    ] {
        check_refused(&edge, &post(headers, "abc"));
    }
}

#[test]
fn a_length_and_chunks() {
    let edge = Edge::new(Limits::default());
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: gzip",
        "Transfer-Encoding: gzip\r\nContent-Length: 5",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding\r\n : chunked",
        "Content-Length : 0",
    ] {
        check_refused(&edge, &post(headers, "0\r\n\r\n"));
    }
}

/// RFC 9112, 6.1: the chunks are the body, and the connection ends with the answer, since whoever
/// stands in between may have believed the length.
#[test]
fn a_length_beside_chunks_is_not_believed() {
    let edge = Edge::new(Limits::default());
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 200\r\nTransfer-Encoding: chunked",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
    ] {
        let before = edge.asked().len();
        let request = post(headers, "3\r\nabc\r\n0\r\n\r\n");
        let answer = edge.exchange(format!("{request}{SMUGGLED}"));
        assert_eq!(statuses(&answer).len(), 1, "{headers}: {answer}");
        let asked = edge.asked().split_off(before);
        assert!(asked.len() <= 1, "{headers}: {asked:?}");
        assert!(asked.iter().all(|asked| asked.body.as_deref() == Ok("abc")), "{asked:?}");
    }
}

#[test]
fn lines_that_do_not_end_as_lines_do() {
    let edge = Edge::new(Limits::default());
    for request in [
        "GET /victim HTTP/1.1\r\nHost: h\r\nX-A: a\r\n b\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\nX-A: a\r\n\tb\r\n\r\n",
        "GET /victim HTTP/1.1\r\n Host: h\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\nX-A: a\0b\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\nX A: a\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: h\r\nNothing\r\n\r\n",
        "GET /victim HTTP/1.1\r\rHost: h\r\n\r\n",
        "GET  /victim HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /victim\tHTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /vic tim HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /victim HTTP/1.1 x\r\nHost: h\r\n\r\n",
        "GET /victim HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET /victim HTTP/9.9\r\nHost: h\r\n\r\n",
        "GET /victim\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        check_refused(&edge, request);
    }
}

/// A bare line feed ends a line for every reader that takes it at all; one in a value is refused.
#[test]
fn a_bare_line_feed_hides_nothing() {
    let edge = Edge::new(Limits::default());
    for request in [
        "POST /victim HTTP/1.1\r\nHost: h\r\nX-A: a\nContent-Length: 56\r\n\r\n",
        "POST /victim HTTP/1.1\nHost: h\nContent-Length: 56\n\n",
    ] {
        let before = edge.paths().len();
        crate::support::exchange_and_end(edge.address, format!("{request}{SMUGGLED}").as_bytes());
        let paths = edge.paths().split_off(before);
        assert!(!paths.iter().any(|path| path == "/smuggled"), "{request:?} ran {paths:?}");
    }
}

#[test]
fn chunks_that_are_not_well_formed() {
    let edge = Edge::new(Limits::default());
    for body in [
        "ffffffffffffffff0\r\nabc\r\n0\r\n\r\n",
        "10000000000000003\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "g\r\nabc\r\n0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nab\r\n0\r\n\r\n",
        "3\rabc\r\n0\r\n\r\n",
    ] {
        check_refused(&edge, &post("Transfer-Encoding: chunked", body));
    }
}

/// A client that is gone before the end of its body was not understood.
#[test]
fn a_body_that_ends_early_is_not_served_as_a_short_one() {
    let edge = Edge::new(Limits::default());
    for request in [
        post("Content-Length: 10", "abc"),
        post("Transfer-Encoding: chunked", "3\r\nabc\r\n"),
        post("Transfer-Encoding: chunked", "5\r\nabc"),
    ] {
        let before = edge.asked().len();
        crate::support::exchange_and_end(edge.address, request.as_bytes());
        let read: Vec<_> = edge.asked().split_off(before);
        assert!(read.iter().all(|asked| asked.body.is_err()), "{request:?}: {read:?}");
    }
}

/// A body that the service did not read is not the next request.
#[test]
fn an_unread_body_is_not_the_next_request() {
    let edge = Edge::new(Limits::default());
    let length = SMUGGLED.len();
    let request = format!(
        "POST /unread HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{SMUGGLED}"
    );
    edge.exchange(request);
    assert_eq!(edge.paths(), ["/unread"]);
}

/// One host, or none that can be named: two would be two views of where a request goes.
#[test]
fn hosts_that_do_not_agree() {
    let edge = Edge::new(Limits::default());
    for request in [
        "GET /victim HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET http://a/victim HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET http://u@a/victim HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /victim HTTP/1.1\r\nHost: a b\r\n\r\n",
    ] {
        let answer = edge.exchange(request);
        assert_eq!(statuses(&answer), [400], "{request:?}: {answer}");
    }
    assert_eq!(edge.paths(), Vec::<String>::new());
}
