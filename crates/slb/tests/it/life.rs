//! Load balancers from their making to their end.

use crate::upstream::{Manner, upstream};
use crate::world::{ACCOUNT, Who, World};

#[tokio::test]
async fn one_that_faces_the_internet() {
    let world = World::new().await;
    let named = [("LoadBalancerName", "web"), ("Tag.1.Key", "env"), ("Tag.1.Value", "prod")];
    let made = world.ok("CreateLoadBalancer", &named).await;
    let id = made["LoadBalancerId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("lb-bp1"), "{id}");
    assert!(made["Address"].as_str().unwrap().starts_with("127."));
    assert_eq!((&made["NetworkType"], &made["VpcId"]), (&"Classic".into(), &"".into()));
    let told = world.ok("DescribeLoadBalancerAttribute", &[("LoadBalancerId", &id)]).await;
    assert_eq!(told["LoadBalancerStatus"], "active");
    assert_eq!(told["AddressType"], "internet");
    assert_eq!(told["CreateTimeStamp"], crate::world::START * 1_000);
    assert_eq!(told["Tags"]["Tag"][0]["TagKey"], "env");
    assert_eq!(told["ListenerPortsAndProtocal"]["ListenerPortAndProtocal"], serde_json::json!([]));
    let all = world.ok("DescribeLoadBalancers", &[]).await;
    assert_eq!((&all["TotalCount"], &all["PageSize"]), (&1.into(), &50.into()));
    let first = &all["LoadBalancers"]["LoadBalancer"][0];
    assert_eq!(first["LoadBalancerId"], id.as_str());
    assert!(first.get("BackendServers").is_none());
    world.ok("DeleteLoadBalancer", &[("LoadBalancerId", &id)]).await;
    let gone = world.word("DescribeLoadBalancerAttribute", &[("LoadBalancerId", &id)]).await;
    assert_eq!(gone, "404 InvalidLoadBalancerId.NotFound");
}

#[tokio::test]
async fn one_in_a_v_switch() {
    let world = World::new().await;
    let place = [("VSwitchId", "vsw-a")];
    let made = world.ok("CreateLoadBalancer", &place).await;
    assert_eq!(made["Address"], "127.0.3.7");
    assert_eq!((&made["NetworkType"], &made["VpcId"]), (&"vpc".into(), &"vpc-a".into()));
    for (more, expected) in [
        (vec![("VSwitchId", "vsw-b")], "404 InvalidVSwitchId.NotFound"),
        (vec![("VSwitchId", "vsw-a"), ("VpcId", "vpc-b")], "404 InvalidVSwitchId.NotFound"),
        (vec![("VSwitchId", "vsw-a"), ("Address", "127.0.3.9")], "400 ObtainIpFail"),
        (vec![("VSwitchId", "vsw-a"), ("Address", "x")], "400 InvalidParameter"),
        (vec![("AddressType", "intranet")], "400 MissingParameter"),
        (vec![("Address", "127.0.3.8")], "400 InvalidParameter"),
        (vec![("LoadBalancerName", "1x")], "400 InvalidParameter"),
        (vec![("AddressIPVersion", "ipv6")], "400 InvalidParameter"),
        (vec![("MasterZoneId", "cn-hangzhou-z")], "404 InvalidZoneId.NotFound"),
        (vec![("AutoPay", "true")], "400 UnsupportedParameter"),
    ] {
        assert_eq!(world.word("CreateLoadBalancer", &more).await, expected, "{more:?}");
    }
}

/// Trap: a call that is sent again gets the first answer.
#[tokio::test]
async fn a_client_token_makes_one_load_balancer() {
    let world = World::new().await;
    let call = [("ClientToken", "token"), ("LoadBalancerName", "a")];
    let first = world.ok("CreateLoadBalancer", &call).await;
    let again = world.ok("CreateLoadBalancer", &call).await;
    assert_eq!(first["LoadBalancerId"], again["LoadBalancerId"]);
    let other = [("ClientToken", "token"), ("LoadBalancerName", "b")];
    let refused = world.word("CreateLoadBalancer", &other).await;
    assert_eq!(refused, "403 IdempotentParameterMismatch");
    assert_eq!(world.ok("DescribeLoadBalancers", &[]).await["TotalCount"], 1);
}

#[tokio::test]
async fn what_is_set_is_told() {
    let world = World::new().await;
    let (id, _) = world.balancer().await;
    let it = ("LoadBalancerId", id.as_str());
    world.ok("SetLoadBalancerName", &[it, ("LoadBalancerName", "other")]).await;
    world.ok("SetLoadBalancerStatus", &[it, ("LoadBalancerStatus", "inactive")]).await;
    world.ok("SetLoadBalancerDeleteProtection", &[it, ("DeleteProtection", "on")]).await;
    let protect = [
        it,
        ("ModificationProtectionStatus", "ConsoleProtection"),
        ("ModificationProtectionReason", "kept"),
    ];
    world.ok("SetLoadBalancerModificationProtection", &protect).await;
    let told = world.ok("DescribeLoadBalancerAttribute", &[it]).await;
    for (field, expected) in [
        ("LoadBalancerName", "other"),
        ("LoadBalancerStatus", "inactive"),
        ("DeleteProtection", "on"),
        ("ModificationProtectionStatus", "ConsoleProtection"),
        ("ModificationProtectionReason", "kept"),
    ] {
        assert_eq!(told[field], expected, "{field}");
    }
    let refused = world.word("DeleteLoadBalancer", &[it]).await;
    assert_eq!(refused, "400 OperationDenied.DeleteProtectionIsOn");
    world.ok("SetLoadBalancerDeleteProtection", &[it, ("DeleteProtection", "off")]).await;
    world.ok("DeleteLoadBalancer", &[it]).await;
}

#[tokio::test]
async fn filters_of_the_list() {
    let world = World::new().await;
    let server = upstream(Manner::Close).await;
    world.servers.put("i-a", server.address);
    let (first, address) = world.balancer().await;
    let in_vpc = world.ok("CreateLoadBalancer", &[("VSwitchId", "vsw-a")]).await;
    let second = in_vpc["LoadBalancerId"].as_str().unwrap();
    let servers = [("LoadBalancerId", second), ("BackendServers", r#"[{"ServerId":"i-a"}]"#)];
    world.ok("AddBackendServers", &servers).await;
    let both = format!("{first},{second}");
    let of_server = server.address.to_string();
    for (name, value, expected) in [
        ("LoadBalancerId", both.as_str(), 2),
        ("LoadBalancerId", &first, 1),
        ("LoadBalancerId", "lb-none", 0),
        ("Address", &address, 1),
        ("AddressType", "intranet", 1),
        ("NetworkType", "classic", 1),
        ("VpcId", "vpc-a", 1),
        ("VSwitchId", "vsw-a", 1),
        ("LoadBalancerStatus", "locked", 0),
        ("ServerId", "i-a", 1),
        ("ServerIntranetAddress", &of_server, 1),
        ("PayType", "PrePay", 0),
        ("AddressIPVersion", "ipv6", 0),
        ("PageNumber", "2", 2),
    ] {
        let found = world.ok("DescribeLoadBalancers", &[(name, value)]).await;
        assert_eq!(found["TotalCount"], expected, "{name}={value}");
    }
    let many = ["lb-x"; 11].join(",");
    let refused = world.word("DescribeLoadBalancers", &[("LoadBalancerId", &many)]).await;
    assert_eq!(refused, "400 InvalidParameter");
}

#[tokio::test]
async fn tags_are_given_told_and_taken() {
    let world = World::new().await;
    let (id, _) = world.balancer().await;
    let named = [("ResourceType", "instance"), ("ResourceId.1", id.as_str())];
    let tag = [("Tag.1.Key", "env"), ("Tag.1.Value", "prod")];
    world.ok("TagResources", &[&named[..], &tag].concat()).await;
    let told = world.ok("ListTagResources", &named[..1]).await;
    let rows = &told["TagResources"]["TagResource"];
    assert_eq!(
        (&rows[0]["ResourceId"], &rows[0]["TagValue"]),
        (&id.as_str().into(), &"prod".into())
    );
    let condition = r#""Condition":{"StringEquals":{"slb:tag/env":"prod"}}"#;
    world.grant(&format!(r#"[{{"Effect":"Allow","Action":"slb:*","Resource":"*",{condition}}}]"#));
    let it = [("LoadBalancerId", id.as_str())];
    let by_tag = world.call(Who::User, "DescribeLoadBalancerAttribute", &it).await;
    assert_eq!(by_tag.word(), "200");
    world.ok("UntagResources", &[&named[..], &[("All", "true")]].concat()).await;
    let by_tag = world.call(Who::User, "DescribeLoadBalancerAttribute", &it).await;
    assert_eq!(by_tag.word(), "403 Forbidden.RAM");
    let unknown = [&[("ResourceType", "instance"), ("ResourceId.1", "lb-x")][..], &tag].concat();
    assert_eq!(world.word("TagResources", &unknown).await, "404 InvalidResourceId.NotFound");
    let other = [&[("ResourceType", "acl"), ("ResourceId.1", "lb-x")][..], &tag].concat();
    assert_eq!(world.word("TagResources", &other).await, "400 InvalidParameter");
}

#[tokio::test]
async fn ids_of_other_accounts_are_unknown() {
    let world = World::new().await;
    let (id, _) = world.balancer().await;
    let group = world.ok("CreateVServerGroup", &[("LoadBalancerId", &id)]).await;
    let group = group["VServerGroupId"].as_str().unwrap();
    for (action, name, own, nobodys) in [
        ("DescribeLoadBalancerAttribute", "LoadBalancerId", id.as_str(), "lb-x"),
        ("DeleteLoadBalancer", "LoadBalancerId", &id, "lb-x"),
        ("DescribeVServerGroupAttribute", "VServerGroupId", group, "rsp-x"),
        ("DeleteVServerGroup", "VServerGroupId", group, "rsp-x"),
    ] {
        let mut answers = Vec::new();
        for value in [own, nobodys] {
            let answer = world.call(Who::OtherRoot, action, &[(name, value)]).await;
            answers.push((answer.word(), answer.tree["Message"].clone()));
            assert_eq!(world.last_checks().len(), 1, "{action}");
            assert!(!world.last_checks()[0].contains(ACCOUNT), "{action}");
        }
        assert_eq!(answers[0], answers[1], "{action}");
        assert_ne!(answers[0].0, "200", "{action}");
    }
    world.ok("DescribeVServerGroupAttribute", &[("VServerGroupId", group)]).await;
}

#[tokio::test]
async fn regions_zones_and_what_can_be_made() {
    let world = World::new().await;
    let regions = world.ok("DescribeRegions", &[]).await;
    let first = &regions["Regions"]["Region"][0];
    assert_eq!(first["RegionEndpoint"], "slb.cn-qingdao.aliyuncs.com");
    let zones = world.ok("DescribeZones", &[("RegionId", "cn-beijing")]).await;
    let zone = &zones["Zones"]["Zone"][0];
    assert_eq!(zone["ZoneId"], "cn-beijing-g");
    assert_eq!(zone["SlaveZones"]["SlaveZone"].as_array().unwrap().len(), 4);
    let pairs = world.ok("DescribeAvailableResource", &[("AddressType", "intranet")]).await;
    let pair = &pairs["AvailableResources"]["AvailableResource"][0];
    let resources = pair["SupportResources"]["SupportResource"].as_array().unwrap();
    assert_eq!((resources.len(), &resources[0]["AddressType"]), (1, &"intranet".into()));
}
