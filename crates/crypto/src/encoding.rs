//! Percent encoding: strict to read, RFC 3986 to write.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use rolecall_types::SmolStr;

/// The most parameters of one query or one form. `RunInstances`, the widest call, has a few
/// hundred when every list is full; the limit is ours.
pub const MAX_PARAMETERS: usize = 1024;

/// All but the unreserved characters of RFC 3986, which every signature scheme leaves as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The same, with `/` kept.
const RESERVED_BUT_SLASH: &AsciiSet = &RESERVED.remove(b'/');

/// Why the text of a request could not be read. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A `%` without two hexadecimal digits behind it.
    #[error("a percent sign in the {0} is not followed by two hexadecimal digits")]
    Percent(&'static str),
    /// Bytes that are not UTF-8.
    #[error("the {0} is not UTF-8")]
    Utf8(&'static str),
    /// More than [`MAX_PARAMETERS`].
    #[error("the {0} holds more than {MAX_PARAMETERS} parameters")]
    TooMany(&'static str),
    /// A target in a form that no operation uses, or with control characters or spaces.
    #[error("the request target is malformed")]
    Target,
    /// No single, readable `Host`, or one that differs from the target's authority.
    #[error("the host is repeated, unreadable or not the one in the request target")]
    Host,
}

/// A decoded parameter: its name and its value. Most are short, and need no allocation then.
pub type Pair = (SmolStr, SmolStr);

/// Decodes an `application/x-www-form-urlencoded` body: `&` between parameters, `%XX`, and `+` for
/// a space. A name without `=` has an empty value; an empty piece is skipped.
pub fn decode_form(body: &[u8]) -> Result<Vec<Pair>, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::Utf8("form"))?;
    decode_parameters(text, "form")
}

/// Decodes a path: `%XX` only, a `+` is a plus, nothing is normalised.
pub fn decode_path(raw: &str) -> Result<String, DecodeError> {
    decode(raw, false, &mut Vec::new(), "path").map(str::to_owned)
}

/// Percent-encodes everything but the unreserved characters of RFC 3986, in upper-case hexadecimal.
pub fn percent_encode(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, RESERVED).to_string()
}

/// The same, with `/` kept: for the path of an object.
pub fn percent_encode_path(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, RESERVED_BUT_SLASH).to_string()
}

/// Decodes the parameters of the part of a request that is called `part`.
pub(crate) fn decode_parameters(text: &str, part: &'static str) -> Result<Vec<Pair>, DecodeError> {
    let pieces = text.bytes().filter(|byte| *byte == b'&').count().saturating_add(1);
    let mut parameters = Vec::with_capacity(if text.is_empty() { 0 } else { pieces.min(64) });
    let mut room = Vec::new();
    for piece in text.split('&').filter(|piece| !piece.is_empty()) {
        if parameters.len() == MAX_PARAMETERS {
            return Err(DecodeError::TooMany(part));
        }
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let name = SmolStr::new(decode(name, true, &mut room, part)?);
        let value = SmolStr::new(decode(value, true, &mut room, part)?);
        parameters.push((name, value));
    }
    Ok(parameters)
}

/// Appends the encoded form of `text` to `out`.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    out.extend(percent_encoding::percent_encode(text.as_bytes(), RESERVED));
}

/// Appends the encoded form of `text` to `out`, with `/` kept.
pub(crate) fn push_encoded_path(out: &mut String, text: &str) {
    out.extend(percent_encoding::percent_encode(text.as_bytes(), RESERVED_BUT_SLASH));
}

/// Appends the twice encoded form of `text` to `out`: RPC V1 signs an encoded query once more.
pub(crate) fn push_encoded_twice(out: &mut String, text: &str) {
    for piece in percent_encoding::percent_encode(text.as_bytes(), RESERVED) {
        // A piece is either unreserved characters or one `%XX`, whose `%` becomes `%25`.
        match piece.strip_prefix('%') {
            Some(digits) => {
                out.push_str("%25");
                out.push_str(digits);
            }
            None => out.push_str(piece),
        }
    }
}

