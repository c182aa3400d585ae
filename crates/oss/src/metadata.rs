//! User metadata: headers that a client names itself.

use rolecall_api::ApiError;
use rolecall_crypto::RequestHead;

use crate::code::invalid_argument;
use crate::text::{Octets, latin1_text};

/// What the name of such a header begins with. Nothing of the service's own does.
pub(crate) const METADATA_PREFIX: &str = "x-oss-meta-";

/// The most that names and values of an object's metadata have together, in bytes. Source: OSS
/// `PutObject`.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;

/// The metadata of a request: names in lower case and without their prefix, in their order.
pub(crate) fn metadata(head: &RequestHead) -> Result<Vec<(String, Octets)>, ApiError> {
    let mut found: Vec<(String, Octets)> = Vec::new();
    let mut length = 0_usize;
    for (header, value) in &head.headers {
        let Some(name) = header.strip_prefix(METADATA_PREFIX) else { continue };
        let refuse = |message| Err(invalid_argument(message, header, &latin1_text(value)));
        if name.is_empty() || !name.bytes().all(is_token) {
            return refuse("The name of the user metadata is not valid.");
        }
        if found.iter().any(|(known, _)| known == name) {
            return refuse("The user metadata is given more than once.");
        }
        let Some(value) = Octets::new(value.trim_ascii()) else {
            return refuse("The value of the user metadata is not valid.");
        };
        length = length.saturating_add(name.len()).saturating_add(value.as_bytes().len());
        if length > METADATA_BYTES_MAX {
            return Err(invalid_argument("Meta is too large.", header, ""));
        }
        found.push((name.to_owned(), value));
    }
    Ok(found)
}

/// Whether a byte may stand in a header's name. Source: RFC 9110, `token`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &[u8])]) -> Result<Vec<(String, Octets)>, String> {
        let headers = headers.iter().map(|(name, value)| (name, value.to_vec()));
        let head = RequestHead::decode("PUT", "/", headers).unwrap();
        metadata(&head).map_err(|error| error.message())
    }

    #[test]
    fn names_are_folded_and_values_are_bytes() {
        let found = check(&[
            ("X-Oss-Meta-Author", "中".as_bytes()),
            ("x-oss-metadata", b"other"),
            ("x-oss-meta-b", b" \xff "),
            ("x-oss-meta-c", b""),
        ]);
        let octets = |bytes: &[u8]| Octets::new(bytes).unwrap();
        let expected =
            [("author", octets("中".as_bytes())), ("b", octets(b"\xff")), ("c", octets(b""))];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(found, Ok(expected.to_vec()));
    }

    #[test]
    fn what_cannot_be_given_back_is_refused() {
        let refused = |headers: &[(&str, &[u8])]| check(headers).is_err();
        assert!(refused(&[("x-oss-meta-", b"v")]));
        assert!(refused(&[("x-oss-meta-a b", b"v")]));
        assert!(refused(&[("x-oss-meta-a", b"v\r\nx: y")]));
        assert!(refused(&[("x-oss-meta-a", b"v"), ("X-OSS-META-A", b"w")]));
    }

    #[test]
    fn the_length_counts_names_and_values() {
        let value = vec![b'v'; METADATA_BYTES_MAX - 2];
        assert!(check(&[("x-oss-meta-ab", &value)]).is_ok());
        assert_eq!(check(&[("x-oss-meta-abc", &value)]), Err("Meta is too large.".to_owned()));
    }
}
