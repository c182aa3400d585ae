//! Backend servers: those of load balancers, and groups of them.

use std::net::Ipv4Addr;

use rolecall_slb::Server;
use serde_json::{Value, json};

use crate::world::{World, vpc};

async fn world() -> (World, String) {
    let world = World::new().await;
    for (id, last) in [("i-a", 1), ("i-b", 2), ("i-c", 3)] {
        world.servers.put(id, Ipv4Addr::new(127, 0, 2, last));
    }
    let address = Ipv4Addr::new(127, 0, 2, 9);
    let server = |is_running, place| Server { is_running, place };
    world.servers.put_as("i-stopped", server(false, Some((vpc("vpc-a"), address))));
    world.servers.put_as("i-classic", server(true, None));
    world.servers.put_as("i-far", server(true, Some((vpc("vpc-b"), address))));
    let (id, _) = world.balancer().await;
    (world, id)
}

/// Traps: lists are JSON in one text, numbers come as such or as texts, and weights are texts in
/// some answers and numbers in others.
#[tokio::test]
async fn servers_of_a_load_balancer() {
    let (world, id) = world().await;
    let call =
        |servers: Value| [("LoadBalancerId", id.clone()), ("BackendServers", servers.to_string())];
    let send = async |action: &str, servers: Value| {
        let call = call(servers);
        let call: Vec<_> = call.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.ok(action, &call).await["BackendServers"]["BackendServer"].clone()
    };
    let two = json!([
        {"ServerId": "i-a", "Weight": "60", "Type": "ecs", "Description": "one"},
        {"ServerId": "i-b", "Weight": 40},
        {"ServerId": "i-a", "Weight": "1"},
    ]);
    let added = send("AddBackendServers", two).await;
    let row = |id: &str, weight: Value, text: &str| json!({"ServerId": id, "Weight": weight, "Type": "ecs", "Description": text});
    assert_eq!(added, json!([row("i-a", "60".into(), "one"), row("i-b", "40".into(), "")]));
    let set = send("SetBackendServers", json!([{"ServerId": "i-b", "Weight": 0}])).await;
    assert_eq!(set[1]["Weight"], "0");
    let told = world.ok("DescribeLoadBalancerAttribute", &[("LoadBalancerId", &id)]).await;
    let told = &told["BackendServers"]["BackendServer"];
    assert_eq!((&told[1]["Weight"], &told[0]["ServerIp"]), (&0.into(), &"127.0.2.1".into()));
    let left =
        send("RemoveBackendServers", json!([{"ServerId": "i-a"}, {"ServerId": "i-x"}])).await;
    assert_eq!(left, json!([row("i-b", 0.into(), "")]));
}

