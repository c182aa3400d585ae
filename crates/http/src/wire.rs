//! The socket below a connection, and what an answer asks of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rolecall_gate::{Ending, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::head_timer::Heard;

/// The bit of an order to reset the connection; the eight below it are a hop limit.
const RESET: u16 = 1 << 8;

/// What the next bytes on a connection are to be sent with. Who answers gives the order and the
/// socket takes it; both are one task, so that the order of memory is that of the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders(Arc<AtomicU16>);

impl Orders {
    /// Orders what an answer asks for; to be called before its first byte is written.
    pub(crate) fn give(&self, transport: Transport) {
        let reset = if transport.ending == Ending::Reset { RESET } else { 0 };
        let hops = transport.hop_limit.map_or(0, |limit| u16::from(limit.max(1)));
        if reset | hops != 0 {
            self.0.store(reset | hops, Ordering::Relaxed);
        }
    }

    /// The order that waits, if one does.
    fn take(&self) -> Option<u16> {
        // Nothing waits in nearly all cases, and a look is cheaper than an exchange.
        let waits = self.0.load(Ordering::Relaxed) != 0;
        waits.then(|| self.0.swap(0, Ordering::Relaxed))
    }
}

/// A socket that follows [`Orders`], says when bytes come in, and breaks where the peer takes
/// nothing of what is sent.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    orders: Orders,
    heard: Heard,
    /// The longest that the peer may take nothing.
    answer_silence: Duration,
    /// Rings when it has; set while the peer keeps us waiting.
    waiting: Option<Pin<Box<Sleep>>>,
    /// The lowest hop limit so far. It is never raised again: a packet that was lost for it would
    /// be sent once more, and arrive.
    hop_limit: Option<u16>,
    /// Where the pieces of a small answer come together.
    together: Vec<u8>,
}

/// Up to how many bytes the pieces of an answer are put together: to copy so few is cheaper than
/// to have the system gather them.
const SMALL: usize = 4_096;

impl Wire {
    pub(crate) fn new(
        stream: TcpStream,
        orders: Orders,
        heard: Heard,
        answer_silence: Duration,
    ) -> Self {
        let (hop_limit, together) = (None, Vec::new());
        Self { stream, orders, heard, answer_silence, waiting: None, hop_limit, together }
    }

    /// Sees to it that a peer does not keep us waiting for ever.
    fn patiently(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let silence = self.answer_silence;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(silence)));
        waiting.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Carries out the order that waits. What cannot be ordered is not sent.
    fn obey(&mut self) -> io::Result<()> {
        let Some(order) = self.orders.take() else { return Ok(()) };
        if order & RESET != 0 {
            // The socket is closed by the error, and then says so at once and by a reset.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        if self.hop_limit.is_none_or(|lowest| order < lowest) {
            self.stream.set_ttl(order.into())?;
            self.hop_limit = Some(order);
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.heard.say();
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.obey()?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patiently(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.obey()?;
        let length = pieces.iter().fold(0_usize, |length, it| length.saturating_add(it.len()));
        let written = if length > SMALL {
            Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
        } else {
            let Self { stream, together, .. } = &mut *self;
            together.clear();
            for piece in pieces {
                together.extend_from_slice(piece);
            }
            Pin::new(stream).poll_write(context, together)
        };
        self.patiently(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
