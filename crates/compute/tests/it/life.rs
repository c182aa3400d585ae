//! Instances that start, stop, and change.

use rolecall_compute::{InstanceRecord, Status};
use rolecall_types::InstanceId;
use serde_json::{Value, json};

use crate::world::{Who, World, launch};

fn record(world: &World, id: &str) -> InstanceRecord {
    let id = InstanceId::parse(id).unwrap();
    world.instances.get(&id).unwrap().as_ref().clone()
}

async fn described(world: &World, id: &str) -> Value {
    let ids = format!(r#"["{id}"]"#);
    let page = world.ok("ecs:DescribeInstances", &[("InstanceIds", &ids)]).await;
    page["Instances"]["Instance"][0].clone()
}

#[tokio::test]
async fn what_is_stopped_and_started_is_the_same_made_anew() {
    let world = World::new().await;
    let it = world.furnish().await;
    let parameters = [
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupId", it.group.as_str()),
        ("RamRoleName", "Web"),
        ("UserData", "Y2FuYXJ5"),
    ];
    let id = world.run(&parameters).await.remove(0);
    let before = record(&world, &id);
    assert_eq!((before.status, before.boots), (Status::Running, 1));

    world.clock.advance(60);
    let stop = [("InstanceId", id.as_str()), ("StoppedMode", "StopCharging")];
    world.ok("ecs:StopInstance", &stop).await;
    let stopped = described(&world, &id).await;
    assert_eq!(
        (&stopped["Status"], &stopped["StoppedMode"]),
        (&json!("Stopped"), &json!("StopCharging"))
    );
    assert_eq!(stopped["StartTime"], "2027-01-15T08:00Z");
    assert_eq!(stopped["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0], "192.168.1.2");
    world.clock.advance(60);
    world.ok("ecs:StartInstance", &[("InstanceId", &id)]).await;
    let after = record(&world, &id);
    let started = InstanceRecord { started_at: after.started_at, boots: 2, ..before.clone() };
    assert_eq!(after, started, "identity, address, role and user data stay");
    assert_eq!(described(&world, &id).await["StartTime"], "2027-01-15T08:02Z");

    world.ok("ecs:RebootInstance", &[("InstanceId", &id), ("ForceStop", "true")]).await;
    let rebooted = record(&world, &id);
    assert_eq!((rebooted.status, rebooted.boots), (Status::Running, 3));
    assert_eq!(rebooted.network, before.network);
}

#[tokio::test]
async fn a_made_instance_stands_still_until_it_is_started() {
    let world = World::new().await;
    let it = world.furnish().await;
    let parameters = launch(&[
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupId", it.group.as_str()),
        ("RamRoleName", "Web"),
        ("ClientToken", "t"),
    ]);
    let reply = world.ok("ecs:CreateInstance", &parameters).await;
    let id = reply["InstanceId"].as_str().unwrap();
    assert_eq!(world.ok("ecs:CreateInstance", &parameters).await["InstanceId"], id);
    let made = record(&world, id);
    assert_eq!((made.status, made.boots, made.started_at), (Status::Stopped, 0, None));
    assert_eq!(made.binding.bound.as_ref().unwrap().role_name.as_str(), "Web");
    assert!(made.network.is_some());
    world.ok("ecs:StartInstance", &[("InstanceId", id)]).await;
    assert_eq!(record(&world, id).status, Status::Running);
    // What stands still is deleted without force, and its address is free again.
    world.ok("ecs:StopInstance", &[("InstanceId", id)]).await;
    world.ok("ecs:DeleteInstance", &[("InstanceId", id)]).await;
    let v_switch = world.ok("vpc:DescribeVSwitchAttributes", &[("VSwitchId", &it.v_switch)]).await;
    assert_eq!(v_switch["AvailableIpAddressCount"], 251);
}

#[tokio::test]
async fn a_batch_together_fails_together() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.ok("ecs:StopInstance", &[("InstanceId", &it.classic)]).await;
    let before = world.store.revision();
    for (action, other, expected) in [
        ("ecs:StopInstances", it.classic.as_str(), "403 IncorrectInstanceStatus"),
        ("ecs:RebootInstances", &it.classic, "403 IncorrectInstanceStatus"),
        ("ecs:StopInstances", "i-0", "404 InvalidInstanceId.NotFound"),
    ] {
        for more in [vec![], vec![("BatchOptimization", "AllTogether")]] {
            let ids = [("InstanceId.1", it.instance.as_str()), ("InstanceId.2", other)];
            let parameters = [ids.to_vec(), more].concat();
            assert_eq!(world.word(action, &parameters).await, expected, "{action} {other}");
        }
    }
    assert_eq!(world.store.revision(), before);
    assert_eq!(record(&world, &it.instance).status, Status::Running);
}

#[tokio::test]
async fn a_batch_with_success_first_tells_who_failed() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.ok("ecs:StopInstance", &[("InstanceId", &it.classic)]).await;
    let parameters = [
        ("InstanceId.1", it.instance.as_str()),
        ("InstanceId.2", it.classic.as_str()),
        ("InstanceId.3", "i-0"),
        ("InstanceId.4", it.instance.as_str()),
        ("BatchOptimization", "SuccessFirst"),
    ];
    let dry = [&parameters[..], &[("DryRun", "true")]].concat();
    assert_eq!(world.word("ecs:StopInstances", &dry).await, "400 DRYRUN.SUCCESS");
    assert_eq!(record(&world, &it.instance).status, Status::Running);
    let reply = world.ok("ecs:StopInstances", &parameters).await;
    let response = |code: &str, id: &str, message: &str, before: &str, after: &str| {
        json!({
            "Code": code, "InstanceId": id, "Message": message,
            "CurrentStatus": after, "PreviousStatus": before,
        })
    };
    let status = "The current status of the resource does not support this operation.";
    let unknown = "The specified InstanceId does not exist.";
    assert_eq!(
        reply["InstanceResponses"]["InstanceResponse"],
        json!([
            response("200", &it.instance, "success", "Running", "Stopped"),
            response("IncorrectInstanceStatus", &it.classic, status, "Stopped", "Stopped"),
            response("InvalidInstanceId.NotFound", "i-0", unknown, "", ""),
        ])
    );
    assert_eq!(record(&world, &it.instance).status, Status::Stopped);
}

#[tokio::test]
async fn a_batch_has_a_hundred_at_most() {
    let world = World::new().await;
    let ids = world.run(&[("Amount", "100")]).await;
    let names: Vec<String> = (1..=101).map(|number| format!("InstanceId.{number}")).collect();
    let mut parameters: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(ids.iter().map(String::as_str)).collect();
    world.ok("ecs:StopInstances", &parameters).await;
    parameters.push((&names[100], &ids[0]));
    assert_eq!(world.word("ecs:StartInstances", &parameters).await, "400 InvalidParameter");
}

#[tokio::test]
async fn metadata_options_change_at_once_and_only_where_named() {
    let world = World::new().await;
    let id = world.run(&[("HttpPutResponseHopLimit", "5")]).await.remove(0);
    for (more, expected) in [
        (vec![("HttpTokens", "required")], (true, true, 5)),
        (vec![("HttpPutResponseHopLimit", "64")], (true, true, 64)),
        (vec![("HttpTokens", "optional")], (true, false, 64)),
    ] {
        let parameters =
            [vec![("InstanceId", id.as_str()), ("HttpEndpoint", "enabled")], more].concat();
        world.ok("ecs:ModifyInstanceMetadataOptions", &parameters).await;
        let options = record(&world, &id).metadata_options;
        assert_eq!((options.enabled, options.tokens_required, options.hop_limit), expected);
    }
    let off = [("InstanceId", id.as_str()), ("HttpEndpoint", "disabled")];
    world.ok("ecs:ModifyInstanceMetadataOptions", &off).await;
    assert!(!record(&world, &id).metadata_options.enabled);
    // Whether tags are told is asked and answered by the words of the API.
    let on = [("InstanceId", id.as_str()), ("HttpEndpoint", "enabled")];
    for (word, told) in [("enabled", true), ("disabled", false)] {
        let tags = [&on[..], &[("InstanceMetadataTags", word)]].concat();
        world.ok("ecs:ModifyInstanceMetadataOptions", &tags).await;
        world.ok("ecs:ModifyInstanceMetadataOptions", &on).await;
        assert_eq!(record(&world, &id).metadata_options.tags, told, "{word}");
        let found = world.ok("ecs:DescribeInstances", &[]).await;
        let options = &found["Instances"]["Instance"][0]["MetadataOptions"];
        assert_eq!(options["InstanceMetadataTags"], word);
    }
}

#[tokio::test]
async fn attributes_change_only_where_named() {
    let world = World::new().await;
    let it = world.furnish().await;
    let other = world.ok("ecs:CreateSecurityGroup", &[("VpcId", &it.vpc)]).await;
    let other = other["SecurityGroupId"].as_str().unwrap();
    let instance = ("InstanceId", it.instance.as_str());
    let parameters = [
        instance,
        ("InstanceName", "web"),
        ("Description", "the web"),
        ("HostName", "web-1"),
        ("DeletionProtection", "true"),
        ("SecurityGroupIds.1", other),
        ("SecurityGroupIds.2", other),
        ("CreditSpecification", "Standard"),
    ];
    world.ok("ecs:ModifyInstanceAttribute", &parameters).await;
    world.ok("ecs:ModifyInstanceAttribute", &[instance]).await;
    let got = world.ok("ecs:DescribeInstanceAttribute", &[instance]).await;
    for (name, expected) in [
        ("InstanceName", json!("web")),
        ("Description", json!("the web")),
        ("HostName", json!("web-1")),
        ("SecurityGroupIds", json!({"SecurityGroupId": [other]})),
        ("CreditSpecification", json!("Standard")),
        ("IoOptimized", json!("optimized")),
        ("Status", json!("Running")),
    ] {
        assert_eq!(got[name], expected, "{name}");
    }
    let deleted = world.word("ecs:DeleteInstance", &[instance, ("Force", "true")]).await;
    assert_eq!(deleted, "403 InvalidOperation.DeletionProtection");
    for (group, count) in [(it.group.as_str(), 0), (other, 1)] {
        let page = world.ok("ecs:DescribeSecurityGroups", &[("SecurityGroupId", group)]).await;
        assert_eq!(page["SecurityGroups"]["SecurityGroup"][0]["EcsCount"], count, "{group}");
    }

    world.ok("ecs:StopInstance", &[instance]).await;
    assert_eq!(world.ok("ecs:DescribeUserData", &[instance]).await["UserData"], "");
    world.ok("ecs:ModifyInstanceAttribute", &[instance, ("UserData", "Y2FuYXJ5")]).await;
    let recorded = world.last_parameters();
    assert!(!recorded.contains("Y2FuYXJ5"), "{recorded}");
    assert_eq!(world.ok("ecs:DescribeUserData", &[instance]).await["UserData"], "Y2FuYXJ5");
}

#[tokio::test]
async fn an_instance_is_in_one_to_five_groups() {
    let world = World::new().await;
    let it = world.furnish().await;
    let mut groups = vec![it.group.clone()];
    let mut answers = Vec::new();
    for _ in 0..5 {
        let group = world.ok("ecs:CreateSecurityGroup", &[("VpcId", &it.vpc)]).await;
        let group = group["SecurityGroupId"].as_str().unwrap().to_owned();
        let join = [("InstanceId", it.instance.as_str()), ("SecurityGroupId", &group)];
        answers.push(world.word("ecs:JoinSecurityGroup", &join).await);
        groups.push(group);
    }
    let full = "403 InstanceSecurityGroupLimitExceeded";
    assert_eq!(answers, ["200", "200", "200", "200", full]);
    assert_eq!(record(&world, &it.instance).security_groups.len(), 5);
    for (group, expected) in
        groups[..5].iter().zip(["200", "200", "200", "200", "403 InstanceLastSecurityGroup"])
    {
        let leave = [("InstanceId", it.instance.as_str()), ("SecurityGroupId", group)];
        assert_eq!(world.word("ecs:LeaveSecurityGroup", &leave).await, expected);
    }
    for (group, deleted) in
        groups.iter().zip(["200", "200", "200", "200", "403 DependencyViolation", "200"])
    {
        let parameters = [("SecurityGroupId", group.as_str())];
        assert_eq!(world.word("ecs:DeleteSecurityGroup", &parameters).await, deleted);
    }
}

#[tokio::test]
async fn full_status_tells_who_runs() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.ok("ecs:StopInstance", &[("InstanceId", &it.classic)]).await;
    for (parameters, expected) in [
        (vec![], vec![&it.instance, &it.classic]),
        (vec![("Status", "Running")], vec![&it.instance]),
        (vec![("HealthStatus", "NotApplicable")], vec![&it.classic]),
        (vec![("HealthStatus", "Impaired")], vec![]),
        (vec![("InstanceId.1", it.instance.as_str()), ("InstanceId.2", "i-0")], vec![&it.instance]),
    ] {
        let page = world.ok("ecs:DescribeInstancesFullStatus", &parameters).await;
        let found = page["InstanceFullStatusSet"]["InstanceFullStatusType"].as_array().unwrap();
        let mut found: Vec<&str> =
            found.iter().map(|one| one["InstanceId"].as_str().unwrap()).collect();
        let mut expected = expected;
        found.sort_unstable();
        expected.sort();
        assert_eq!(found, expected, "{parameters:?}");
    }
}

#[tokio::test]
async fn another_account_reaches_nothing() {
    let world = World::new().await;
    let it = world.furnish().await;
    for action in [
        "ecs:StartInstance",
        "ecs:StopInstance",
        "ecs:RebootInstance",
        "ecs:DescribeInstanceAttribute",
        "ecs:DescribeUserData",
        "ecs:ModifyInstanceAttribute",
    ] {
        let parameters = [("InstanceId", it.instance.as_str())];
        let answer = world.call(Who::OtherRoot, action, &parameters).await;
        assert_eq!(answer.word(), "404 InvalidInstanceId.NotFound", "{action}");
    }
    assert_eq!(record(&world, &it.instance).status, Status::Running);
}
