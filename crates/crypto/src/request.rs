//! The head of a request, decoded once.

use std::fmt;

use rolecall_types::SmolStr;

use crate::encoding::{DecodeError, Pair, decode_parameters};

/// A header: its name in lower case, and its value as sent.
pub type Header = (SmolStr, Vec<u8>);

/// The head of a request. Routing, signatures and handlers all read this one value, so that what
/// was signed is what runs. Its `Debug` shows names and no values, for some of them are secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The method as sent; methods are case-sensitive.
    pub method: SmolStr,
    /// The `Host` header as sent; it may carry a port. Empty when there is none.
    pub host: SmolStr,
    /// The path as sent, still percent-encoded, without the query; never empty.
    pub path: SmolStr,
    /// The parameters of the query in their order, decoded: `%XX`, and `+` for a space.
    pub query: Vec<Pair>,
    /// The headers in their order: name in lower case, value as bytes (metadata may be raw UTF-8).
    pub headers: Vec<Header>,
}

impl RequestHead {
    /// Decodes a request's first line and headers.
    ///
    /// `target` is the path with its query, or in absolute form (`http://host/path`), as proxies
    /// send it.
    pub fn decode(
        method: &str,
        target: &str,
        headers: impl IntoIterator<Item = (impl AsRef<str>, Vec<u8>)>,
    ) -> Result<Self, DecodeError> {
        if target.bytes().any(|byte| byte <= b' ' || byte == 0x7F || byte == b'#') {
            return Err(DecodeError::Target);
        }
        let (authority, rest) = split_authority(target)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = if path.is_empty() { "/" } else { path };
        let headers: Vec<Header> =
            headers.into_iter().map(|(name, value)| (lower_case(name.as_ref()), value)).collect();
        Ok(Self {
            method: method.into(),
            host: host(authority, &headers)?,
            path: path.into(),
            query: decode_parameters(query, "query")?,
            headers,
        })
    }

    /// The value of a header that was sent once and is readable text; `name` in lower case.
    /// `None` when it is absent, repeated, not UTF-8, or holds control characters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.header_bytes(name)?).ok()?.trim();
        let controls = if text.is_ascii() {
            text.bytes().any(|byte| byte.is_ascii_control())
        } else {
            text.chars().any(char::is_control)
        };
        (!controls).then_some(text)
    }

    /// The value of a header that was sent once, as sent; `name` in lower case.
    pub fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Whether the header was sent, however often; `name` in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header == name)
    }

    /// The first value of a parameter of the query; empty when it was sent without one.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .field("query", &Names(self.query.iter().map(|(name, _)| name.as_str())))
            .field("headers", &Names(self.headers.iter().map(|(name, _)| name.as_str())))
            .finish()
    }
}

struct Names<I>(I);

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Debug for Names<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.clone()).finish()
    }
}

fn lower_case(name: &str) -> SmolStr {
    let upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
    if upper { name.to_ascii_lowercase().into() } else { name.into() }
}

/// Splits an absolute-form target into its authority and the rest.
fn split_authority(target: &str) -> Result<(Option<&str>, &str), DecodeError> {
    if target.starts_with('/') || target == "*" {
        return Ok((None, target));
    }
    let (scheme, rest) = target.split_once("://").ok_or(DecodeError::Target)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(DecodeError::Target);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end).ok_or(DecodeError::Target)?;
    if authority.is_empty() || authority.contains('@') {
        return Err(DecodeError::Target);
    }
    Ok((Some(authority), rest))
}

/// The one host that the request names: two that differ would be two views of where it goes.
fn host(authority: Option<&str>, headers: &[Header]) -> Result<SmolStr, DecodeError> {
    let mut hosts = headers.iter().filter(|(name, _)| name == "host").map(|(_, value)| value);
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(DecodeError::Host);
    }
    let Some(value) = first else {
        return Ok(authority.unwrap_or_default().into());
    };
    let host = std::str::from_utf8(value).map_err(|_| DecodeError::Host)?.trim();
    if !host.bytes().all(|byte| byte.is_ascii_graphic())
        || authority.is_some_and(|authority| !authority.eq_ignore_ascii_case(host))
    {
        return Err(DecodeError::Host);
    }
    Ok(host.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, hosts: &[&str]) -> Result<RequestHead, DecodeError> {
        let headers = hosts.iter().map(|host| ("Host".to_owned(), host.as_bytes().to_vec()));
        RequestHead::decode("GET", target, headers)
    }

    #[test]
    fn forms_of_the_target() {
        let head = check("/b/%2Fk?x=a+b&y", &["h:80"]).unwrap();
        assert_eq!((head.host.as_str(), head.path.as_str()), ("h:80", "/b/%2Fk"));
        assert_eq!(
            (head.query("x"), head.query("y"), head.query("z")),
            (Some("a b"), Some(""), None)
        );
        let head = check("http://H:80?x=1", &["h:80"]).unwrap();
        assert_eq!((head.host.as_str(), head.path.as_str()), ("h:80", "/"));
        assert_eq!(check("https://h/k", &[]).unwrap().host, "h");
        assert_eq!(check("/", &[]).unwrap().host, "");
        assert_eq!(check("*", &["h"]).unwrap().path, "*");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for target in ["", "h:443", "ftp://h/", "http:///", "http://u@h/", "/a b", "/a\r\n", "/#a"]
        {
            assert_eq!(check(target, &["h"]), Err(DecodeError::Target), "{target:?}");
        }
        for (target, hosts) in
            [("/", &["a", "a"][..]), ("http://a/", &["b"]), ("/", &["a b"]), ("/", &["中"])]
        {
            assert_eq!(check(target, hosts), Err(DecodeError::Host), "{target} {hosts:?}");
        }
        assert_eq!(check("/?a=%f", &["h"]), Err(DecodeError::Percent("query")));
    }

    #[test]
    fn a_header_is_one_readable_value() {
        let head = |values: &[&[u8]]| {
            let headers = values.iter().map(|value| ("X-A".to_owned(), value.to_vec()));
            RequestHead::decode("GET", "/", headers).unwrap()
        };
        assert_eq!(head(&[b" a "]).header("x-a"), Some("a"));
        assert_eq!(head(&["中".as_bytes()]).header("x-a"), Some("中"));
        assert_eq!(head(&[b"a", b"a"]).header("x-a"), None);
        assert_eq!(head(&[b"\xff"]).header("x-a"), None);
        assert_eq!(head(&[b"\xff"]).header_bytes("x-a"), Some(&b"\xff"[..]));
        assert_eq!(head(&[b"a\x07"]).header("x-a"), None);
        assert!(head(&[b"a", b"a"]).has_header("x-a"));
    }
}
