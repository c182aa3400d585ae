//! What can be launched, and where; and network interfaces.

use serde_json::{Value, json};

use crate::world::{World, launch};

fn texts(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn images_are_found_and_launched() {
    let world = World::new().await;
    let all = world.ok("ecs:DescribeImages", &[("PageSize", "100")]).await;
    let images = all["Images"]["Image"].clone();
    let ids = texts(&images, "ImageId");
    assert_eq!(all["TotalCount"].as_u64(), Some(ids.len() as u64));
    for image in images.as_array().unwrap() {
        assert_eq!(image["Features"]["ImdsSupport"], "v2");
    }
    for id in &ids {
        let parameters = launch(&[("ImageId", id), ("DryRun", "true")]);
        assert_eq!(
            world.word("ecs:RunInstances", &parameters).await,
            "400 DryRunOperation",
            "{id}"
        );
    }
    let two = format!("{},{},m-none", ids[0], ids[1]);
    for (parameters, expected) in [
        (vec![("ImageId", two.as_str())], 2),
        (vec![("ImageName", ids[2].as_str())], 1),
        (vec![("ImageOwnerAlias", "self")], 0),
        (vec![("ImageOwnerAlias", "system"), ("OSType", "linux")], ids.len()),
        (vec![("OSType", "windows")], 0),
        (vec![("Architecture", "arm64")], 0),
        (vec![("Status", "Waiting,Creating")], 0),
        (vec![("Status", "Creating,Available")], ids.len()),
        (vec![("IsSupportCloudinit", "false")], 0),
    ] {
        let found = world.ok("ecs:DescribeImages", &parameters).await;
        assert_eq!(found["TotalCount"].as_u64(), Some(expected as u64), "{parameters:?}");
    }
}

#[tokio::test]
async fn types_are_found_and_launched() {
    let world = World::new().await;
    let types = async |parameters: &[(&str, &str)]| {
        let found = world.ok("ecs:DescribeInstanceTypes", parameters).await;
        (texts(&found["InstanceTypes"]["InstanceType"], "InstanceTypeId"), found)
    };
    let (all, found) = types(&[]).await;
    assert!(all.is_sorted() && all.len() > 90, "{}", all.len());
    assert_eq!(found["NextToken"], "");
    for id in [&all[0], &all[all.len() - 1]] {
        let parameters = launch(&[("InstanceType", id), ("DryRun", "true")]);
        assert_eq!(
            world.word("ecs:RunInstances", &parameters).await,
            "400 DryRunOperation",
            "{id}"
        );
    }
    let (g6, found) =
        types(&[("InstanceTypeFamily", "ecs.g6"), ("MinimumCpuCoreCount", "8")]).await;
    assert_eq!(g6, ["ecs.g6.2xlarge", "ecs.g6.4xlarge", "ecs.g6.8xlarge"]);
    let first = &found["InstanceTypes"]["InstanceType"][0];
    assert_eq!((&first["CpuCoreCount"], &first["MemorySize"]), (&json!(8), &json!(32.0)));
    let small = [("MaximumMemorySize", "1"), ("InstanceTypeFamilies.1", "ecs.t5")];
    assert_eq!(types(&small).await.0, ["ecs.t5-lc1m1.small"]);
    assert_eq!(types(&[("MaximumMemorySize", "0.5")]).await.0.len(), 0);
}

#[tokio::test]
async fn types_come_in_parts() {
    let world = World::new().await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![("MaxResults", "40")];
        parameters.extend(Some(("NextToken", token.as_str())).filter(|it| !it.1.is_empty()));
        let part = world.ok("ecs:DescribeInstanceTypes", &parameters).await;
        seen.extend(texts(&part["InstanceTypes"]["InstanceType"], "InstanceTypeId"));
        token = part["NextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    let all = world.ok("ecs:DescribeInstanceTypes", &[]).await;
    assert_eq!(seen, texts(&all["InstanceTypes"]["InstanceType"], "InstanceTypeId"));
    let families = world.ok("ecs:DescribeInstanceTypeFamilies", &[("Generation", "ecs-2")]).await;
    let families = &families["InstanceTypeFamilies"]["InstanceTypeFamily"];
    assert_eq!(texts(families, "InstanceTypeFamilyId"), ["ecs.n1"]);
}

#[tokio::test]
async fn what_a_launch_takes_is_to_be_had() {
    let world = World::new().await;
    let zones = async |parameters: &[(&str, &str)]| {
        let found = world.ok("ecs:DescribeAvailableResource", parameters).await;
        found["AvailableZones"]["AvailableZone"].as_array().unwrap().clone()
    };
    let values = |zone: &Value| {
        let kind = &zone["AvailableResources"]["AvailableResource"][0];
        texts(&kind["SupportedResources"]["SupportedResource"], "Value")
    };
    let all = zones(&[("DestinationResource", "Zone")]).await;
    assert!(
        all.len() > 1 && all.iter().all(|zone| values(zone) == [zone["ZoneId"].as_str().unwrap()])
    );
    let one = ("ZoneId", "cn-hangzhou-i");
    let types = [("DestinationResource", "InstanceType"), one, ("Cores", "2"), ("Memory", "8")];
    let found = zones(&types).await;
    let ids = values(&found[0]);
    assert!(found.len() == 1 && ids.contains(&"ecs.g6.large".to_owned()), "{ids:?}");
    assert!(!ids.contains(&"ecs.c6.large".to_owned()));
    let disks = zones(&[("DestinationResource", "SystemDisk"), one]).await;
    assert_eq!(values(&disks[0]), ["cloud_efficiency", "cloud_ssd", "cloud_essd"]);
    for nowhere in [
        ("InstanceChargeType", "PrePaid"),
        ("IoOptimized", "none"),
        ("InstanceType", "ecs.x9.large"),
        ("SystemDiskCategory", "cloud"),
        ("ResourceType", "ddh"),
        ("ZoneId", "cn-beijing-a"),
    ] {
        let parameters = [("DestinationResource", "InstanceType"), nowhere];
        assert_eq!(zones(&parameters).await.len(), 0, "{nowhere:?}");
    }
    assert_eq!(zones(&[("DestinationResource", "DataDisk")]).await.len(), 0);
}

#[tokio::test]
async fn an_instance_of_a_vpc_has_one_interface() {
    let world = World::new().await;
    let it = world.furnish().await;
    let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str())];
    world.run(&[&place[..], &[("Amount", "2")]].concat()).await;
    let find = async |parameters: &[(&str, &str)]| {
        let found = world.ok("ecs:DescribeNetworkInterfaces", parameters).await;
        found["NetworkInterfaceSets"]["NetworkInterfaceSet"].as_array().unwrap().clone()
    };
    assert_eq!(find(&[]).await.len(), 3, "the classic instance has none");
    let mine = find(&[("InstanceId", &it.instance)]).await.remove(0);
    for (name, expected) in [
        ("InstanceId", json!(it.instance)),
        ("VpcId", json!(it.vpc)),
        ("VSwitchId", json!(it.v_switch)),
        ("ZoneId", json!("cn-hangzhou-i")),
        ("MacAddress", json!("00:16:3e:a8:01:01")),
        ("PrivateIpAddress", json!("192.168.1.1")),
        ("Type", json!("Primary")),
        ("Status", json!("InUse")),
        ("SecurityGroupIds", json!({"SecurityGroupId": [it.group]})),
    ] {
        assert_eq!(mine[name], expected, "{name}");
    }
    let ids = format!(r#"["{}"]"#, it.instance);
    let instance = world.ok("ecs:DescribeInstances", &[("InstanceIds", &ids)]).await;
    let interface =
        &instance["Instances"]["Instance"][0]["NetworkInterfaces"]["NetworkInterface"][0];
    assert_eq!(interface["NetworkInterfaceId"], mine["NetworkInterfaceId"]);
    let id = mine["NetworkInterfaceId"].as_str().unwrap();
    for (parameters, count) in [
        (vec![("NetworkInterfaceId.1", id), ("NetworkInterfaceId.2", "eni-0")], 1),
        (vec![("VpcId", it.vpc.as_str())], 3),
        (vec![("VSwitchId", "vsw-0")], 0),
        (vec![("SecurityGroupId", &it.group)], 3),
        (vec![("PrimaryIpAddress", "192.168.1.2")], 1),
        (vec![("PrivateIpAddress.1", "192.168.1.2"), ("PrivateIpAddress.2", "192.168.1.3")], 2),
        (vec![("Type", "Secondary")], 0),
        (vec![("Status", "Available")], 0),
        (vec![("Tag.1.Key", "x")], 0),
    ] {
        assert_eq!(find(&parameters).await.len(), count, "{parameters:?}");
    }
}
