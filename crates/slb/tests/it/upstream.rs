//! Servers behind the load balancer, good and bad, and clients in front of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// The port of every server, each of which has an address of its own.
pub(crate) const PORT: u16 = 8_080;

/// What a server does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Answers each request with its own address, and what it was asked.
    Http,
    /// The same, and sets the cookie `app`.
    Cookie,
    /// Sends back its address and what it gets.
    Echo,
    /// Takes connections and says nothing.
    Hang,
    /// Closes at once.
    Close,
    /// Says what is no HTTP.
    Nonsense,
}

/// A server; dropping it ends it.
pub(crate) struct Upstream {
    pub(crate) address: Ipv4Addr,
    task: AbortHandle,
    /// The heads that it read.
    pub(crate) heads: Arc<Mutex<Vec<String>>>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a server at a loopback address that nobody else has.
pub(crate) async fn upstream(manner: Manner) -> Upstream {
    let process = std::process::id();
    for _ in 0..100 {
        let mut drawn = [0_u8; 2];
        rolecall_types::Random::fill(&rolecall_types::SystemRandom, &mut drawn);
        let block = u8::try_from(process % 50).unwrap() + 2;
        let address = Ipv4Addr::new(127, block, drawn[0], drawn[1].clamp(1, 254));
        let Ok(listener) = TcpListener::bind((address, PORT)).await else { continue };
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                connections.spawn(serve(stream, address, manner, Arc::clone(&kept)));
            }
        });
        return Upstream { address, task: task.abort_handle(), heads };
    }
    panic!("no address is free");
}

async fn serve(
    mut stream: TcpStream,
    address: Ipv4Addr,
    manner: Manner,
    heads: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    match manner {
        Manner::Close => Ok(()),
        Manner::Hang => std::future::pending().await,
        Manner::Nonsense => {
            stream.write_all(b"this is no HTTP\r\n\r\n").await?;
            std::future::pending().await
        }
        Manner::Echo => {
            stream.write_all(format!("{address}\n").as_bytes()).await?;
            let (mut reader, mut writer) = stream.split();
            tokio::io::copy(&mut reader, &mut writer).await.map(drop)
        }
        Manner::Http | Manner::Cookie => loop {
            let Some(head) = read_head(&mut stream).await? else { return Ok(()) };
            let length = field(&head, "content-length").and_then(|text| text.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            stream.read_exact(&mut body).await?;
            heads.lock().unwrap().push(head.clone());
            let cookie = if manner == Manner::Cookie { "Set-Cookie: app=own\r\n" } else { "" };
            let body = format!("{address} {}", String::from_utf8_lossy(&body));
            let body = if head.starts_with("HEAD") { String::new() } else { body };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\n{cookie}Content-Length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await?;
        },
    }
}

/// The head of a message, in lower case up to the values; `None` at the end.
pub(crate) async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// The value of a header.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// An answer to a client.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends bytes to a listener, and reads one answer of HTTP.
pub(crate) async fn send(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    read_answer(&mut stream).await.expect("an answer")
}

/// Reads one answer of HTTP; `None` where the connection ends before.
pub(crate) async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let reading = read_head(stream);
    let head = tokio::time::timeout(Duration::from_secs(30), reading).await.unwrap().ok()??;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = field(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Answer { status, head, body: String::from_utf8(body).unwrap() })
}

/// Asks for a page.
pub(crate) async fn get(to: SocketAddr, headers: &str) -> Answer {
    send(to, format!("GET /page?q=1 HTTP/1.1\r\nHost: example.com\r\n{headers}\r\n").as_bytes())
        .await
}

/// Connects, and reads the line that an echoing server begins with.
pub(crate) async fn line(to: SocketAddr) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let line = read_line(&mut stream).await;
    (stream, line)
}

/// A line; what came of it where the connection ends before.
pub(crate) async fn read_line(stream: &mut TcpStream) -> String {
    let mut line = String::new();
    let mut byte = [0];
    while let Ok(1) = stream.read(&mut byte).await {
        if byte[0] == b'\n' {
            break;
        }
        line.push(char::from(byte[0]));
    }
    line
}
