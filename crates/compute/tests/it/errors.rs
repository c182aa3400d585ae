//! Every error that an operation says it answers with, provoked.

use std::collections::BTreeSet;

use rolecall_api::Described;
use rolecall_compute::{ecs, vpc};

use crate::cases::wrong;
use crate::groups::fill;
use crate::managed::register;
use crate::world::{DISTRUSTFUL, Furniture, PUBLIC_KEY, Who, World};

/// Codes that other tests provoke.
const ELSEWHERE: &[&str] = &[
    // `permissions`
    "InvalidUser.PassRoleForbidden",
    // `networks`
    "QuotaExceeded.Vpc",
    "QuotaExceeded.VSwitch",
    "QuotaExceed.SecurityGroup",
    // `roles`
    "InvalidOperation.InstanceRamRoleExists",
    "InvalidOperation.InstanceRamRoleMismatch",
    // No call leaves an instance on its way: a unit test of `release`.
    "IncorrectInstanceStatus.Initializing",
    // `tokens`
    "DryRunOperation",
    // `key_pairs`
    "QuotaExceed.KeyPair",
    // `life`
    "InstanceSecurityGroupLimitExceeded",
];

/// What ends a call with tags or a token, behind parameters that are right.
const TAGS_AND_TOKENS: &[(&str, &str)] = &[
    ("Tag.1.Value=x", "400 InvalidTagKey.Malformed"),
    ("Tag.1.Key=acs:x", "400 InvalidTagKey.Malformed"),
    ("Tag.1.Key=x&Tag.1.Value=http://x", "400 InvalidTagValue.Malformed"),
    ("Tag.1.Key=x&Tag.2.Key=x", "400 Duplicate.TagKey"),
    ("{tags}", "400 InvalidTagCount"),
    ("ClientToken={token_long}", "400 InvalidClientToken.ValueNotSupported"),
    ("ClientToken=é", "400 InvalidClientToken.ValueNotSupported"),
    ("ClientToken=used", "403 IdempotentParameterMismatch"),
];

/// Calls that are right, to be spoilt by [`TAGS_AND_TOKENS`]; and the same with a difference, to
/// use up a token.
const RIGHT: &[(&str, &str, &str)] = &[
    ("vpc:CreateVpc", "VpcName=x", "VpcName=y"),
    (
        "vpc:CreateVSwitch",
        "VpcId={vpc}&ZoneId=cn-hangzhou-i&CidrBlock=192.168.77.0/24",
        "VpcId={vpc}&ZoneId=cn-hangzhou-i&CidrBlock=192.168.78.0/24",
    ),
    ("vpc:DeleteVpc", "VpcId={vpc_empty}", "VpcId={vpc_empty}&ForceDelete=false"),
    ("vpc:DescribeVpcs", "", ""),
    ("vpc:DescribeVSwitches", "", ""),
    ("ecs:RunInstances", "{run}", "{run}&Amount=2"),
    ("ecs:CreateInstance", "{run}", "{run}&Description=other"),
    (
        "ecs:DeleteInstances",
        "InstanceId.1={classic}&Force=true",
        "InstanceId.1={classic}&Force=true&ForceStop=true",
    ),
    ("ecs:DescribeInstances", "", ""),
    ("ecs:TagResources", "ResourceType=instance&ResourceId.1={instance}", ""),
    ("ecs:ListTagResources", "ResourceType=instance", ""),
    ("ecs:CreateKeyPair", "KeyPairName=fresh", ""),
    ("ecs:ImportKeyPair", "KeyPairName=fresh&PublicKeyBody={public_key}", ""),
    ("ecs:DescribeKeyPairs", "", ""),
    ("ecs:DescribeNetworkInterfaces", "", ""),
    ("ecs:CreateActivation", "", "Description=x"),
    ("ecs:DeregisterManagedInstance", "InstanceId=mi-1", "InstanceId=mi-2"),
    ("ecs:DescribeActivations", "", ""),
    ("ecs:DescribeManagedInstances", "", ""),
    ("ecs:DescribeTags", "", ""),
    ("vpc:TagResources", "ResourceType=VPC&ResourceId.1={vpc}", ""),
    ("vpc:ListTagResources", "ResourceType=VPC", ""),
    ("ecs:DescribeSecurityGroups", "", ""),
    ("ecs:CreateSecurityGroup", "SecurityGroupName=xx", "SecurityGroupName=yy"),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}",
        "SecurityGroupId={group}&{in}&Priority=2",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}",
        "SecurityGroupId={group}&{in}&Priority=2",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}",
        "SecurityGroupId={group}&{out}&Priority=2",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}",
        "SecurityGroupId={group}&{out}&Priority=2",
    ),
];

