//! Servers that ECS manages and does not run.

use rolecall_compute::{ActivationRecord, ManagedInstanceRecord};
use rolecall_store::Keyed;
use rolecall_types::{AccountId, Clock, ManagedInstanceId, RegionId};
use serde_json::json;

use crate::world::{ACCOUNT, REGION, Who, World};

async fn put<T: Keyed>(world: &World, record: &T) {
    let mut transaction = world.store.begin().await.unwrap();
    transaction.put(record).unwrap();
    transaction.commit().await.unwrap();
}

/// Registers a server as an agent would.
pub(crate) async fn register(world: &World, id: &str, activation: &str) {
    let server = ManagedInstanceRecord {
        id: ManagedInstanceId::parse(id).unwrap(),
        account: AccountId::parse(ACCOUNT).unwrap(),
        region: RegionId::find(REGION).unwrap(),
        activation_id: activation.to_owned(),
        name: format!("web-{id}"),
        hostname: "host".to_owned(),
        machine_id: "machine".to_owned(),
        os_type: "linux".to_owned(),
        os_version: String::new(),
        agent_version: "1.0".to_owned(),
        internet_ip: "203.0.113.1".to_owned(),
        intranet_ip: "10.0.0.1".to_owned(),
        connected: id == "mi-1",
        resource_group_id: String::new(),
        tags: Vec::new(),
        registered_at: world.clock.now(),
    };
    put(world, &server).await;
}

#[tokio::test]
async fn a_code_is_told_once_and_kept_as_its_hash() {
    let world = World::new().await;
    let parameters = [
        ("InstanceName", "web"),
        ("Description", "the web"),
        ("InstanceCount", "1000"),
        ("TimeToLiveInHours", "1"),
        ("IpAddressRange", "10.0.0.0/8"),
        ("Tag.1.Key", "env"),
    ];
    let made = world.ok("ecs:CreateActivation", &parameters).await;
    let (id, code) = (&made["ActivationId"], made["ActivationCode"].as_str().unwrap());
    assert!(code.starts_with("a-") && code.len() == 26);
    let listed = world.ok("ecs:DescribeActivations", &[]).await;
    assert_eq!(
        listed["ActivationList"],
        json!([{
            "ActivationId": id, "InstanceName": "web", "Description": "the web",
            "InstanceCount": 1000, "RegisteredCount": 0, "DeregisteredCount": 0,
            "TimeToLiveInHours": 1, "IpAddressRange": "10.0.0.0/8", "Disabled": false,
            "ResourceGroupId": "", "CreationTime": "2027-01-15T08:00:00Z",
            "Tags": [{"TagKey": "env", "TagValue": ""}],
        }])
    );
    let reader = world.store.read().await.unwrap();
    let kept = reader.all::<ActivationRecord>(&[]).await.unwrap().remove(0).1;
    assert_eq!(kept.code_hash, ActivationRecord::hash(code));
    let dump = reader.dump().await.unwrap();
    assert!(dump.iter().all(|(_, value)| !String::from_utf8_lossy(value).contains(code)));

    let plain = world.ok("ecs:CreateActivation", &[("ClientToken", "t")]).await;
    let again = world.ok("ecs:CreateActivation", &[("ClientToken", "t")]).await;
    assert_eq!(plain["ActivationCode"], again["ActivationCode"]);
    assert_ne!(plain["ActivationCode"], code);
    for (more, count) in [
        (vec![], 2),
        (vec![("InstanceName", "web")], 1),
        (vec![("ActivationId", id.as_str().unwrap())], 1),
        (vec![("ActivationId", "none")], 0),
        (vec![("Tag.1.Key", "env")], 1),
        (vec![("ResourceGroupId", "rg-1")], 0),
    ] {
        let listed = world.ok("ecs:DescribeActivations", &more).await;
        assert_eq!(listed["TotalCount"], count, "{more:?}");
    }
    let foreign = world.call(Who::OtherRoot, "ecs:DescribeActivations", &[]).await;
    assert_eq!(foreign.tree["TotalCount"], 0);
}

#[tokio::test]
async fn a_server_is_listed_until_it_is_deregistered() {
    let world = World::new().await;
    let made = world.ok("ecs:CreateActivation", &[]).await;
    let activation = made["ActivationId"].as_str().unwrap();
    register(&world, "mi-1", activation).await;
    register(&world, "mi-2", "gone").await;
    for (more, count) in [
        (vec![], 2),
        (vec![("InstanceId.1", "mi-1"), ("InstanceId.2", "mi-0")], 1),
        (vec![("ActivationId", activation)], 1),
        (vec![("InstanceName", "web-*2")], 1),
        (vec![("Connected", "true")], 1),
        (vec![("InstanceIp", "203.0.113.1")], 2),
        (vec![("InstanceIp", "10.0.0.1")], 2),
        (vec![("InstanceIp", "10.0.0.2")], 0),
        (vec![("OsType", "windows")], 0),
        (vec![("MachineId", "machine")], 2),
        (vec![("Tag.1.Key", "env")], 0),
    ] {
        let listed = world.ok("ecs:DescribeManagedInstances", &more).await;
        assert_eq!(listed["TotalCount"], count, "{more:?}");
    }
    let end = [("InstanceId", "mi-1"), ("ClientToken", "t")];
    let foreign = world.call(Who::OtherRoot, "ecs:DeregisterManagedInstance", &end).await;
    assert_eq!(foreign.word(), "404 InvalidInstanceId.NotFound");
    for _ in 0..2 {
        let ended = world.ok("ecs:DeregisterManagedInstance", &end).await;
        assert_eq!(ended["Instance"]["Hostname"], "host");
    }
    let again = world.word("ecs:DeregisterManagedInstance", &[("InstanceId", "mi-1")]).await;
    assert_eq!(again, "404 InvalidInstanceId.NotFound");
    world.ok("ecs:DeregisterManagedInstance", &[("InstanceId", "mi-2")]).await;
    let listed = world.ok("ecs:DescribeManagedInstances", &[]).await;
    assert_eq!(listed["Instances"], json!([]));
    let listed = world.ok("ecs:DescribeActivations", &[]).await;
    assert_eq!(listed["ActivationList"][0]["DeregisteredCount"], 1);
}
