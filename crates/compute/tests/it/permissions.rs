//! Who may call: nobody, a stranger, one who may do exactly this, and one who lacks one thing.

use rolecall_compute::{ecs, vpc};

use crate::cases::{Case, all, role_of};
use crate::world::{Who, World, launch};

/// A policy that allows these checks and nothing else.
fn policy(checks: &[&String]) -> String {
    let statement = |check: &&String| {
        let (action, resource) = check.split_once(' ').unwrap();
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    };
    format!("[{}]", checks.iter().map(statement).collect::<Vec<_>>().join(","))
}

/// The code of a call that lacks a check.
fn denied(check: &str) -> &'static str {
    if check.starts_with("ram:PassRole") {
        "403 InvalidUser.PassRoleForbidden"
    } else {
        "403 Forbidden.RAM"
    }
}

async fn call(world: &World, who: Who, case: &Case) -> String {
    let parameters: Vec<(&str, &str)> =
        case.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.call(who, case.action, &parameters).await.word()
}

#[tokio::test]
async fn each_check_of_each_operation_counts() {
    let world = World::new().await;
    let it = world.furnish().await;
    let before = world.store.revision();
    let cases = all(&it);
    for case in &cases {
        let action = case.action;
        let nobody = call(&world, Who::Nobody, case).await;
        assert_eq!(nobody, "400 MissingAccessKeyId", "{action}");
        world.grant("[]");
        assert_eq!(call(&world, Who::User, case).await, denied(&case.checks[0]), "{action}");
        assert_eq!(world.last_checks(), case.checks, "{action}");
        for withheld in &case.checks {
            let rest: Vec<&String> = case.checks.iter().filter(|it| *it != withheld).collect();
            world.grant(&policy(&rest));
            let answer = call(&world, Who::User, case).await;
            assert_eq!(answer, denied(withheld), "{action} without {withheld}");
        }
    }
    assert_eq!(world.store.revision(), before, "a call that is denied changes nothing");
    for case in &cases {
        let world = World::new().await;
        assert_eq!(world.furnish().await, it, "the seed gives the same ids");
        world.grant(&policy(&case.checks.iter().collect::<Vec<_>>()));
        let answer = call(&world, Who::User, case).await;
        // What is in use is not deleted, and the block of the case is none.
        let expected = match case.action {
            "vpc:DeleteVpc" => "400 DependencyViolation.VSwitch",
            "vpc:DeleteVSwitch" => "400 DependencyViolation",
            "vpc:CreateVSwitch" => "404 InvalidZoneId.NotFound",
            "ecs:DeleteInstances" | "ecs:DeleteInstance" => "403 IncorrectInstanceStatus",
            "ecs:DeleteSecurityGroup" => "403 DependencyViolation",
            _ => case.end,
        };
        assert_eq!(answer, expected, "{}", case.action);
    }
}

#[tokio::test]
async fn every_operation_stands_in_the_list_of_cases() {
    let world = World::new().await;
    let it = world.furnish().await;
    let cases = all(&it);
    for operation in ecs::OPERATIONS.iter().chain(vpc::OPERATIONS) {
        let spec = operation.spec();
        let name = format!("{}:{}", spec.product.name().to_ascii_lowercase(), spec.action);
        assert!(cases.iter().any(|case| case.action == name), "{name} has no case");
    }
}

#[tokio::test]
async fn a_role_is_passed_to_ecs_and_to_nobody_else() {
    let world = World::new().await;
    let it = world.furnish().await;
    let ids = format!(r#"["{}"]"#, it.instance);
    let parameters = [("InstanceIds", ids.as_str()), ("RamRoleName", "Web")];
    for (service, expected) in
        [("rds.aliyuncs.com", "403 InvalidUser.PassRoleForbidden"), ("ecs.aliyuncs.com", "200")]
    {
        world.grant(&format!(
            r#"[{{"Effect":"Allow","Action":"ecs:*","Resource":"*"}},
                {{"Effect":"Allow","Action":"ram:PassRole","Resource":"*",
                  "Condition":{{"StringEquals":{{"acs:Service":"{service}"}}}}}}]"#
        ));
        let answer = world.call(Who::User, "ecs:AttachInstanceRamRole", &parameters).await;
        assert_eq!(answer.word(), expected, "{service}");
    }
}

