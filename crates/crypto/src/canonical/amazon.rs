//! Amazon's V4, as clients of the S3-compatible surface sign: the path as it was sent, all of the
//! query, and the headers that are listed. Source: the page "Signature calculations for the
//! Authorization header" of Amazon S3.

use super::{Header, Parameter};
use crate::encoding::{encoded_order, push_encoded, push_encoded_path};

/// What the canonical request is made of.
pub(crate) struct Parts<'a> {
    pub method: &'a str,
    /// The path, decoded; of a virtual host it does not begin with the bucket.
    pub path: &'a str,
    /// All parameters but `X-Amz-Signature`.
    pub query: Vec<Parameter<'a>>,
    /// The signed headers, in the order of their names.
    pub headers: Vec<Header<'a>>,
    /// What the client says of the body: its hash, or a word.
    pub payload: &'a str,
}

/// The canonical request.
pub(crate) fn canonical_request(mut parts: Parts<'_>) -> Vec<u8> {
    parts.query.sort_unstable_by(|left, right| {
        encoded_order(left.0, right.0).then_with(|| encoded_order(left.1, right.1))
    });
    let mut lines = String::with_capacity(512);
    lines.push_str(parts.method);
    lines.push('\n');
    push_encoded_path(&mut lines, parts.path);
    lines.push('\n');
    for (index, (name, value)) in parts.query.iter().enumerate() {
        if index > 0 {
            lines.push('&');
        }
        push_encoded(&mut lines, name);
        lines.push('=');
        push_encoded(&mut lines, value);
    }
    lines.push('\n');

    let mut out = lines.into_bytes();
    for (name, value) in &parts.headers {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        push_folded(&mut out, value);
        out.push(b'\n');
    }
    out.push(b'\n');
    for (index, (name, _)) in parts.headers.iter().enumerate() {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(parts.payload.as_bytes());
    out
}

/// Appends a header's value without the spaces around it, and one for each run of spaces in it.
fn push_folded(out: &mut Vec<u8>, value: &[u8]) {
    let mut space = false;
    for byte in value.trim_ascii() {
        let again = space && *byte == b' ';
        space = *byte == b' ';
        if !again {
            out.push(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_made() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let canonical = canonical_request(Parts {
            method: "GET",
            path: "/a b/\u{e9}+",
            query: vec![("prefix", "J"), ("max-keys", "2"), ("acl", ""), ("max-keys", "1")],
            headers: vec![("host", b"h:1"), ("x-amz-meta-a", b"  a   b ")],
            payload: hash,
        });
        let expected = format!(
            "GET\n/a%20b/%C3%A9%2B\nacl=&max-keys=1&max-keys=2&prefix=J\nhost:h:1\n\
             x-amz-meta-a:a b\n\nhost;x-amz-meta-a\n{hash}"
        );
        assert_eq!(String::from_utf8(canonical).unwrap(), expected);
    }
}
