//! V38, slow clients: whoever opens connections and is slow on them takes a bounded part of the
//! server, and others are served as before.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rolecall_api::Product;

use crate::harness::{Object, Request, Scheme, Server, cases, poll};

/// How many slow connections there are, as row V38 of the security notes has it.
const SLOW: usize = 5_000;
/// The most that one address may have, as the default limits of the server say.
const SHARE: usize = 2_000;
/// The memory that a slow connection may take, in KiB: its head or the small body that was begun,
/// and what comes with every connection.
const KIB_EACH: usize = 128;
/// How long others may have to wait on a machine that runs other tests as well. Who waited for the
/// slow ones would wait ten times as long.
const SLOWEST: Duration = Duration::from_secs(1);

/// Ways to be slow.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Says nothing.
    Silent,
    /// Begins a head.
    Head,
    /// Begins a head as long as one may be.
    LongHead,
    /// Begins the body of a call.
    Call,
    /// Begins the body of an object.
    Upload,
    /// Says nothing after an answer.
    Kept,
    /// Takes nothing of an answer.
    Download,
}

const WAYS: [Way; 7] =
    [Way::Silent, Way::Head, Way::LongHead, Way::Call, Way::Upload, Way::Kept, Way::Download];

/// What is sent at first.
struct Beginnings {
    upload: Vec<u8>,
    download: Vec<u8>,
}

impl Beginnings {
    /// An object that is large enough to stand in the way, and requests for it.
    fn make(server: &Server) -> Self {
        let object =
            |method, target| Object::new(Scheme::OssV4Header, &server.root, method, target).sign();
        assert_eq!(server.send(&object("PUT", ("slow", ""))).status, 200);
        let mut put = object("PUT", ("slow", "large"));
        put.body = vec![b'x'; 8 << 20];
        assert_eq!(server.send(&put).status, 200);
        put.body.truncate(100_000);
        let upload = put.bytes(&server.address);
        let download = object("GET", ("slow", "large")).bytes(&server.address);
        Self { upload, download }
    }

    fn of(&self, way: Way) -> Vec<u8> {
        let begun = "GET /slow HTTP/1.1\r\nHost: h\r\nX-Long: ";
        match way {
            Way::Silent => Vec::new(),
            Way::Head => begun.into(),
            Way::LongHead => (begun.to_owned() + &"a".repeat(60_000)).into(),
            Way::Call => ("POST /?Action=GetUser&Version=2015-05-01 HTTP/1.1\r\nHost: h\r\n\
                           Content-Type: application/x-www-form-urlencoded\r\n\
                           Content-Length: 60000\r\n\r\n"
                .to_owned()
                + &"a".repeat(50_000))
                .into(),
            Way::Upload => self.upload[..self.upload.len() / 2].to_vec(),
            Way::Kept => b"GET /_rolecall/health HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(),
            Way::Download => self.download.clone(),
        }
    }
}

/// Opens a connection from an address of the loopback.
async fn open(from: [u8; 4], to: SocketAddr, first: &[u8]) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    // One that has been closed already takes nothing.
    let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, first).await;
    stream.into_std().unwrap()
}

/// Opens many, from as many addresses as it takes to be let in.
fn open_slow(server: &Server, beginnings: &Beginnings, count: usize) -> Vec<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let to: SocketAddr = server.address.parse().unwrap();
    runtime.block_on(async {
        let mut open_ones = Vec::with_capacity(count);
        for index in 0..count {
            let from = [127, 0, 1, u8::try_from(index / (SHARE / 2)).unwrap()];
            let first = beginnings.of(WAYS[index % WAYS.len()]);
            open_ones.push(open(from, to, &first).await);
        }
        open_ones
    })
}

/// The times of calls that others send meanwhile: the middle one and the one that one of a hundred
/// is longer than.
#[expect(clippy::disallowed_methods, reason = "the time that passes outside is what is tested")]
fn others(server: &Server) -> (Duration, Duration) {
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let call = (Product::Sts, "GetCallerIdentity");
            let request = server.request(Scheme::Acs3, &server.root, call, &[]);
            let start = Instant::now();
            assert_eq!(server.send(&request).status, 200);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// How many descriptors the server has open.
fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.process())).unwrap().count()
}

/// The same when nothing is asked: what calls opened that have just been answered is closed soon,
/// but not at once.
fn descriptors_at_rest(server: &Server) -> usize {
    let readings = (0..10).map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        descriptors(server)
    });
    readings.min().unwrap()
}

