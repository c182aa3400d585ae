//! A body whose bytes are counted while they leave.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use rolecall_gate::{Body, BodyError, BodyStream};
use rolecall_types::Clock;

use super::{AccessLog, Line};

/// The same body, whose line is added to the log when its last byte has left, or when nobody takes
/// more of it.
pub(crate) fn watched(body: Body, log: Arc<AccessLog>, line: Line, clock: Arc<dyn Clock>) -> Body {
    let length = body.length();
    let mut pending = Pending { log, line, clock, sent: 0 };
    if let Some(bytes) = body.as_full() {
        pending.count(bytes);
        return body;
    }
    Body::stream(length, Box::pin(Watched { stream: body.into_stream(), pending }))
}

struct Watched {
    stream: BodyStream,
    pending: Pending,
}

/// A line that is added when it is dropped.
struct Pending {
    log: Arc<AccessLog>,
    line: Line,
    clock: Arc<dyn Clock>,
    sent: u64,
}

impl Pending {
    fn count(&mut self, bytes: &Bytes) {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.sent = self.sent.saturating_add(more);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let now = self.clock.now();
        self.log.add(self.line.route.clone(), &self.line.write(self.sent, now), now);
    }
}

impl Stream for Watched {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.stream.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            self.pending.count(bytes);
        }
        polled
    }
}
