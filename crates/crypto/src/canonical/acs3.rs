//! ACS3: path, query, the headers that the client lists, and the body's hash.

use super::{Header, Parameter, push_header};
use crate::encoding::push_encoded;

/// What the canonical request is made of.
pub(crate) struct Parts<'a> {
    pub method: &'a str,
    /// As sent.
    pub path: &'a str,
    pub query: Vec<Parameter<'a>>,
    /// The signed headers, sorted by name.
    pub headers: Vec<Header<'a>>,
    pub body_sha256: &'a str,
}

/// The canonical request.
pub(crate) fn canonical_request(mut parts: Parts<'_>) -> Vec<u8> {
    parts.query.sort_unstable();
    let mut query = String::new();
    for (index, (name, value)) in parts.query.iter().enumerate() {
        if index > 0 {
            query.push('&');
        }
        push_encoded(&mut query, name);
        query.push('=');
        push_encoded(&mut query, value);
    }
    let mut out = Vec::with_capacity(query.len().saturating_add(1024));
    for line in [parts.method, parts.path, &query] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    for header in &parts.headers {
        push_header(&mut out, *header);
    }
    out.push(b'\n');
    for (index, (name, _)) in parts.headers.iter().enumerate() {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(parts.body_sha256.as_bytes());
    out
}
