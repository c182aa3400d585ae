//! Requests of listeners that speak HTTP.

mod answer;
mod connector;
mod head;
mod sticky;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::activity::{Activity, Watched};
use super::listener::Shared;
use super::pick::Ends;
use super::target::Target;
use crate::record::{HttpSettings, Settings};
use answer::{Body, Counted, plain, redirect};
use connector::Connector;
use head::Told;
use sticky::Sticky;

/// A server's connections, which are kept for further requests.
pub(super) type Client = hyper_util::client::legacy::Client<Connector, Incoming>;

/// The longest head of a request, in bytes. Source: the limit of the classic load balancer for a
/// line and for all headers together.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// How long a connection to a server is kept without a request.
const KEPT: Duration = Duration::from_secs(15);
/// What is added to the longest wait that the settings allow before a connection on which nothing
/// moves is closed.
const GRACE: Duration = Duration::from_secs(5);

/// The connections of one server.
pub(super) fn client(target: &Target) -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(KEPT)
        .pool_timer(TokioTimer::new())
        .build(Connector::to(target))
}

/// Answers the requests of a connection, until either end closes it or it stands still too long.
pub(super) async fn serve(
    shared: Arc<Shared>,
    settings: &HttpSettings,
    stream: TcpStream,
    ends: Ends,
) {
    let (idle, request) = (settings.idle_timeout, settings.request_timeout);
    let activity = Activity::new();
    let stream = Watched::new(stream, activity.clone());
    let progress = activity.clone();
    let service = service_fn(move |request| {
        let (shared, progress) = (Arc::clone(&shared), progress.clone());
        async move { Ok::<_, Infallible>(forward(&shared, ends, &progress, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(idle.into()))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let limit = Duration::from_secs(idle.max(request).into()).saturating_add(GRACE);
    tokio::select! {
        _ended = connection => {}
        () = activity.stands_still(limit) => {}
    }
}

/// Forwards one request, and its answer back.
async fn forward(
    shared: &Shared,
    ends: Ends,
    progress: &Activity,
    request: Request<Incoming>,
) -> Response<Body> {
    let listener = shared.listener();
    let Settings::Http(settings) = &listener.settings else {
        return plain(StatusCode::SERVICE_UNAVAILABLE);
    };
    let request = match head::admit(request) {
        Ok(request) => request,
        Err(status) => return plain(status),
    };
    if let Some(to) = &settings.redirect {
        return redirect(&request, to.port);
    }
    let sticky = Sticky { balancer: &shared.balancer, session: &settings.sticky };
    let known = sticky.server_of(shared, request.headers());
    let is_known = known.is_some();
    let chosen = known.or_else(|| shared.choose(ends, &[]));
    let Some(forwarded) = chosen else { return plain(StatusCode::SERVICE_UNAVAILABLE) };
    let told = Told { balancer: &shared.balancer, settings, ends };
    let onward = head::onward(request, forwarded.address(), &told);
    let Some(mut onward) = onward else { return plain(StatusCode::BAD_REQUEST) };
    sticky.unmark(onward.headers_mut());
    let patience = Duration::from_secs(settings.request_timeout.into());
    progress.touch();
    let asked = forwarded.client().request(onward);
    let answered = tokio::select! {
        answered = asked => answered,
        () = progress.stands_still(patience) => return plain(StatusCode::GATEWAY_TIMEOUT),
    };
    match answered {
        // Nobody was asked to speak anything else.
        Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            plain(StatusCode::BAD_GATEWAY)
        }
        Ok(mut response) => {
            if response.headers().contains_key(TRANSFER_ENCODING) {
                response.headers_mut().remove(CONTENT_LENGTH);
            }
            head::strip(response.headers_mut());
            sticky.mark(response.headers_mut(), &forwarded, is_known);
            response.map(|body| BoxBody::new(Counted::new(body, forwarded)))
        }
        Err(error) => {
            let server = forwarded.server_id();
            tracing::debug!(%server, %error, "a server did not answer a request");
            plain(StatusCode::BAD_GATEWAY)
        }
    }
}
