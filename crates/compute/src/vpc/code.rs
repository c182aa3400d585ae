//! The codes of VPC that are its own.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// No such VPC in this region: the spelling of two operations.
    FORBIDDEN_VPC_NOT_FOUND = "Forbidden.VpcNotFound", 400, "Specified VPC can not found.";
    /// The VPC still has vSwitches.
    DEPENDENCY_VIOLATION_V_SWITCH = "DependencyViolation.VSwitch", 400, "Specified object has dependent resources";
    /// The VPC still has security groups.
    DEPENDENCY_VIOLATION_SECURITY_GROUP = "DependencyViolation.SecurityGroup", 400, "Specified object has dependent resources";
    /// The region has as many VPCs as it may.
    QUOTA_EXCEEDED_VPC = "QuotaExceeded.Vpc", 400, "VPC quota exceeded.";
    /// The VPC has as many vSwitches as it may.
    QUOTA_EXCEEDED_V_SWITCH = "QuotaExceeded.VSwitch", 400, "Virtual switch quota exceeded.";
    /// The text is no block of addresses, or one of a size or place that is not allowed.
    INVALID_CIDR_BLOCK_MALFORMED = "InvalidCidrBlock.Malformed", 400, "Specified CIDR block is not valid.";
    /// The block shares addresses with another vSwitch of the VPC.
    INVALID_CIDR_BLOCK_OVERLAPPED = "InvalidCidrBlock.Overlapped", 400, "Specified CIDR block overlapped with other subnets.";
    /// The block does not lie in that of the VPC.
    INVALID_CIDR_BLOCK_IN_VPC = "InvalidParameter", 400, "Specified CIDR block is not valid in VPC.";
    /// No such zone in this region.
    INVALID_ZONE_ID_NOT_FOUND = "InvalidZoneId.NotFound", 404, "Specified zone does not exist.";
}