/// The server's memory in KiB.
fn memory(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// How many connections the server takes: it keeps half of its descriptors for files. This process
/// may have as many descriptors as the server.
fn taken() -> usize {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    usize::try_from(hard / 2).unwrap()
}

/// With `ROLECALL_SEARCH_CASES` the connections are not ended by their clients: the server must end
/// them, which takes it its own limits of a minute.
#[test]
fn thousands_of_slow_connections_are_no_burden_to_others() {
    let server = Server::start();
    let beginnings = Beginnings::make(&server);
    let (median, p99) = others(&server);
    let (files, kib) = (descriptors_at_rest(&server), memory(&server));

    let count = SLOW.min(taken() - 100);
    let slow = open_slow(&server, &beginnings, count);
    let seen = poll(|| descriptors(&server) >= files + count);
    assert!(seen, "{} of {count} connections are held", descriptors(&server) - files);
    // The best of three: what they sent at first is still being read, and other tests run.
    let rounds = (0..3).map(|_| others(&server));
    let (median_beside, p99_beside) = rounds.min_by_key(|(_, p99)| *p99).unwrap();
    let grown = memory(&server).saturating_sub(kib);
    println!(
        "{count} slow connections: others {median:?} p99 {p99:?} before, {median_beside:?} p99 \
         {p99_beside:?} beside; {grown} KiB more"
    );
    assert!(p99_beside <= SLOWEST.max(p99 * 2), "{p99:?} before, {p99_beside:?} beside");
    assert!(grown <= count * KIB_EACH, "{grown} KiB for {count} connections");

    let left_to_the_server = cases(0) > 0;
    let kept = left_to_the_server.then_some(slow);
    let ended = || poll(|| descriptors(&server) <= files + 10);
    // Patience of the tests is half a minute.
    let ended = ended() || (left_to_the_server && (ended() || ended()));
    assert!(ended, "{} descriptors more than before", descriptors(&server) - files);
    drop(kept);
}

/// One address cannot take the places of all.
#[test]
fn one_address_has_its_share_and_no_more() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let to: SocketAddr = server.address.parse().unwrap();
    let share = SHARE.min(taken() / 5);
    let files = descriptors_at_rest(&server);
    let mut greedy = runtime.block_on(async {
        let mut greedy = Vec::new();
        for _ in 0..share + 100 {
            greedy.push(open([127, 0, 2, 1], to, b"G").await);
        }
        greedy
    });
    // Those that are too many are closed; all others are kept.
    let closed = poll(|| {
        let is_closed = |stream: &mut TcpStream| {
            stream.set_nonblocking(true).unwrap();
            let read = stream.read(&mut [0]);
            read.map_or_else(
                |error| error.kind() != std::io::ErrorKind::WouldBlock,
                |count| count == 0,
            )
        };
        greedy.iter_mut().filter_map(|stream| is_closed(stream).then_some(())).count() == 100
    });
    assert!(closed, "of {} connections another number than 100 is closed", greedy.len());
    assert_eq!(descriptors(&server) - files, share);
    assert_eq!(server.send(&Request::plain("GET", "/_rolecall/health")).status, 200);
}

/// What the programs of an instance open is the affair of that instance: others have their
/// metadata, and itself has it again as soon as its heads are late.
#[test]
fn the_slow_connections_of_an_instance_stay_its_own_affair() {
    const FLOOD: &str = r#"
import socket, sys
address, held = ("100.100.100.200", 80), []
for number in range(1_200):
    stream = socket.socket()
    stream.setblocking(False)
    stream.connect_ex(address)
    held.append(stream)
for stream in held[:900]:
    stream.setblocking(True)
    stream.sendall(b"GET /latest/meta-data/ HTTP/1.1\r\nX-Slow: ")
print("flooded", flush=True)
last = socket.create_connection(address, 30)
last.sendall(b"GET /latest/meta-data/instance-id HTTP/1.0\r\n\r\n")
last.settimeout(30)
print(last.recv(100).split(b"\r\n")[0].decode())
"#;
    let server = Server::start();
    let network = server.network();
    let (flooded, other) = (server.instance(&network), server.instance(&network));
    let id = |instance: &str| {
        let url = "http://100.100.100.200/latest/meta-data/instance-id";
        server.inside(instance, &["curl", "-sS", "--max-time", "20", url])
    };
    assert_eq!((id(&flooded), id(&other)), (flooded.clone(), other.clone()));
    let files = descriptors_at_rest(&server);
    std::thread::scope(|threads| {
        let flood = threads.spawn(|| {
            server.inside(&flooded, &["prlimit", "--nofile=2048", "python3", "-c", FLOOD])
        });
        let mut most = 0;
        let full = poll(|| {
            most = most.max(descriptors(&server));
            most >= files + 1_000
        });
        assert!(full, "{most} descriptors, {files} before");
        for _ in 0..20 {
            assert_eq!(id(&other), other);
        }
        assert!(descriptors(&server) <= files + 1_050, "an instance has more than its share");
        let p99 = (0..3).map(|_| others(&server).1).min().unwrap();
        assert!(p99 <= SLOWEST, "{p99:?}");
        assert_eq!(flood.join().unwrap(), "flooded\nHTTP/1.0 200 OK\n");
    });
}
