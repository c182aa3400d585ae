//! Calls at the same time.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::world::{ROLES, World, launch};

#[tokio::test(flavor = "multi_thread")]
async fn launches_at_the_same_time_share_no_address() {
    let world = Arc::new(World::new().await);
    let it = world.furnish().await;
    let calls = (0..50).map(|_| {
        let (world, it) = (Arc::clone(&world), it.clone());
        tokio::spawn(async move {
            let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", &it.group)];
            world.word("ecs:RunInstances", &launch(&place)).await
        })
    });
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap(), "200");
    }
    let instances = world.instances.all();
    let networks: Vec<_> =
        instances.values().filter_map(|instance| instance.network.as_ref()).collect();
    let addresses: HashSet<_> = networks.iter().map(|network| network.private_address).collect();
    let macs: HashSet<_> = networks.iter().map(|network| &network.mac).collect();
    assert_eq!((addresses.len(), macs.len()), (51, 51));
    let left = world.ok("vpc:DescribeVSwitchAttributes", &[("VSwitchId", &it.v_switch)]).await;
    assert_eq!(left["AvailableIpAddressCount"], 252 - 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_roles_at_the_same_time_one_is_worn() {
    for _ in 0..20 {
        let world = Arc::new(World::new().await);
        let it = world.furnish().await;
        let ids = format!(r#"["{}"]"#, it.instance);
        let calls = ROLES.map(|role| {
            let (world, ids) = (Arc::clone(&world), ids.clone());
            tokio::spawn(async move {
                let parameters = [("InstanceIds", ids.as_str()), ("RamRoleName", role)];
                let reply = world.ok("ecs:AttachInstanceRamRole", &parameters).await;
                (role, reply["FailCount"].as_i64() == Some(0))
            })
        });
        let answers: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
        let winners: Vec<_> =
            answers.iter().filter(|(_, won)| *won).map(|(role, _)| *role).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        let instances = world.instances.all();
        let bound = instances.values().find_map(|instance| instance.binding.bound.clone());
        assert_eq!(bound.unwrap().role_name.as_str(), winners[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_calls_with_one_token_one_does_the_work() {
    let world = Arc::new(World::new().await);
    let calls = (0..10).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.run(&[("ClientToken", "t")]).await })
    });
    let answers: HashSet<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(world.instances.all().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_overlapping_blocks_at_the_same_time_one_is_made() {
    let world = Arc::new(World::new().await);
    let vpc = world.ok("vpc:CreateVpc", &[("CidrBlock", "10.0.0.0/8")]).await;
    let vpc = vpc["VpcId"].as_str().unwrap().to_owned();
    let calls = (16..24).map(|length| {
        let (world, vpc) = (Arc::clone(&world), vpc.clone());
        tokio::spawn(async move {
            let block = format!("10.1.0.0/{length}");
            let zone = ("ZoneId", "cn-hangzhou-i");
            let parameters = [("VpcId", vpc.as_str()), zone, ("CidrBlock", block.as_str())];
            world.word("vpc:CreateVSwitch", &parameters).await
        })
    });
    let answers: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| *answer == "200").count(), 1, "{answers:?}");
}
