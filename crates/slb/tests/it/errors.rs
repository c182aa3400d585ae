//! Listeners that cannot be made, changed, started or stopped.

use serde_json::json;

use crate::world::{Who, World};

async fn listener(world: &World, action: &str, id: &str, more: &[(&str, &str)]) -> String {
    let usual = [("LoadBalancerId", id), ("BackendServerPort", "80"), ("Bandwidth", "-1")];
    let is_given = |name: &str| more.iter().any(|(given, _)| *given == name);
    let usual = usual.into_iter().filter(|(name, _)| !is_given(name));
    let all: Vec<_> = usual.chain(more.iter().copied()).filter(|(_, it)| !it.is_empty()).collect();
    world.word(action, &all).await
}

#[tokio::test]
async fn listeners_that_cannot_be() {
    let world = World::new().await;
    let (id, _) = world.balancer().await;
    let (tcp, http) = ("CreateLoadBalancerTCPListener", "CreateLoadBalancerHTTPListener");
    let port = ("ListenerPort", "80");
    for (action, more, expected) in [
        (tcp, vec![], "400 MissingParameter"),
        (tcp, vec![("ListenerPort", "0")], "400 InvalidParameter"),
        (tcp, vec![("ListenerPort", "65536")], "400 InvalidParameter"),
        (tcp, vec![("ListenerPort", "80x")], "400 InvalidParameter"),
        (tcp, vec![port, ("BackendServerPort", "")], "400 MissingParameter"),
        (tcp, vec![port, ("Bandwidth", "")], "400 MissingParameter"),
        (tcp, vec![port, ("Bandwidth", "-2")], "400 InvalidParameter"),
        (tcp, vec![port, ("Scheduler", "qch")], "400 InvalidParameter"),
        (tcp, vec![port, ("VServerGroupId", "rsp-x")], "400 InvalidParameter"),
        (tcp, vec![port, ("AclStatus", "on")], "400 InvalidParameter"),
        (tcp, vec![port, ("AclId", "acl-x")], "400 UnsupportedParameter"),
        (tcp, vec![port, ("EstablishedTimeout", "9")], "400 InvalidParameter"),
        (tcp, vec![port, ("HealthyThreshold", "1")], "400 InvalidParameter"),
        (tcp, vec![port, ("HealthCheckURI", "page")], "400 InvalidParameter"),
        (tcp, vec![port, ("HealthCheckDomain", "a b")], "400 InvalidParameter"),
        (tcp, vec![port, ("HealthCheckHttpCode", "200")], "400 InvalidParameter"),
        (http, vec![port], "400 MissingParameter"),
        (http, vec![port, ("HealthCheck", "maybe")], "400 InvalidParameter"),
        (http, vec![port, ("HealthCheck", "on"), ("StickySession", "on")], "400 MissingParameter"),
        (
            http,
            vec![
                port,
                ("HealthCheck", "on"),
                ("StickySession", "on"),
                ("StickySessionType", "insert"),
            ],
            "400 MissingParameter",
        ),
        (
            http,
            vec![
                port,
                ("HealthCheck", "on"),
                ("StickySession", "on"),
                ("StickySessionType", "server"),
                ("Cookie", "a;b"),
            ],
            "400 InvalidParameter",
        ),
        (
            http,
            vec![port, ("HealthCheck", "on"), ("ListenerForward", "on")],
            "400 MissingParameter",
        ),
        (http, vec![port, ("HealthCheck", "on"), ("Scheduler", "sch")], "400 InvalidParameter"),
    ] {
        assert_eq!(listener(&world, action, &id, &more).await, expected, "{action} {more:?}");
    }
    assert_eq!(listener(&world, tcp, "lb-x", &[port]).await, "404 InvalidLoadBalancerId.NotFound");
    assert_eq!(listener(&world, tcp, &id, &[port]).await, "200");
    // TCP and HTTP share their ports.
    for (action, more) in [(tcp, vec![port]), (http, vec![port, ("HealthCheck", "on")])] {
        let refused = listener(&world, action, &id, &more).await;
        assert_eq!(refused, "400 ListenerAlreadyExists");
    }
}