struct Stage {
    world: World,
    names: Vec<(&'static str, String)>,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let Furniture { vpc, v_switch, group, instance, classic } = world.furnish().await;
        let id = |tree: serde_json::Value, name: &str| tree[name].as_str().unwrap().to_owned();
        let zone = ("ZoneId", "cn-hangzhou-i");
        let block = ("CidrBlock", "192.168.8.0/29");
        let v_switch_empty = world.ok("vpc:CreateVSwitch", &[("VpcId", &vpc), zone, block]).await;
        let v_switch_empty = id(v_switch_empty, "VSwitchId");
        let vpc_empty = id(world.ok("vpc:CreateVpc", &[]).await, "VpcId");
        let vpc_with_group = id(world.ok("vpc:CreateVpc", &[]).await, "VpcId");
        let other_group = world.ok("ecs:CreateSecurityGroup", &[("VpcId", &vpc_with_group)]).await;
        let other_group = id(other_group, "SecurityGroupId");
        let full_group = world.ok("ecs:CreateSecurityGroup", &[]).await;
        let full_group = id(full_group, "SecurityGroupId");
        fill(&world, &full_group).await;
        let guarded = world.run(&[("DeletionProtection", "true")]).await.remove(0);
        let block = ("CidrBlock", "192.168.8.8/29");
        let v_switch_full = world.ok("vpc:CreateVSwitch", &[("VpcId", &vpc), zone, block]).await;
        let v_switch_full = id(v_switch_full, "VSwitchId");
        let place = [("VSwitchId", v_switch_full.as_str()), ("SecurityGroupId", &group)];
        world.run(&[&place[..], &[("Amount", "4")]].concat()).await;
        for server in ["mi-1", "mi-2"] {
            register(&world, server, "none").await;
        }
        let stopped = world.run(&[]).await.remove(0);
        world.ok("ecs:StopInstance", &[("InstanceId", &stopped)]).await;
        let tags: Vec<String> =
            (1..=21).map(|number| format!("Tag.{number}.Key=k{number}")).collect();
        let tag_keys: Vec<String> =
            (1..=21).map(|number| format!("TagKey.{number}=k{number}")).collect();
        let names = vec![
            ("run", "InstanceType=ecs.g6.large&ImageId=m-1".to_owned()),
            ("place", format!("VSwitchId={v_switch}&SecurityGroupId={group}")),
            ("public_key", PUBLIC_KEY.to_owned()),
            ("long", "A".repeat(43_696)),
            ("token_long", "t".repeat(65)),
            ("tags", tags.join("&")),
            ("tag_keys", tag_keys.join("&")),
            ("distrustful", DISTRUSTFUL.to_owned()),
            ("vpc", vpc),
            ("v_switch", v_switch),
            ("group", group),
            ("instance", instance),
            ("classic", classic),
            ("v_switch_empty", v_switch_empty),
            ("vpc_empty", vpc_empty),
            ("vpc_with_group", vpc_with_group),
            ("other_group", other_group),
            ("guarded", guarded),
            ("full_group", full_group),
            ("in", "IpProtocol=tcp&PortRange=22/22&SourceCidrIp=10.0.0.0/8".to_owned()),
            ("out", "IpProtocol=tcp&PortRange=22/22&DestCidrIp=10.0.0.0/8".to_owned()),
            ("stopped", stopped),
            ("v_switch_full", v_switch_full),
        ];
        Self { world, names }
    }

    /// Fills the ids in; a parameter that comes twice keeps its last value.
    fn parameters(&self, text: &str) -> Vec<(String, String)> {
        let mut text = text.to_owned();
        for (name, id) in &self.names {
            text = text.replace(&format!("{{{name}}}"), id);
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            parameters.retain(|(known, _)| known != name);
            parameters.push((name.to_owned(), value.to_owned()));
        }
        parameters
    }

    async fn check(&self, action: &str, text: &str, expected: &str) {
        let parameters = self.parameters(text);
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.world.call(Who::Root, action, &parameters).await;
        assert_eq!(answer.word(), expected, "{action} {text}: {}", answer.tree);
    }
}

fn operations() -> impl Iterator<Item = (String, &'static dyn Described)> {
    ecs::OPERATIONS.iter().chain(vpc::OPERATIONS).map(|operation| {
        let spec = operation.spec();
        let service = spec.product.name().to_ascii_lowercase();
        (format!("{service}:{}", spec.action), *operation)
    })
}

fn has_field(operation: &dyn Described, name: &str) -> bool {
    operation.request().iter().any(|field| field.name == name)
}

/// The spoilt calls, with their answers.
fn spoilt() -> Vec<(String, String, &'static str)> {
    let mut cases = Vec::new();
    for (action, right, _) in RIGHT {
        let (_, operation) = operations().find(|(name, _)| name == action).unwrap();
        for (wrong, expected) in TAGS_AND_TOKENS {
            // A listing takes any tag to look for, but not too many.
            let makes = has_field(operation, "ClientToken")
                || action.ends_with(":TagResources")
                || action.ends_with("eKeyPair")
                || action.ends_with("tKeyPair")
                || *wrong == "{tags}";
            let field = if wrong.contains("ClientToken") { "ClientToken" } else { "Tag" };
            if makes && has_field(operation, field) {
                let text = format!("{right}&{wrong}");
                cases.push(((*action).to_owned(), text, *expected));
            }
        }
    }
    cases
}

#[tokio::test]
async fn errors_are_those_that_the_operations_declare() {
    let stage = Stage::new().await;
    for (action, text, expected) in wrong() {
        stage.check(action, text, expected).await;
    }
    for (action, _, other) in RIGHT {
        let (_, operation) = operations().find(|(name, _)| name == action).unwrap();
        if has_field(operation, "ClientToken") {
            stage.check(action, &format!("{other}&ClientToken=used"), "200").await;
        }
    }
    for (action, text, expected) in spoilt() {
        stage.check(&action, &text, expected).await;
    }
}

#[test]
fn every_declared_error_is_provoked() {
    let mut provoked: BTreeSet<(String, String)> = BTreeSet::new();
    for (action, _, word) in wrong() {
        provoked.insert(((*action).to_owned(), (*word).to_owned()));
    }
    for (action, _, word) in spoilt() {
        provoked.insert((action, word.to_owned()));
    }
    for (action, operation) in operations() {
        for code in operation.spec().errors {
            let word = format!("{} {}", code.http, code.name);
            let known =
                ELSEWHERE.contains(&code.name) || provoked.contains(&(action.clone(), word));
            assert!(known, "{action}: nothing provokes {}", code.name);
        }
    }
}
