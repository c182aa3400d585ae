//! Tags, and what is said of networks.

use super::{Case, Wrong, case, ecs_of, vpc_of};
use crate::world::Furniture;

/// A call of each operation.
pub(super) fn cases(it: &Furniture) -> Vec<Case> {
    let (instance, group) = (ecs_of(&format!("instance/{}", it.instance)), "securitygroup/*");
    let (vpc, v_switch) =
        (vpc_of(&format!("vpc/{}", it.vpc)), vpc_of(&format!("vswitch/{}", it.v_switch)));
    let tag = |action, kind, id: &str, checked: &str| {
        let tag = [("Tag.1.Key", "env"), ("Tag.1.Value", "test")];
        let named = [("ResourceType", kind), ("ResourceId.1", id)];
        case(action, &[named, tag].concat(), &[(action, checked.to_owned())])
    };
    let untag = |action, kind, id: &str, checked: &str| {
        let named = [("ResourceType", kind), ("ResourceId.1", id), ("All", "true")];
        case(action, &named, &[(action, checked.to_owned())])
    };
    let list = |action, kind, ids: &[(&'static str, &str)], checked: String| {
        case(action, &[&[("ResourceType", kind)], ids].concat(), &[(action, checked)])
    };
    let read = |action, resource| case(action, &[], &[(action, vpc_of(resource))]);
    let id = [("ResourceId.1", it.instance.as_str())];
    vec![
        tag("ecs:TagResources", "instance", &it.instance, &instance),
        tag("vpc:TagResources", "VSWITCH", &it.v_switch, &v_switch),
        untag("ecs:UntagResources", "instance", &it.instance, &instance),
        untag("vpc:UnTagResources", "VPC", &it.vpc, &vpc),
        list("ecs:ListTagResources", "instance", &id, instance.clone()),
        list("ecs:ListTagResources", "securitygroup", &[], ecs_of(group)),
        list("vpc:ListTagResources", "VPC", &[("ResourceId.1", &it.vpc)], vpc.clone()),
        list("vpc:ListTagResources", "VSWITCH", &[], vpc_of("vswitch/*")),
        case(
            "ecs:DescribeTags",
            &[],
            &[
                ("ecs:DescribeTags", ecs_of("instance/*")),
                ("ecs:DescribeTags", ecs_of(group)),
                ("ecs:DescribeTags", ecs_of("keypair/*")),
            ],
        ),
        case(
            "ecs:DescribeTags",
            &[("ResourceType", "instance"), ("ResourceId", &it.instance)],
            &[("ecs:DescribeTags", instance.clone())],
        ),
        case(
            "vpc:ModifyVpcAttribute",
            &[("VpcId", &it.vpc), ("VpcName", "net")],
            &[("vpc:ModifyVpcAttribute", vpc)],
        ),
        case(
            "vpc:ModifyVSwitchAttribute",
            &[("VSwitchId", &it.v_switch), ("VSwitchName", "part")],
            &[("vpc:ModifyVSwitchAttribute", v_switch)],
        ),
        read("vpc:DescribeVRouters", "vrouter/*"),
        read("vpc:DescribeRouteTables", "routetable/*"),
        read("vpc:DescribeRouteTableList", "routetable/*"),
        case(
            "vpc:DescribeRouteTableList",
            &[("RouteTableId", "vtb-1")],
            &[("vpc:DescribeRouteTableList", vpc_of("routetable/vtb-1"))],
        ),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
    (
        "ecs:TagResources",
        "ResourceType=disk&ResourceId.1=d-1&Tag.1.Key=x",
        "404 InvalidResourceType.NotFound",
    ),
    (
        "ecs:TagResources",
        "ResourceType=VPC&ResourceId.1={vpc}&Tag.1.Key=x",
        "404 InvalidResourceType.NotFound",
    ),
    (
        "ecs:TagResources",
        "ResourceType=instance&ResourceId.1={instance}&ResourceId.2=i-0&Tag.1.Key=x",
        "404 InvalidResourceId.NotFound",
    ),
    ("ecs:TagResources", "ResourceType=instance&Tag.1.Key=x", "400 MissingParameter"),
    ("ecs:TagResources", "ResourceType=instance&ResourceId.1={instance}", "400 MissingParameter"),
    (
        "ecs:UntagResources",
        "ResourceType=disk&ResourceId.1=d-1&All=true",
        "404 InvalidResourceType.NotFound",
    ),
    (
        "ecs:UntagResources",
        "ResourceType=instance&ResourceId.1=i-0&All=true",
        "404 InvalidResourceId.NotFound",
    ),
    (
        "ecs:UntagResources",
        "ResourceType=instance&ResourceId.1={instance}&All=false",
        "400 MissingParameter",
    ),
    (
        "ecs:UntagResources",
        "ResourceType=instance&ResourceId.1={instance}&{tag_keys}",
        "400 InvalidTagCount",
    ),
    ("ecs:ListTagResources", "ResourceType=disk", "404 InvalidResourceType.NotFound"),
    ("ecs:ListTagResources", "ResourceType=instance&NextToken=%", "400 InvalidParameter"),
    ("ecs:DescribeTags", "ResourceType=disk", "404 InvalidResourceType.NotFound"),
    ("ecs:DescribeTags", "ResourceId={instance}", "400 MissingParameter"),
    (
        "vpc:TagResources",
        "ResourceType=instance&ResourceId.1={instance}&Tag.1.Key=x",
        "400 InvalidParameter",
    ),
    (
        "vpc:TagResources",
        "ResourceType=VPC&ResourceId.1=vpc-0&Tag.1.Key=x",
        "404 InvalidResourceId.NotFound",
    ),
    (
        "vpc:UnTagResources",
        "ResourceType=VPC&ResourceId.1=vpc-0&All=true",
        "404 InvalidResourceId.NotFound",
    ),
    ("vpc:UnTagResources", "ResourceType=VPC&ResourceId.1={vpc}&{tag_keys}", "400 InvalidTagCount"),
    ("vpc:ListTagResources", "ResourceType=VPC&MaxResults=51", "400 InvalidParameter"),
    ("vpc:ModifyVpcAttribute", "VpcId=vpc-0", "404 InvalidVpcId.NotFound"),
    ("vpc:ModifyVpcAttribute", "VpcId={vpc}&VpcName=http://x", "400 InvalidParameter"),
    ("vpc:ModifyVpcAttribute", "VpcId={vpc}&CidrBlock=10.0.0.0/8", "400 UnsupportedParameter"),
    ("vpc:ModifyVSwitchAttribute", "VSwitchId=vsw-0", "404 InvalidVSwitchId.NotFound"),
    (
        "vpc:ModifyVSwitchAttribute",
        "VSwitchId={v_switch}&Description=https://x",
        "400 InvalidParameter",
    ),
    ("vpc:DescribeRouteTableList", "PageSize=51", "400 InvalidParameter"),
];