/// Traps: a new listener is stopped, numbers are numbers, and the names of the health check differ
/// between request and answer.
#[tokio::test]
async fn a_listener_is_told_as_it_was_made() {
    let world = World::new().await;
    let (id, _) = world.balancer().await;
    let it = ("LoadBalancerId", id.as_str());
    let port = ("ListenerPort", "80");
    let made = [
        it,
        port,
        ("BackendServerPort", "8080"),
        ("Bandwidth", "-1"),
        ("HealthCheckSwitch", "off"),
        ("healthCheckInterval", "7"),
        ("Tag.1.Key", "env"),
    ];
    world.ok("CreateLoadBalancerTCPListener", &made).await;
    let read = "DescribeLoadBalancerTCPListenerAttribute";
    let told = world.ok(read, &[it, port]).await;
    for (field, expected) in [
        ("Status", json!("stopped")),
        ("ListenerPort", json!(80)),
        ("BackendServerPort", json!(8080)),
        ("Bandwidth", json!(-1)),
        ("HealthCheck", json!("off")),
        ("HealthCheckInterval", json!(7)),
        ("Scheduler", json!("wrr")),
        ("EstablishedTimeout", json!(900)),
        ("Tags", json!({"Tag": [{"TagKey": "env", "TagValue": ""}]})),
    ] {
        assert_eq!(told[field], expected, "{field}");
    }
    let set =
        [it, port, ("HealthCheckInterval", "9"), ("Scheduler", "wlc"), ("ConnectionDrain", "on")];
    world.ok("SetLoadBalancerTCPListenerAttribute", &set).await;
    let told = world.ok(read, &[it, port]).await;
    let now = (&told["HealthCheckInterval"], &told["Scheduler"], &told["ConnectionDrainTimeout"]);
    assert_eq!(now, (&json!(9), &json!("wlc"), &json!(300)));
    let list = world.ok("DescribeLoadBalancerListeners", &[("LoadBalancerId.1", &id)]).await;
    assert_eq!(list["Listeners"][0]["TCPListenerConfig"]["Scheduler"], "wlc");
    let missing = world.call(Who::Root, read, &[it, ("ListenerPort", "81")]).await;
    // Trap: clients match the message.
    assert_eq!(
        (missing.status, &missing.tree["Message"]),
        (404, &"The specified resource does not exist.".into())
    );
    let of_http = "DescribeLoadBalancerHTTPListenerAttribute";
    assert_eq!(world.word(of_http, &[it, port]).await, "404 ListenerNotFound");
    let health = world.word("DescribeHealthStatus", &[it, ("ListenerPort", "81")]).await;
    assert_eq!(health, "404 CheckedListenerNotFound");
}

#[tokio::test]
async fn a_listener_starts_from_stopped_and_stops_from_running() {
    let world = World::new().await;
    let (id, address) = world.balancer().await;
    let it = ("LoadBalancerId", id.as_str());
    let port = ("ListenerPort", "8000");
    let made = [it, port, ("BackendServerPort", "80"), ("Bandwidth", "-1")];
    world.ok("CreateLoadBalancerTCPListener", &made).await;
    let (start, stop) = ("StartLoadBalancerListener", "StopLoadBalancerListener");
    let unfit = "400 OperationFailed.ListenerStatusNotSupport";
    assert_eq!(world.word(stop, &[it, port]).await, unfit);
    let taken = std::net::TcpListener::bind((address.as_str(), 8_000)).unwrap();
    assert_eq!(world.word(start, &[it, port]).await, "400 OperationFailed.ListenerPort");
    drop(taken);
    world.ok(start, &[it, port]).await;
    assert_eq!(world.word(start, &[it, port]).await, unfit);
    let other = world.word(start, &[it, ("ListenerPort", "1")]).await;
    assert_eq!(other, "404 ListenerNotFound");
    world.ok(stop, &[it, port, ("ListenerProtocol", "tcp")]).await;
    world.ok("DeleteLoadBalancerListener", &[it, port]).await;
}
