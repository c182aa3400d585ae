//! How the connections of a server are made.

use std::io;
use std::net::SocketAddrV4;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Network;
use crate::engine::target::Target;
use crate::record::Vpc;

/// How long a server may take to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Connects to one server, whatever is asked for.
#[derive(Clone)]
pub(in crate::engine) struct Connector {
    network: Arc<dyn Network>,
    vpc: Vpc,
    address: SocketAddrV4,
}

impl Connector {
    pub(super) fn to(target: &Target) -> Self {
        Self {
            network: Arc::clone(target.network()),
            vpc: target.vpc().clone(),
            address: target.address(),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Self { network, vpc, address } = self.clone();
        Box::pin(async move {
            let connecting = network.connect(&vpc, address);
            let stream = tokio::time::timeout(CONNECT, connecting).await??;
            let _ = stream.set_nodelay(true);
            Ok(TokioIo::new(stream))
        })
    }
}
