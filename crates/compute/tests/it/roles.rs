//! Roles on instances.

use serde_json::{Value, json};

use crate::world::{DISTRUSTFUL, ROLES, World, launch};

const POLICY: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}"#;

fn ids(ids: &[&str]) -> String {
    json!(ids).to_string()
}

/// The generation of an instance's binding, with its role and its policy.
fn binding(world: &World, id: &str) -> (u64, Option<String>, Option<String>) {
    let instances = world.instances.all();
    let (_, instance) = instances.iter().find(|(known, _)| known.as_str() == id).unwrap();
    let binding = instance.binding.clone();
    let role = binding.bound.as_ref().map(|bound| bound.role_name.to_string());
    (binding.generation, role, binding.bound.and_then(|bound| bound.policy))
}

async fn attach(world: &World, id: &str, role: &str, policy: Option<&str>) -> Value {
    let ids = ids(&[id]);
    let mut parameters = vec![("InstanceIds", ids.as_str()), ("RamRoleName", role)];
    parameters.extend(policy.map(|policy| ("Policy", policy)));
    world.ok("ecs:AttachInstanceRamRole", &parameters).await
}

async fn detach(world: &World, id: &str, role: Option<&str>) -> Value {
    let ids = ids(&[id]);
    let mut parameters = vec![("InstanceIds", ids.as_str())];
    parameters.extend(role.map(|role| ("RamRoleName", role)));
    world.ok("ecs:DetachInstanceRamRole", &parameters).await
}

#[tokio::test]
async fn a_role_is_put_on_and_taken_off() {
    let world = World::new().await;
    let it = world.furnish().await;
    let id = it.instance.as_str();
    let reply = attach(&world, id, "web", None).await;
    let result = json!([{"Code": "200", "InstanceId": id, "Message": "success", "Success": true}]);
    assert_eq!(reply["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"], result);
    assert_eq!((reply["TotalCount"].as_i64(), reply["FailCount"].as_i64()), (Some(1), Some(0)));
    assert_eq!(reply["RamRoleName"], "Web", "the name as it was given");
    assert_eq!(binding(&world, id), (1, Some("Web".to_owned()), None));

    for parameters in [vec![("InstanceIds", ids(&[id]))], vec![("RamRoleName", "WEB".to_owned())]] {
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = world.ok("ecs:DescribeInstanceRamRole", &parameters).await;
        let sets = json!([{"InstanceId": id, "RamRoleName": "Web"}]);
        assert_eq!(reply["InstanceRamRoleSets"]["InstanceRamRoleSet"], sets);
        assert_eq!((reply["RegionId"].as_str(), reply["TotalCount"].as_i64()), {
            (Some("cn-hangzhou"), Some(1))
        });
    }

    let reply = detach(&world, id, Some("Web")).await;
    let result = &reply["DetachInstanceRamRoleResults"]["DetachInstanceRamRoleResult"][0];
    assert_eq!((result["Code"].as_str(), result["Message"].as_str()), {
        (Some("200"), Some("Success"))
    });
    let sets = json!({"InstanceRamRoleSet": [{"InstanceId": id, "RamRoleName": "Web"}]});
    assert_eq!(result["InstanceRamRoleSets"], sets);
    assert_eq!(binding(&world, id), (2, None, None));

    let again = detach(&world, id, None).await;
    let result = &again["DetachInstanceRamRoleResults"]["DetachInstanceRamRoleResult"][0];
    assert_eq!(result["Success"], true);
    assert_eq!(result["InstanceRamRoleSets"], json!({"InstanceRamRoleSet": []}));
    assert_eq!(binding(&world, id).0, 2, "nothing changed");
    let none = world.ok("ecs:DescribeInstanceRamRole", &[("InstanceIds", &ids(&[id]))]).await;
    assert_eq!(none["InstanceRamRoleSets"], json!({"InstanceRamRoleSet": []}));
}

#[tokio::test]
async fn an_instance_wears_one_role() {
    let world = World::new().await;
    let it = world.furnish().await;
    let id = it.instance.as_str();
    attach(&world, id, ROLES[0], None).await;
    let again = attach(&world, id, ROLES[0], None).await;
    assert_eq!((again["FailCount"].as_i64(), binding(&world, id).0), (Some(0), 1));

    let other = attach(&world, id, ROLES[1], None).await;
    let result = &other["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"][0];
    assert_eq!(other["FailCount"], 1);
    assert_eq!(result["Code"], "InvalidOperation.InstanceRamRoleExists");
    assert_eq!(result["Success"], false);
    assert_eq!(binding(&world, id), (1, Some(ROLES[0].to_owned()), None));

    let other = detach(&world, id, Some(ROLES[1])).await;
    let result = &other["DetachInstanceRamRoleResults"]["DetachInstanceRamRoleResult"][0];
    assert_eq!(result["Code"], "InvalidOperation.InstanceRamRoleMismatch");
    assert_eq!(binding(&world, id).0, 1, "nothing changed");
}