/// The order of two texts once they are encoded.
pub(crate) fn encoded_order(left: &str, right: &str) -> std::cmp::Ordering {
    let bytes = |text| {
        percent_encoding::percent_encode(str::as_bytes(text), RESERVED).flat_map(str::as_bytes)
    };
    bytes(left).cmp(bytes(right))
}

/// The text itself where nothing in it is encoded; else its decoded form, for which `decoded` is
/// the room.
fn decode<'a>(
    text: &'a str,
    plus_is_space: bool,
    decoded: &'a mut Vec<u8>,
    part: &'static str,
) -> Result<&'a str, DecodeError> {
    let encoded = |byte: &u8| *byte == b'%' || plus_is_space && *byte == b'+';
    if !text.as_bytes().iter().any(encoded) {
        return Ok(text);
    }
    decoded.clear();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = bytes.next().and_then(hex_digit);
                let low = bytes.next().and_then(hex_digit);
                high.zip(low)
                    .map(|(high, low)| high << 4 | low)
                    .ok_or(DecodeError::Percent(part))?
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    std::str::from_utf8(decoded).map_err(|_| DecodeError::Utf8(part))
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_decoded_once_and_strictly() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let decoded = decode_form(text.as_bytes()).unwrap();
            let decoded: Vec<_> = decoded.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(decoded, expected, "{text}");
        };
        check("", &[]);
        check("a", &[("a", "")]);
        check("a=", &[("a", "")]);
        check("a=b=c&&d=+%2B%20", &[("a", "b=c"), ("d", " + ")]);
        check("%41=%e4%b8%ad&=x", &[("A", "中"), ("", "x")]);
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for text in ["%", "%4", "%4g", "a=%zz", "%%41", "a%"] {
            assert_eq!(decode_form(text.as_bytes()), Err(DecodeError::Percent("form")), "{text}");
            assert_eq!(decode_path(text), Err(DecodeError::Percent("path")), "{text}");
        }
        for text in ["%ff", "a=%C3%28", "%ed%a0%80", "%c0%af"] {
            assert_eq!(decode_form(text.as_bytes()), Err(DecodeError::Utf8("form")), "{text}");
        }
        assert_eq!(decode_form(b"\xff"), Err(DecodeError::Utf8("form")));
    }

    #[test]
    fn the_number_of_parameters_is_limited() {
        let full = vec!["a=1"; MAX_PARAMETERS].join("&");
        assert_eq!(decode_form(full.as_bytes()).map(|p| p.len()), Ok(MAX_PARAMETERS));
        let more = format!("{full}&b");
        assert_eq!(decode_form(more.as_bytes()), Err(DecodeError::TooMany("form")));
    }

    #[test]
    fn a_path_keeps_what_a_query_would_change() {
        assert_eq!(decode_path("/a+b%2Bc%2F..//d").unwrap(), "/a+b+c/..//d");
        assert_eq!(decode_path("/%2541").unwrap(), "/%41");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in ".{0,40}") {
            prop_assert_eq!(&decode_path(&percent_encode(text.as_bytes())).unwrap(), &text);
            prop_assert_eq!(&decode_path(&percent_encode_path(text.as_bytes())).unwrap(), &text);
            let mut twice = String::new();
            push_encoded_twice(&mut twice, &text);
            let once = percent_encode(text.as_bytes());
            prop_assert_eq!(twice, percent_encode(once.as_bytes()));
        }

        #[test]
        fn the_encoded_order_is_the_order_of_the_encoded(left in ".{0,9}", right in ".{0,9}") {
            let expected =
                percent_encode(left.as_bytes()).cmp(&percent_encode(right.as_bytes()));
            prop_assert_eq!(encoded_order(&left, &right), expected);
        }

        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = decode_form(&bytes);
        }
    }
}
