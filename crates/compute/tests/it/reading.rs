//! Lists of instances.

use serde_json::Value;

use crate::world::World;

fn names(page: &Value) -> Vec<String> {
    let instances = page["Instances"]["Instance"].as_array().unwrap();
    let name = |instance: &Value| instance["InstanceName"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = instances.iter().map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn filters_must_all_match() {
    let world = World::new().await;
    let it = world.furnish().await;
    let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str())];
    let web = [
        ("InstanceName", "web"),
        ("PrivateIpAddress", "192.168.1.50"),
        ("HttpTokens", "required"),
        ("HttpEndpoint", "disabled"),
        ("KeyPairName", "pair"),
        ("ResourceGroupId", "rg-1"),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "test"),
    ];
    world.run(&[&place[..], &web].concat()).await;
    world.clock.advance(600);
    let batch = [("InstanceName", "batch"), ("InstanceType", "ecs.c6.large"), ("ImageId", "m-1")];
    let batch_id = world.run(&[&batch[..], &[("ZoneId", "cn-hangzhou-h")]].concat()).await;
    let anonymous = world.ok("ecs:DescribeInstances", &[("InstanceName", "i-*")]).await;
    assert_eq!(anonymous["TotalCount"], 2, "the furniture is named by its ids");

    let batch_ids = format!(r#"["{}","i-unknown"]"#, batch_id[0]);
    for (parameters, expected) in [
        (vec![("InstanceIds", batch_ids.as_str())], vec!["batch"]),
        (vec![("VpcId", &it.vpc), ("InstanceName", "w*b")], vec!["web"]),
        (vec![("VSwitchId", &it.v_switch), ("InstanceName", "w*")], vec!["web"]),
        (vec![("SecurityGroupId", &it.group), ("InstanceName", "web")], vec!["web"]),
        (vec![("SecurityGroupId", &it.group), ("InstanceName", "batch")], vec![]),
        (vec![("ZoneId", "cn-hangzhou-h")], vec!["batch"]),
        (vec![("ImageId", "m-1")], vec!["batch"]),
        (vec![("InstanceType", "ecs.c6.large")], vec!["batch"]),
        (vec![("InstanceTypeFamily", "ecs.c6")], vec!["batch"]),
        (vec![("InstanceNetworkType", "classic"), ("InstanceName", "b*")], vec!["batch"]),
        (vec![("InstanceNetworkType", "vpc"), ("InstanceName", "b*")], vec![]),
        (vec![("PrivateIpAddresses", r#"["192.168.1.50"]"#)], vec!["web"]),
        (vec![("HttpTokens", "required")], vec!["web"]),
        (vec![("HttpEndpoint", "disabled")], vec!["web"]),
        (vec![("KeyPairName", "pair")], vec!["web"]),
        (vec![("ResourceGroupId", "rg-1")], vec!["web"]),
        (vec![("Tag.1.Key", "env"), ("Tag.1.Value", "test")], vec!["web"]),
        (vec![("Tag.1.key", "env")], vec!["web"]),
        (vec![("Tag.1.Key", "env"), ("Tag.1.Value", "prod")], vec![]),
        (vec![("Status", "Running"), ("ImageId", "m-1")], vec!["batch"]),
        (vec![("Status", "Stopped")], vec![]),
        (vec![("InstanceChargeType", "PrePaid")], vec![]),
        (vec![("InternetChargeType", "PayByBandwidth")], vec![]),
        (
            vec![("Filter.1.Key", "CreationStartTime"), ("Filter.1.Value", "2027-01-15T08:10Z")],
            vec!["batch"],
        ),
        (
            vec![
                ("Filter.1.Key", "CreationEndTime"),
                ("Filter.1.Value", "2027-01-15T08:09Z"),
                ("InstanceName", "web"),
            ],
            vec!["web"],
        ),
        (vec![("Filter.1.Key", "ExpiredEndTime"), ("Filter.1.Value", "2030-01-01T00:00Z")], vec![]),
    ] {
        let page = world.ok("ecs:DescribeInstances", &parameters).await;
        assert_eq!(names(&page), expected, "{parameters:?}");
        assert_eq!(page["TotalCount"].as_u64(), Some(expected.len() as u64), "{parameters:?}");
    }
    let refused = world.word("ecs:DescribeInstances", &[("EipAddresses", r#"["1.2.3.4"]"#)]).await;
    assert_eq!(refused, "400 UnsupportedParameter");
}

#[tokio::test]
async fn pages_both_ways() {
    let world = World::new().await;
    world.run(&[("InstanceName", "n[1,2]x"), ("Amount", "25")]).await;
    let mut by_number = Vec::new();
    for page in ["1", "2", "3", "4"] {
        let page = world.ok("ecs:DescribeInstances", &[("PageNumber", page)]).await;
        by_number.extend(names(&page));
    }
    let (mut by_token, mut token) = (Vec::new(), String::new());
    loop {
        let parameters = [("MaxResults", "1"), ("NextToken", token.as_str())];
        let page = world.ok("ecs:DescribeInstances", &parameters).await;
        assert_eq!(page["TotalCount"], 25);
        by_token.extend(names(&page));
        token = page["NextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    by_number.sort();
    by_token.sort();
    let all: Vec<String> = (1..=25).map(|number| format!("n{number:02}x")).collect();
    assert_eq!((by_number, by_token), (all.clone(), all));
    let whole = world.ok("ecs:DescribeInstances", &[("PageSize", "100")]).await;
    assert_eq!(names(&whole).len(), 25);
    for (name, value) in [("PageSize", "101"), ("PageSize", "0"), ("NextToken", "%")] {
        let refused = world.word("ecs:DescribeInstances", &[(name, value)]).await;
        assert_eq!(refused, "400 InvalidParameter", "{name} {value}");
    }
}

#[tokio::test]
async fn statuses() {
    let world = World::new().await;
    let it = world.furnish().await;
    let all = world.ok("ecs:DescribeInstanceStatus", &[]).await;
    assert_eq!(all["TotalCount"], 2);
    let parameters = [("InstanceId.1", it.instance.as_str()), ("InstanceId.2", "i-unknown")];
    let one = world.ok("ecs:DescribeInstanceStatus", &parameters).await;
    let status = &one["InstanceStatuses"]["InstanceStatus"][0];
    assert_eq!(one["TotalCount"], 1);
    assert_eq!((status["InstanceId"].as_str(), status["Status"].as_str()), {
        (Some(it.instance.as_str()), Some("Running"))
    });
    let elsewhere = world.ok("ecs:DescribeInstanceStatus", &[("ZoneId", "cn-hangzhou-k")]).await;
    assert_eq!(elsewhere["TotalCount"], 0);
}
