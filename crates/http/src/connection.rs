//! One connection.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rolecall_gate::{Inbound, Ingress, Outbound, Service, http_date};
use rolecall_types::Clock;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::head_timer::{HeadTimer, Heard};
use crate::limits::Limits;
use crate::message::{AnswerBody, Never, inbound, outbound};
use crate::wire::Orders;

/// What all connections of a listener share.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

/// Serves a connection until it ends, or until `stop` and the answer that is under way.
pub(crate) async fn serve<S>(
    shared: Arc<Shared>,
    stream: S,
    (orders, heard): (Orders, Heard),
    ingress: Ingress,
    mut stop: tokio::sync::watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = shared.limits;
    let service = service_fn(|request| answer(&shared, &orders, request, ingress.clone()));
    let connection = http1::Builder::new()
        .timer(HeadTimer::new(limits.head, heard))
        .header_read_timeout(limits.idle)
        .max_buf_size(limits.head_bytes)
        // Who has sent a whole request may close its half and still gets the answer. It also saves
        // a read, and a buffer for it, that would look for an end during each request.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A broken connection is the peer's affair; there is nobody left to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Waits for the word to stop, or for the one who could say it to be gone.
pub(crate) async fn stopped(stop: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopping| *stopping).await;
}

async fn answer(
    shared: &Shared,
    orders: &Orders,
    request: Request<Incoming>,
    ingress: Ingress,
) -> Result<Response<AnswerBody>, Never> {
    let (mut answer, whole, headers) = match inbound(request, ingress, shared.limits.body_silence) {
        Ok((inbound, read, headers)) => (served(shared, inbound).await, read.is_whole(), headers),
        Err(error) => {
            let body = format!("bad request: {error}\n");
            (Outbound::new(400, "text/plain;charset=utf-8", body), false, HeaderMap::new())
        }
    };
    let has = |wanted: &str| answer.headers.iter().any(|(it, _)| it.eq_ignore_ascii_case(wanted));
    let (closes, dated) = (has("connection"), has("date"));
    // Say so before the connection goes: a client that was told does not send its next request on
    // it.
    if !closes && !whole {
        answer = answer.header("connection", "close");
    }
    if !dated {
        answer = answer.header("date", http_date(shared.clock.now()));
    }
    orders.give(answer.transport);
    Ok(outbound(answer, headers))
}

/// The service's answer. A handler that panics costs its own request and nothing else (V39 of the
/// security notes); what it held is dropped on the way out.
async fn served(shared: &Shared, inbound: Inbound) -> Outbound {
    let serving = async { shared.service.serve(inbound).await };
    AssertUnwindSafe(serving).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a handler panicked; its request is answered with status 500");
        let body = "the request failed inside the server\n";
        Outbound::new(500, "text/plain;charset=utf-8", body).header("connection", "close")
    })
}