#[tokio::test]
async fn who_may_pass_one_role_passes_no_other() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.grant(&format!(
        r#"[{{"Effect":"Allow","Action":"ecs:*","Resource":"*"}},
            {{"Effect":"Allow","Action":"ram:PassRole","Resource":"{}"}}]"#,
        role_of("*")
    ));
    let ids = format!(r#"["{}"]"#, it.instance);
    let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str())];
    for (role, expected) in [
        ("Batch", "403 InvalidUser.PassRoleForbidden"),
        ("none", "403 InvalidUser.PassRoleForbidden"),
    ] {
        let attach = [("InstanceIds", ids.as_str()), ("RamRoleName", role)];
        let answer = world.call(Who::User, "ecs:AttachInstanceRamRole", &attach).await;
        assert_eq!(answer.word(), expected, "whether {role} exists is not told");
        let run = launch(&[&place[..], &[("RamRoleName", role)]].concat());
        let answer = world.call(Who::User, "ecs:RunInstances", &run).await;
        assert_eq!(answer.word(), expected, "{role}");
    }
}

#[tokio::test]
async fn conditions_see_the_tags_of_the_request() {
    let world = World::new().await;
    let it = world.furnish().await;
    let place = [
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupId", it.group.as_str()),
        ("RamRoleName", "Web"),
    ];
    let run = launch(&place);
    let v_switch = [("VpcId", it.vpc.as_str()), ("ZoneId", "x"), ("CidrBlock", "x")];
    let group = [("VpcId", it.vpc.as_str())];
    let named = [("SecurityGroupId", it.group.as_str())];
    let condition = r#""Condition":{"StringEquals":{"acs:RequestTag/env":"prod"}},"Resource":"*""#;
    let only = format!(r#"[{{"Effect":"Allow","Action":"*",{condition}}}]"#);
    for (action, parameters) in [
        ("ecs:RunInstances", run.as_slice()),
        ("ecs:CreateSecurityGroup", &group),
        ("ecs:DescribeInstances", &[]),
        ("ecs:DescribeSecurityGroups", &[]),
        ("ecs:DescribeSecurityGroups", &named),
        ("vpc:CreateVpc", &[]),
        ("vpc:CreateVSwitch", &v_switch),
        ("vpc:DescribeVpcs", &[]),
        ("vpc:DescribeVSwitches", &[]),
    ] {
        let tag =
            |key: &'static str, value: &'static str| [("Tag.1.Key", key), ("Tag.1.Value", value)];
        let ours = if action == "vpc:CreateVSwitch" { "404 InvalidZoneId.NotFound" } else { "200" };
        let other = "403 Forbidden.RAM";
        let prod = tag("env", "prod");
        let test = tag("env", "test");
        let upper = tag("Env", "prod");
        let valueless = [("Tag.1.Key", "env")];
        let old = [("Tag.1.key", "env"), ("Tag.1.value", "prod")];
        let second =
            [&tag("a", "prod")[..], &[("Tag.2.Key", "env"), ("Tag.2.Value", "prod")]].concat();
        for (tags, carries) in [
            (&[][..], false),
            (&prod, true),
            (&test, false),
            (&upper, false),
            (&valueless, false),
            (&old, true),
            (&second, true),
        ] {
            let all = [parameters, tags].concat();
            world.grant(&only);
            let answer = world.call(Who::User, action, &all).await.word();
            assert_eq!(answer, if carries { ours } else { other }, "{action} {tags:?}, allowed");
            world.grant(&format!(
                r#"[{{"Effect":"Allow","Action":"*","Resource":"*"}},
                    {{"Effect":"Deny","Action":"{action}",{condition}}}]"#
            ));
            let answer = world.call(Who::User, action, &all).await.word();
            assert_eq!(answer, if carries { other } else { ours }, "{action} {tags:?}, denied");
        }
    }
}

#[tokio::test]
async fn conditions_see_the_type_and_the_hardening() {
    let world = World::new().await;
    world.grant(
        r#"[{"Effect":"Allow","Action":"ecs:*","Resource":"*"},
            {"Effect":"Deny","Action":"ecs:RunInstances","Resource":"acs:ecs:*:*:instance/*",
             "Condition":{"Bool":{"ecs:SecurityHardeningMode":"false"}}},
            {"Effect":"Deny","Action":"ecs:RunInstances","Resource":"acs:ecs:*:*:instance/*",
             "Condition":{"StringNotLike":{"ecs:InstanceType":"ecs.g6.*"}}}]"#,
    );
    for (parameters, expected) in [
        (vec![("HttpTokens", "required")], "200"),
        (vec![], "403 Forbidden.RAM"),
        (vec![("HttpTokens", "required"), ("InstanceType", "ecs.c6.large")], "403 Forbidden.RAM"),
    ] {
        let answer = world.call(Who::User, "ecs:RunInstances", &launch(&parameters)).await;
        assert_eq!(answer.word(), expected, "{parameters:?}");
    }
}
