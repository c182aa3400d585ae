//! What can be launched, network interfaces, and managed servers.

use super::{Case, Wrong, case, ecs_of};
use crate::world::Furniture;

/// A call of each operation.
pub(super) fn cases(it: &Furniture) -> Vec<Case> {
    let any = |action, parameters: &[(&'static str, &str)]| {
        case(action, parameters, &[(action, "*".to_owned())])
    };
    let on = |action, parameters: &[(&'static str, &str)], resources: &[&str]| {
        let checks: Vec<_> = resources.iter().map(|name| (action, ecs_of(name))).collect();
        case(action, parameters, &checks)
    };
    let managed = [("InstanceId.1", "mi-1"), ("InstanceId.2", "mi-2")];
    vec![
        on("ecs:DescribeImages", &[], &["image/*"]),
        on("ecs:DescribeImages", &[("ImageId", "m-1, m-2")], &["image/m-1", "image/m-2"]),
        any("ecs:DescribeInstanceTypes", &[]),
        any("ecs:DescribeInstanceTypeFamilies", &[]),
        any("ecs:DescribeAvailableResource", &[("DestinationResource", "Zone")]),
        on("ecs:DescribeNetworkInterfaces", &[("InstanceId", &it.instance)], &["eni/*"]),
        on("ecs:DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", "eni-1")], &["eni/eni-1"]),
        on("ecs:CreateActivation", &[], &["activation/*"]),
        on("ecs:DescribeActivations", &[], &["activation/*"]),
        on("ecs:DescribeActivations", &[("ActivationId", "A")], &["activation/A"]),
        on("ecs:DescribeManagedInstances", &[], &["instance/*"]),
        on("ecs:DescribeManagedInstances", &managed, &["instance/mi-1", "instance/mi-2"]),
        on("ecs:DeregisterManagedInstance", &[("InstanceId", "mi-1")], &["instance/mi-1"])
            .ends("404 InvalidInstanceId.NotFound"),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
    ("ecs:DescribeImages", "OSType=plan9", "400 InvalidParameter"),
    ("ecs:DescribeImages", "PageSize=101", "400 InvalidParameter"),
    ("ecs:DescribeImages", "DryRun=true", "400 DryRunOperation"),
    ("ecs:DescribeImages", "SnapshotId=s-1", "400 UnsupportedParameter"),
    ("ecs:DescribeInstanceTypes", "CpuArchitecture=mips", "400 InvalidParameter"),
    ("ecs:DescribeInstanceTypes", "MinimumMemorySize=x", "400 InvalidParameter"),
    ("ecs:DescribeInstanceTypeFamilies", "Generation=ecs-7", "400 InvalidParameter"),
    ("ecs:DescribeAvailableResource", "", "400 MissingParameter"),
    ("ecs:DescribeAvailableResource", "DestinationResource=x", "400 InvalidParameter"),
    ("ecs:DescribeNetworkInterfaces", "Type=Trunk", "400 InvalidParameter"),
    ("ecs:CreateActivation", "InstanceName=1x", "400 InvalidInstanceName.Malformed"),
    ("ecs:CreateActivation", "InstanceCount=1001", "400 InvalidParameter"),
    ("ecs:CreateActivation", "InstanceCount=0", "400 InvalidParameter"),
    ("ecs:CreateActivation", "TimeToLiveInHours=5", "400 InvalidParameter"),
    ("ecs:CreateActivation", "IpAddressRange=everywhere", "400 InvalidParameter"),
    ("ecs:CreateActivation", "Description=http://x", "400 InvalidParameter"),
    ("ecs:DescribeActivations", "NextToken=%", "400 InvalidParameter"),
    ("ecs:DescribeManagedInstances", "PageSize=101", "400 InvalidParameter"),
    ("ecs:DeregisterManagedInstance", "", "400 MissingParameter"),
    ("ecs:DeregisterManagedInstance", "InstanceId=mi-0", "404 InvalidInstanceId.NotFound"),
    ("ecs:DeregisterManagedInstance", "InstanceId={instance}", "404 InvalidInstanceId.NotFound"),
    // What is outside a role's life is not there.
    ("ecs:DescribeDisks", "", "404 InvalidAction.NotFound"),
    ("ecs:CreateSnapshot", "DiskId=d-1", "404 InvalidAction.NotFound"),
    ("ecs:DescribePrice", "", "404 InvalidAction.NotFound"),
    ("ecs:RunCommand", "", "404 InvalidAction.NotFound"),
    ("ecs:CreateLaunchTemplate", "", "404 InvalidAction.NotFound"),
    ("vpc:AllocateEipAddress", "", "404 InvalidAction.NotFound"),
];