#[tokio::test]
async fn servers_that_cannot_be() {
    let (world, id) = world().await;
    let it = ("LoadBalancerId", id.as_str());
    world.ok("AddBackendServers", &[it, ("BackendServers", r#"[{"ServerId":"i-a"}]"#)]).await;
    let many: Vec<_> = (0..21).map(|it| json!({"ServerId": format!("i-{it}")})).collect();
    let many = Value::from(many).to_string();
    for (servers, expected) in [
        (r#"[{"ServerId":"i-a"}]"#, "400 InvalidBackendServers.Exist"),
        (r#"[{"ServerId":"i-x"}]"#, "400 InvalidServerId.NotExist"),
        (r#"[{"ServerId":"../x"}]"#, "400 InvalidServerId.NotExist"),
        (r#"[{"ServerId":"i-stopped"}]"#, "400 InvalidBackendServers.ServersStatusNotSupport"),
        (r#"[{"ServerId":"i-classic"}]"#, "400 InvalidBackendServers.Inconsistent"),
        (r#"[{"ServerId":"i-b","Weight":101}]"#, "400 InvalidParameter"),
        (r#"[{"ServerId":"i-b","Weight":-1}]"#, "400 InvalidParameter"),
        (r#"[{"ServerId":"i-b","Weight":"x"}]"#, "400 InvalidParameter"),
        (r#"[{"ServerId":"i-b","Type":"eni"}]"#, "400 InvalidParameter"),
        (r#"[{"Weight":1}]"#, "400 MissingParameter"),
        ("[]", "400 InvalidParameter"),
        ("x", "400 InvalidParameter"),
        (r#"{"ServerId":"i-b"}"#, "400 InvalidParameter"),
        (r#"[{"ServerId":"i-b","ServerId":"i-c"}]"#, "400 InvalidParameter"),
        (&many, "400 InvalidParameter"),
    ] {
        let answer = world.word("AddBackendServers", &[it, ("BackendServers", servers)]).await;
        assert_eq!(answer, expected, "{servers}");
    }
    let unknown = [it, ("BackendServers", r#"[{"ServerId":"i-b"}]"#)];
    let refused = world.word("SetBackendServers", &unknown).await;
    assert_eq!(refused, "400 InvalidBackendServers.NotFound");
    let in_vpc = world.ok("CreateLoadBalancer", &[("VSwitchId", "vsw-a")]).await;
    let in_vpc = ("LoadBalancerId", in_vpc["LoadBalancerId"].as_str().unwrap());
    let far = [in_vpc, ("BackendServers", r#"[{"ServerId":"i-far"}]"#)];
    let refused = world.word("AddBackendServers", &far).await;
    assert_eq!(refused, "400 InvalidBackendServers.Inconsistent");
}

#[tokio::test]
async fn a_group_from_its_making_to_its_end() {
    let (world, id) = world().await;
    let it = ("LoadBalancerId", id.as_str());
    let two = r#"[{"ServerId":"i-a","Port":"80","Weight":"10"},{"ServerId":"i-a","Port":81}]"#;
    let made = [it, ("VServerGroupName", "web"), ("BackendServers", two)];
    let made = world.ok("CreateVServerGroup", &made).await;
    let group = made["VServerGroupId"].as_str().unwrap().to_owned();
    assert!(group.starts_with("rsp-"), "{group}");
    let of_group = ("VServerGroupId", group.as_str());
    let ports = |tree: &Value| -> Vec<(i64, i64)> {
        let servers = tree["BackendServers"]["BackendServer"].as_array().unwrap().iter();
        servers.map(|it| (it["Port"].as_i64().unwrap(), it["Weight"].as_i64().unwrap())).collect()
    };
    assert_eq!(ports(&made), [(80, 10), (81, 100)]);
    let more = [of_group, ("BackendServers", r#"[{"ServerId":"i-b","Port":80}]"#)];
    assert_eq!(ports(&world.ok("AddVServerGroupBackendServers", &more).await).len(), 3);
    let again = world.word("AddVServerGroupBackendServers", &more).await;
    assert_eq!(again, "400 InvalidBackendServers.Exist");
    let no_port = [of_group, ("BackendServers", r#"[{"ServerId":"i-b"}]"#)];
    let refused = world.word("AddVServerGroupBackendServers", &no_port).await;
    assert_eq!(refused, "400 MissingParameter");
    let exchange = [
        of_group,
        ("OldBackendServers", r#"[{"ServerId":"i-b","Port":80}]"#),
        ("NewBackendServers", r#"[{"ServerId":"i-c","Port":82}]"#),
    ];
    let changed = world.ok("ModifyVServerGroupBackendServers", &exchange).await;
    assert_eq!(ports(&changed), [(80, 10), (81, 100), (82, 100)]);
    let weights = [
        of_group,
        ("VServerGroupName", "other"),
        ("BackendServers", r#"[{"ServerId":"i-c","Port":82,"Weight":5}]"#),
    ];
    let changed = world.ok("SetVServerGroupAttribute", &weights).await;
    assert_eq!((&changed["VServerGroupName"], ports(&changed)[2]), (&"other".into(), (82, 5)));
    let less = [
        of_group,
        ("BackendServers", r#"[{"ServerId":"i-a","Port":81},{"ServerId":"i-a","Port":9}]"#),
    ];
    let left = world.ok("RemoveVServerGroupBackendServers", &less).await;
    assert_eq!(ports(&left), [(80, 10), (82, 5)]);

    let port = [it, ("ListenerPort", "80"), ("Bandwidth", "-1"), of_group];
    world.ok("CreateLoadBalancerTCPListener", &port).await;
    let told = world.ok("DescribeVServerGroups", &[it, ("IncludeListener", "true")]).await;
    let told = &told["VServerGroups"]["VServerGroup"][0];
    let users = json!({"Listeners": {"Listener": [{"Port": 80, "Protocol": "tcp"}]}, "Rules": {"Rule": []}});
    assert_eq!((&told["ServerCount"], &told["AssociatedObjects"]), (&2.into(), &users));
    let refused = world.call(crate::world::Who::Root, "DeleteVServerGroup", &[of_group]).await;
    assert_eq!(refused.word(), "400 RspoolVipExist");
    world.ok("DeleteLoadBalancerListener", &[it, ("ListenerPort", "80")]).await;
    world.ok("DeleteVServerGroup", &[of_group]).await;
    let gone =
        world.call(crate::world::Who::Root, "DescribeVServerGroupAttribute", &[of_group]).await;
    // Trap: clients match the message.
    assert_eq!(gone.word(), "400 InvalidParameter");
    assert_eq!(gone.tree["Message"], "The specified VServerGroupId does not exist.");
}
