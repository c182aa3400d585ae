//! Every error that an operation says it answers with, provoked.

use std::collections::BTreeSet;

use rolecall_api::Described;
use rolecall_compute::{ecs, vpc};

use crate::world::{DISTRUSTFUL, Furniture, Who, World};

/// A call with the answer that it must have. `{name}` is an id of the furniture.
const CASES: &[(&str, &str, &str)] = &[
    ("vpc:CreateVpc", "CidrBlock=1.0.0.0/8", "400 InvalidCidrBlock.Malformed"),
    ("vpc:CreateVpc", "VpcName=http://x", "400 InvalidParameter"),
    ("vpc:CreateVpc", "Description=https://x", "400 InvalidParameter"),
    ("vpc:CreateVpc", "EnableIpv6=true", "400 UnsupportedParameter"),
    ("vpc:DeleteVpc", "", "400 MissingParameter"),
    ("vpc:DeleteVpc", "VpcId=vpc-0", "404 InvalidVpcId.NotFound"),
    ("vpc:DeleteVpc", "VpcId={vpc}", "400 DependencyViolation.VSwitch"),
    ("vpc:DeleteVpc", "VpcId={vpc_with_group}", "400 DependencyViolation.SecurityGroup"),
    ("vpc:DeleteVpc", "VpcId={vpc_empty}&DryRun=true", "400 DryRunOperation"),
    ("vpc:DescribeVpcAttribute", "VpcId=vpc-0", "400 Forbidden.VpcNotFound"),
    ("vpc:DescribeVpcAttribute", "VpcId={vpc}&IsDefault=true", "400 Forbidden.VpcNotFound"),
    ("vpc:CreateVSwitch", "VpcId=vpc-0&ZoneId=x&CidrBlock=x", "400 Forbidden.VpcNotFound"),
    ("vpc:CreateVSwitch", "VpcId={vpc}&ZoneId=x&CidrBlock=x", "404 InvalidZoneId.NotFound"),
    (
        "vpc:CreateVSwitch",
        "VpcId={vpc}&ZoneId=cn-hangzhou-i&CidrBlock=192.168.0.0/30",
        "400 InvalidCidrBlock.Malformed",
    ),
    (
        "vpc:CreateVSwitch",
        "VpcId={vpc}&ZoneId=cn-hangzhou-i&CidrBlock=10.0.0.0/24",
        "400 InvalidParameter",
    ),
    (
        "vpc:CreateVSwitch",
        "VpcId={vpc}&ZoneId=cn-hangzhou-i&CidrBlock=192.168.1.128/25",
        "400 InvalidCidrBlock.Overlapped",
    ),
    ("vpc:DeleteVSwitch", "VSwitchId=vsw-0", "404 InvalidVSwitchId.NotFound"),
    ("vpc:DeleteVSwitch", "VSwitchId={v_switch}", "400 DependencyViolation"),
    ("vpc:DeleteVSwitch", "VSwitchId={v_switch_empty}&DryRun=true", "400 DryRunOperation"),
    ("vpc:DescribeVSwitchAttributes", "VSwitchId=vsw-0", "404 InvalidVSwitchId.NotFound"),
    ("ecs:RunInstances", "ImageId=m-1", "400 MissingParameter"),
    (
        "ecs:RunInstances",
        "ImageId=m-1&InstanceType=ecs.x",
        "400 InvalidInstanceType.ValueNotSupported",
    ),
    ("ecs:RunInstances", "{run}&ImageId=ubuntu", "404 InvalidImageId.NotFound"),
    ("ecs:RunInstances", "{run}&InstanceName=1x", "400 InvalidInstanceName.Malformed"),
    ("ecs:RunInstances", "{run}&InstanceName=x[1]", "400 InvalidInstanceName.Malformed"),
    ("ecs:RunInstances", "{run}&HostName=-x", "400 InvalidHostName.Malformed"),
    ("ecs:RunInstances", "{run}&HostName=xx&HostNames.1=yy", "400 InvalidHostName.Malformed"),
    ("ecs:RunInstances", "{run}&Amount=2&HostNames.1=yy", "400 InvalidHostName.Malformed"),
    ("ecs:RunInstances", "{run}&Description=x", "400 InvalidDescription.Malformed"),
    ("ecs:RunInstances", "{run}&UserData=%", "400 InvalidUserData.Base64FormatInvalid"),
    ("ecs:RunInstances", "{run}&UserData={long}", "400 InvalidUserData.SizeExceeded"),
    ("ecs:RunInstances", "{run}&HttpEndpoint=on", "400 InvalidHttpEndpoint.NotSupported"),
    ("ecs:RunInstances", "{run}&HttpTokens=on", "400 InvalidHttpTokens.NotSupported"),
    (
        "ecs:RunInstances",
        "{run}&HttpPutResponseHopLimit=65",
        "400 InvalidHttpPutResponseHopLimit.NotSupported",
    ),
    ("ecs:RunInstances", "{run}&Amount=101", "403 InvalidParam.Amount"),
    ("ecs:RunInstances", "{run}&Amount=2&MinAmount=3", "400 InvalidMinAmount.Malformed"),
    ("ecs:RunInstances", "{run}&ZoneId=cn-beijing-i", "404 InvalidZoneId.NotFound"),
    ("ecs:RunInstances", "{run}&{place}&ZoneId=cn-hangzhou-h", "400 InvalidParameter.Mismatch"),
    ("ecs:RunInstances", "{run}&VSwitchId=vsw-0", "404 InvalidVSwitchId.NotFound"),
    ("ecs:RunInstances", "{run}&VSwitchId={v_switch}", "400 MissingParameter"),
    ("ecs:RunInstances", "{run}&SecurityGroupId={group}", "400 MissingParameter"),
    ("ecs:RunInstances", "{run}&PrivateIpAddress=192.168.1.9", "400 MissingParameter"),
    ("ecs:RunInstances", "{run}&SecurityGroupId=sg-0", "404 InvalidSecurityGroupId.NotFound"),
    (
        "ecs:RunInstances",
        "{run}&VSwitchId={v_switch}&SecurityGroupId={other_group}",
        "400 InvalidParameter.Mismatch",
    ),
    ("ecs:RunInstances", "{run}&{place}&SecurityGroupIds.1={group}", "400 InvalidParameter"),
    (
        "ecs:RunInstances",
        "{run}&{place}&PrivateIpAddress=x",
        "400 InvalidPrivateIpAddress.Malformed",
    ),
    (
        "ecs:RunInstances",
        "{run}&{place}&PrivateIpAddress=192.168.1.1",
        "400 InvalidPrivateIpAddress.Duplicated",
    ),
    ("ecs:RunInstances", "{run}&{place}&PrivateIpAddress=10.0.0.1", "400 InvalidPrivateIpAddress"),
    (
        "ecs:RunInstances",
        "{run}&{place}&PrivateIpAddress=192.168.1.253",
        "400 InvalidPrivateIpAddress",
    ),
    (
        "ecs:RunInstances",
        "{run}&{place}&PrivateIpAddress=192.168.1.9&Amount=2",
        "403 InvalidParam.Amount",
    ),
    (
        "ecs:RunInstances",
        "{run}&VSwitchId={v_switch_empty}&SecurityGroupId={group}&Amount=5",
        "400 QuotaExceeded.PrivateIpAddress",
    ),
    ("ecs:RunInstances", "{run}&RamRoleName=Web", "403 InvalidNetworkType.MismatchRamRole"),
    ("ecs:RunInstances", "{run}&{place}&RamRoleName=None", "404 InvalidRamRole.NotFound"),
    (
        "ecs:RunInstances",
        "{run}&{place}&RamRoleName={distrustful}",
        "401 InvalidRamRole.NotEcsRole",
    ),
    ("ecs:DescribeInstances", "InstanceIds=x", "400 InvalidInstanceIds.Malformed"),
    ("ecs:DescribeInstances", "Status=Up", "404 InvalidStatus.NotFound"),
    ("ecs:DescribeInstances", "InstanceNetworkType=x", "404 InvalidNetworkType.NotFound"),
    ("ecs:DescribeInstances", "InstanceChargeType=x", "404 InvalidInstanceChargeType.NotFound"),
    ("ecs:DescribeInstances", "Filter.1.Key=x&Filter.1.Value=x", "404 InvalidFilterKey.NotFound"),
    (
        "ecs:DescribeInstances",
        "Filter.1.Key=CreationEndTime&Filter.1.Value=x",
        "400 InvalidParameter",
    ),
    ("ecs:DeleteInstances", "Force=true", "400 MissingParameter"),
    ("ecs:DeleteInstances", "InstanceId.1=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:DeleteInstances", "InstanceId.1={instance}", "403 IncorrectInstanceStatus"),
    ("ecs:DeleteInstances", "InstanceId.1={guarded}", "403 InvalidOperation.DeletionProtection"),
    ("ecs:DeleteInstances", "InstanceId.1={instance}&Force=1", "400 InvalidParameter"),
    ("ecs:DeleteInstances", "InstanceId.1={instance}&Force=true&DryRun=true", "400 DRYRUN.SUCCESS"),
    ("ecs:DeleteInstance", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:DeleteInstance", "InstanceId={instance}", "403 IncorrectInstanceStatus"),
    ("ecs:DeleteInstance", "InstanceId={guarded}", "403 InvalidOperation.DeletionProtection"),
    (
        "ecs:AttachInstanceRamRole",
        "InstanceIds=[]&RamRoleName=Web",
        "400 InvalidInstanceIds.Malformed",
    ),
    ("ecs:AttachInstanceRamRole", "InstanceIds=[\"i-0\"]", "400 MissingParameter"),
    (
        "ecs:AttachInstanceRamRole",
        "InstanceIds=[\"i-0\",\"i-1\"]&RamRoleName=Web",
        "404 InvalidInstanceId.NotFound",
    ),
    (
        "ecs:AttachInstanceRamRole",
        "InstanceIds=[\"{classic}\"]&RamRoleName=Web",
        "403 InvalidNetworkType.MismatchRamRole",
    ),
    (
        "ecs:AttachInstanceRamRole",
        "InstanceIds=[\"{instance}\"]&RamRoleName=None",
        "404 InvalidRamRole.NotFound",
    ),
    (
        "ecs:AttachInstanceRamRole",
        "InstanceIds=[\"{instance}\"]&RamRoleName={distrustful}",
        "404 InvalidRamRole.NotEcsRole",
    ),
    ("ecs:DetachInstanceRamRole", "InstanceIds=x", "400 InvalidInstanceIds.Malformed"),
    ("ecs:DetachInstanceRamRole", "InstanceIds=[\"i-0\"]", "404 InvalidInstanceId.NotFound"),
    (
        "ecs:DetachInstanceRamRole",
        "InstanceIds=[\"{classic}\"]",
        "403 InvalidNetworkType.MismatchRamRole",
    ),
    (
        "ecs:DetachInstanceRamRole",
        "InstanceIds=[\"{instance}\"]&RamRoleName=None",
        "404 InvalidRamRole.NotFound",
    ),
    ("ecs:DescribeInstanceRamRole", "", "403 InvalidParameter.AllEmpty"),
    ("ecs:DescribeInstanceRamRole", "InstanceIds=x", "400 InvalidInstanceIds.Malformed"),
    ("ecs:DescribeInstanceRamRole", "InstanceIds=[\"i-0\"]", "404 InvalidInstanceId.NotFound"),
    (
        "ecs:DescribeInstanceRamRole",
        "InstanceIds=[\"{classic}\"]",
        "403 InvalidNetworkType.MismatchRamRole",
    ),
    ("ecs:DescribeInstanceRamRole", "RamRoleName=None", "404 InvalidRamRole.NotFound"),
    ("ecs:DescribeInstanceRamRole", "RamRoleName=Web&PageSize=51", "400 InvalidParameter"),
    ("ecs:CreateSecurityGroup", "SecurityGroupName=x", "400 InvalidSecurityGroupName.Malformed"),
    ("ecs:CreateSecurityGroup", "Description=x", "400 InvalidDescription.Malformed"),
    ("ecs:CreateSecurityGroup", "VpcId=vpc-0", "404 InvalidVpcId.NotFound"),
    ("ecs:DeleteSecurityGroup", "SecurityGroupId=sg-0", "404 InvalidSecurityGroupId.NotFound"),
    ("ecs:DeleteSecurityGroup", "SecurityGroupId={group}", "403 DependencyViolation"),
    ("ecs:AuthorizeSecurityGroup", "SecurityGroupId={group}", "404 InvalidAction.NotFound"),
    ("ecs:DescribeRegions", "RegionId=nowhere", "404 InvalidRegionId.NotFound"),
];

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
    // No call makes an instance that is not running: a unit test of `release`.
    "IncorrectInstanceStatus.Initializing",
    // `tokens`
    "DryRunOperation",
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
    (
        "ecs:DeleteInstances",
        "InstanceId.1={classic}&Force=true",
        "InstanceId.1={classic}&Force=true&ForceStop=true",
    ),
    ("ecs:DescribeInstances", "", ""),
    ("ecs:DescribeSecurityGroups", "", ""),
    ("ecs:CreateSecurityGroup", "SecurityGroupName=xx", "SecurityGroupName=yy"),
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
        let guarded = world.run(&[("DeletionProtection", "true")]).await.remove(0);
        let tags: Vec<String> =
            (1..=21).map(|number| format!("Tag.{number}.Key=k{number}")).collect();
        let names = vec![
            ("run", "InstanceType=ecs.g6.large&ImageId=m-1".to_owned()),
            ("place", format!("VSwitchId={v_switch}&SecurityGroupId={group}")),
            ("long", "A".repeat(43_696)),
            ("token_long", "t".repeat(65)),
            ("tags", tags.join("&")),
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
            let makes = has_field(operation, "ClientToken") || *wrong == "{tags}";
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
    for (action, text, expected) in CASES {
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
    for (action, _, word) in CASES {
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
