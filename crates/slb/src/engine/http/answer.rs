//! Answers: those of servers on their way back, and ours.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, LOCATION};
use hyper::{Request, Response, StatusCode};

use crate::engine::target::Forwarded;

/// The body of an answer.
pub(super) type Body = BoxBody<Bytes, hyper::Error>;

/// The body of a server's answer: the request counts as forwarded until it is over.
#[derive(Debug)]
pub(super) struct Counted {
    body: Incoming,
    _forwarded: Forwarded,
}

impl Counted {
    pub(super) fn new(body: Incoming, forwarded: Forwarded) -> Self {
        Self { body, _forwarded: forwarded }
    }
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer of ours, which says its status alone.
pub(super) fn plain(status: StatusCode) -> Response<Body> {
    let text = format!("{} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain;charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if status == StatusCode::BAD_REQUEST {
        // What follows may be a part of what was refused.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// An answer that sends a request on to HTTPS at a port of the same host.
pub(super) fn redirect(request: &Request<Incoming>, port: u16) -> Response<Body> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // A port is digits; what else has a colon is an address of IPv6.
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let place = if port == 443 {
        format!("https://{name}{path}")
    } else {
        format!("https://{name}:{port}{path}")
    };
    let Ok(place) = HeaderValue::try_from(place) else { return plain(StatusCode::BAD_REQUEST) };
    let mut response = plain(StatusCode::MOVED_PERMANENTLY);
    response.headers_mut().insert(LOCATION, place);
    response
}
