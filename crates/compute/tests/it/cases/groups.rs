//! Rules of security groups.

use super::{Case, Wrong, case, ecs_of};
use crate::world::Furniture;

/// A call of each operation.
pub(super) fn cases(it: &Furniture) -> Vec<Case> {
    let group = ecs_of(&format!("securitygroup/{}", it.group));
    let rule = |action, peer, checks: usize| {
        let parameters = [
            ("SecurityGroupId", it.group.as_str()),
            ("Permissions.1.IpProtocol", "tcp"),
            ("Permissions.1.PortRange", "22/22"),
            (peer, "10.0.0.0/8"),
            ("Permissions.2.IpProtocol", "all"),
            ("Permissions.2.SourceCidrIp", "10.0.0.0/8"),
        ];
        let length = if checks == 2 { 6 } else { 4 };
        case(action, &parameters[..length], &vec![(action, group.clone()); checks])
    };
    vec![
        rule("ecs:AuthorizeSecurityGroup", "Permissions.1.SourceCidrIp", 2),
        rule("ecs:AuthorizeSecurityGroupEgress", "Permissions.1.DestCidrIp", 1),
        rule("ecs:RevokeSecurityGroup", "Permissions.1.SourceCidrIp", 1),
        rule("ecs:RevokeSecurityGroupEgress", "Permissions.1.DestCidrIp", 1),
        case(
            "ecs:ModifySecurityGroupAttribute",
            &[("SecurityGroupId", &it.group), ("SecurityGroupName", "web")],
            &[("ecs:ModifySecurityGroupAttribute", group.clone())],
        ),
        case(
            "ecs:DescribeSecurityGroupAttribute",
            &[("SecurityGroupId", &it.group)],
            &[("ecs:DescribeSecurityGroupAttribute", group.clone())],
        ),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId=sg-0&{in}",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    ("ecs:AuthorizeSecurityGroup", "SecurityGroupId={group}", "400 MissingParameter"),
    ("ecs:AuthorizeSecurityGroup", "SecurityGroupId={group}&PortRange=1/2", "400 MissingParameter"),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&IpProtocol=6",
        "400 InvalidIpProtocol.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&PortRange=22",
        "400 InvalidIpProtocol.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&PortRange=-1/-1",
        "400 OperationDenied",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&IpProtocol=icmp",
        "400 OperationDenied",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&IpProtocol=udp&SourceCidrIp=0.0.0.0/0",
        "400 MissingParameter",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&Policy=allow",
        "400 InvalidPolicy.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&Priority=101",
        "400 InvalidPriority.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&NicType=x",
        "400 InvalidNicType.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&NicType=internet",
        "400 InvalidNicType.Mismatch",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&Description=https://x",
        "400 InvalidSecurityGroupDiscription.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&SourceCidrIp=10.0.0.1/8",
        "400 InvalidSourceCidrIp.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&IpProtocol=tcp&PortRange=1/2",
        "400 MissingParameter.Source",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&IpProtocol=tcp&PortRange=1/2&SourceGroupId=sg-0",
        "404 InvalidSourceGroupId.NotFound",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&IpProtocol=tcp&PortRange=1/2&SourceGroupId={other_group}",
        "400 InvalidSourceGroupId.Mismatch",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={full_group}&{in}",
        "403 AuthorizationLimitExceed",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&Ipv6SourceCidrIp=::/0",
        "400 UnsupportedParameter",
    ),
    (
        "ecs:AuthorizeSecurityGroup",
        "SecurityGroupId={group}&{in}&SourcePortRange=1/2",
        "400 UnsupportedParameter",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId=sg-0&{out}",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&IpProtocol=6",
        "400 InvalidIpProtocol.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&PortRange=2/1",
        "400 InvalidPortRange.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&IpProtocol=gre",
        "400 OperationDenied",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Policy=allow",
        "400 InvalidPolicy.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Priority=0",
        "400 InvalidPriority.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&NicType=x",
        "400 InvalidNicType.ValueNotSupported",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&NicType=internet",
        "400 InvalidNicType.Mismatch",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Description=http://x",
        "400 InvalidSecurityGroupDiscription.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&DestCidrIp=x",
        "400 InvalidDestCidrIp.Malformed",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&IpProtocol=all",
        "400 MissingParameter.Dest",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&IpProtocol=all&DestGroupId=sg-0",
        "404 InvalidDestGroupId.NotFound",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={group}&IpProtocol=all&DestGroupId={other_group}",
        "400 InvalidDestGroupId.Mismatch",
    ),
    (
        "ecs:AuthorizeSecurityGroupEgress",
        "SecurityGroupId={full_group}&{out}",
        "403 AuthorizationLimitExceed",
    ),
    ("ecs:RevokeSecurityGroup", "SecurityGroupId=sg-0&{in}", "404 InvalidSecurityGroupId.NotFound"),
    ("ecs:RevokeSecurityGroup", "SecurityGroupId={group}", "400 MissingParameter"),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&IpProtocol=6",
        "400 InvalidIpProtocol.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&PortRange=22",
        "400 InvalidIpProtocol.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&IpProtocol=icmp",
        "400 OperationDenied",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&Policy=x",
        "400 InvalidPolicy.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&Priority=x",
        "400 InvalidPriority.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&NicType=x",
        "400 InvalidNicType.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&NicType=internet",
        "400 InvalidNicType.Mismatch",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&Description=https://x",
        "400 InvalidSecurityGroupDiscription.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&{in}&SourceCidrIp=x",
        "400 InvalidSourceCidrIp.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "SecurityGroupId={group}&IpProtocol=all",
        "400 MissingParameter.Source",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId=sg-0&{out}",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&IpProtocol=6",
        "400 InvalidIpProtocol.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&PortRange=22",
        "400 InvalidPortRange.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&IpProtocol=icmp",
        "400 OperationDenied",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Policy=x",
        "400 InvalidPolicy.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Priority=x",
        "400 InvalidPriority.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&NicType=x",
        "400 InvalidNicType.ValueNotSupported",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&NicType=internet",
        "400 InvalidNicType.Mismatch",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&Description=https://x",
        "400 InvalidSecurityGroupDiscription.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&{out}&DestCidrIp=x",
        "400 InvalidDestCidrIp.Malformed",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "SecurityGroupId={group}&IpProtocol=all",
        "400 MissingParameter.Dest",
    ),
    (
        "ecs:ModifySecurityGroupAttribute",
        "SecurityGroupId=sg-0",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:ModifySecurityGroupAttribute",
        "SecurityGroupId={group}&SecurityGroupName=x",
        "400 InvalidSecurityGroupName.Malformed",
    ),
    (
        "ecs:ModifySecurityGroupAttribute",
        "SecurityGroupId={group}&Description=x",
        "400 InvalidDescription.Malformed",
    ),
    (
        "ecs:DescribeSecurityGroupAttribute",
        "SecurityGroupId=sg-0",
        "404 InvalidSecurityGroupId.NotFound",
    ),
    (
        "ecs:DescribeSecurityGroupAttribute",
        "SecurityGroupId={group}&Direction=both",
        "400 InvalidParameter",
    ),
    (
        "ecs:DescribeSecurityGroupAttribute",
        "SecurityGroupId={group}&NextToken=%",
        "400 InvalidParameter",
    ),
];
