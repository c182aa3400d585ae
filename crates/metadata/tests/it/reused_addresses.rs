//! Addresses that are used again (V04): each instance in turn listens at an address where others
//! did before, and whoever reads there has its own credentials and nobody else's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rolecall_types::{AccessKeyId, InstanceId};
use serde_json::Value;

use crate::support::{CREDENTIALS, TOKEN, TTL, World};

/// The roles of the instances, which take turns.
const ROLES: [&str; 3] = ["Web", "Batch", "Reports"];
/// The threads, each with addresses of its own.
const THREADS: u8 = 4;
/// The addresses of a thread: few, so that each has many lives.
const ADDRESSES: u8 = 8;
/// The longest that anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many lives there are: as many as `ROLECALL_SEARCH_CASES` says, or enough for a test.
#[expect(clippy::disallowed_methods, reason = "a search is configured before it begins")]
fn lives() -> usize {
    let cases = std::env::var("ROLECALL_SEARCH_CASES").ok().and_then(|cases| cases.parse().ok());
    cases.unwrap_or(2_000)
}

/// A connection that a program keeps.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// The status and the body of an answer; `None` where the connection has ended.
    fn ask(&mut self, method: &str, path: &str, header: (&str, &str)) -> Option<(u16, String)> {
        let (name, value) = header;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{name}: {value}\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().unwrap().parse().unwrap();
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        Some((status, String::from_utf8(body).unwrap()))
    }

    /// What must be there.
    fn get(&mut self, path: &str) -> String {
        let (status, body) = self.ask("GET", path, ("accept", "*/*")).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

/// What the one before left at an address.
struct Left {
    connection: Kept,
    token: String,
    role: &'static str,
}

/// The life of one instance, at an address where another was before.
fn live(
    world: &World,
    id: &InstanceId,
    role: &'static str,
    at: SocketAddrV4,
    left: Option<Left>,
) -> Left {
    world.launch(id, *at.ip(), role);
    let listening = world.listen(id, at);
    let mut program = Kept::open(listening.address);
    assert_eq!(program.get("/latest/meta-data/instance-id"), id.as_str());
    assert_eq!(program.get("/latest/meta-data/private-ipv4"), at.ip().to_string());
    assert_eq!(program.get(CREDENTIALS), role);
    check(world, id, role, &program.get(&format!("{CREDENTIALS}{role}")));

    if let Some(mut left) = left {
        // Neither the connection of the one before leads here, nor does its token open anything.
        for path in [
            CREDENTIALS.to_owned(),
            format!("{CREDENTIALS}{role}"),
            format!("{CREDENTIALS}{}", left.role),
        ] {
            let answer = left.connection.ask("GET", &path, ("accept", "*/*"));
            assert!(answer.is_none_or(|(status, _)| status == 404), "{id}: a dead one is answered");
        }
        let item = "/latest/meta-data/instance-id";
        let (status, _) = program.ask("GET", item, (TOKEN, &left.token)).unwrap();
        assert_eq!(status, 401, "{id}: the token of the one before");
        if left.role != role {
            let path = format!("{CREDENTIALS}{}", left.role);
            let (status, _) = program.ask("GET", &path, ("accept", "*/*")).unwrap();
            assert_eq!(status, 404, "{id}: the role of the one before");
        }
    }
    let (status, token) = program.ask("PUT", "/latest/api/token", (TTL, "21600")).unwrap();
    assert_eq!(status, 200);
    world.delete(id);
    Left { connection: program, token, role }
}

/// The document is of this instance and of this role.
fn check(world: &World, id: &InstanceId, role: &str, document: &str) {
    let document: Value = serde_json::from_str(document).unwrap();
    let text = |name: &str| document[name].as_str().unwrap();
    let key = AccessKeyId::parse(text("AccessKeyId")).unwrap();
    let (session, secret) = world.key_ring.open_session(&key, text("SecurityToken")).unwrap();
    assert_eq!(secret.expose(), text("AccessKeySecret"));
    assert_eq!(session.role_name, role, "{id}");
    assert_eq!(session.session_name, format!("vm-ram-{id}"));
    assert_eq!(session.instance.unwrap().id, *id);
}

#[test]
fn whoever_has_an_address_next_gets_its_own_credentials() {
    let world = World::new();
    for (role, generation) in ROLES.iter().zip('1'..) {
        world.role(role, generation, true);
    }
    // A port that is free at one address of the loopback is free at nearly all.
    let port =
        world.listen(&id(usize::MAX), SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).address.port();
    let lived = AtomicUsize::new(0);
    let each = lives().div_ceil(usize::from(THREADS));
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            let (world, lived) = (&world, &lived);
            threads.spawn(move || {
                let mut left: Vec<Option<Left>> = (0..ADDRESSES).map(|_| None).collect();
                for round in 0..each {
                    let place = round % usize::from(ADDRESSES);
                    let last = u8::try_from(place + 1).unwrap();
                    let address = Ipv4Addr::new(127, 0, 100 + thread, last);
                    let role = ROLES[(round + usize::from(thread)) % ROLES.len()];
                    let id = id(usize::from(thread) * each + round);
                    let before = left[place].take();
                    let at = SocketAddrV4::new(address, port);
                    left[place] = Some(live(world, &id, role, at, before));
                    lived.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert!(lived.into_inner() >= lives());
}

/// The id of an instance that never was before.
fn id(number: usize) -> InstanceId {
    InstanceId::parse(&format!("i-{number:020}")).unwrap()
}
