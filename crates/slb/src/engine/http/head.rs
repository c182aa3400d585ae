//! Heads of requests and answers on their way through.
//!
//! A server must read a request as the load balancer did. So what can be read in two ways is
//! refused, and what says where a body ends is written anew.

use std::net::SocketAddrV4;

use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::uri::{Authority, PathAndQuery};
use hyper::{Method, Request, StatusCode, Uri, Version};
use rolecall_types::LoadBalancerId;

use crate::engine::pick::Ends;
use crate::record::HttpSettings;

/// Headers of one connection, which end with it. Source: RFC 9110, section 7.6.1.
const OF_ONE_CONNECTION: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authenticate"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Lets a request through that can be read in one way only. Its host is then in its header.
pub(super) fn admit(mut request: Request<Incoming>) -> Result<Request<Incoming>, StatusCode> {
    let is_one_way = is_framed_once(request.version(), request.headers());
    let asks_for_nothing = request.method() == Method::CONNECT || request.uri().path() == "*";
    if !is_one_way || asks_for_nothing {
        return Err(StatusCode::BAD_REQUEST);
    }
    let named: Vec<_> = request.headers().get_all(HOST).iter().cloned().collect();
    // A request that names its host in its first line means that one. Source: RFC 9112, 3.2.2.
    let host = match (request.uri().authority(), named.as_slice()) {
        (Some(authority), [] | [_]) => authority.as_str().to_owned(),
        (None, [host]) => host.to_str().map_err(|_| StatusCode::BAD_REQUEST)?.to_owned(),
        (None, []) if request.version() == Version::HTTP_10 => return Ok(request),
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    if !is_host(&host) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let host = HeaderValue::try_from(host).map_err(|_| StatusCode::BAD_REQUEST)?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}

/// Whether headers say in one way only where the body ends.
fn is_framed_once(version: Version, headers: &HeaderMap) -> bool {
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    let codings: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
    match codings.as_slice() {
        [] => lengths <= 1,
        [coding] => {
            lengths == 0
                && version == Version::HTTP_11
                && coding.as_bytes().eq_ignore_ascii_case(b"chunked")
        }
        _ => false,
    }
}

/// Whether a text is a host with or without a port, and nothing else.
fn is_host(text: &str) -> bool {
    !text.contains('@') && text.parse::<Authority>().is_ok()
}

/// What a request is told on its way.
pub(super) struct Told<'a> {
    pub(super) balancer: &'a LoadBalancerId,
    pub(super) settings: &'a HttpSettings,
    pub(super) ends: Ends,
}

/// A request as a server gets it; `None` where it asks for nothing that a server could be asked.
pub(super) fn onward(
    request: Request<Incoming>,
    server: SocketAddrV4,
    told: &Told<'_>,
) -> Option<Request<Incoming>> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme("http").authority(server.to_string()).path_and_query(path);
    parts.uri = uri.build().ok()?;
    parts.version = Version::HTTP_11;
    let host = parts.headers.get(HOST).cloned();
    strip(&mut parts.headers);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(EXPECT);
    // Whatever a client calls a header of one connection, the host is none.
    host.map(|host| parts.headers.insert(HOST, host));
    tell(&mut parts.headers, told);
    Some(Request::from_parts(parts, body))
}

/// Takes away what is of one connection.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_ONE_CONNECTION) {
        headers.remove(name);
    }
}

/// Tells a server of the client and of the load balancer.
fn tell(headers: &mut HeaderMap, told: &Told<'_>) {
    let Told { balancer, settings, ends } = told;
    if settings.forwarded_for {
        let name = HeaderName::from_static("x-forwarded-for");
        let before = headers.get_all(&name).iter().filter_map(|value| value.to_str().ok());
        let client = ends.client.ip().to_string();
        let all: Vec<&str> = before.chain([client.as_str()]).collect();
        put(headers, name, all.join(", "));
    }
    for (is_told, name, value) in [
        (settings.forwarded_ip, "slb-ip", ends.listener.ip().to_string()),
        (settings.forwarded_id, "slb-id", balancer.to_string()),
        (settings.forwarded_proto, "x-forwarded-proto", "http".to_owned()),
        (settings.forwarded_port, "x-forwarded-port", ends.listener.port().to_string()),
        (
            settings.forwarded_client_port,
            "x-forwarded-client-srcport",
            ends.client.port().to_string(),
        ),
    ] {
        if is_told {
            put(headers, HeaderName::from_static(name), value);
        }
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        // Several of one name stay several.
        let mut headers = HeaderMap::new();
        for (name, value) in pairs.iter().map(pair) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_body_has_one_end() {
        let (length, chunked) = (("content-length", "3"), ("transfer-encoding", "chunked"));
        for (pairs, expected) in [
            (&[][..], true),
            (&[length], true),
            (&[chunked], true),
            (&[("transfer-encoding", "Chunked")], true),
            (&[length, length], false),
            (&[length, chunked], false),
            (&[chunked, chunked], false),
            (&[("transfer-encoding", "gzip, chunked")], false),
            (&[("transfer-encoding", "chunked, identity")], false),
            (&[("transfer-encoding", "xchunked")], false),
            (&[("transfer-encoding", "")], false),
        ] {
            assert_eq!(is_framed_once(Version::HTTP_11, &headers(pairs)), expected, "{pairs:?}");
        }
        assert!(!is_framed_once(Version::HTTP_10, &headers(&[chunked])));
    }

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("example.com", true),
            ("example.com:80", true),
            ("[::1]:80", true),
            ("", false),
            ("a@b", false),
            ("a b", false),
            ("a/b", false),
        ] {
            assert_eq!(is_host(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_of_one_connection_ends_with_it() {
        let mut all = headers(&[
            ("connection", "close, x-own"),
            ("x-own", "1"),
            ("keep-alive", "1"),
            ("upgrade", "websocket"),
            ("transfer-encoding", "chunked"),
            ("accept", "*/*"),
        ]);
        strip(&mut all);
        assert_eq!(all, headers(&[("accept", "*/*")]));
    }

    #[test]
    fn a_server_is_told_what_the_listener_says() {
        let ends =
            Ends { client: ([10, 0, 0, 1], 4_000).into(), listener: ([127, 64, 0, 1], 80).into() };
        let balancer = LoadBalancerId::parse("lb-a").unwrap();
        let all = HttpSettings {
            forwarded_id: true,
            forwarded_ip: true,
            forwarded_proto: true,
            forwarded_port: true,
            forwarded_client_port: true,
            ..HttpSettings::default()
        };
        let mut told = headers(&[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")]);
        tell(&mut told, &Told { balancer: &balancer, settings: &all, ends });
        let expected = [
            ("x-forwarded-for", "1.2.3.4, 10.0.0.1"),
            ("x-forwarded-proto", "http"),
            ("slb-ip", "127.64.0.1"),
            ("slb-id", "lb-a"),
            ("x-forwarded-port", "80"),
            ("x-forwarded-client-srcport", "4000"),
        ];
        assert_eq!(told, headers(&expected));
        let mut usual = HeaderMap::new();
        let settings = HttpSettings::default();
        tell(&mut usual, &Told { balancer: &balancer, settings: &settings, ends });
        assert_eq!(usual, headers(&[("x-forwarded-for", "10.0.0.1")]));
    }
}
