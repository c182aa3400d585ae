//! Tags of resources decide, from the moment at which they are there.

use crate::world::{Who, World};

/// An instance with a tag `env`.
async fn tagged(world: &World, env: &str) -> String {
    world.run(&[("Tag.1.Key", "env"), ("Tag.1.Value", env)]).await.remove(0)
}

#[tokio::test]
async fn an_allow_holds_for_resources_with_the_tag_alone() {
    let world = World::new().await;
    let (dev, prod) = (tagged(&world, "dev").await, tagged(&world, "prod").await);
    let bare = world.run(&[]).await.remove(0);
    for key in ["acs:ResourceTag/env", "ecs:tag/env", "ACS:resourcetag/env"] {
        world.grant(&format!(
            r#"[{{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*",
                "Condition":{{"StringEquals":{{"{key}":"dev"}}}}}}]"#
        ));
        for (instance, status) in [(&dev, 200), (&prod, 403), (&bare, 403)] {
            let ids = format!(r#"["{instance}"]"#);
            let answer =
                world.call(Who::User, "ecs:DescribeInstances", &[("InstanceIds", &ids)]).await;
            assert_eq!(answer.status, status, "{key} {instance}");
        }
        // A list names no resource, so that no tag opens it.
        assert_eq!(world.call(Who::User, "ecs:DescribeInstances", &[]).await.status, 403);
    }
    // A tag's key is compared exactly.
    world.grant(
        r#"[{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"acs:ResourceTag/Env":"dev"}}}]"#,
    );
    let ids = format!(r#"["{dev}"]"#);
    let answer = world.call(Who::User, "ecs:DescribeInstances", &[("InstanceIds", &ids)]).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_deny_bites_where_the_tag_is() {
    let world = World::new().await;
    let (dev, prod) = (tagged(&world, "dev").await, tagged(&world, "prod").await);
    world.grant(
        r#"[{"Effect":"Allow","Action":"*","Resource":"*"},
            {"Effect":"Deny","Action":"ecs:DeleteInstance*","Resource":"*",
             "Condition":{"StringEquals":{"acs:ResourceTag/env":"prod"}}}]"#,
    );
    let delete = async |ids: &[&str]| {
        let names: Vec<_> = (1..=ids.len()).map(|number| format!("InstanceId.{number}")).collect();
        let mut parameters = vec![("Force", "true")];
        parameters.extend(names.iter().map(String::as_str).zip(ids.iter().copied()));
        world.call(Who::User, "ecs:DeleteInstances", &parameters).await.word()
    };
    assert_eq!(delete(&[&prod]).await, "403 Forbidden.RAM");
    assert_eq!(delete(&[&dev, &prod]).await, "403 Forbidden.RAM");
    assert_eq!(delete(&[&dev]).await, "200");
    // What is deleted has no tags any more, and its denial is over with it.
    let force = [("InstanceId", prod.as_str()), ("Force", "true")];
    world.ok("ecs:DeleteInstance", &force).await;
    assert_eq!(delete(&[&prod]).await, "404 InvalidInstanceId.NotFound");
}

#[tokio::test]
async fn networks_have_tags_too() {
    let world = World::new().await;
    let mine = [("CidrBlock", "10.0.0.0/8"), ("Tag.1.Key", "team"), ("Tag.1.Value", "a")];
    let mine = world.ok("vpc:CreateVpc", &mine).await["VpcId"].as_str().unwrap().to_owned();
    let other = world.ok("vpc:CreateVpc", &[("CidrBlock", "10.0.0.0/8")]).await;
    let other = other["VpcId"].as_str().unwrap().to_owned();
    for key in ["acs:ResourceTag/team", "vpc:tag/team"] {
        world.grant(&format!(
            r#"[{{"Effect":"Allow","Action":"vpc:*","Resource":"*",
                "Condition":{{"StringLike":{{"{key}":"?"}}}}}}]"#
        ));
        for (vpc, status) in [(&mine, 200), (&other, 403)] {
            let answer = world.call(Who::User, "vpc:DescribeVpcAttribute", &[("VpcId", vpc)]).await;
            assert_eq!(answer.status, status, "{key} {vpc}");
        }
    }
}
