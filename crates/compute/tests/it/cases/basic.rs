//! Networks, launches, roles, and the first operations on security groups.

use super::{Case, Wrong, case, ecs_of, role_of, vpc_of};
use crate::world::{Furniture, launch};

pub(super) fn vpc_cases(it: &Furniture) -> Vec<Case> {
    let (vpc, v_switch) = (format!("vpc/{}", it.vpc), format!("vswitch/{}", it.v_switch));
    let one =
        |action, parameter, resource: String| case(action, &[parameter], &[(action, resource)]);
    vec![
        case("vpc:CreateVpc", &[], &[("vpc:CreateVpc", vpc_of("vpc/*"))]),
        case("vpc:DescribeVpcs", &[], &[("vpc:DescribeVpcs", vpc_of("vpc/*"))]),
        one("vpc:DescribeVpcAttribute", ("VpcId", &it.vpc), vpc_of(&vpc)),
        one("vpc:DeleteVpc", ("VpcId", &it.vpc), vpc_of(&vpc)),
        case(
            "vpc:CreateVSwitch",
            &[("VpcId", &it.vpc), ("ZoneId", "x"), ("CidrBlock", "x")],
            &[("vpc:CreateVSwitch", vpc_of(&vpc)), ("vpc:CreateVSwitch", vpc_of("vswitch/*"))],
        ),
        case("vpc:DescribeVSwitches", &[], &[("vpc:DescribeVSwitches", vpc_of("vswitch/*"))]),
        one("vpc:DescribeVSwitchAttributes", ("VSwitchId", &it.v_switch), vpc_of(&v_switch)),
        one("vpc:DeleteVSwitch", ("VSwitchId", &it.v_switch), vpc_of(&v_switch)),
        case("vpc:DescribeRegions", &[], &[("vpc:DescribeRegions", "*".to_owned())]),
        case("vpc:DescribeZones", &[], &[("vpc:DescribeZones", "*".to_owned())]),
    ]
}

pub(super) fn ecs_cases(it: &Furniture) -> Vec<Case> {
    let (instance, group) =
        (format!("instance/{}", it.instance), format!("securitygroup/{}", it.group));
    let ids = format!(r#"["{}","{}"]"#, it.instance, it.classic);
    let both = |action| {
        [(action, ecs_of(&instance)), (action, ecs_of(&format!("instance/{}", it.classic)))]
    };
    let place = [
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupId", &it.group),
        ("KeyPairName", "pair"),
        ("RamRoleName", "Web"),
    ];
    let with_role = |action, parameters: &[(&'static str, &str)], pass: bool| {
        let mut checks = both(action).to_vec();
        checks.push((action, role_of("cn-hangzhou")));
        checks.extend(pass.then(|| ("ram:PassRole", role_of("*"))));
        case(action, parameters, &checks)
    };
    let named = [("InstanceIds", ids.as_str()), ("RamRoleName", "Web")];
    vec![
        case("ecs:DescribeRegions", &[], &[("ecs:DescribeRegions", "*".to_owned())]),
        case("ecs:DescribeZones", &[], &[("ecs:DescribeZones", "*".to_owned())]),
        case(
            "ecs:RunInstances",
            &launch(&place),
            &[
                ("ecs:RunInstances", ecs_of("instance/*")),
                ("ecs:RunInstances", ecs_of("image/ubuntu_22_04_x64.vhd")),
                ("ecs:RunInstances", ecs_of(&group)),
                ("ecs:RunInstances", vpc_of(&format!("vswitch/{}", it.v_switch))),
                ("ecs:RunInstances", ecs_of("keypair/pair")),
                ("ram:PassRole", role_of("*")),
            ],
        ),
        case("ecs:DescribeInstances", &[], &[("ecs:DescribeInstances", ecs_of("instance/*"))]),
        case("ecs:DescribeInstances", &named[..1], &both("ecs:DescribeInstances")),
        case(
            "ecs:DescribeInstanceStatus",
            &[],
            &[("ecs:DescribeInstanceStatus", ecs_of("instance/*"))],
        ),
        case(
            "ecs:DescribeInstanceStatus",
            &[("InstanceId.1", &it.instance), ("InstanceId.2", &it.classic)],
            &both("ecs:DescribeInstanceStatus"),
        ),
        case(
            "ecs:DeleteInstances",
            &[("InstanceId.1", &it.instance), ("InstanceId.2", &it.classic)],
            &both("ecs:DeleteInstances"),
        ),
        case(
            "ecs:DeleteInstance",
            &[("InstanceId", &it.instance)],
            &[("ecs:DeleteInstance", ecs_of(&instance))],
        ),
        with_role("ecs:AttachInstanceRamRole", &named, true),
        with_role("ecs:DetachInstanceRamRole", &named, false),
        with_role("ecs:DescribeInstanceRamRole", &named, false),
        case(
            "ecs:CreateSecurityGroup",
            &[("VpcId", &it.vpc)],
            &[
                ("ecs:CreateSecurityGroup", ecs_of("securitygroup/*")),
                ("ecs:CreateSecurityGroup", vpc_of(&format!("vpc/{}", it.vpc))),
            ],
        ),
        case(
            "ecs:DescribeSecurityGroups",
            &[],
            &[("ecs:DescribeSecurityGroups", ecs_of("securitygroup/*"))],
        ),
        case(
            "ecs:DescribeSecurityGroups",
            &[("SecurityGroupId", &it.group)],
            &[("ecs:DescribeSecurityGroups", ecs_of(&group))],
        ),
        case(
            "ecs:DeleteSecurityGroup",
            &[("SecurityGroupId", &it.group)],
            &[("ecs:DeleteSecurityGroup", ecs_of(&group))],
        ),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
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
    ("ecs:CreateDisk", "ZoneId=cn-hangzhou-i", "404 InvalidAction.NotFound"),
    ("ecs:DescribeRegions", "RegionId=nowhere", "404 InvalidRegionId.NotFound"),
];
