//! A listener with a service that remembers what it was asked, and a client of raw bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rolecall_gate::{Inbound, Ingress, Outbound, Service};
use rolecall_http::{Limits, Server, Where};
use rolecall_types::ManualClock;

/// The longest that a test waits for bytes that must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// What one service may read.
const BODY_BYTES: usize = 1 << 20;

/// What the service was asked: method, path, body, and where it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Result<String, String>,
    pub(crate) ingress: Ingress,
}

/// Remembers what it was asked, and answers `asked PATH`.
#[derive(Default)]
pub(crate) struct Remembering(pub(crate) Mutex<Vec<Asked>>);

impl Service for Remembering {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        Box::pin(async move {
            let Inbound { head, body, ingress } = inbound;
            let body = if head.path == "/unread" {
                Ok(String::new())
            } else {
                body.read(BODY_BYTES)
                    .await
                    .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
                    .map_err(|error| error.to_string())
            };
            assert!(head.path != "/panic", "a handler that breaks");
            let status = if body.is_ok() { 200 } else { 400 };
            let text = format!("asked {}", head.path);
            let asked = Asked { method: head.method.into(), path: head.path.into(), body, ingress };
            self.0.lock().unwrap().push(asked);
            Outbound::new(status, "text/plain", text)
        })
    }
}

/// A running listener. It has a runtime of its own, so that a test can use blocking sockets.
pub(crate) struct Edge {
    pub(crate) address: SocketAddr,
    pub(crate) service: Arc<Remembering>,
    server: Option<Server>,
    runtime: tokio::runtime::Runtime,
}

impl Edge {
    pub(crate) fn new(limits: Limits) -> Self {
        let service = Arc::new(Remembering::default());
        let (address, server, runtime) = listen(Arc::clone(&service) as _, Where::Host, limits);
        Self { address, service, server: Some(server), runtime }
    }

    /// Takes no more connections, and lets answers finish.
    pub(crate) fn stop(&mut self) {
        drop(self.server.take());
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.service.0.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        exchange(self.address, request.as_ref())
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.stop();
        let _ = &self.runtime;
    }
}

/// Serves on a free port of the loopback.
pub(crate) fn listen(
    service: Arc<dyn Service>,
    place: Where,
    limits: Limits,
) -> (SocketAddr, Server, tokio::runtime::Runtime) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = {
        let _entered = runtime.enter();
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        Server::start(listener, place, None, service, clock, limits).unwrap()
    };
    (address, server, runtime)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The same from an address of this machine's own, such as any of `127.0.0.0/8`.
pub(crate) fn connect_from(from: &str, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes and reads until the peer closes, which it must do without being told.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    // The server may have closed already.
    let _ = stream.write_all(request);
    read_all(&mut stream)
}

/// The same, with the word that no more will come.
pub(crate) fn exchange_and_end(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    let _ = stream.write_all(request);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    read_all(&mut stream)
}

fn read_all(stream: &mut TcpStream) -> String {
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the peer neither answers nor closes: {error}"),
        }
    }
    String::from_utf8(answer).unwrap()
}

/// Reads one answer with a declared length from a connection that stays open.
pub(crate) fn read_answer(stream: &mut TcpStream) -> String {
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// The status lines in what came back.
pub(crate) fn statuses(answers: &str) -> Vec<u16> {
    answers
        .split("HTTP/1.1 ")
        .skip(1)
        .filter_map(|answer| answer.split_whitespace().next())
        .map(|status| status.parse().unwrap())
        .collect()
}
