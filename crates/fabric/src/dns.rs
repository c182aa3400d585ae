//! The name server inside an instance: `aliyuncs.com` is here, and nothing else exists.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::SERVICE_ADDRESS;

/// How long an answer may be kept, in seconds: the service's address never changes.
const TTL_SECONDS: u32 = 60;

/// The largest datagram we take, in bytes. Source: the EDNS size of the DNS Flag Day 2020.
const DATAGRAM_BYTES_MAX: u16 = 1232;

/// The most connections to one name server at a time; the next ones wait.
const CONNECTIONS_MAX: usize = 64;

/// How long a connection may be idle.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// The pause after a socket refused to work, lest the loop spins.
const PAUSE: Duration = Duration::from_millis(50);

/// The sockets of an instance's name servers.
#[derive(Debug, Default)]
pub struct DnsSockets {
    /// One for each name server's address.
    pub udp: Vec<UdpSocket>,
    /// One for each name server's address.
    pub tcp: Vec<TcpListener>,
}

/// What the name servers of one instance answer.
#[derive(Debug, Clone)]
pub struct Zone {
    /// `None` for a host name that is no domain name.
    hostname: Option<Name>,
    private_address: Ipv4Addr,
    cloud: Name,
}

impl Zone {
    /// The zone of an instance of that host name and private address.
    pub fn new(hostname: &str, private_address: Ipv4Addr) -> Self {
        let cloud = ["aliyuncs", "com"];
        Self {
            hostname: absolute(hostname),
            private_address,
            // A constant of two plain labels is always a name.
            cloud: Name::from_labels(cloud).unwrap_or_default(),
        }
    }

    /// Answers a message; `None` for what is not a question, which deserves no answer.
    ///
    /// Every name below `aliyuncs.com` has one address, the service's; the instance's host name
    /// has its private address. Whatever else is asked does not exist, which is said at once:
    /// there is no network beyond, and a refusal would make resolvers try again.
    pub fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(message).ok()?;
        if asked.metadata.message_type != MessageType::Query {
            return None;
        }
        let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
        reply.metadata = Metadata::response_from_request(&asked.metadata);
        reply.metadata.recursion_available = true;
        if asked.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(DATAGRAM_BYTES_MAX);
            reply.set_edns(edns);
        }
        reply.metadata.response_code = match asked.queries.as_slice() {
            _ if asked.metadata.op_code != OpCode::Query => ResponseCode::NotImp,
            [query] => {
                reply.add_query(query.clone());
                let (code, address) = self.look_up(query);
                let record = |address: Ipv4Addr| {
                    Record::from_rdata(query.name().clone(), TTL_SECONDS, RData::A(address.into()))
                };
                reply.add_answers(address.map(record));
                code
            }
            _ => ResponseCode::FormErr,
        };
        reply.to_vec().ok()
    }

    fn look_up(&self, query: &Query) -> (ResponseCode, Option<Ipv4Addr>) {
        if query.query_class() != DNSClass::IN {
            return (ResponseCode::Refused, None);
        }
        let name = query.name();
        let address = if self.hostname.as_ref() == Some(name) {
            Some(self.private_address)
        } else if self.cloud == *name {
            None
        } else if self.cloud.zone_of(name) {
            Some(SERVICE_ADDRESS)
        } else {
            return (ResponseCode::NXDomain, None);
        };
        let wanted = matches!(query.query_type(), RecordType::A | RecordType::ANY);
        (ResponseCode::NoError, address.filter(|_| wanted))
    }
}

/// Answers on an instance's sockets until it is dropped. Must be called in a runtime with I/O and
/// time; returns only when a socket cannot be used at all.
pub async fn serve_dns(sockets: DnsSockets, zone: Zone) -> io::Result<()> {
    let zone = Arc::new(zone);
    let mut servers = JoinSet::new();
    for socket in sockets.udp {
        servers.spawn(serve_datagrams(tokio::net::UdpSocket::from_std(socket)?, zone.clone()));
    }
    for listener in sockets.tcp {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        servers.spawn(serve_connections(listener, zone.clone()));
    }
    while let Some(ended) = servers.join_next().await {
        ended.map_err(io::Error::other)?;
    }
    Ok(())
}

