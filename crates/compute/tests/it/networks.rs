//! VPCs, vSwitches and security groups, from their making to their end.

use serde_json::json;

use crate::world::{Who, World};

#[tokio::test]
async fn a_vpc_and_its_vswitch_are_as_they_were_asked_for() {
    let world = World::new().await;
    let made = world
        .ok(
            "vpc:CreateVpc",
            &[
                ("CidrBlock", "10.1.0.0/16"),
                ("VpcName", "net"),
                ("Description", "a net"),
                ("ResourceGroupId", "rg-1"),
                ("Tag.1.Key", "env"),
                ("Tag.1.Value", "test"),
            ],
        )
        .await;
    let vpc_id = made["VpcId"].as_str().unwrap();
    assert!(vpc_id.starts_with("vpc-bp1"), "{vpc_id}");
    assert!(made["VRouterId"].as_str().unwrap().starts_with("vrt-bp1"));
    assert!(made["RouteTableId"].as_str().unwrap().starts_with("vtb-bp1"));
    assert_eq!(made["ResourceGroupId"], "rg-1");

    let v_switch = [
        ("VpcId", vpc_id),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.1.2.0/24"),
        ("VSwitchName", "part"),
    ];
    let v_switch = world.ok("vpc:CreateVSwitch", &v_switch).await;
    let v_switch_id = v_switch["VSwitchId"].as_str().unwrap();

    let found = world.ok("vpc:DescribeVpcs", &[("VpcId", vpc_id)]).await;
    let vpc = &found["Vpcs"]["Vpc"][0];
    for (name, expected) in [
        ("VpcName", json!("net")),
        ("CidrBlock", json!("10.1.0.0/16")),
        ("Description", json!("a net")),
        ("Status", json!("Available")),
        ("IsDefault", json!(false)),
        ("RegionId", json!("cn-hangzhou")),
        ("OwnerId", json!(1_234_567_890_123_456_i64)),
        ("CreationTime", json!("2027-01-15T08:00:00Z")),
        ("VRouterId", made["VRouterId"].clone()),
        ("RouterTableIds", json!({"RouterTableIds": [made["RouteTableId"]]})),
        ("VSwitchIds", json!({"VSwitchId": [v_switch_id]})),
        ("SecondaryCidrBlocks", json!({"SecondaryCidrBlock": []})),
        ("Tags", json!({"Tag": [{"Key": "env", "Value": "test"}]})),
    ] {
        assert_eq!(vpc[name], expected, "{name}");
    }
    let attribute = world.ok("vpc:DescribeVpcAttribute", &[("VpcId", vpc_id)]).await;
    assert_eq!(attribute["CidrBlock"], "10.1.0.0/16");
    assert_eq!(attribute["CloudResources"]["CloudResourceSetType"][2]["ResourceCount"], 1);

    let found = world.ok("vpc:DescribeVSwitches", &[("VpcId", vpc_id)]).await;
    let attributes = world.ok("vpc:DescribeVSwitchAttributes", &[("VSwitchId", v_switch_id)]).await;
    for view in [&found["VSwitches"]["VSwitch"][0], &attributes] {
        assert_eq!(view["VSwitchName"], "part");
        assert_eq!(view["ZoneId"], "cn-hangzhou-h");
        assert_eq!(view["CidrBlock"], "10.1.2.0/24");
        assert_eq!(view["AvailableIpAddressCount"], 252);
        assert_eq!(view["RouteTable"]["RouteTableId"], made["RouteTableId"]);
    }
}

#[tokio::test]
async fn blocks_of_vpcs() {
    let world = World::new().await;
    for (block, expected) in [
        ("10.0.0.0/8", "200"),
        ("172.16.0.0/12", "200"),
        ("192.168.0.0/16", "200"),
        ("192.168.0.240/28", "200"),
        ("192.168.0.240/29", "400 InvalidCidrBlock.Malformed"),
        ("10.0.0.0/7", "400 InvalidCidrBlock.Malformed"),
        ("172.16.0.0/11", "400 InvalidCidrBlock.Malformed"),
        ("192.168.0.0/15", "400 InvalidCidrBlock.Malformed"),
        ("192.168.0.1/16", "400 InvalidCidrBlock.Malformed"),
        ("8.8.8.0/24", "400 InvalidCidrBlock.Malformed"),
        ("x", "400 InvalidCidrBlock.Malformed"),
    ] {
        assert_eq!(world.word("vpc:CreateVpc", &[("CidrBlock", block)]).await, expected, "{block}");
    }
    let made = world.ok("vpc:CreateVpc", &[]).await;
    let vpc = world.ok("vpc:DescribeVpcs", &[("VpcId", made["VpcId"].as_str().unwrap())]).await;
    assert_eq!(vpc["Vpcs"]["Vpc"][0]["CidrBlock"], "172.16.0.0/12");
}

