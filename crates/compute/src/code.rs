//! The codes that ECS and VPC share.

use rolecall_api::ApiError;

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// A dry run found nothing wrong. The vendor answers this success as an error.
    DRY_RUN_OPERATION = "DryRunOperation", 400, "Request validation has been passed with DryRun flag set.";
    /// The client token was used with other parameters.
    IDEMPOTENT_PARAMETER_MISMATCH = "IdempotentParameterMismatch", 403, "The specified clientToken is used.";
    /// The client token is longer than 64 characters, or not ASCII.
    INVALID_CLIENT_TOKEN = "InvalidClientToken.ValueNotSupported", 400, "The ClientToken provided is invalid.";
    /// A tag's key is empty, too long, or of a form that the vendor keeps for itself.
    INVALID_TAG_KEY_MALFORMED = "InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid.";
    /// A tag's value is too long or looks like an address.
    INVALID_TAG_VALUE_MALFORMED = "InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid.";
    /// Two tags have one key.
    DUPLICATE_TAG_KEY = "Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key.";
    /// There are more than 20 tags.
    INVALID_TAG_COUNT = "InvalidTagCount", 400, "The specified tags are beyond the permitted range.";
    /// One of the resources to tag is not there.
    INVALID_RESOURCE_ID_NOT_FOUND = "InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records.";
    /// No such VPC in this region.
    INVALID_VPC_ID_NOT_FOUND = "InvalidVpcId.NotFound", 404, "Specified VPC does not exist.";
    /// No such vSwitch in this region.
    INVALID_V_SWITCH_ID_NOT_FOUND = "InvalidVSwitchId.NotFound", 404, "Specified virtual switch does not exist.";
    /// Something still uses the resource.
    DEPENDENCY_VIOLATION = "DependencyViolation", 400, "Specified object has dependent resources";
}

/// Ends a dry run, once nothing is left to check.
pub(crate) fn end_dry_run(dry_run: Option<bool>) -> Result<(), ApiError> {
    if dry_run == Some(true) { Err(ApiError::new(&DRY_RUN_OPERATION)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_says_when_it_is_answered() {
        for code in super::ALL.iter().chain(crate::ecs::code::ALL).chain(crate::vpc::code::ALL) {
            assert!(!code.doc.trim().is_empty(), "{}", code.name);
            assert!((400..600).contains(&code.http), "{}", code.name);
        }
    }
}
