//! What a peer may take of us: time, headers, connections.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rolecall_http::Limits;

use crate::support::{Edge, connect, connect_from, exchange, read_answer, statuses};

/// Short enough that a test does not wait, long enough for a busy machine to answer what is whole.
const SHORT: Duration = Duration::from_millis(200);

#[test]
fn headers_are_counted() {
    let edge = Edge::new(Limits::default());
    let request = |count: usize| {
        let more =
            (1..count).map(|number| format!("X-{number}: a\r\n")).collect::<Vec<_>>().concat();
        format!("GET /counted HTTP/1.1\r\nConnection: close\r\n{more}\r\n")
    };
    assert_eq!(statuses(&edge.exchange(request(100))), [200]);
    assert_eq!(statuses(&edge.exchange(request(101))), [431]);
    assert_eq!(statuses(&edge.exchange(request(5_000))), [431]);
    assert_eq!(edge.paths(), ["/counted"]);
}

#[test]
fn a_head_has_a_size() {
    let edge = Edge::new(Limits { head_bytes: 8192, ..Limits::default() });
    for (target, value, expected) in
        [(1_000, 1_000, 200), (1_000, 10_000, 431), (100_000, 1_000, 414), (1_000, 1_000_000, 431)]
    {
        let request = format!(
            "GET /{} HTTP/1.1\r\nConnection: close\r\nX-A: {}\r\n\r\n",
            "p".repeat(target),
            "a".repeat(value)
        );
        let found = statuses(&edge.exchange(request));
        let refused = expected != 200 && matches!(found[..], [] | [414 | 431]);
        assert!(found == [expected] || refused, "{target} {value}: {found:?}");
    }
    assert_eq!(edge.paths().len(), 1);
}

/// Whoever does not finish a head in time is closed, and others are served meanwhile.
#[test]
fn a_slow_head_is_closed() {
    let edge = Edge::new(Limits { idle: SHORT, head: SHORT, ..Limits::default() });
    for start in ["", "G", "GET /slow HTTP/1.1\r\n", "GET /slow HTTP/1.1\r\nHost: h\r\nX-A: "] {
        let answer = exchange(edge.address, start.as_bytes());
        assert!(matches!(statuses(&answer)[..], [] | [400 | 408]), "{start:?}: {answer}");
    }
    assert_eq!(edge.paths(), Vec::<String>::new());
    assert_eq!(
        statuses(&edge.exchange("GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")),
        [200]
    );
}