async fn serve_datagrams(socket: tokio::net::UdpSocket, zone: Arc<Zone>) {
    let mut buffer = [0_u8; DATAGRAM_BYTES_MAX as usize];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, peer)) => {
                let reply = buffer.get(..length).and_then(|message| zone.answer(message));
                if let Some(reply) = reply {
                    // Who asked may be gone already; it would ask again.
                    let _sent = socket.send_to(&reply, peer).await;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "could not receive a question");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve_connections(listener: tokio::net::TcpListener, zone: Arc<Zone>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let zone = zone.clone();
                connections.spawn(async move {
                    let _place = place;
                    let _ended = serve_connection(stream, &zone).await;
                });
            }
            Err(error) => {
                tracing::debug!(%error, "could not accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve_connection(mut stream: TcpStream, zone: &Zone) -> io::Result<()> {
    let mut message = Vec::new();
    loop {
        let question = async {
            let length = stream.read_u16().await?;
            message.resize(usize::from(length), 0);
            stream.read_exact(&mut message).await
        };
        tokio::time::timeout(IDLE_MAX, question).await??;
        let Some(reply) = zone.answer(&message) else { return Ok(()) };
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        let answer = async {
            stream.write_u16(length).await?;
            stream.write_all(&reply).await
        };
        tokio::time::timeout(IDLE_MAX, answer).await??;
    }
}

fn absolute(text: &str) -> Option<Name> {
    let mut name = Name::from_str(text).ok()?;
    name.set_fqdn(true);
    Some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PRIVATE: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 7);

    fn zone() -> Zone {
        Zone::new("Web-1", PRIVATE)
    }

    fn ask(name: &str, kind: RecordType) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(absolute(name).unwrap(), kind));
        message
    }

    fn check(name: &str, kind: RecordType, code: ResponseCode, address: Option<Ipv4Addr>) {
        let question = ask(name, kind);
        let reply = zone().answer(&question.to_vec().unwrap()).unwrap();
        let reply = Message::from_vec(&reply).unwrap();
        assert_eq!(reply.metadata.id, question.metadata.id);
        assert_eq!(reply.metadata.message_type, MessageType::Response);
        assert_eq!(reply.metadata.response_code, code, "{name} {kind}");
        assert_eq!(reply.queries, question.queries);
        let found: Vec<_> = reply.answers.iter().map(|record| record.data.clone()).collect();
        let wanted: Vec<_> = address.map(|address| RData::A(address.into())).into_iter().collect();
        assert_eq!(found, wanted, "{name} {kind}");
    }

    #[test]
    fn the_cloud_is_here_and_nothing_else_exists() {
        let (ok, missing) = (ResponseCode::NoError, ResponseCode::NXDomain);
        let here = Some(SERVICE_ADDRESS);
        for name in [
            "ram.aliyuncs.com",
            "STS.cn-hangzhou.AliYunCS.com",
            "bucket.oss-cn-hangzhou-internal.aliyuncs.com",
            "a.b.c.d.e.aliyuncs.com",
        ] {
            check(name, RecordType::A, ok, here);
            check(name, RecordType::ANY, ok, here);
            for kind in [RecordType::AAAA, RecordType::MX, RecordType::HTTPS, RecordType::TXT] {
                check(name, kind, ok, None);
            }
        }
        check("aliyuncs.com", RecordType::A, ok, None);
        check("web-1", RecordType::A, ok, Some(PRIVATE));
        check("WEB-1", RecordType::AAAA, ok, None);
        for name in [
            "example.com",
            "notaliyuncs.com",
            "aliyuncs.com.example.com",
            "ram.aliyuncs.com.cn",
            "com",
            "web-2",
            "web-1.aliyuncs",
        ] {
            check(name, RecordType::A, missing, None);
        }
        check("200.100.100.100.in-addr.arpa", RecordType::PTR, missing, None);
    }

    #[test]
    fn what_is_no_question_of_ours_is_refused() {
        let code = |message: &Message| {
            let reply = zone().answer(&message.to_vec().unwrap())?;
            Some(Message::from_vec(&reply).unwrap().metadata.response_code)
        };
        let plain = ask("ram.aliyuncs.com", RecordType::A);
        let mut chaos = plain.clone();
        chaos.queries[0].set_query_class(DNSClass::CH);
        assert_eq!(code(&chaos), Some(ResponseCode::Refused));
        let mut update = plain.clone();
        update.metadata.op_code = OpCode::Update;
        assert_eq!(code(&update), Some(ResponseCode::NotImp));
        let mut twice = plain.clone();
        twice.add_query(plain.queries[0].clone());
        assert_eq!(code(&twice), Some(ResponseCode::FormErr));
        let mut none = plain.clone();
        none.queries.clear();
        assert_eq!(code(&none), Some(ResponseCode::FormErr));
        let mut reply = plain;
        reply.metadata.message_type = MessageType::Response;
        assert_eq!(code(&reply), None);
    }

    #[test]
    fn an_extended_question_gets_an_extended_answer() {
        let mut question = ask("oss-cn-beijing.aliyuncs.com", RecordType::A);
        assert!(
            Message::from_vec(&zone().answer(&question.to_vec().unwrap()).unwrap())
                .unwrap()
                .edns
                .is_none()
        );
        question.set_edns(Edns::new());
        let reply = zone().answer(&question.to_vec().unwrap()).unwrap();
        assert_eq!(Message::from_vec(&reply).unwrap().max_payload(), DATAGRAM_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _reply = zone().answer(&bytes);
        }

        /// Bytes near a real question get further in than random ones.
        #[test]
        fn no_damaged_question_makes_it_panic(
            at in 0_usize..60, byte in any::<u8>(), length in 0_usize..60,
        ) {
            let mut question = ask("bucket.oss-cn-hangzhou.aliyuncs.com", RecordType::A);
            question.set_edns(Edns::new());
            let mut bytes = question.to_vec().unwrap();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _reply = zone().answer(&bytes);
            bytes.truncate(length);
            let _reply = zone().answer(&bytes);
        }
    }
}
