//! Calls that are sent again, and calls that only rehearse.

use crate::world::{Who, World, launch};

#[tokio::test]
async fn the_same_call_has_the_same_answer() {
    let world = World::new().await;
    let again = launch(&[("ClientToken", "t"), ("Amount", "2")]);
    let first = world.ok("ecs:RunInstances", &again).await;
    let second = world.ok("ecs:RunInstances", &again).await;
    assert_eq!(first["InstanceIdSets"], second["InstanceIdSets"]);
    assert_eq!(world.ok("ecs:DescribeInstances", &[]).await["TotalCount"], 2);

    let other = launch(&[("ClientToken", "t"), ("Amount", "3")]);
    let refused = "403 IdempotentParameterMismatch";
    assert_eq!(world.word("ecs:RunInstances", &other).await, refused);
    let upper = launch(&[("ClientToken", "T"), ("Amount", "3")]);
    assert_eq!(world.word("ecs:RunInstances", &upper).await, "200", "tokens are case-sensitive");
    // Another operation, region or account has tokens of its own.
    assert_eq!(world.word("ecs:CreateSecurityGroup", &[("ClientToken", "t")]).await, "200");
    let elsewhere = launch(&[("ClientToken", "t"), ("RegionId", "cn-beijing")]);
    assert_eq!(world.word("ecs:RunInstances", &elsewhere).await, "200");
    let stranger = world.call(Who::OtherRoot, "ecs:RunInstances", &other).await;
    assert_eq!(stranger.word(), "200");
}

#[tokio::test]
async fn a_token_is_remembered_for_a_day() {
    let world = World::new().await;
    let call = launch(&[("ClientToken", "t")]);
    let first = world.ok("ecs:RunInstances", &call).await;
    world.clock.advance(24 * 60 * 60 - 1);
    let last = world.ok("ecs:RunInstances", &call).await;
    assert_eq!(first["InstanceIdSets"], last["InstanceIdSets"]);
    world.clock.advance(1);
    let anew = world.ok("ecs:RunInstances", &call).await;
    assert_ne!(first["InstanceIdSets"], anew["InstanceIdSets"]);
}

#[tokio::test]
async fn outdated_tokens_are_cleared_away() {
    let world = World::new().await;
    for token in ["a", "b", "c"] {
        world.ok("ecs:CreateSecurityGroup", &[("ClientToken", token)]).await;
    }
    let kept = async || {
        let dump = world.store.read().await.unwrap().dump().await.unwrap();
        dump.iter().filter(|(key, _)| key.table() == "compute-client-token").count()
    };
    assert_eq!(kept().await, 3);
    world.clock.advance(2 * 24 * 60 * 60);
    world.ok("ecs:CreateSecurityGroup", &[("ClientToken", "d")]).await;
    assert_eq!(kept().await, 1);
}

#[tokio::test]
async fn every_operation_with_a_token_keeps_it() {
    let world = World::new().await;
    let token = ("ClientToken", "t");
    let vpc = world.ok("vpc:CreateVpc", &[token]).await;
    assert_eq!(world.ok("vpc:CreateVpc", &[token]).await["VpcId"], vpc["VpcId"]);
    let vpc_id = vpc["VpcId"].as_str().unwrap();
    let zone = ("ZoneId", "cn-hangzhou-i");
    let part = [("VpcId", vpc_id), zone, ("CidrBlock", "172.16.0.0/24"), token];
    let v_switch = world.ok("vpc:CreateVSwitch", &part).await;
    assert_eq!(world.ok("vpc:CreateVSwitch", &part).await["VSwitchId"], v_switch["VSwitchId"]);
    world.ok("vpc:DeleteVSwitch", &[("VSwitchId", v_switch["VSwitchId"].as_str().unwrap())]).await;
    for _ in 0..2 {
        world.ok("vpc:DeleteVpc", &[("VpcId", vpc_id), token]).await;
    }
    let instance = world.run(&[]).await.remove(0);
    for _ in 0..2 {
        let parameters = [("InstanceId.1", instance.as_str()), ("Force", "true"), token];
        world.ok("ecs:DeleteInstances", &parameters).await;
    }
}

#[tokio::test]
async fn a_rehearsal_changes_nothing() {
    let world = World::new().await;
    let it = world.furnish().await;
    let before = world.store.revision();
    let dry = ("DryRun", "true");
    let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str()), dry];
    let launch = launch(&[&place[..], &[("ClientToken", "t")]].concat());
    let rehearsed = "400 DryRunOperation";
    for (action, parameters) in [
        ("ecs:RunInstances", launch),
        ("ecs:DescribeInstances", vec![dry]),
        ("ecs:DescribeSecurityGroups", vec![dry]),
        ("ecs:DeleteInstance", vec![("InstanceId", it.instance.as_str()), ("Force", "true"), dry]),
        ("vpc:CreateVpc", vec![dry]),
        ("vpc:DescribeVpcs", vec![dry]),
        ("vpc:DescribeVpcAttribute", vec![("VpcId", it.vpc.as_str()), dry]),
        ("vpc:DescribeVSwitches", vec![dry]),
        ("vpc:DescribeVSwitchAttributes", vec![("VSwitchId", it.v_switch.as_str()), dry]),
    ] {
        assert_eq!(world.word(action, &parameters).await, rehearsed, "{action}");
    }
    assert_eq!(world.store.revision(), before);
}
