//! Who may call: nobody, a stranger, one who may do exactly this, and one who lacks one thing.

use std::net::Ipv4Addr;

use rolecall_slb::OPERATIONS;

use crate::world::{ACCOUNT, Who, World};

/// A call with the resource that it is decided on.
struct Case {
    action: &'static str,
    parameters: Vec<(&'static str, String)>,
    resource: String,
}

/// A world with one of everything: a load balancer, a group and a listener.
async fn furnished() -> (World, String, String) {
    let world = World::seeded().await;
    world.servers.put("i-a", Ipv4Addr::new(127, 0, 2, 1));
    let (id, _) = world.balancer().await;
    let group = world.ok("CreateVServerGroup", &[("LoadBalancerId", &id)]).await;
    let group = group["VServerGroupId"].as_str().unwrap().to_owned();
    for (action, port) in
        [("CreateLoadBalancerTCPListener", "80"), ("CreateLoadBalancerHTTPListener", "8081")]
    {
        let listener = [
            ("LoadBalancerId", id.as_str()),
            ("ListenerPort", port),
            ("BackendServerPort", "80"),
            ("Bandwidth", "-1"),
            ("HealthCheck", "off"),
        ];
        let own = if port == "80" { &listener[..4] } else { &listener };
        world.ok(action, own).await;
    }
    (world, id, group)
}

fn cases(id: &str, group: &str) -> Vec<Case> {
    let one = format!("acs:slb:cn-hangzhou:{ACCOUNT}:loadbalancer/{id}");
    let all = format!("acs:slb:cn-hangzhou:{ACCOUNT}:loadbalancer/*");
    let servers = r#"[{"ServerId":"i-a","Port":80}]"#;
    let case = |action, resource: &str, parameters: &[(&'static str, &str)]| Case {
        action,
        parameters: parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        resource: resource.to_owned(),
    };
    let of_one = |action, more: &[(&'static str, &str)]| {
        case(action, &one, &[&[("LoadBalancerId", id)], more].concat())
    };
    let of_group = |action, more: &[(&'static str, &str)]| {
        case(action, &one, &[&[("VServerGroupId", group)], more].concat())
    };
    let tagged = [("ResourceType", "instance"), ("ResourceId.1", id)];
    let (tcp, http) = (("ListenerPort", "80"), ("ListenerPort", "8081"));
    let backend = ("BackendServers", servers);
    vec![
        case("CreateLoadBalancer", &all, &[]),
        case("DescribeLoadBalancers", &all, &[]),
        of_one("DescribeLoadBalancerAttribute", &[]),
        of_one("SetLoadBalancerStatus", &[("LoadBalancerStatus", "inactive")]),
        of_one("SetLoadBalancerName", &[("LoadBalancerName", "x")]),
        of_one("SetLoadBalancerDeleteProtection", &[("DeleteProtection", "off")]),
        of_one(
            "SetLoadBalancerModificationProtection",
            &[("ModificationProtectionStatus", "NonProtection")],
        ),
        of_one(
            "CreateLoadBalancerTCPListener",
            &[("ListenerPort", "82"), ("BackendServerPort", "80"), ("Bandwidth", "-1")],
        ),
        of_one(
            "CreateLoadBalancerHTTPListener",
            &[("ListenerPort", "83"), ("BackendServerPort", "80"), ("HealthCheck", "off")],
        ),
        of_one("DescribeLoadBalancerTCPListenerAttribute", &[tcp]),
        of_one("DescribeLoadBalancerHTTPListenerAttribute", &[http]),
        of_one("SetLoadBalancerTCPListenerAttribute", &[tcp]),
        of_one("SetLoadBalancerHTTPListenerAttribute", &[http]),
        of_one("StartLoadBalancerListener", &[("ListenerPort", "8081")]),
        of_one("DeleteLoadBalancerListener", &[tcp]),
        case("DescribeLoadBalancerListeners", &all, &[]),
        case("DescribeLoadBalancerListeners", &one, &[("LoadBalancerId.1", id)]),
        of_one("AddBackendServers", &[backend]),
        of_one("RemoveBackendServers", &[backend]),
        of_one("CreateVServerGroup", &[]),
        of_one("DescribeVServerGroups", &[]),
        of_group("DescribeVServerGroupAttribute", &[]),
        of_group("AddVServerGroupBackendServers", &[backend]),
        of_group("RemoveVServerGroupBackendServers", &[backend]),
        of_group("ModifyVServerGroupBackendServers", &[]),
        of_group("SetVServerGroupAttribute", &[]),
        of_group("DeleteVServerGroup", &[]),
        of_one("DescribeHealthStatus", &[]),
        case("TagResources", &one, &[&tagged[..], &[("Tag.1.Key", "k")]].concat()),
        case("UntagResources", &one, &[&tagged[..], &[("All", "true")]].concat()),
        case("ListTagResources", &all, &tagged[..1]),
        case("ListTagResources", &one, &tagged),
        case("DescribeRegions", "*", &[]),
        case("DescribeZones", "*", &[]),
        case("DescribeAvailableResource", "*", &[]),
        of_one("DeleteLoadBalancer", &[]),
        // Those that need what the ones before have changed.
        of_one("StopLoadBalancerListener", &[http]),
        of_one("SetBackendServers", &[backend]),
    ]
}

fn words(case: &Case) -> Vec<(&str, &str)> {
    case.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]"#)
}

#[tokio::test]
async fn exactly_the_check_of_each_call_opens_it() {
    let (world, id, group) = furnished().await;
    let before = world.store.revision();
    for case in cases(&id, &group) {
        let (action, parameters) = (format!("slb:{}", case.action), words(&case));
        let name = case.action;
        let nobody = world.call(Who::Nobody, name, &parameters).await.word();
        assert_eq!(nobody, "400 MissingAccessKeyId", "{name}");
        world.grant("[]");
        let denied = world.call(Who::User, name, &parameters).await;
        // Trap: a denial is one, and no empty list.
        assert_eq!(denied.word(), "403 Forbidden.RAM", "{name}");
        assert_eq!(denied.tree["AccessDeniedDetail"]["AuthAction"], action.as_str(), "{name}");
        assert_eq!(world.last_checks(), [format!("{action} {}", case.resource)], "{name}");
        let others = [
            allow(&action, "acs:slb:*:*:loadbalancer/lb-other"),
            allow("slb:Other", "*"),
            allow(&action, "acs:slb:cn-beijing:*:*"),
        ];
        for other in others.iter().filter(|_| case.resource != "*") {
            world.grant(other);
            let word = world.call(Who::User, name, &parameters).await.word();
            assert_eq!(word, "403 Forbidden.RAM", "{name} by {other}");
        }
    }
    assert_eq!(world.store.revision(), before, "a call that is denied changes nothing");
    for place in 0..cases(&id, &group).len() {
        let (world, same, of_same) = furnished().await;
        assert_eq!((&same, &of_same), (&id, &group), "the seed gives the same ids");
        let case = &cases(&id, &group)[place];
        world.grant(&allow(&format!("slb:{}", case.action), &case.resource));
        let word = world.call(Who::User, case.action, &words(case)).await.word();
        let expected = match case.action {
            "StopLoadBalancerListener" => "400 OperationFailed.ListenerStatusNotSupport",
            "SetBackendServers" => "400 InvalidBackendServers.NotFound",
            _ => "200",
        };
        assert_eq!(word, expected, "{}", case.action);
    }
}

#[tokio::test]
async fn every_operation_has_a_case() {
    let cases = cases("lb-a", "rsp-a");
    for operation in OPERATIONS {
        let action = operation.spec().action;
        assert!(cases.iter().any(|case| case.action == action), "{action} has no case");
    }
}

/// Trap: a group is decided on its load balancer, and one that nobody has on all of them.
#[tokio::test]
async fn an_unknown_group_is_decided_on_all_load_balancers() {
    let (world, id, _) = furnished().await;
    world.grant(&allow("slb:*", &format!("acs:slb:*:*:loadbalancer/{id}")));
    let unknown = [("VServerGroupId", "rsp-x")];
    let word = world.call(Who::User, "DeleteVServerGroup", &unknown).await.word();
    assert_eq!(word, "403 Forbidden.RAM");
    world.grant(&allow("slb:*", "*"));
    let word = world.call(Who::User, "DeleteVServerGroup", &unknown).await.word();
    assert_eq!(word, "400 InvalidParameter");
}

#[tokio::test]
async fn a_policy_can_forbid_load_balancers_that_face_the_internet() {
    let world = World::new().await;
    world.grant(
        r#"[{"Effect":"Allow","Action":"slb:*","Resource":"*"},
            {"Effect":"Deny","Action":"slb:CreateLoadBalancer","Resource":"*",
             "Condition":{"StringEquals":{"slb:AddressType":"internet"}}}]"#,
    );
    let make = async |parameters: &[(&str, &str)]| {
        world.call(Who::User, "CreateLoadBalancer", parameters).await.word()
    };
    assert_eq!(make(&[]).await, "403 Forbidden.RAM");
    assert_eq!(make(&[("AddressType", "internet")]).await, "403 Forbidden.RAM");
    assert_eq!(make(&[("VSwitchId", "vsw-a")]).await, "200");
    let both = [("VSwitchId", "vsw-a"), ("AddressType", "internet")];
    assert_eq!(make(&both).await, "403 Forbidden.RAM");
}
