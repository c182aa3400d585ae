//! Traffic of listeners that speak TCP.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::upstream::{Manner, PORT, Upstream, line, read_line, upstream};
use crate::world::World;

/// The port of every listener; each load balancer has an address of its own.
pub(crate) const LISTENER: u16 = 9_000;

/// Starts a listener before these servers, and returns its load balancer and its address. Servers
/// are looked at where `more` says nothing else.
pub(crate) async fn balance(
    world: &World,
    protocol: &str,
    servers: &[&Upstream],
    more: &[(&str, &str)],
) -> (String, SocketAddr) {
    let (id, address) = world.balancer().await;
    let mut list = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        let id = format!("i-{number}");
        world.servers.put(&id, server.address);
        list.push(serde_json::json!({"ServerId": id}));
    }
    let list = serde_json::Value::from(list).to_string();
    let it = ("LoadBalancerId", id.as_str());
    if !servers.is_empty() {
        world.ok("AddBackendServers", &[it, ("BackendServers", &list)]).await;
    }
    let (port, backend) = (LISTENER.to_string(), PORT.to_string());
    let usual = [it, ("ListenerPort", &port), ("BackendServerPort", &backend), ("Bandwidth", "-1")];
    let action = format!("CreateLoadBalancer{protocol}Listener");
    world.ok(&action, &[&usual[..], more].concat()).await;
    world.ok("StartLoadBalancerListener", &usual[..2]).await;
    (id, format!("{address}:{port}").parse().unwrap())
}

/// Waits until the health of the servers is this.
pub(crate) async fn wait_for_health(world: &World, id: &str, expected: &[&str]) {
    for _ in 0..200 {
        let told = world.ok("DescribeHealthStatus", &[("LoadBalancerId", id)]).await;
        let servers = told["BackendServers"]["BackendServer"].as_array().unwrap();
        let health: Vec<_> = servers
            .iter()
            .map(|it| it["ServerHealthStatus"].as_str().unwrap().to_owned())
            .collect();
        if health == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the health never was {expected:?}");
}

#[tokio::test]
async fn connections_go_to_good_servers_in_turn() {
    let world = World::new().await;
    let servers = [upstream(Manner::Echo).await, upstream(Manner::Echo).await];
    let gone = upstream(Manner::Echo).await;
    let (id, to) = balance(&world, "TCP", &[&servers[0], &servers[1], &gone], &[]).await;
    wait_for_health(&world, &id, &["normal", "normal", "normal"]).await;
    drop(gone);
    let all: BTreeSet<_> = servers.iter().map(|it| it.address.to_string()).collect();
    // One that is gone is passed over before it is known to be.
    let mut seen = BTreeSet::new();
    for _ in 0..8 {
        seen.insert(line(to).await.1);
    }
    assert_eq!(seen, all);
    let (mut stream, _) = line(to).await;
    stream.write_all(b"ping\n").await.unwrap();
    assert_eq!(read_line(&mut stream).await, "ping");
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the end of one side ends the other");
}

#[tokio::test]
async fn what_is_forwarded_goes_on_while_servers_change() {
    let world = World::new().await;
    let (one, other) = (upstream(Manner::Echo).await, upstream(Manner::Echo).await);
    let off = [("HealthCheckSwitch", "off")];
    let (id, to) = balance(&world, "TCP", &[&one], &off).await;
    let (mut kept, from) = line(to).await;
    assert_eq!(from, one.address.to_string());
    let it = ("LoadBalancerId", id.as_str());
    world.servers.put("i-new", other.address);
    world
        .ok("SetBackendServers", &[it, ("BackendServers", r#"[{"ServerId":"i-0","Weight":0}]"#)])
        .await;
    world.ok("AddBackendServers", &[it, ("BackendServers", r#"[{"ServerId":"i-new"}]"#)]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..3 {
        assert_eq!(line(to).await.1, other.address.to_string());
    }
    world.ok("RemoveBackendServers", &[it, ("BackendServers", r#"[{"ServerId":"i-0"}]"#)]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    kept.write_all(b"still\n").await.unwrap();
    assert_eq!(read_line(&mut kept).await, "still");
}

#[tokio::test]
async fn what_is_forwarded_ends_with_its_listener() {
    let world = World::new().await;
    let server = upstream(Manner::Echo).await;
    let (id, to) = balance(&world, "TCP", &[&server], &[("HealthCheckSwitch", "off")]).await;
    let (mut stream, _) = line(to).await;
    let port = LISTENER.to_string();
    let it = [("LoadBalancerId", id.as_str()), ("ListenerPort", port.as_str())];
    world.ok("StopLoadBalancerListener", &it).await;
    assert_eq!(read_line(&mut stream).await, "", "it ends");
    assert!(TcpStream::connect(to).await.is_err(), "nobody listens");
    world.ok("StartLoadBalancerListener", &it).await;
    assert_eq!(line(to).await.1, server.address.to_string(), "whoever comes at once is heard");
    world.ok("SetLoadBalancerStatus", &[it[0], ("LoadBalancerStatus", "inactive")]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(to).await.is_err(), "what is off does not listen");
    world.ok("SetLoadBalancerStatus", &[it[0], ("LoadBalancerStatus", "active")]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(line(to).await.1, server.address.to_string());
}

#[tokio::test]
async fn a_client_comes_back_by_its_address() {
    let world = World::new().await;
    let servers = [upstream(Manner::Echo).await, upstream(Manner::Echo).await];
    for more in [
        vec![("HealthCheckSwitch", "off"), ("PersistenceTimeout", "60")],
        vec![("HealthCheckSwitch", "off"), ("Scheduler", "sch")],
    ] {
        let (_, to) = balance(&world, "TCP", &[&servers[0], &servers[1]], &more).await;
        let first = line(to).await.1;
        for _ in 0..6 {
            assert_eq!(line(to).await.1, first, "{more:?}");
        }
    }
}

#[tokio::test]
async fn the_server_is_told_the_client_by_the_proxy_protocol() {
    let world = World::new().await;
    let server = upstream(Manner::Echo).await;
    let more = [("HealthCheckSwitch", "off"), ("ProxyProtocolV2Enabled", "true")];
    let (_, to) = balance(&world, "TCP", &[&server], &more).await;
    let (mut stream, _) = line(to).await;
    let mut header = [0; 28];
    stream.read_exact(&mut header).await.unwrap();
    let port = stream.local_addr().unwrap().port().to_be_bytes();
    assert_eq!((&header[..4], &header[24..26]), (&b"\r\n\r\n"[..], &port[..]));
}

#[tokio::test]
async fn nobody_is_there() {
    let world = World::new().await;
    let (_, to) = balance(&world, "TCP", &[], &[]).await;
    let (_, line) = line(to).await;
    assert_eq!(line, "", "the connection ends");
}

#[tokio::test]
async fn a_connection_that_stands_still_ends() {
    let world = World::new().await;
    let server = upstream(Manner::Echo).await;
    let more = [("HealthCheckSwitch", "off"), ("EstablishedTimeout", "10")];
    let (_, to) = balance(&world, "TCP", &[&server], &more).await;
    let (mut stream, _) = line(to).await;
    let ended = tokio::time::timeout(Duration::from_secs(15), stream.read(&mut [0])).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
}