#[tokio::test]
async fn a_policy_narrows_the_role() {
    let world = World::new().await;
    let it = world.furnish().await;
    let id = it.instance.as_str();
    attach(&world, id, "Web", Some(POLICY)).await;
    assert_eq!(binding(&world, id), (1, Some("Web".to_owned()), Some(POLICY.to_owned())));
    attach(&world, id, "Web", Some(POLICY)).await;
    assert_eq!(binding(&world, id).0, 1, "the same again changes nothing");
    attach(&world, id, "Web", None).await;
    assert_eq!(binding(&world, id), (2, Some("Web".to_owned()), None));

    // As long as it may be, and one character more: JSON takes spaces anywhere.
    let longest = format!("{POLICY}{}", " ".repeat(1024 - POLICY.len()));
    attach(&world, id, "Web", Some(&longest)).await;
    let too_long = format!("{longest} ");
    let statement = POLICY.replace("Resource", "Principal");
    for wrong in [too_long.as_str(), "{}", "x", statement.as_str()] {
        let parameters =
            [("InstanceIds", ids(&[id])), ("RamRoleName", "Web".into()), ("Policy", wrong.into())];
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = world.word("ecs:AttachInstanceRamRole", &parameters).await;
        assert_eq!(answer, "400 InvalidParameter", "{wrong}");
    }
}

#[tokio::test]
async fn some_instances_may_fail() {
    let world = World::new().await;
    let it = world.furnish().await;
    let all = ids(&["i-unknown", &it.classic, &it.instance, &it.instance]);
    let parameters = [("InstanceIds", all.as_str()), ("RamRoleName", "Web")];
    let reply = world.ok("ecs:AttachInstanceRamRole", &parameters).await;
    let results = &reply["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"];
    let codes: Vec<_> = results.as_array().unwrap().iter().map(|it| it["Code"].clone()).collect();
    let expected = ["InvalidInstanceId.NotFound", "InvalidNetworkType.MismatchRamRole", "200"];
    assert_eq!(codes, expected, "each instance once, in the order of the request");
    assert_eq!((reply["TotalCount"].as_i64(), reply["FailCount"].as_i64()), (Some(3), Some(2)));

    let reply = world.ok("ecs:DetachInstanceRamRole", &[("InstanceIds", &all)]).await;
    assert_eq!(
        (reply["FailCount"].as_i64(), reply["RamRoleName"].as_str()),
        (Some(2), Some("Web"))
    );
}

#[tokio::test]
async fn a_launch_may_give_the_role() {
    let world = World::new().await;
    let it = world.furnish().await;
    let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str())];
    let with = |role: &'static str| launch(&[&place[..], &[("RamRoleName", role)]].concat());
    let made = world.ok("ecs:RunInstances", &with("web")).await;
    let id = made["InstanceIdSets"]["InstanceIdSet"][0].as_str().unwrap();
    assert_eq!(binding(&world, id), (1, Some("Web".to_owned()), None));
    for (role, expected) in [
        ("none", "404 InvalidRamRole.NotFound"),
        ("a_b", "404 InvalidRamRole.NotFound"),
        (DISTRUSTFUL, "401 InvalidRamRole.NotEcsRole"),
    ] {
        assert_eq!(world.word("ecs:RunInstances", &with(role)).await, expected, "{role}");
    }
    let classic = launch(&[("RamRoleName", "Web")]);
    let refused = world.word("ecs:RunInstances", &classic).await;
    assert_eq!(refused, "403 InvalidNetworkType.MismatchRamRole");
}

#[tokio::test]
async fn a_role_that_is_gone_can_be_taken_off() {
    let world = World::new().await;
    let it = world.furnish().await;
    let id = it.instance.as_str();
    attach(&world, id, "Web", None).await;
    world.forget_role("Web");
    let still = world.ok("ecs:DescribeInstanceRamRole", &[("InstanceIds", &ids(&[id]))]).await;
    let sets = json!([{"InstanceId": id, "RamRoleName": "Web"}]);
    assert_eq!(still["InstanceRamRoleSets"]["InstanceRamRoleSet"], sets);
    let by_name = world.word("ecs:DescribeInstanceRamRole", &[("RamRoleName", "Web")]).await;
    assert_eq!(by_name, "404 InvalidRamRole.NotFound");
    detach(&world, id, Some("Web")).await;
    assert_eq!(binding(&world, id), (2, None, None));
    let parameters = [("InstanceIds", ids(&[id])), ("RamRoleName", "Web".to_owned())];
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let gone = world.word("ecs:DetachInstanceRamRole", &parameters).await;
    assert_eq!(gone, "404 InvalidRamRole.NotFound");
}

#[tokio::test]
async fn lists_of_instances_have_limits() {
    let world = World::new().await;
    let it = world.furnish().await;
    let of = |count: usize| {
        let names: Vec<String> = (1..count).map(|number| format!("i-{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        ids(&[&names[..], &[it.instance.as_str()]].concat())
    };
    for (list, expected) in [
        (of(100), "200"),
        (of(101), "400 InvalidInstanceIds.Malformed"),
        ("[]".to_owned(), "400 InvalidInstanceIds.Malformed"),
        ("i-1".to_owned(), "400 InvalidInstanceIds.Malformed"),
        (r#"{"a":"i-1"}"#.to_owned(), "400 InvalidInstanceIds.Malformed"),
        (r#"[["i-1"]]"#.to_owned(), "400 InvalidInstanceIds.Malformed"),
        (String::new(), "400 MissingParameter"),
    ] {
        let parameters = [("InstanceIds", list.as_str()), ("RamRoleName", "Web")];
        let answer = world.word("ecs:AttachInstanceRamRole", &parameters).await;
        assert_eq!(answer, expected, "{list:.40}");
    }
}
