//! The life of instances.

use super::{Case, Wrong, case, ecs_of, role_of, vpc_of};
use crate::world::{Furniture, launch};

/// A call of each operation.
pub(super) fn cases(it: &Furniture) -> Vec<Case> {
    let instance = ecs_of(&format!("instance/{}", it.instance));
    let classic = ecs_of(&format!("instance/{}", it.classic));
    let group = ecs_of(&format!("securitygroup/{}", it.group));
    let one = |action, more: &[(&'static str, &str)]| {
        let parameters = [&[("InstanceId", it.instance.as_str())], more].concat();
        case(action, &parameters, &[(action, instance.clone())])
    };
    let both = |action| {
        let parameters = [("InstanceId.1", it.instance.as_str()), ("InstanceId.2", &it.classic)];
        case(action, &parameters, &[(action, instance.clone()), (action, classic.clone())])
    };
    let member = |action| {
        let parameters = [("InstanceId", it.instance.as_str()), ("SecurityGroupId", &it.group)];
        case(action, &parameters, &[(action, instance.clone()), (action, group.clone())])
    };
    let place = [
        ("VSwitchId", it.v_switch.as_str()),
        ("SecurityGroupId", &it.group),
        ("RamRoleName", "Web"),
    ];
    let status = "403 IncorrectInstanceStatus";
    vec![
        case(
            "ecs:CreateInstance",
            &launch(&place),
            &[
                ("ecs:CreateInstance", ecs_of("instance/*")),
                ("ecs:CreateInstance", ecs_of("image/ubuntu_22_04_x64.vhd")),
                ("ecs:CreateInstance", group.clone()),
                ("ecs:CreateInstance", vpc_of(&format!("vswitch/{}", it.v_switch))),
                ("ram:PassRole", role_of("*")),
            ],
        ),
        one("ecs:StartInstance", &[]).ends(status),
        both("ecs:StartInstances").ends(status),
        one("ecs:StopInstance", &[]),
        both("ecs:StopInstances"),
        one("ecs:RebootInstance", &[]),
        both("ecs:RebootInstances"),
        one("ecs:DescribeInstanceAttribute", &[]),
        one("ecs:DescribeUserData", &[]),
        both("ecs:DescribeInstancesFullStatus"),
        case(
            "ecs:DescribeInstancesFullStatus",
            &[],
            &[("ecs:DescribeInstancesFullStatus", ecs_of("instance/*"))],
        ),
        one("ecs:ModifyInstanceMetadataOptions", &[("HttpEndpoint", "enabled")]),
        one("ecs:ModifyInstanceAttribute", &[("InstanceName", "web")]),
        case(
            "ecs:ModifyInstanceAttribute",
            &[("InstanceId", &it.instance), ("SecurityGroupIds.1", &it.group)],
            &[
                ("ecs:ModifyInstanceAttribute", instance.clone()),
                ("ecs:ModifyInstanceAttribute", group.clone()),
            ],
        ),
        member("ecs:JoinSecurityGroup").ends("403 InvalidInstanceId.AlreadyExists"),
        member("ecs:LeaveSecurityGroup").ends("403 InstanceLastSecurityGroup"),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
    ("ecs:CreateInstance", "ImageId=m-1", "400 MissingParameter"),
    ("ecs:CreateInstance", "{run}&Amount=2", "400 UnsupportedParameter"),
    (
        "ecs:CreateInstance",
        "ImageId=m-1&InstanceType=ecs.x",
        "400 InvalidInstanceType.ValueNotSupported",
    ),
    ("ecs:CreateInstance", "{run}&ImageId=ubuntu", "404 InvalidImageId.NotFound"),
    ("ecs:CreateInstance", "{run}&InstanceName=web[1,3]", "400 InvalidInstanceName.Malformed"),
    ("ecs:CreateInstance", "{run}&HostName=web[1,3]", "400 InvalidHostName.Malformed"),
    ("ecs:CreateInstance", "{run}&Description=x", "400 InvalidDescription.Malformed"),
    ("ecs:CreateInstance", "{run}&UserData=%", "400 InvalidUserData.Base64FormatInvalid"),
    ("ecs:CreateInstance", "{run}&UserData={long}", "400 InvalidUserData.SizeExceeded"),
    ("ecs:CreateInstance", "{run}&HttpEndpoint=on", "400 InvalidHttpEndpoint.NotSupported"),
    ("ecs:CreateInstance", "{run}&HttpTokens=on", "400 InvalidHttpTokens.NotSupported"),
    (
        "ecs:CreateInstance",
        "{run}&HttpPutResponseHopLimit=65",
        "400 InvalidHttpPutResponseHopLimit.NotSupported",
    ),
    ("ecs:CreateInstance", "{run}&ZoneId=cn-beijing-i", "404 InvalidZoneId.NotFound"),
    ("ecs:CreateInstance", "{run}&{place}&ZoneId=cn-hangzhou-h", "400 InvalidParameter.Mismatch"),
    ("ecs:CreateInstance", "{run}&VSwitchId=vsw-0", "404 InvalidVSwitchId.NotFound"),
    ("ecs:CreateInstance", "{run}&SecurityGroupId=sg-0", "404 InvalidSecurityGroupId.NotFound"),
    (
        "ecs:CreateInstance",
        "{run}&VSwitchId={v_switch}&SecurityGroupId={other_group}",
        "400 InvalidParameter.Mismatch",
    ),
    (
        "ecs:CreateInstance",
        "{run}&{place}&PrivateIpAddress=x",
        "400 InvalidPrivateIpAddress.Malformed",
    ),
    (
        "ecs:CreateInstance",
        "{run}&{place}&PrivateIpAddress=192.168.1.1",
        "400 InvalidPrivateIpAddress.Duplicated",
    ),
    (
        "ecs:CreateInstance",
        "{run}&{place}&PrivateIpAddress=10.0.0.1",
        "400 InvalidPrivateIpAddress",
    ),
    (
        "ecs:CreateInstance",
        "{run}&VSwitchId={v_switch_full}&SecurityGroupId={group}",
        "400 QuotaExceeded.PrivateIpAddress",
    ),
    ("ecs:CreateInstance", "{run}&RamRoleName=Web", "403 InvalidNetworkType.MismatchRamRole"),
    ("ecs:CreateInstance", "{run}&{place}&RamRoleName=None", "404 InvalidRamRole.NotFound"),
    (
        "ecs:CreateInstance",
        "{run}&{place}&RamRoleName={distrustful}",
        "401 InvalidRamRole.NotEcsRole",
    ),
    ("ecs:StartInstance", "", "400 MissingParameter"),
    ("ecs:StartInstance", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:StartInstance", "InstanceId={instance}", "403 IncorrectInstanceStatus"),
    ("ecs:StartInstance", "InstanceId={stopped}&DryRun=true", "400 DryRunOperation"),
    ("ecs:StopInstance", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:StopInstance", "InstanceId={stopped}", "403 IncorrectInstanceStatus"),
    ("ecs:StopInstance", "InstanceId={instance}&DryRun=true", "400 DryRunOperation"),
    ("ecs:StopInstance", "InstanceId={instance}&StoppedMode=x", "400 InvalidParameter"),
    ("ecs:StopInstance", "InstanceId={instance}&Hibernate=true", "400 UnsupportedParameter"),
    ("ecs:RebootInstance", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:RebootInstance", "InstanceId={stopped}", "403 IncorrectInstanceStatus"),
    ("ecs:RebootInstance", "InstanceId={instance}&DryRun=true", "400 DryRunOperation"),
    ("ecs:StartInstances", "", "400 MissingParameter"),
    ("ecs:StartInstances", "InstanceId.1=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:StartInstances", "InstanceId.1={instance}", "403 IncorrectInstanceStatus"),
    ("ecs:StartInstances", "InstanceId.1={stopped}&DryRun=true", "400 DRYRUN.SUCCESS"),
    ("ecs:StartInstances", "InstanceId.1={stopped}&BatchOptimization=x", "400 InvalidParameter"),
    ("ecs:StopInstances", "InstanceId.1=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:StopInstances", "InstanceId.1={stopped}", "403 IncorrectInstanceStatus"),
    ("ecs:StopInstances", "InstanceId.1={instance}&DryRun=true", "400 DRYRUN.SUCCESS"),
    ("ecs:RebootInstances", "InstanceId.1=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:RebootInstances", "InstanceId.1={stopped}", "403 IncorrectInstanceStatus"),
    ("ecs:RebootInstances", "InstanceId.1={instance}&DryRun=true", "400 DRYRUN.SUCCESS"),
    ("ecs:DescribeInstanceAttribute", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:DescribeUserData", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:DescribeInstancesFullStatus", "PageSize=101", "400 InvalidParameter"),
    ("ecs:DescribeInstancesFullStatus", "EventType=x", "400 UnsupportedParameter"),
    (
        "ecs:ModifyInstanceMetadataOptions",
        "InstanceId=i-0&HttpEndpoint=enabled",
        "404 InvalidInstanceId.NotFound",
    ),
    ("ecs:ModifyInstanceMetadataOptions", "InstanceId={instance}", "400 MissingParameter"),
    (
        "ecs:ModifyInstanceMetadataOptions",
        "InstanceId={instance}&HttpEndpoint=on",
        "400 InvalidHttpEndpoint.NotSupported",
    ),
    (
        "ecs:ModifyInstanceMetadataOptions",
        "InstanceId={instance}&HttpEndpoint=enabled&HttpTokens=on",
        "400 InvalidHttpTokens.NotSupported",
    ),
    (
        "ecs:ModifyInstanceMetadataOptions",
        "InstanceId={instance}&HttpEndpoint=enabled&HttpPutResponseHopLimit=0",
        "400 InvalidHttpPutResponseHopLimit.NotSupported",
    ),
    (
        "ecs:ModifyInstanceMetadataOptions",
        "InstanceId={instance}&HttpEndpoint=enabled&InstanceMetadataTags=on",
        "400 InvalidParameter",
    ),
    ("ecs:ModifyInstanceAttribute", "InstanceId=i-0", "404 InvalidInstanceId.NotFound"),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&InstanceName=1x",
        "400 InvalidInstanceName.Malformed",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&Description=x",
        "400 InvalidDescription.Malformed",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&HostName=-x",
        "400 InvalidHostName.Malformed",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={stopped}&UserData=%",
        "400 InvalidUserData.Base64FormatInvalid",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={stopped}&UserData={long}",
        "400 InvalidUserData.SizeExceeded",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&UserData=eA==",
        "403 IncorrectInstanceStatus",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&SecurityGroupIds.1=sg-0",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&SecurityGroupIds.1={group}&SecurityGroupIds.2={other_group}",
        "403 InvalidInstanceId.Mismatch",
    ),
    (
        "ecs:ModifyInstanceAttribute",
        "InstanceId={instance}&Password=Secret-123",
        "400 UnsupportedParameter",
    ),
    (
        "ecs:JoinSecurityGroup",
        "InstanceId=i-0&SecurityGroupId={group}",
        "404 InvalidInstanceId.NotFound",
    ),
    (
        "ecs:JoinSecurityGroup",
        "InstanceId={instance}&SecurityGroupId=sg-0",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:JoinSecurityGroup",
        "InstanceId={instance}&SecurityGroupId={group}",
        "403 InvalidInstanceId.AlreadyExists",
    ),
    (
        "ecs:JoinSecurityGroup",
        "InstanceId={instance}&SecurityGroupId={other_group}",
        "403 InvalidInstanceId.Mismatch",
    ),
    (
        "ecs:JoinSecurityGroup",
        "InstanceId={classic}&SecurityGroupId={group}",
        "403 InvalidInstanceId.Mismatch",
    ),
    (
        "ecs:LeaveSecurityGroup",
        "InstanceId=i-0&SecurityGroupId={group}",
        "404 InvalidInstanceId.NotFound",
    ),
    (
        "ecs:LeaveSecurityGroup",
        "InstanceId={instance}&SecurityGroupId=sg-0",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:LeaveSecurityGroup",
        "InstanceId={instance}&SecurityGroupId={other_group}",
        "403 InstanceNotInSecurityGroup",
    ),
    (
        "ecs:LeaveSecurityGroup",
        "InstanceId={instance}&SecurityGroupId={group}",
        "403 InstanceLastSecurityGroup",
    ),
];