#[tokio::test]
async fn blocks_of_vswitches() {
    let world = World::new().await;
    let vpc = world.ok("vpc:CreateVpc", &[("CidrBlock", "10.0.0.0/8")]).await;
    let vpc = vpc["VpcId"].as_str().unwrap();
    for (block, expected) in [
        ("10.1.0.0/16", "200"),
        ("10.2.0.0/29", "200"),
        ("10.0.0.0/15", "400 InvalidCidrBlock.Malformed"),
        ("10.3.0.0/30", "400 InvalidCidrBlock.Malformed"),
        ("10.3.0.1/24", "400 InvalidCidrBlock.Malformed"),
        ("11.0.0.0/24", "400 InvalidParameter"),
        ("10.1.255.0/24", "400 InvalidCidrBlock.Overlapped"),
        ("10.2.0.0/24", "400 InvalidCidrBlock.Overlapped"),
        ("10.2.0.8/29", "200"),
    ] {
        let zone = ("ZoneId", "cn-hangzhou-i");
        let parameters = [("VpcId", vpc), zone, ("CidrBlock", block)];
        assert_eq!(world.word("vpc:CreateVSwitch", &parameters).await, expected, "{block}");
    }
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let world = World::new().await;
    let it = world.furnish().await;
    let (vpc, v_switch) = ([("VpcId", it.vpc.as_str())], [("VSwitchId", it.v_switch.as_str())]);
    let group = [("SecurityGroupId", it.group.as_str())];
    assert_eq!(world.word("vpc:DeleteVpc", &vpc).await, "400 DependencyViolation.VSwitch");
    assert_eq!(world.word("vpc:DeleteVSwitch", &v_switch).await, "400 DependencyViolation");
    assert_eq!(world.word("ecs:DeleteSecurityGroup", &group).await, "403 DependencyViolation");

    let instance = [("InstanceId.1", it.instance.as_str()), ("Force", "true")];
    world.ok("ecs:DeleteInstances", &instance).await;
    world.ok("vpc:DeleteVSwitch", &v_switch).await;
    assert_eq!(world.word("vpc:DeleteVpc", &vpc).await, "400 DependencyViolation.SecurityGroup");
    world.ok("ecs:DeleteSecurityGroup", &group).await;
    world.ok("vpc:DeleteVpc", &vpc).await;
    let left = world.ok("vpc:DescribeVpcs", &vpc).await;
    assert_eq!((left["TotalCount"].as_i64(), left["Vpcs"].clone()), (Some(0), json!({"Vpc": []})));
}

#[tokio::test]
async fn quotas() {
    let world = World::new().await;
    let mut last = String::new();
    for _ in 0..10 {
        let made = world.ok("vpc:CreateVpc", &[("CidrBlock", "10.0.0.0/8")]).await;
        last = made["VpcId"].as_str().unwrap().to_owned();
    }
    assert_eq!(world.word("vpc:CreateVpc", &[]).await, "400 QuotaExceeded.Vpc");
    let elsewhere = world.word("vpc:CreateVpc", &[("RegionId", "cn-beijing")]).await;
    assert_eq!(elsewhere, "200", "the quota is a region's");

    for number in 0..=150 {
        let block = format!("10.0.{number}.0/24");
        let zone = ("ZoneId", "cn-hangzhou-i");
        let parameters = [("VpcId", last.as_str()), zone, ("CidrBlock", block.as_str())];
        let expected = if number < 150 { "200" } else { "400 QuotaExceeded.VSwitch" };
        assert_eq!(world.word("vpc:CreateVSwitch", &parameters).await, expected, "{number}");
    }
    for number in 0..=100 {
        let expected = if number < 100 { "200" } else { "403 QuotaExceed.SecurityGroup" };
        assert_eq!(world.word("ecs:CreateSecurityGroup", &[]).await, expected, "{number}");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_cut() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let (name, tag) = (format!("net{number}"), (number % 2).to_string());
        let parameters = [("VpcName", name.as_str()), ("Tag.1.Key", "k"), ("Tag.1.Value", &tag)];
        let made = world.ok("vpc:CreateVpc", &parameters).await;
        ids.push(made["VpcId"].as_str().unwrap().to_owned());
    }
    let some = format!("{},{}", ids[0], ids[3]);
    for (parameters, total, shown) in [
        (vec![], 7, 7),
        (vec![("PageSize", "3")], 7, 3),
        (vec![("PageSize", "3"), ("PageNumber", "3")], 7, 1),
        (vec![("VpcId", some.as_str())], 2, 2),
        (vec![("VpcName", "net3")], 1, 1),
        (vec![("VpcName", "net")], 0, 0),
        (vec![("Tag.1.Key", "k")], 7, 7),
        (vec![("Tag.1.Key", "k"), ("Tag.1.Value", "1")], 3, 3),
        (vec![("IsDefault", "true")], 0, 0),
        (vec![("IsDefault", "false")], 7, 7),
        (vec![("ResourceGroupId", "rg-1")], 0, 0),
    ] {
        let page = world.ok("vpc:DescribeVpcs", &parameters).await;
        let found = (page["TotalCount"].as_u64(), page["Vpcs"]["Vpc"].as_array().map(Vec::len));
        assert_eq!(found, (Some(total), Some(shown)), "{parameters:?}");
    }
    for (name, value) in [("PageSize", "51"), ("PageSize", "0"), ("PageNumber", "0")] {
        let refused = world.word("vpc:DescribeVpcs", &[(name, value)]).await;
        assert_eq!(refused, "400 InvalidParameter", "{name} {value}");
    }
    let many = vec!["vpc-1"; 21].join(",");
    let refused = world.word("vpc:DescribeVpcs", &[("VpcId", &many)]).await;
    assert_eq!(refused, "400 InvalidParameter");
}

