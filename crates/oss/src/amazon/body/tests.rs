use rolecall_crypto::Chunks;

use super::*;

fn head(headers: &[(&str, &str)]) -> RequestHead {
    let headers: Vec<(String, Vec<u8>)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    RequestHead::decode("PUT", "/b/k", headers).unwrap()
}

/// What comes out of a body whose bytes arrive in pieces of so many.
async fn run(
    headers: &[(&str, &str)],
    body: &[u8],
    pieces: usize,
    chunks: Option<Chunks>,
) -> Result<Vec<u8>, BodyError> {
    let head = head(headers);
    let pieces: Vec<_> =
        body.chunks(pieces).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let body = Body::stream(None, Box::pin(futures_util::stream::iter(pieces)));
    let chunked = chunks.map(|chunks| ChunkedBody { chunks, signatures: None });
    let checksum = Checksum::of(&head).unwrap();
    let decoded = decode(&head, body, chunked, checksum).unwrap();
    Ok(decoded.read(1 << 20).await?.to_vec())
}

const TRAILER: Option<Chunks> = Some(Chunks { signed: false, trailer: true });
const HEADERS: [(&str, &str); 2] =
    [("x-amz-decoded-content-length", "11"), ("x-amz-trailer", "x-amz-checksum-crc32")];
/// `hello world`, as the clients of Amazon's that sum their uploads send it.
const BODY: &str = "6\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";

#[tokio::test]
async fn chunks_in_any_pieces_are_one_body() {
    for pieces in 1..=BODY.len() {
        let decoded = run(&HEADERS, BODY.as_bytes(), pieces, TRAILER).await.unwrap();
        assert_eq!(decoded, b"hello world", "{pieces}");
    }
}

#[tokio::test]
async fn no_bit_of_it_may_change() {
    for index in 0..BODY.len() {
        for bit in 0..8 {
            let mut changed = BODY.as_bytes().to_vec();
            changed[index] ^= 1 << bit;
            // Sizes and names are the same in either case.
            if changed.eq_ignore_ascii_case(BODY.as_bytes()) && !(58..64).contains(&index) {
                continue;
            }
            let decoded = run(&HEADERS, &changed, 7, TRAILER).await;
            assert!(decoded.is_err(), "byte {index}, bit {bit}: {decoded:?}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_cut_or_longer_fails() {
    for end in 0..BODY.len() {
        assert!(run(&HEADERS, &BODY.as_bytes()[..end], 16, TRAILER).await.is_err(), "{end}");
    }
    let longer = format!("{BODY}x");
    assert!(run(&HEADERS, longer.as_bytes(), 16, TRAILER).await.is_err());
    let announced = [("x-amz-decoded-content-length", "12"), HEADERS[1]];
    assert!(run(&announced, BODY.as_bytes(), 16, TRAILER).await.is_err());
    let announced = [("x-amz-decoded-content-length", "10"), HEADERS[1]];
    assert!(run(&announced, BODY.as_bytes(), 16, TRAILER).await.is_err());
}

#[tokio::test]
async fn framing_at_its_edges() {
    let headers = [("x-amz-decoded-content-length", "0")];
    let none = Some(Chunks { signed: false, trailer: false });
    assert_eq!(run(&headers, b"0\r\n\r\n", 16, none).await.unwrap(), b"");
    for wrong in [
        "",
        "0",
        "0\r\n",
        "\r\n",
        "-1\r\n\r\n",
        "+0\r\n\r\n",
        " 0\r\n\r\n",
        "0x0\r\n\r\n",
        "00000000000000000000\r\n\r\nx",
        "ffffffffffffffff\r\n\r\n",
        "10000000000000000\r\n\r\n",
        "0\n\n",
        "0\r\nx-amz-meta-a:b\r\n\r\n",
    ] {
        assert!(run(&headers, wrong.as_bytes(), 16, none).await.is_err(), "{wrong:?}");
    }
    let long = format!("0;{}\r\n\r\n", "x".repeat(2 * LINE_BYTES_MAX));
    assert!(run(&headers, long.as_bytes(), 16, none).await.is_err());
}

#[tokio::test]
async fn checksums_before_the_body() {
    for (name, right) in [
        ("x-amz-checksum-crc32", "DUoRhQ=="),
        ("x-amz-checksum-crc32c", "yZRlqg=="),
        ("x-amz-checksum-sha256", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
    ] {
        let headers = [(name, right)];
        assert_eq!(run(&headers, b"hello world", 4, None).await.unwrap(), b"hello world", "{name}");
        assert!(run(&headers, b"hello worle", 4, None).await.is_err(), "{name}");
        assert!(run(&headers, b"hello worl", 4, None).await.is_err(), "{name}");
    }
    let refused = |headers: &[(&str, &str)]| Checksum::of(&head(headers)).is_err();
    assert!(refused(&[("x-amz-checksum-sha1", "AAAA")]));
    assert!(refused(&[("x-amz-checksum-crc32", "!")]));
    assert!(refused(&[("x-amz-checksum-crc32", "AAAA"), ("x-amz-checksum-sha256", "AAAA")]));
    assert!(refused(&[
        ("x-amz-checksum-crc32", "AAAA"),
        ("x-amz-trailer", "x-amz-checksum-crc32")
    ]));
    assert!(!refused(&[("x-amz-checksum-mode", "ENABLED")]));
}
