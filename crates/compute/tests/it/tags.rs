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

#[tokio::test]
async fn tags_are_given_and_taken_and_decide_at_once() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.grant(
        r#"[{"Effect":"Allow","Action":"ecs:*","Resource":"*"},
            {"Effect":"Deny","Action":"ecs:StopInstance","Resource":"*",
             "Condition":{"StringEquals":{"acs:ResourceTag/env":"prod"}}}]"#,
    );
    let named = [("ResourceType", "instance"), ("ResourceId.1", it.instance.as_str())];
    let stop = async || {
        let parameters = [("InstanceId", it.instance.as_str()), ("DryRun", "true")];
        world.call(Who::User, "ecs:StopInstance", &parameters).await.word()
    };
    let give = async |value: &str| {
        let tag = [("Tag.1.Key", "env"), ("Tag.1.Value", value)];
        world.ok("ecs:TagResources", &[named, tag].concat()).await;
    };
    assert_eq!(stop().await, "400 DryRunOperation");
    give("prod").await;
    assert_eq!(stop().await, "403 Forbidden.RAM");
    give("test").await;
    assert_eq!(stop().await, "400 DryRunOperation");
    give("prod").await;
    world.ok("ecs:UntagResources", &[&named[..], &[("TagKey.1", "other")]].concat()).await;
    assert_eq!(stop().await, "403 Forbidden.RAM");
    world.ok("ecs:UntagResources", &[&named[..], &[("TagKey.1", "env")]].concat()).await;
    assert_eq!(stop().await, "400 DryRunOperation");
}