#[tokio::test]
async fn security_groups_are_listed() {
    let world = World::new().await;
    let it = world.furnish().await;
    let parameters = [("SecurityGroupName", "front"), ("Tag.1.key", "k"), ("Tag.1.value", "v")];
    let classic = world.ok("ecs:CreateSecurityGroup", &parameters).await;
    let classic = classic["SecurityGroupId"].as_str().unwrap();
    let page = world.ok("ecs:DescribeSecurityGroups", &[("VpcId", &it.vpc)]).await;
    let group = &page["SecurityGroups"]["SecurityGroup"][0];
    assert_eq!((group["SecurityGroupId"].as_str(), page["TotalCount"].as_i64()), {
        (Some(it.group.as_str()), Some(1))
    });
    assert_eq!(group["EcsCount"], 1);
    let list = format!(r#"["{classic}","sg-0"]"#);
    for (name, value) in [
        ("SecurityGroupId", classic),
        ("SecurityGroupIds", &list),
        ("SecurityGroupName", "front"),
        ("NetworkType", "classic"),
        ("Tag.1.Key", "k"),
    ] {
        let page = world.ok("ecs:DescribeSecurityGroups", &[(name, value)]).await;
        let found = page["SecurityGroups"]["SecurityGroup"].as_array().unwrap();
        let ids: Vec<_> = found.iter().map(|group| group["SecurityGroupId"].clone()).collect();
        assert_eq!(ids, [json!(classic)], "{name}");
        assert_eq!(found[0]["Tags"], json!({"Tag": [{"TagKey": "k", "TagValue": "v"}]}));
    }
}

#[tokio::test]
async fn regions_and_zones() {
    let world = World::new().await;
    for (service, endpoint) in [("ecs", "ecs.cn-hangzhou"), ("vpc", "vpc.cn-hangzhou")] {
        let regions = world.ok(&format!("{service}:DescribeRegions"), &[]).await;
        let regions = regions["Regions"]["Region"].as_array().unwrap();
        let here = regions.iter().find(|region| region["RegionId"] == "cn-hangzhou").unwrap();
        assert_eq!(here["RegionEndpoint"], format!("{endpoint}.aliyuncs.com"));
        let zones = world.ok(&format!("{service}:DescribeZones"), &[]).await;
        assert_eq!(zones["Zones"]["Zone"][0]["ZoneId"], "cn-hangzhou-g");
    }
    let zones = world.ok("ecs:DescribeZones", &[("RegionId", "cn-beijing")]).await;
    let zone = &zones["Zones"]["Zone"][0];
    assert_eq!(zone["ZoneId"], "cn-beijing-g");
    let types = zone["AvailableInstanceTypes"]["InstanceTypes"].as_array().unwrap();
    assert!(types.contains(&json!("ecs.g6.large")));
    let brief = world.ok("ecs:DescribeZones", &[("Verbose", "false")]).await;
    assert_eq!(brief["Zones"]["Zone"][0].get("AvailableInstanceTypes"), None);
}

#[tokio::test]
async fn another_account_sees_nothing() {
    let world = World::new().await;
    let it = world.furnish().await;
    let instance_ids = format!(r#"["{}"]"#, it.instance);
    for (action, parameters, expected) in [
        ("vpc:DescribeVpcAttribute", vec![("VpcId", &it.vpc)], "400 Forbidden.VpcNotFound"),
        ("vpc:DeleteVpc", vec![("VpcId", &it.vpc)], "404 InvalidVpcId.NotFound"),
        ("vpc:DeleteVSwitch", vec![("VSwitchId", &it.v_switch)], "404 InvalidVSwitchId.NotFound"),
        (
            "ecs:DeleteSecurityGroup",
            vec![("SecurityGroupId", &it.group)],
            "404 InvalidSecurityGroupId.NotFound",
        ),
        (
            "ecs:DeleteInstance",
            vec![("InstanceId", &it.instance)],
            "404 InvalidInstanceId.NotFound",
        ),
        (
            "ecs:DetachInstanceRamRole",
            vec![("InstanceIds", &instance_ids)],
            "404 InvalidInstanceId.NotFound",
        ),
    ] {
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = world.call(Who::OtherRoot, action, &parameters).await;
        assert_eq!(answer.word(), expected, "{action}");
    }
    for (action, list) in [("ecs:DescribeInstances", "Instances"), ("vpc:DescribeVpcs", "Vpcs")] {
        let answer = world.call(Who::OtherRoot, action, &[]).await;
        assert_eq!(answer.tree["TotalCount"], 0, "{list}");
    }
}
