//! Bodies: whole or in pieces, never more than the reader takes.

use bytes::Bytes;
use rolecall_gate::{Body, BodyError};

use crate::support::block_on;

type Pieces = Vec<Result<Bytes, BodyError>>;

fn in_pieces(length: Option<u64>, pieces: Pieces) -> Body {
    Body::stream(length, Box::pin(futures_util::stream::iter(pieces)))
}

fn pieces(texts: &[&'static str]) -> Pieces {
    texts.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect()
}

fn check(body: Body, limit: usize) -> Result<String, String> {
    let read = block_on(body.read(limit));
    read.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).map_err(|error| error.to_string())
}

#[test]
fn up_to_the_limit_and_no_further() {
    let whole = || Body::full("abcdef");
    let streamed = || in_pieces(None, pieces(&["ab", "", "cd", "ef"]));
    let declared = || in_pieces(Some(6), pieces(&["ab", "cd", "ef"]));
    for make in [&whole as &dyn Fn() -> Body, &streamed, &declared] {
        assert_eq!(check(make(), 6), Ok("abcdef".to_owned()));
        assert_eq!(check(make(), 5), Err("the body is larger than 5 bytes".to_owned()));
        assert_eq!(check(make(), 0), Err("the body is larger than 0 bytes".to_owned()));
    }
    assert_eq!(check(Body::empty(), 0), Ok(String::new()));
}

/// What declares to be too large is refused before a piece is taken.
#[test]
fn a_declared_length_is_enough_to_refuse() {
    let stream = futures_util::stream::poll_fn(|_| -> std::task::Poll<Option<_>> {
        panic!("a piece was taken");
    });
    let body = Body::stream(Some(u64::MAX), Box::pin(stream));
    assert!(check(body, 1 << 20).is_err());
}

/// Who declares less than it sends gains nothing.
#[test]
fn a_false_length_does_not_widen_the_limit() {
    assert!(check(in_pieces(Some(1), pieces(&["abc", "def"])), 4).is_err());
}

#[test]
fn a_broken_body_is_an_error_and_not_a_short_body() {
    for error in [BodyError::Incomplete, BodyError::Timeout] {
        let text = error.to_string();
        let mut broken = pieces(&["ab"]);
        broken.push(Err(error));
        assert_eq!(check(in_pieces(None, broken), 100), Err(text));
    }
}

#[test]
fn lengths_and_debug() {
    assert_eq!(Body::full("abc").length(), Some(3));
    assert_eq!(in_pieces(None, pieces(&["a"])).length(), None);
    assert!(in_pieces(Some(1), pieces(&["a"])).as_full().is_none());
    assert_eq!(Body::full("abc").as_full().unwrap().as_ref(), b"abc");
    let shown = format!("{:?}", Body::full("canary"));
    assert!(!shown.contains("canary"), "{shown}");
}