#[tokio::test]
async fn a_resource_has_twenty_tags_and_none_is_given_by_halves() {
    let world = World::new().await;
    let it = world.furnish().await;
    let give = async |keys: std::ops::Range<usize>, ids: &[&str]| {
        let mut parameters = vec![("ResourceType".to_owned(), "instance".to_owned())];
        let ids = (1..).zip(ids).map(|(n, id)| (format!("ResourceId.{n}"), (*id).to_owned()));
        parameters.extend(ids);
        parameters
            .extend((1..).zip(keys).map(|(n, key)| (format!("Tag.{n}.Key"), format!("k{key}"))));
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        world.word("ecs:TagResources", &parameters).await
    };
    assert_eq!(give(0..20, &[&it.instance]).await, "200");
    assert_eq!(give(0..20, &[&it.instance]).await, "200");
    assert_eq!(give(20..21, &[&it.classic, &it.instance]).await, "400 InvalidTagCount");
    assert_eq!(give(20..21, &[&it.classic, "i-0"]).await, "404 InvalidResourceId.NotFound");
    let parameters = [("ResourceType", "instance"), ("ResourceId.1", it.classic.as_str())];
    let listed = world.ok("ecs:ListTagResources", &parameters).await;
    assert_eq!(listed["TagResources"]["TagResource"].as_array().unwrap().len(), 0);
    let all =
        [("ResourceType", "instance"), ("ResourceId.1", it.instance.as_str()), ("All", "true")];
    world.ok("ecs:UntagResources", &all).await;
    let listed = world.ok("ecs:ListTagResources", &[("ResourceType", "instance")]).await;
    assert_eq!(listed["TagResources"]["TagResource"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn tags_are_listed_by_resource_and_by_tag_in_parts() {
    let world = World::new().await;
    let mut ids = world.run(&[("Amount", "30"), ("Tag.1.Key", "env"), ("Tag.1.Value", "a")]).await;
    ids.sort();
    let one = [
        ("ResourceType", "instance"),
        ("ResourceId.1", ids[3].as_str()),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "x"),
        ("Tag.2.Key", "env"),
        ("Tag.2.Value", "b"),
    ];
    world.ok("ecs:TagResources", &one).await;
    let group = [("Tag.1.Key", "env"), ("Tag.1.Value", "a")];
    world.ok("ecs:CreateSecurityGroup", &group).await;
    let list = async |more: &[(&str, &str)]| {
        let parameters = [&[("ResourceType", "instance")], more].concat();
        let reply = world.ok("ecs:ListTagResources", &parameters).await;
        let rows = reply["TagResources"]["TagResource"].as_array().unwrap();
        let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
        let row = |row| [text(row, "ResourceId"), text(row, "TagKey"), text(row, "TagValue")];
        (rows.iter().map(row).collect::<Vec<_>>(), text(&reply, "NextToken"))
    };
    let row = |key: &str, value: &str| [ids[3].clone(), key.to_owned(), value.to_owned()];
    let named = ("ResourceId.1", ids[3].as_str());
    assert_eq!(list(&[named]).await.0, [row("env", "b"), row("team", "x")]);
    assert_eq!(list(&[("Tag.1.Key", "team")]).await.0, [row("team", "x")]);
    assert_eq!(list(&[("Tag.1.Key", "env"), ("Tag.1.Value", "b")]).await.0, [row("env", "b")]);
    assert_eq!(list(&[named, ("Tag.1.Key", "env"), ("Tag.1.Value", "a")]).await.0.len(), 0);
    let (all, token) = list(&[]).await;
    assert_eq!((all.len(), token.as_str()), (31, ""));

    let counted = world.ok("ecs:DescribeTags", &[]).await;
    let tag = |key: &str, value: &str, instance: i64, securitygroup: i64| {
        serde_json::json!({
            "TagKey": key, "TagValue": value,
            "ResourceTypeCount": {"Instance": instance, "Securitygroup": securitygroup, "KeyPair": 0},
        })
    };
    assert_eq!(
        counted["Tags"]["Tag"],
        serde_json::json!([tag("env", "a", 29, 1), tag("env", "b", 1, 0), tag("team", "x", 1, 0)])
    );
    // More than a part has.
    let more = [("Amount", "30"), ("Tag.1.Key", "env"), ("Tag.1.Value", "c")];
    world.run(&more).await;
    let (first, token) = list(&[]).await;
    let (second, end) = list(&[("NextToken", &token)]).await;
    assert_eq!((first.len(), second.len(), end.as_str()), (50, 11, ""));
    assert!(first.iter().all(|row| !second.contains(row)));
}

#[tokio::test]
async fn networks_are_renamed_tagged_and_routed() {
    let world = World::new().await;
    let it = world.furnish().await;
    let vpc = ("VpcId", it.vpc.as_str());
    world.ok("vpc:ModifyVpcAttribute", &[vpc, ("VpcName", "net")]).await;
    world.ok("vpc:ModifyVpcAttribute", &[vpc, ("Description", "all of it")]).await;
    let v_switch = ("VSwitchId", it.v_switch.as_str());
    world.ok("vpc:ModifyVSwitchAttribute", &[v_switch, ("VSwitchName", "part")]).await;
    let got = world.ok("vpc:DescribeVpcAttribute", &[vpc]).await;
    assert_eq!((&got["VpcName"], &got["Description"]), (&"net".into(), &"all of it".into()));
    let part = world.ok("vpc:DescribeVSwitchAttributes", &[v_switch]).await;
    assert_eq!(
        (&part["VSwitchName"], &part["AvailableIpAddressCount"]),
        (&"part".into(), &251.into())
    );

    let named = [("ResourceType", "VPC"), ("ResourceId.1", it.vpc.as_str())];
    world.ok("vpc:TagResources", &[&named[..], &[("Tag.1.Key", "team")]].concat()).await;
    let listed = world.ok("vpc:ListTagResources", &named).await;
    assert_eq!(listed["TagResources"]["TagResource"][0]["TagKey"], "team");
    world.ok("vpc:UnTagResources", &[&named[..], &[("TagKey.1", "team")]].concat()).await;
    let listed = world.ok("vpc:ListTagResources", &named).await;
    assert_eq!(listed["TagResources"]["TagResource"].as_array().unwrap().len(), 0);

    let (router, table) =
        (got["VRouterId"].clone(), got["RouterTableIds"]["RouterTableIds"][0].clone());
    let routers = world.ok("vpc:DescribeVRouters", &[]).await;
    let found = &routers["VRouters"]["VRouter"][0];
    assert_eq!((&found["VRouterId"], &found["VpcId"]), (&router, &it.vpc.clone().into()));
    assert_eq!(found["RouteTableIds"]["RouteTableId"][0], table);
    let tables = world.ok("vpc:DescribeRouteTableList", &[vpc]).await;
    let found = &tables["RouterTableList"]["RouterTableListType"][0];
    assert_eq!((&found["RouteTableId"], &found["RouterId"]), (&table, &router));
    assert_eq!(found["VSwitchIds"]["VSwitchId"][0], it.v_switch);
    for (parameters, count) in [
        (vec![("VRouterId", router.as_str().unwrap())], 1),
        (vec![("RouteTableId", "vtb-0")], 0),
        (vec![("RouterType", "VBR")], 0),
    ] {
        let tables = world.ok("vpc:DescribeRouteTables", &parameters).await;
        assert_eq!(tables["TotalCount"], count, "{parameters:?}");
    }
    let tables = world.ok("vpc:DescribeRouteTables", &[]).await;
    let entries = tables["RouteTables"]["RouteTable"][0]["RouteEntrys"]["RouteEntry"].clone();
    let to = |index: usize| entries[index]["DestinationCidrBlock"].as_str().unwrap();
    assert_eq!([to(0), to(1)], ["192.168.1.0/24", "100.64.0.0/10"]);
}
