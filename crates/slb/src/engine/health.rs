//! Looking at servers.

use std::io;
use std::net::SocketAddrV4;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::target::Target;
use crate::record::{HealthCheck, Listener, ProbeMethod, ProbeType};

/// What is known of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Health {
    /// Nobody has looked, or it is not looked at.
    Unknown = 0,
    /// It answers.
    Normal = 1,
    /// It does not.
    Abnormal = 2,
}

impl Health {
    pub(super) fn of(number: u8) -> Self {
        match number {
            1 => Self::Normal,
            2 => Self::Abnormal,
            _ => Self::Unknown,
        }
    }

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unavailable",
            Self::Normal => "normal",
            Self::Abnormal => "abnormal",
        }
    }
}

/// How often a server was found good, or bad, one after the other. The first look decides at once.
#[derive(Debug, Default)]
struct Streak {
    good: u8,
    bad: u8,
}

impl Streak {
    /// What is known after one more look.
    fn after(&mut self, is_good: bool, before: Health, check: &HealthCheck) -> Health {
        let (streak, other) =
            if is_good { (&mut self.good, &mut self.bad) } else { (&mut self.bad, &mut self.good) };
        *streak = streak.saturating_add(1);
        *other = 0;
        let (threshold, now) = if is_good {
            (check.healthy_threshold, Health::Normal)
        } else {
            (check.unhealthy_threshold, Health::Abnormal)
        };
        if before == Health::Unknown || *streak >= threshold { now } else { before }
    }
}

/// Looks at a server as its listener says, until it is aborted.
pub(super) async fn watch(target: Arc<Target>, mut listener: watch::Receiver<Arc<Listener>>) {
    let mut streak = Streak::default();
    loop {
        let check = listener.borrow_and_update().health_check.clone();
        if check.on {
            let patience = Duration::from_secs(check.timeout.into());
            let looked = tokio::time::timeout(patience, probe(&target, &check)).await;
            let is_good = matches!(looked, Ok(Ok(true)));
            target.set_health(streak.after(is_good, target.health(), &check));
        } else {
            streak = Streak::default();
            target.set_health(Health::Unknown);
        }
        let pause = tokio::time::sleep(Duration::from_secs(check.interval.into()));
        tokio::select! {
            () = pause, if check.on => {}
            changed = listener.changed() => if changed.is_err() { return },
        }
    }
}

/// Looks once; whether the answer is a good one.
async fn probe(target: &Target, check: &HealthCheck) -> io::Result<bool> {
    let port = check.connect_port.unwrap_or(target.address().port());
    let address = SocketAddrV4::new(*target.address().ip(), port);
    let stream = target.network().connect(target.vpc(), address).await?;
    match check.probe {
        ProbeType::Tcp => Ok(true),
        ProbeType::Http => ask(stream, address, check).await.map_err(io::Error::other),
    }
}

/// Asks for a page; whether its status is a good one.
async fn ask(
    stream: TcpStream,
    address: SocketAddrV4,
    check: &HealthCheck,
) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    let own = address.ip().to_string();
    let request = Request::builder()
        .method(match check.method {
            ProbeMethod::Head => Method::HEAD,
            ProbeMethod::Get => Method::GET,
        })
        .uri(&check.uri)
        .header(header::HOST, check.host().unwrap_or(&own))
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut answer = pin!(sender.send_request(request));
    // The connection must be driven; it may end before its answer is looked at.
    let answered = tokio::select! {
        answered = &mut answer => answered?,
        _ended = connection => answer.await?,
    };
    let hundreds = answered.status().as_u16() / 100;
    Ok(check.codes.contains(&hundreds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_decides_and_then_the_thresholds() {
        let check = HealthCheck { healthy_threshold: 2, ..HealthCheck::new(ProbeType::Tcp) };
        let (mut streak, mut health) = (Streak::default(), Health::Unknown);
        let mut seen = Vec::new();
        for is_good in [true, false, false, true, false, false, false, true, true] {
            health = streak.after(is_good, health, &check);
            seen.push(health == Health::Normal);
        }
        assert_eq!(seen, [true, true, true, true, true, true, false, false, true]);
        let bad_first = Streak::default().after(false, Health::Unknown, &check);
        assert_eq!(bad_first, Health::Abnormal);
    }
}
