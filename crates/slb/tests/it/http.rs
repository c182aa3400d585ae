//! Traffic of listeners that speak HTTP.

use std::collections::BTreeSet;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::tcp::{balance, wait_for_health};
use crate::upstream::{Manner, field, get, read_answer, send, upstream};
use crate::world::World;

const OFF: (&str, &str) = ("HealthCheck", "off");

#[tokio::test]
async fn requests_go_to_good_servers_in_turn() {
    let world = World::new().await;
    let (one, other) = (upstream(Manner::Http).await, upstream(Manner::Http).await);
    let bad = upstream(Manner::Close).await;
    let on = [("HealthCheck", "on"), ("HealthCheckURI", "/ping")];
    let (id, to) = balance(&world, "HTTP", &[&one, &other, &bad], &on).await;
    wait_for_health(&world, &id, &["normal", "normal", "abnormal"]).await;
    let mut seen = BTreeSet::new();
    for _ in 0..6 {
        let answer = get(to, "").await;
        assert_eq!(answer.status, 200);
        seen.insert(answer.body.trim().to_owned());
    }
    assert_eq!(seen, BTreeSet::from([one.address.to_string(), other.address.to_string()]));
    let probe = one.heads.lock().unwrap()[0].clone();
    assert!(probe.starts_with("HEAD /ping HTTP/1.1\r\n"), "{probe}");
    assert_eq!(field(&probe, "host"), Some(one.address.to_string().as_str()));
}

#[tokio::test]
async fn a_connection_carries_many_requests_and_bodies() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[OFF]).await;
    let mut stream = TcpStream::connect(to).await.unwrap();
    for round in 0..3 {
        let body = format!("round {round}");
        let length = body.len();
        let request =
            format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await.unwrap();
        assert_eq!(answer.body, format!("{} {body}", server.address));
    }
    stream.write_all(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let head = crate::upstream::read_head(&mut stream).await.unwrap().unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn a_server_is_told_of_the_client() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let more = [
        OFF,
        ("XForwardedFor_SLBID", "on"),
        ("XForwardedFor_SLBIP", "on"),
        ("XForwardedFor_proto", "on"),
    ];
    let (id, to) = balance(&world, "HTTP", &[&server], &more).await;
    let sent = "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nSLB-ID: lb-forged\r\n\
                Connection: close, X-Own\r\nX-Own: 1\r\nUpgrade: websocket\r\n";
    assert_eq!(get(to, sent).await.status, 200);
    let head = server.heads.lock().unwrap()[0].clone();
    assert!(head.starts_with("GET /page?q=1 HTTP/1.1\r\n"), "{head}");
    for (name, expected) in [
        ("host", Some("example.com")),
        ("x-forwarded-for", Some("9.9.9.9, 127.0.0.1")),
        ("x-forwarded-proto", Some("http")),
        ("slb-id", Some(id.as_str())),
        ("slb-ip", Some(to.ip().to_string().as_str())),
        ("x-own", None),
        ("upgrade", None),
        ("x-forwarded-port", None),
    ] {
        assert_eq!(field(&head, name), expected, "{name}");
    }
}

#[tokio::test]
async fn a_client_comes_back_by_our_cookie() {
    let world = World::new().await;
    let servers = [upstream(Manner::Http).await, upstream(Manner::Http).await];
    let more =
        [OFF, ("StickySession", "on"), ("StickySessionType", "insert"), ("CookieTimeout", "60")];
    let (id, to) = balance(&world, "HTTP", &[&servers[0], &servers[1]], &more).await;
    let first = get(to, "").await;
    let cookie = field(&first.head, "set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("SERVERID=") && cookie.ends_with(";Path=/;Max-Age=60"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    for _ in 0..5 {
        let answer = get(to, &format!("Cookie: a=b; {cookie}\r\n")).await;
        assert_eq!((answer.body, field(&answer.head, "set-cookie")), (first.body.clone(), None));
    }
    let forged = get(to, "Cookie: SERVERID=0123\r\n").await;
    assert!(field(&forged.head, "set-cookie").is_some(), "an unknown mark leads nowhere");
    // One that gets nothing new gets nothing by a cookie either.
    let place = servers.iter().position(|it| first.body.trim() == it.address.to_string()).unwrap();
    let drained = format!(r#"[{{"ServerId":"i-{place}","Weight":0}}]"#);
    world.ok("SetBackendServers", &[("LoadBalancerId", &id), ("BackendServers", &drained)]).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_ne!(get(to, &format!("Cookie: {cookie}\r\n")).await.body, first.body);
}

#[tokio::test]
async fn a_client_comes_back_by_the_servers_cookie() {
    let world = World::new().await;
    let servers = [upstream(Manner::Cookie).await, upstream(Manner::Cookie).await];
    let more = [OFF, ("StickySession", "on"), ("StickySessionType", "server"), ("Cookie", "app")];
    let (_, to) = balance(&world, "HTTP", &[&servers[0], &servers[1]], &more).await;
    let first = get(to, "").await;
    let cookie = field(&first.head, "set-cookie").unwrap().to_owned();
    assert!(
        cookie.strip_prefix("app=").is_some_and(|it| it.strip_suffix(".own").is_some()),
        "{cookie}"
    );
    for _ in 0..3 {
        assert_eq!(get(to, &format!("Cookie: x=1; {cookie}\r\n")).await.body, first.body);
    }
    let server = servers.iter().find(|it| first.body.trim() == it.address.to_string()).unwrap();
    let head = server.heads.lock().unwrap().last().unwrap().clone();
    assert_eq!(field(&head, "cookie"), Some("x=1; app=own"), "the server finds its own");
}

#[tokio::test]
async fn servers_that_fail() {
    let world = World::new().await;
    let (_, nobody) = balance(&world, "HTTP", &[], &[OFF]).await;
    assert_eq!(get(nobody, "").await.status, 503);
    for (manner, expected) in [(Manner::Close, 502), (Manner::Nonsense, 502), (Manner::Hang, 504)] {
        let server = upstream(manner).await;
        let more = [OFF, ("RequestTimeout", "1")];
        let (id, to) = balance(&world, "HTTP", &[&server], &more).await;
        assert_eq!(get(to, "").await.status, expected, "{manner:?}");
        world.ok("DeleteLoadBalancer", &[("LoadBalancerId", &id)]).await;
    }
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[OFF]).await;
    assert_eq!(get(to, "").await.status, 200);
    drop(server);
    assert_eq!(get(to, "").await.status, 502, "one that is gone");
}

#[tokio::test]
async fn requests_are_sent_on_to_https() {
    let world = World::new().await;
    let more = [OFF, ("ListenerForward", "on"), ("ForwardPort", "8443")];
    let (_, to) = balance(&world, "HTTP", &[], &more).await;
    let answer = get(to, "").await;
    assert_eq!(answer.status, 301);
    let place = field(&answer.head, "location");
    assert_eq!(place, Some("https://example.com:8443/page?q=1"));
}

#[tokio::test]
async fn an_old_client() {
    let world = World::new().await;
    let server = upstream(Manner::Http).await;
    let (_, to) = balance(&world, "HTTP", &[&server], &[OFF]).await;
    let answer = send(to, b"GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
