//! The end of instances.

use crate::world::World;

async fn left(world: &World) -> i64 {
    world.ok("ecs:DescribeInstances", &[]).await["TotalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn what_runs_is_deleted_by_force_alone() {
    let world = World::new().await;
    let it = world.furnish().await;
    for (action, name) in
        [("ecs:DeleteInstance", "InstanceId"), ("ecs:DeleteInstances", "InstanceId.1")]
    {
        for force in [vec![], vec![("Force", "false")]] {
            let parameters = [vec![(name, it.instance.as_str())], force].concat();
            let refused = world.word(action, &parameters).await;
            assert_eq!(refused, "403 IncorrectInstanceStatus", "{action}");
        }
    }
    world.ok("ecs:DeleteInstance", &[("InstanceId", &it.instance), ("Force", "true")]).await;
    world.ok("ecs:DeleteInstances", &[("InstanceId.1", &it.classic), ("Force", "true")]).await;
    assert_eq!(left(&world).await, 0);
    let v_switch = world.ok("vpc:DescribeVSwitchAttributes", &[("VSwitchId", &it.v_switch)]).await;
    assert_eq!(v_switch["AvailableIpAddressCount"], 252, "the address was given back");
    let group = world.ok("ecs:DescribeSecurityGroups", &[("SecurityGroupId", &it.group)]).await;
    assert_eq!(group["SecurityGroups"]["SecurityGroup"][0]["EcsCount"], 0);
}

#[tokio::test]
async fn a_batch_is_deleted_whole_or_not_at_all() {
    let world = World::new().await;
    let it = world.furnish().await;
    let guarded = world.run(&[("DeletionProtection", "true")]).await.remove(0);
    for (other, expected) in [
        ("i-unknown", "404 InvalidInstanceId.NotFound"),
        (guarded.as_str(), "403 InvalidOperation.DeletionProtection"),
    ] {
        let parameters =
            [("InstanceId.1", it.instance.as_str()), ("InstanceId.2", other), ("Force", "true")];
        assert_eq!(world.word("ecs:DeleteInstances", &parameters).await, expected);
        assert_eq!(left(&world).await, 3);
    }
    let parameters = [
        ("InstanceId.1", it.instance.as_str()),
        ("InstanceId.2", it.classic.as_str()),
        ("InstanceId.3", it.instance.as_str()),
        ("Force", "true"),
        ("ForceStop", "true"),
        ("TerminateSubscription", "true"),
    ];
    let rehearsed = [&parameters[..], &[("DryRun", "true")]].concat();
    assert_eq!(world.word("ecs:DeleteInstances", &rehearsed).await, "400 DRYRUN.SUCCESS");
    assert_eq!(left(&world).await, 3);
    world.ok("ecs:DeleteInstances", &parameters).await;
    assert_eq!(left(&world).await, 1);
}
