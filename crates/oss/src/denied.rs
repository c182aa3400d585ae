//! Refusals of permission, in the words that the object service has for each.

use rolecall_api::{ApiError, Code, code as api};
use rolecall_crypto::RequestHead;
use rolecall_gate::Caller;
use rolecall_policy::{Decision, Denied, Layer, Resource};

use crate::code;
use crate::route::Target;

/// What was found on the way to a refusal, beside the verdict.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Whether the object has an access control list of its own.
    pub(crate) own_acl: bool,
    /// Whether the bucket's policy denies the call as well.
    pub(crate) denied_by_bucket: bool,
    /// Whether the call is about many objects.
    pub(crate) batch: bool,
}

/// What a refusal of the gate says here: by whom it was refused shows in message and EC. Strangers
/// and nobody are told the same whatever is there.
pub(crate) fn denied(error: ApiError, denied: &Denied, caller: &Caller, found: Found) -> ApiError {
    if *error.code() != api::ACCESS_DENIED {
        return error;
    }
    let at_home = caller.is_at_home(&denied.need.resource);
    let (bucket, key) = named(&denied.need.resource);
    let verdict = denied.verdict;
    let code: &'static Code = match (verdict.layer, verdict.decision, denied.need.action) {
        (Layer::Session, ..) => &code::DENIED_BY_SESSION,
        (_, Decision::ExplicitDeny, _) if at_home => match verdict.layer {
            _ if found.batch => &code::DENIED_IN_BATCH,
            Layer::Resource => &code::DENIED_BY_BUCKET_POLICY,
            _ if found.denied_by_bucket => &code::DENIED_BY_BOTH,
            _ => &code::DENIED_BY_POLICY,
        },
        _ if matches!(caller, Caller::Anonymous) && bucket.is_none() => &code::ANONYMOUS_SERVICE,
        _ if matches!(caller, Caller::Anonymous) && key.is_none() => &code::ANONYMOUS_BUCKET,
        (_, _, "oss:GetObjectAcl" | "oss:GetObjectVersionAcl") => &code::NO_READ_ACL,
        (_, _, "oss:PutObjectAcl" | "oss:PutObjectVersionAcl") => &code::NO_WRITE_ACL,
        _ if found.own_acl && at_home => &code::DENIED_BY_OBJECT_ACL,
        _ => &api::ACCESS_DENIED,
    };
    let mut answer = ApiError::new(code);
    if let Some(bucket) = bucket {
        answer = answer.element("Bucket", bucket);
    }
    if let Some(detail) = error.detail() {
        answer = answer.element("User", detail.auth_principal_display_name.as_str());
    }
    answer.denied_like(&error)
}

/// The refusal of a call about the caller's own account, which nobody has.
pub(crate) fn nobody(target: &Target) -> ApiError {
    match target {
        Target::Service => ApiError::new(&code::ANONYMOUS_SERVICE),
        Target::Bucket(bucket) | Target::Object(bucket, _) => {
            ApiError::new(&code::ANONYMOUS_BUCKET).element("Bucket", bucket)
        }
    }
}

/// The bucket and the key that a resource names.
fn named(resource: &Resource) -> (Option<&str>, Option<&str>) {
    match resource {
        Resource::Named(arn) if arn.relative != "*" => match arn.relative.split_once('/') {
            Some((bucket, key)) => (Some(bucket), Some(key)),
            None => (Some(&arn.relative), None),
        },
        Resource::Any | Resource::Named(_) => (None, None),
    }
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