/// Each head has the whole time, however many came before it; then silence is closed.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time that passes outside is what is tested")]
fn a_kept_connection_has_as_long_for_each_head() {
    let limit = SHORT * 4;
    let edge = Edge::new(Limits { idle: limit, head: limit, ..Limits::default() });
    let mut stream = connect(edge.address);
    let begun = Instant::now();
    let mut last = begun;
    while begun.elapsed() < limit * 2 {
        last = Instant::now();
        stream.write_all(b"GET /kept HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        assert_eq!(statuses(&read_answer(&mut stream)), [200]);
        std::thread::sleep(SHORT / 2);
    }
    stream.write_all(b"GET /half HTTP/1.1\r\n").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(last.elapsed() >= limit, "closed after {:?}", last.elapsed());
    assert!(!edge.paths().contains(&"/half".to_owned()));
}

/// Whoever says nothing may stay a while; whoever has begun a head has less time, be it the first
/// one of its connection or not.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time that passes outside is what is tested")]
fn a_head_that_has_begun_has_less_time_than_silence() {
    let edge = Edge::new(Limits { head: SHORT, idle: SHORT * 100, ..Limits::default() });
    let kept = || {
        let mut stream = connect(edge.address);
        stream.write_all(b"GET /kept HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        read_answer(&mut stream);
        stream
    };
    let mut silent = [connect(edge.address), kept()];
    for mut begun in [connect(edge.address), kept()] {
        let start = Instant::now();
        begun.write_all(b"G").unwrap();
        let mut rest = Vec::new();
        begun.read_to_end(&mut rest).unwrap();
        assert!(start.elapsed() >= SHORT && start.elapsed() < SHORT * 50, "{:?}", start.elapsed());
    }
    for stream in &mut silent {
        stream.write_all(b"GET /later HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        assert_eq!(statuses(&read_answer(stream)), [200]);
    }
}

/// One byte now and then is no more time for the head.
#[test]
fn a_trickle_of_head_is_closed() {
    let edge = Edge::new(Limits { head: SHORT, ..Limits::default() });
    let mut stream = connect(edge.address);
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n").unwrap();
    let mut sent = 0;
    while stream.write_all(b"X-A: a\r\n").is_ok() {
        sent += 1;
        assert!(sent < 1_000, "it takes headers for ever");
        std::thread::sleep(SHORT / 10);
    }
    assert_eq!(edge.paths(), Vec::<String>::new());
}

#[test]
fn a_body_that_stops_moving_is_closed() {
    let edge = Edge::new(Limits { body_silence: SHORT, ..Limits::default() });
    for (headers, body) in [
        ("Content-Length: 10", "abc"),
        ("Content-Length: 10", ""),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n"),
        ("Transfer-Encoding: chunked", ""),
    ] {
        let before = edge.asked().len();
        let request = format!("POST /slow HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{body}");
        let answer = exchange(edge.address, request.as_bytes());
        assert_eq!(statuses(&answer), [400], "{headers} {body:?}: {answer}");
        let asked = edge.asked().split_off(before);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].body, Err("the body did not come in time".to_owned()));
    }
}

/// One byte now and then is no more time for a body, as long as it may be; one that moves has it.
#[test]
fn a_trickle_of_body_is_closed_and_a_slow_one_is_read() {
    let edge = Edge::new(Limits { body_silence: SHORT, ..Limits::default() });
    for (piece, expected) in [(1, 400), (100, 200)] {
        let mut stream = connect(edge.address);
        let pieces = 40;
        let length = piece * pieces;
        let head = format!("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        for _ in 0..pieces {
            // Twice as long as the patience for all, a tenth of it for each.
            std::thread::sleep(SHORT / 10);
            if stream.write_all("a".repeat(piece).as_bytes()).is_err() {
                break;
            }
        }
        assert_eq!(statuses(&read_answer(&mut stream)), [expected], "{piece} at a time");
    }
}

/// A peer that has its share is closed at once, and others are served.
#[test]
fn connections_of_one_peer_are_counted() {
    let edge = Edge::new(Limits { connections_per_peer: 3, ..Limits::default() });
    let request = b"GET /one HTTP/1.1\r\nHost: h\r\n\r\n";
    let ask = |from: &str| {
        let mut stream = connect_from(from, edge.address);
        let _ = stream.write_all(request);
        let mut first = [0; 12];
        let served = stream.read_exact(&mut first).is_ok() && first == *b"HTTP/1.1 200";
        served.then_some(stream)
    };
    let mut greedy: Vec<_> = (0..6).map(|_| ask("127.0.0.2")).collect();
    let served: Vec<bool> = greedy.iter().map(Option::is_some).collect();
    assert_eq!(served, [true, true, true, false, false, false]);
    let _other = ask("127.0.0.3").expect("another peer is served");
    greedy.clear();
    // The server learns of the ends one after another.
    let again = (0..100).find_map(|_| {
        std::thread::sleep(SHORT / 20);
        ask("127.0.0.2")
    });
    assert!(again.is_some(), "a share is given back");
}

#[test]
fn connections_are_counted() {
    let edge = Edge::new(Limits { connections: 2, ..Limits::default() });
    let request = b"GET /one HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut kept: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = connect(edge.address);
            stream.write_all(request).unwrap();
            read_answer(&mut stream);
            stream
        })
        .collect();
    let mut third = connect(edge.address);
    third.write_all(request).unwrap();
    third.set_read_timeout(Some(SHORT)).unwrap();
    assert!(Read::read(&mut third, &mut [0]).is_err(), "a third is served");
    drop(kept.pop());
    third.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(statuses(&read_answer(&mut third)), [200]);
}
