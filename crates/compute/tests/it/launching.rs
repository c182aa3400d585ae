//! Launches.

use serde_json::{Value, json};

use crate::world::{World, launch};

async fn described(world: &World, id: &str) -> Value {
    let ids = format!(r#"["{id}"]"#);
    let page = world.ok("ecs:DescribeInstances", &[("InstanceIds", &ids)]).await;
    assert_eq!(page["TotalCount"], 1, "{id}");
    page["Instances"]["Instance"][0].clone()
}

#[tokio::test]
async fn an_instance_is_as_it_was_asked_for() {
    let world = World::new().await;
    let it = world.furnish().await;
    let parameters = [
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupIds.1", it.group.as_str()),
        ("InstanceName", "web:1"),
        ("HostName", "web-1"),
        ("Description", "the web"),
        ("PrivateIpAddress", "192.168.1.77"),
        ("HttpTokens", "required"),
        ("HttpPutResponseHopLimit", "64"),
        ("DeletionProtection", "True"),
        ("KeyPairName", "pair"),
        ("InternetMaxBandwidthOut", "5"),
        ("SystemDisk.Category", "cloud_essd"),
        ("SystemDisk.Size", "40"),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "test"),
    ];
    let id = world.run(&parameters).await.remove(0);
    assert!(id.starts_with("i-bp1"), "{id}");
    let instance = described(&world, &id).await;
    for (name, expected) in [
        ("InstanceName", json!("web:1")),
        ("HostName", json!("web-1")),
        ("Description", json!("the web")),
        ("Status", json!("Running")),
        ("RegionId", json!("cn-hangzhou")),
        ("ZoneId", json!("cn-hangzhou-i")),
        ("InstanceType", json!("ecs.g6.large")),
        ("InstanceTypeFamily", json!("ecs.g6")),
        ("Cpu", json!(2)),
        ("Memory", json!(8192)),
        ("CreationTime", json!("2027-01-15T08:00Z")),
        ("ExpiredTime", json!("2099-12-31T15:59Z")),
        ("InstanceNetworkType", json!("vpc")),
        ("InstanceChargeType", json!("PostPaid")),
        ("DeletionProtection", json!(true)),
        ("KeyPairName", json!("pair")),
        ("InternetMaxBandwidthOut", json!(5)),
        ("SecurityGroupIds", json!({"SecurityGroupId": [it.group]})),
        ("PublicIpAddress", json!({"IpAddress": []})),
        ("OperationLocks", json!({"LockReason": []})),
        ("Tags", json!({"Tag": [{"TagKey": "env", "TagValue": "test"}]})),
        (
            "VpcAttributes",
            json!({
                "VpcId": it.vpc, "VSwitchId": it.v_switch, "NatIpAddress": "",
                "PrivateIpAddress": {"IpAddress": ["192.168.1.77"]},
            }),
        ),
        (
            "MetadataOptions",
            json!({
                "HttpEndpoint": "enabled", "HttpTokens": "required",
                "HttpPutResponseHopLimit": 64, "InstanceMetadataTags": "disabled",
            }),
        ),
    ] {
        assert_eq!(instance[name], expected, "{name}");
    }
    let interface = &instance["NetworkInterfaces"]["NetworkInterface"][0];
    assert_eq!(interface["MacAddress"], "00:16:3e:a8:01:4d");
    assert_eq!(interface["PrimaryIpAddress"], "192.168.1.77");
    assert!(interface["NetworkInterfaceId"].as_str().unwrap().starts_with("eni-"));
    assert_eq!(instance["SerialNumber"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn names_where_none_are_given() {
    let world = World::new().await;
    let it = world.furnish().await;
    let instance = described(&world, &it.instance).await;
    assert_eq!(instance["InstanceName"], it.instance);
    let unique = it.instance.trim_start_matches("i-");
    assert_eq!(instance["HostName"], format!("iZ{unique}Z"));
}

#[tokio::test]
async fn a_classic_instance_stands_in_no_vpc() {
    let world = World::new().await;
    let it = world.furnish().await;
    let instance = described(&world, &it.classic).await;
    assert_eq!(instance["InstanceNetworkType"], "classic");
    assert_eq!(instance["ZoneId"], "cn-hangzhou-g");
    assert_eq!(instance["VpcAttributes"]["VpcId"], "");
    assert_eq!(instance["VpcAttributes"]["PrivateIpAddress"], json!({"IpAddress": []}));
    assert_eq!(instance["NetworkInterfaces"], json!({"NetworkInterface": []}));
}

#[tokio::test]
async fn a_batch_is_named_and_numbered() {
    let world = World::new().await;
    for (parameters, names, hosts) in [
        (
            vec![("InstanceName", "web-[9,2]"), ("HostName", "h[1,3]x")],
            ["web-09", "web-10"],
            ["h001x", "h002x"],
        ),
        (
            vec![("InstanceName", "web"), ("UniqueSuffix", "true"), ("HostName", "host")],
            ["web001", "web002"],
            ["host001", "host002"],
        ),
        (
            vec![("InstanceName", "web"), ("HostNames.1", "aa"), ("HostNames.2", "bb")],
            ["web", "web"],
            ["aa", "bb"],
        ),
    ] {
        let parameters = [parameters, vec![("Amount", "2")]].concat();
        let ids = world.run(&parameters).await;
        for (index, id) in ids.iter().enumerate() {
            let instance = described(&world, id).await;
            assert_eq!(instance["InstanceName"], names[index], "{parameters:?}");
            assert_eq!(instance["HostName"], hosts[index], "{parameters:?}");
        }
    }
    let alone = world.run(&[("InstanceName", "web"), ("UniqueSuffix", "true")]).await.remove(0);
    assert_eq!(described(&world, &alone).await["InstanceName"], "web");
}

#[tokio::test]
async fn a_vswitch_gives_what_it_has() {
    let world = World::new().await;
    let it = world.furnish().await;
    let zone = ("ZoneId", "cn-hangzhou-i");
    let parameters = [("VpcId", it.vpc.as_str()), zone, ("CidrBlock", "192.168.9.0/28")];
    let small = world.ok("vpc:CreateVSwitch", &parameters).await;
    let small = small["VSwitchId"].as_str().unwrap();
    let place = [("VSwitchId", small), ("SecurityGroupId", it.group.as_str())];
    let with = |more: &[(&'static str, &'static str)]| [&place, more].concat();

    let too_many = launch(&with(&[("Amount", "13")]));
    let exceeded = "400 QuotaExceeded.PrivateIpAddress";
    assert_eq!(world.word("ecs:RunInstances", &too_many).await, exceeded);
    assert_eq!(world.run(&with(&[("Amount", "10")])).await.len(), 10);
    let at_least = launch(&with(&[("Amount", "5"), ("MinAmount", "3")]));
    assert_eq!(world.word("ecs:RunInstances", &at_least).await, exceeded);
    assert_eq!(world.run(&with(&[("Amount", "5"), ("MinAmount", "2")])).await.len(), 2);
    let full = world.ok("vpc:DescribeVSwitchAttributes", &[("VSwitchId", small)]).await;
    assert_eq!(full["AvailableIpAddressCount"], 0);

    let group = world.ok("ecs:DescribeSecurityGroups", &[("SecurityGroupId", &it.group)]).await;
    assert_eq!(group["SecurityGroups"]["SecurityGroup"][0]["EcsCount"], 13);
}

#[tokio::test]
async fn limits_of_launches() {
    let world = World::new().await;
    let (fits, too_long) = ("a".repeat(128), "a".repeat(129));
    let (host_fits, host_too_long) = ("a".repeat(64), "a".repeat(65));
    // 32 KiB and one byte more, of zeros.
    let (data_fits, data_too_long) =
        (format!("{}AAA=", "A".repeat(43_688)), format!("{}AAAA", "A".repeat(43_688)));
    let tags: Vec<String> = (1..=21).map(|number| format!("Tag.{number}.Key")).collect();
    let tags: Vec<(&str, &str)> = tags.iter().map(|name| (name.as_str(), name.as_str())).collect();
    for (parameters, expected) in [
        (vec![("Amount", "0")], "403 InvalidParam.Amount"),
        (vec![("Amount", "100")], "200"),
        (vec![("Amount", "101")], "403 InvalidParam.Amount"),
        (vec![("MinAmount", "0")], "400 InvalidMinAmount.Malformed"),
        (vec![("Amount", "100"), ("MinAmount", "100")], "200"),
        (vec![("InstanceName", "a")], "400 InvalidInstanceName.Malformed"),
        (vec![("InstanceName", &fits)], "200"),
        (vec![("InstanceName", &too_long)], "400 InvalidInstanceName.Malformed"),
        (vec![("HostName", &host_fits)], "200"),
        (vec![("HostName", &host_too_long)], "400 InvalidHostName.Malformed"),
        (vec![("UserData", &data_fits)], "200"),
        (vec![("UserData", &data_too_long)], "400 InvalidUserData.SizeExceeded"),
        (vec![("HttpPutResponseHopLimit", "1")], "200"),
        (vec![("HttpPutResponseHopLimit", "0")], "400 InvalidHttpPutResponseHopLimit.NotSupported"),
        (
            vec![("HttpPutResponseHopLimit", "65")],
            "400 InvalidHttpPutResponseHopLimit.NotSupported",
        ),
        (tags[..20].to_vec(), "200"),
        (tags.clone(), "400 InvalidTagCount"),
        (vec![("Password", "Secret-123")], "400 UnsupportedParameter"),
        (vec![("InstanceChargeType", "PrePaid")], "400 InvalidParameter"),
        (vec![("ImageId", "m-bp1abc")], "200"),
    ] {
        let answer = world.word("ecs:RunInstances", &launch(&parameters)).await;
        assert_eq!(answer, expected, "{:?}", parameters.first());
    }
}

#[tokio::test]
async fn user_data_is_masked_in_the_audit_record() {
    let world = World::new().await;
    world.run(&[("UserData", "Y2FuYXJ5")]).await;
    let recorded = world.last_parameters();
    assert!(
        recorded.contains(r#""UserData":"***""#) && !recorded.contains("Y2FuYXJ5"),
        "{recorded}"
    );
}
