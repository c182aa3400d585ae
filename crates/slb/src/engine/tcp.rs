//! Connections of listeners that speak TCP.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::activity::{Activity, Watched};
use super::listener::Shared;
use super::pick::Ends;
use super::target::{Forwarded, Target};
use crate::record::{Settings, TcpSettings};

/// How long a server may take to take a connection. Within a VPC it takes less than a millisecond.
const CONNECT: Duration = Duration::from_secs(5);
/// How many servers are tried for one connection.
const TRIES: usize = 3;

/// Forwards a connection to a server, until either end closes it or it stands still too long.
pub(super) async fn serve(shared: &Shared, mut client: TcpStream, ends: Ends) {
    let listener = shared.listener();
    let Settings::Tcp(settings) = &listener.settings else { return };
    let Some((forwarded, mut server)) = connect(shared, settings, ends).await else {
        // A reset, as a server that does not listen gives: nothing was forwarded.
        let _ = client.set_zero_linger();
        return;
    };
    let _ = server.set_nodelay(true);
    if settings.proxy_protocol && server.write_all(&proxy_header(ends)).await.is_err() {
        return;
    }
    let activity = Activity::new();
    let limit = Duration::from_secs(settings.established_timeout.into());
    let mut client = Watched::new(&mut client, activity.clone());
    tokio::select! {
        _ended = copy_bidirectional(&mut client, &mut server) => {}
        () = activity.stands_still(limit) => {}
        () = shared.drained(&forwarded, settings.connection_drain) => {}
    }
}

/// A connection to the server that the client had before, or to one that is chosen. One that does
/// not take it is passed over for the next.
async fn connect(
    shared: &Shared,
    settings: &TcpSettings,
    ends: Ends,
) -> Option<(Forwarded, TcpStream)> {
    let seconds = settings.persistence_timeout;
    let mut next = Some(()).filter(|()| seconds > 0).and_then(|()| shared.recall(ends.client.ip()));
    let mut tried = Vec::new();
    for _ in 0..TRIES {
        let forwarded = match next.take() {
            Some(forwarded) => forwarded,
            None => shared.choose(ends, &tried)?,
        };
        if let Some(stream) = reach(&forwarded).await {
            if seconds > 0 {
                shared.remember(ends.client.ip(), &forwarded, seconds);
            }
            return Some((forwarded, stream));
        }
        tried.push((*forwarded).clone());
    }
    None
}

async fn reach(target: &Target) -> Option<TcpStream> {
    let connecting = target.network().connect(target.vpc(), target.address());
    tokio::time::timeout(CONNECT, connecting).await.ok()?.ok()
}

/// The header of the PROXY protocol, version 2, that tells the client of a connection.
/// Source: "The PROXY protocol", section 2.2.
fn proxy_header(ends: Ends) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21".to_vec();
    if let (SocketAddr::V4(client), SocketAddr::V4(listener)) = (ends.client, ends.listener) {
        // TCP over IPv4, and twelve bytes of addresses.
        header.extend([0x11, 0, 12]);
        header.extend(client.ip().octets());
        header.extend(listener.ip().octets());
        header.extend(client.port().to_be_bytes());
        header.extend(listener.port().to_be_bytes());
    } else {
        header.extend([0, 0, 0]);
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_the_proxy_protocol() {
        let ends = Ends {
            client: SocketAddr::from(([10, 0, 0, 1], 0x1234)),
            listener: SocketAddr::from(([10, 0, 0, 2], 80)),
        };
        let expected = [
            &b"\r\n\r\n\0\r\nQUIT\n"[..],
            &[0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0, 80],
        ];
        assert_eq!(proxy_header(ends), expected.concat());
    }
}
