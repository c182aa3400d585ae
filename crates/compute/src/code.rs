//! The codes that ECS and VPC share.

use rolecall_api::ApiError;
pub use rolecall_gate::resource::code::{
    DUPLICATE_TAG_KEY, IDEMPOTENT_PARAMETER_MISMATCH, INVALID_CLIENT_TOKEN,
    INVALID_RESOURCE_ID_NOT_FOUND, INVALID_TAG_COUNT, INVALID_TAG_KEY_MALFORMED,
    INVALID_TAG_VALUE_MALFORMED,
};

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// A dry run found nothing wrong. The vendor answers this success as an error.
    DRY_RUN_OPERATION = "DryRunOperation", 400, "Request validation has been passed with DryRun flag set.";
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
