//! Permission: gather the policies that bind a caller, and let `rolecall-policy` decide.

use rolecall_api::{ApiError, Authorize, Permit, Style, code};
use rolecall_crypto::KeyRing;
use rolecall_policy::{self as policy, Allowed, Authority, Denied, Explanation, Ignored, Need};

use crate::diagnosis::Diagnosis;
use crate::gather::{Asked, Gathered};
use crate::{Caller, Context};

/// Decides a call by what it needs, and turns it into a permit. A denial is explained where there
/// is a ring to seal the explanation with.
pub(crate) fn authorize<O: Authorize>(
    context: &Context,
    conditions: &policy::Context,
    operation: Box<O>,
    needs: Vec<Need>,
    sealing: Option<&KeyRing>,
) -> Result<Permit<O>, ApiError> {
    let exempt = match needs.as_slice() {
        [only] => policy::exempt(only.action),
        _ => None,
    };
    let proof = match exempt {
        Some(proof) => proof,
        None => decide(context, conditions, &*operation, needs, sealing)?,
    };
    Permit::new(operation, context.scope.clone(), &proof)
        .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
}

/// What a policy would say to a call that is not to run: nothing is recorded, and no permit made.
pub fn preview<O: Authorize>(context: &Context, operation: O) -> Result<(), ApiError> {
    let needs = operation.needs(&context.scope);
    authorize(context, &context.conditions(), Box::new(operation), needs, None).map(drop)
}

fn decide<O: Authorize>(
    context: &Context,
    conditions: &policy::Context,
    operation: &O,
    needs: Vec<Need>,
    sealing: Option<&KeyRing>,
) -> Result<Allowed, ApiError> {
    let gathered = gather(context, operation);
    let authority = gathered.authority();
    policy::authorize(|_| authority, conditions, needs).map_err(|denied| {
        let error = refuse(context, operation, &denied);
        match sealing {
            Some(ring) => explain(error, context, conditions, &authority, &denied, ring),
            None => error,
        }
    })
}

/// The policies that bind the caller of an operation.
pub(crate) fn gather<'a, O: Authorize>(context: &'a Context, operation: &O) -> Gathered<'a> {
    let trusting = operation.trusting_role();
    let asked = Asked {
        caller: &context.caller,
        owner: &context.scope.account,
        object: matches!(operation.spec().product.style(), Style::Object),
    };
    Gathered::new(&context.snapshot, asked, trusting.as_ref())
}

/// What the caller reads of a denial.
pub(crate) fn refuse<O: Authorize>(context: &Context, operation: &O, denied: &Denied) -> ApiError {
    let code = operation.denied(&denied.need);
    let resource = denied.need.resource.to_string();
    let error = ApiError::with(code, vec![resource, denied.need.action.to_owned()]);
    match context.caller.denied_detail(&denied.need, &denied.verdict) {
        Some(detail) => error.detailed(detail),
        None => error,
    }
}

/// Adds why a call was denied: for the audit trail, and sealed for the caller.
pub(crate) fn explain(
    error: ApiError,
    context: &Context,
    conditions: &policy::Context,
    authority: &Authority<'_>,
    Denied { need, verdict }: &Denied,
    ring: &KeyRing,
) -> ApiError {
    let conditions = need.context_of(conditions);
    let check = policy::Check {
        action: need.action,
        resource: &need.resource,
        context: &conditions,
        principal: None,
    };
    if matches!(context.caller, Caller::Anonymous) {
        // Whoever has no key costs little work and little of the trail: no policy helps them.
        let brief = Explanation::brief(need.action, &need.resource, *verdict);
        let explanation = Explanation { ignored: Ignored::of(authority, &check), ..brief };
        return record(error, &Diagnosis::brief(context, explanation));
    }
    let explanation = policy::explain(authority, &check);
    let diagnosis = Diagnosis::new(context, &conditions, explanation, error.detail().cloned());
    let own = context.caller.account().filter(|_| context.caller.is_at_home(&need.resource));
    let error = match (error.detail().cloned(), own) {
        (Some(mut detail), Some(account)) => {
            detail.encoded_diagnostic_message =
                Some(diagnosis.seal(ring, context.random.as_ref(), account));
            error.detailed(detail)
        }
        _ => error,
    };
    record(error, &diagnosis)
}

/// Adds what the audit trail says of a denial.
fn record(error: ApiError, diagnosis: &Diagnosis) -> ApiError {
    match serde_json::to_value(diagnosis) {
        Ok(explanation) => error.explained(explanation),
        Err(fault) => error.because(fault),
    }
}
