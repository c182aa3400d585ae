//! Listeners.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;

use rolecall_gate::{Ingress, Service};
use rolecall_types::{Clock, InstanceId, VpcId};
use rustls::ServerConfig;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::connection::{self, Shared, serve};
use crate::head_timer::Heard;
use crate::limits::Limits;
use crate::peers::Peers;
use crate::wire::{Orders, Wire};

/// How many connections wait to be accepted; the kernel takes its own bound where that is lower.
/// With the 128 of the standard library a burst of slow clients makes others wait a second, until
/// they knock again.
const LINE: i32 = 4_096;

/// Where a listener stands: what a request that comes in on it may claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// On the host.
    Host,
    /// Inside an instance's network namespace.
    Instance {
        /// The instance.
        id: InstanceId,
        /// Its VPC.
        vpc: VpcId,
        /// Its private address.
        address: Ipv4Addr,
    },
}

/// A listener with its service. Dropping it closes the listener and lets answers finish.
pub struct Server {
    stop: watch::Sender<bool>,
    accepting: tokio::task::JoinHandle<()>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    /// Serves what comes in on a listener that is bound already. Must be called in a tokio runtime.
    pub fn start(
        listener: StdListener,
        place: Where,
        tls: Option<Arc<ServerConfig>>,
        service: Arc<dyn Service>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        SockRef::from(&listener).listen(LINE)?;
        let listener = TcpListener::from_std(listener)?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared { service, clock, limits });
        let acceptor = tls.map(TlsAcceptor::from);
        let accepting = tokio::spawn(accept(listener, place, acceptor, shared, stopped));
        Ok(Self { stop, accepting })
    }

    /// Takes no more connections, and lets the answers that are under way finish.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    place: Where,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(shared.limits.connections));
    let peers = Peers::new(shared.limits.connections_per_peer);
    loop {
        let Ok(permit) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connection::stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        // Without a word: an answer would be one more thing that it can have of us.
        let Some(place_of_peer) = peers.enter(peer.ip()) else { continue };
        let secure = acceptor.is_some();
        let ingress = match &place {
            Where::Host => Ingress::Host { peer: peer.ip(), secure },
            Where::Instance { id, vpc, address } => {
                Ingress::Instance { id: id.clone(), vpc: vpc.clone(), address: *address, secure }
            }
        };
        let (shared, acceptor, stop) = (Arc::clone(&shared), acceptor.clone(), stop.clone());
        tokio::spawn(async move {
            connect(shared, stream, ingress, acceptor, stop).await;
            drop((permit, place_of_peer));
        });
    }
}

async fn connect(
    shared: Arc<Shared>,
    stream: TcpStream,
    ingress: Ingress,
    acceptor: Option<TlsAcceptor>,
    stop: watch::Receiver<bool>,
) {
    // Without it a kept connection waits 40 ms for a delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let (orders, heard) = (Orders::default(), Heard::default());
    let silence = shared.limits.answer_silence;
    let stream = Wire::new(stream, orders.clone(), heard.clone(), silence);
    match acceptor {
        None => serve(shared, stream, (orders, heard), ingress, stop).await,
        Some(acceptor) => {
            let handshake = tokio::time::timeout(shared.limits.handshake, acceptor.accept(stream));
            if let Ok(Ok(stream)) = handshake.await {
                serve(shared, stream, (orders, heard), ingress, stop).await;
            }
        }
    }
}
