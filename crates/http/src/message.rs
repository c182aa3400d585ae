//! Between hyper's messages and ours.

use std::borrow::Cow;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use rolecall_crypto::{DecodeError, RequestHead};
use rolecall_gate::{Body, BodyError, BodyStream, Ending, Inbound, Ingress, Outbound};
use tokio::time::Instant;

use crate::limits::MIN_BODY_RATE;

/// The body of an answer, as hyper sends it.
pub(crate) type AnswerBody = Either<Full<Bytes>, StreamBody<Framed>>;

/// Whether the body of a request was read to its end. If not, its rest is still on the wire when
/// the answer goes out, and the connection cannot carry another request.
#[derive(Debug)]
pub(crate) enum BodyRead {
    /// There is none, so that it was.
    Empty,
    /// It says so itself, when it was.
    Streamed(Arc<AtomicBool>),
}

impl BodyRead {
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streamed(read) => read.load(Ordering::Acquire),
        }
    }
}

/// A request of ours from one of hyper's, and the emptied table of its headers: the answer's find
/// room in it.
pub(crate) fn inbound(
    request: Request<Incoming>,
    ingress: Ingress,
    silence: Duration,
) -> Result<(Inbound, BodyRead, HeaderMap), DecodeError> {
    let (mut parts, incoming) = request.into_parts();
    let target = match (parts.uri.authority(), parts.uri.path_and_query()) {
        (None, Some(target)) => Cow::Borrowed(target.as_str()),
        _ => Cow::Owned(parts.uri.to_string()),
    };
    let headers =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes().to_vec()));
    let head = RequestHead::decode(parts.method.as_str(), &target, headers)?;
    let (body, read) = body(incoming, silence);
    parts.headers.clear();
    Ok((Inbound { head, body, ingress }, read, parts.headers))
}

fn body(incoming: Incoming, silence: Duration) -> (Body, BodyRead) {
    if incoming.is_end_stream() {
        return (Body::empty(), BodyRead::Empty);
    }
    let read = Arc::new(AtomicBool::new(false));
    let streamed = BodyRead::Streamed(Arc::clone(&read));
    let length = incoming.size_hint().exact();
    let start = Some((incoming, read, silence));
    let pieces = futures_util::stream::unfold(start, move |state| async move {
        let (mut incoming, read, mut patience) = state?;
        loop {
            let asked = Instant::now();
            let frame = match tokio::time::timeout(patience, incoming.frame()).await {
                Err(_) => return Some((Err(BodyError::Timeout), None)),
                Ok(None) => {
                    read.store(true, Ordering::Release);
                    return None;
                }
                Ok(Some(Err(error))) => return Some((Err(broken(error)), None)),
                Ok(Some(Ok(frame))) => frame,
            };
            patience = patience.saturating_sub(asked.elapsed());
            // Trailers are of no use to any of our services.
            if let Ok(piece) = frame.into_data() {
                if incoming.is_end_stream() {
                    read.store(true, Ordering::Release);
                }
                patience = silence.min(patience.saturating_add(bought(&piece)));
                return Some((Ok(piece), Some((incoming, read, patience))));
            }
        }
    });
    (Body::stream(length, Box::pin(pieces)), streamed)
}

/// The patience that a piece of a body buys.
fn bought(piece: &Bytes) -> Duration {
    let bytes = u32::try_from(piece.len()).unwrap_or(u32::MAX);
    Duration::from_secs(bytes.into()) / MIN_BODY_RATE
}

fn broken(error: hyper::Error) -> BodyError {
    if error.is_incomplete_message() || error.is_closed() {
        BodyError::Incomplete
    } else {
        BodyError::Broken(Box::new(error))
    }
}

/// An answer of hyper's from one of ours, with its headers in an empty table. A header that cannot
/// stand on the wire is left out.
pub(crate) fn outbound(answer: Outbound, mut headers: HeaderMap) -> Response<AnswerBody> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let length = answer.body.length();
    let body = match answer.body.as_full() {
        whole if answer.transport.ending == Ending::HalfBody => {
            Either::Right(StreamBody::new(Framed(half(whole))))
        }
        Some(bytes) => Either::Left(Full::new(bytes.clone())),
        None => Either::Right(StreamBody::new(Framed(answer.body.into_stream()))),
    };
    for (name, value) in answer.headers {
        let value = HeaderValue::from_maybe_shared(value);
        if let (Some(name), Ok(value)) = (header_name(name), value) {
            headers.append(name, value);
        }
    }
    // An answer that cannot have a body says nothing of a length: RFC 9110, 8.6.
    let bodiless = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    // The HTTP library says it of a body that is whole and has any bytes.
    let said = matches!(body, Either::Left(_)) && length != Some(0);
    if let Some(length) = length.filter(|_| !bodiless && !said) {
        headers.entry(hyper::header::CONTENT_LENGTH).or_insert(length.into());
    }
    let mut response = Response::new(body);
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

/// The name of a header. One that the program has is not copied.
fn header_name(name: Cow<'static, str>) -> Option<HeaderName> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match name {
        // Of others the library would panic.
        Cow::Borrowed(name) if (1..=64).contains(&name.len()) && name.bytes().all(plain) => {
            Some(HeaderName::from_static(name))
        }
        name => HeaderName::from_bytes(name.as_bytes()).ok(),
    }
}

/// The first half of a body, and then an end that comes too early.
fn half(whole: Option<&Bytes>) -> BodyStream {
    let half = whole.map(|it| it.slice(..it.len() / 2)).unwrap_or_default();
    let sent = async move { Ok(half) };
    // hyper drops what it has not flushed when a body fails, and flushes when one keeps it waiting.
    let broken = async {
        tokio::task::yield_now().await;
        Err(BodyError::Incomplete)
    };
    Box::pin(futures_util::stream::once(sent).chain(futures_util::stream::once(broken)))
}

/// A stream of pieces as frames. An error ends the connection: the peer sees a short body.
pub(crate) struct Framed(BodyStream);

impl Stream for Framed {
    type Item = Result<Frame<Bytes>, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// A service that hyper calls never fails.
pub(crate) type Never = Infallible;
