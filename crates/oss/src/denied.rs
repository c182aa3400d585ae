//! Refusals of permission, in the words that the object service has for each.

use rolecall_api::{ApiError, Code, code as api};
use rolecall_crypto::RequestHead;
use rolecall_gate::Caller;

use crate::code;
use crate::route::Target;

/// What a refusal of the gate says here: by whom it was refused shows in message and EC.
pub(crate) fn denied(error: ApiError, caller: &Caller, target: &Target) -> ApiError {
    if *error.code() != api::ACCESS_DENIED {
        return error;
    }
    let code: &'static Code = match (error.detail(), caller, target) {
        (Some(detail), _, _) if detail.policy_type == "SessionPolicy" => &code::DENIED_BY_SESSION,
        (Some(detail), _, _) if detail.no_permission_type == "ExplicitDeny" => {
            &code::DENIED_BY_POLICY
        }
        (_, Caller::Anonymous, Target::Service) => &code::ANONYMOUS_SERVICE,
        (_, Caller::Anonymous, Target::Bucket(_)) => &code::ANONYMOUS_BUCKET,
        _ => &api::ACCESS_DENIED,
    };
    let mut answer = ApiError::new(code);
    if let Some(bucket) = target.bucket() {
        answer = answer.element("Bucket", bucket);
    }
    if let Some(detail) = error.detail() {
        answer = answer.element("User", detail.auth_principal_display_name.as_str());
    }
    answer.denied_like(&error)
}

/// Refuses what nobody may ask, whatever the bucket allows: headers of the answer of one's own
/// choice. Source: OSS `GetObject`, the parameters `response-*`.
pub(crate) fn refuse_anonymous(
    caller: &Caller,
    head: &RequestHead,
    target: &Target,
) -> Result<(), ApiError> {
    let overrides = head.query.iter().any(|(name, _)| name.starts_with("response-"));
    match (caller, target) {
        (Caller::Anonymous, Target::Object(..)) if overrides => {
            let message = "Anonymous requests may not use parameters that set response headers.";
            Err(ApiError::of(&code::INVALID_REQUEST, message))
        }
        _ => Ok(()),
    }
}
