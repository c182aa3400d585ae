//! What the edge hands to a service and gets back: requests and answers with streaming bodies, free
//! of any HTTP library.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use rolecall_crypto::RequestHead;
use rolecall_types::{Timestamp, time};

use crate::{Answer, Ingress};

/// A request, its head decoded and its body still on the wire.
#[derive(Debug)]
pub struct Inbound {
    /// The decoded head.
    pub head: RequestHead,
    /// The body.
    pub body: Body,
    /// Where it came in.
    pub ingress: Ingress,
}

/// An answer.
#[derive(Debug)]
pub struct Outbound {
    /// The HTTP status.
    pub status: u16,
    /// The headers, without those that frame the message.
    pub headers: Vec<(Cow<'static, str>, Bytes)>,
    /// The body.
    pub body: Body,
    /// How it is sent.
    pub transport: Transport,
}

/// What the transport is to do with an answer. Whoever asks for nothing gets what is usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transport {
    /// How many hops the packets that carry the answer may go, 1 to 255: their IP time to live. The
    /// bound holds for the rest of the connection, on which what was lost is sent again. Without
    /// one the system's own bound holds.
    pub hop_limit: Option<u8>,
    /// How the answer ends.
    pub ending: Ending,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// Its length is announced, half of it is sent, and the connection closes. Of a body that is
    /// not all there when the answer begins, nothing is sent.
    HalfBody,
    /// The connection is reset without a byte of the answer.
    Reset,
}

impl Outbound {
    /// An answer with a whole body.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        // Most answers have an id and a date as well.
        let headers = Vec::with_capacity(4);
        let answer =
            Self { status, headers, body: Body::full(body), transport: Transport::default() };
        answer.header("content-type", content_type)
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        let (headers, transport) = (Vec::new(), Transport::default());
        Self { status, headers, body: Body::empty(), transport }
    }

    /// The same, with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Bytes>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same, sent in a way of its own.
    #[must_use]
    pub fn sent(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }
}

impl From<Answer> for Outbound {
    fn from(answer: Answer) -> Self {
        Self::new(answer.status, answer.content_type, answer.body)
            .header("x-acs-request-id", answer.request_id.to_string())
    }
}

/// The `Date` of an answer. A second's text is kept for the answers of that second.
pub fn http_date(at: Timestamp) -> Bytes {
    thread_local! {
        static KEPT: RefCell<(i64, Bytes)> = RefCell::default();
    }
    KEPT.with_borrow_mut(|(second, text)| {
        if *second != at.as_second() || text.is_empty() {
            (*second, *text) = (at.as_second(), time::http_date(at).into());
        }
        text.clone()
    })
}

/// Answers requests.
pub trait Service: Send + Sync + 'static {
    /// Answers one request. It always answers; failures are answers too.
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>>;
}

/// A body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The peer stopped sending before the end that it had announced.
    #[error("the body is shorter than it was declared")]
    Incomplete,
    /// It is not what its sender signed or summed.
    #[error("the body is not what was signed or summed")]
    Mismatch,
    /// The peer was too slow.
    #[error("the body did not come in time")]
    Timeout,
    /// It is larger than the reader takes.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Reading failed.
    #[error("the body cannot be read")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The bytes of a request or an answer.
pub struct Body(Content);

enum Content {
    Full(Bytes),
    Stream { length: Option<u64>, stream: BodyStream },
}

/// Pieces of a body in their order.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self(Content::Full(Bytes::new()))
    }

    /// Bytes that are all there.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self(Content::Full(bytes.into()))
    }

    /// Bytes still to come, with their number where it is known.
    pub fn stream(length: Option<u64>, stream: BodyStream) -> Self {
        Self(Content::Stream { length, stream })
    }

    /// The number of bytes, where it is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Content::Full(bytes) => u64::try_from(bytes.len()).ok(),
            Content::Stream { length, .. } => *length,
        }
    }

    /// The bytes, if they are all there already.
    pub fn as_full(&self) -> Option<&Bytes> {
        match &self.0 {
            Content::Full(bytes) => Some(bytes),
            Content::Stream { .. } => None,
        }
    }

    /// The pieces.
    pub fn into_stream(self) -> BodyStream {
        match self.0 {
            Content::Full(bytes) => {
                Box::pin(futures_util::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
            }
            Content::Stream { stream, .. } => stream,
        }
    }

    /// Reads everything, up to `limit` bytes.
    pub async fn read(self, limit: usize) -> Result<Bytes, BodyError> {
        let too_large = || BodyError::TooLarge { limit };
        if self.length().is_some_and(|length| usize::try_from(length).is_ok_and(|it| it > limit)) {
            return Err(too_large());
        }
        if let Content::Full(bytes) = self.0 {
            return Ok(bytes);
        }
        let mut stream = self.into_stream();
        let mut whole = BytesMut::new();
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            if whole.len().saturating_add(piece.len()) > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}
