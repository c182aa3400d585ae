//! Permission: gather the policies that bind a caller, and let `rolecall-policy` decide.

use rolecall_api::{ApiError, Authorize, Permit, Style, code};
use rolecall_policy::{self as policy, Allowed, Authority, Combine, Denied, PolicySet};

use crate::{Caller, Context};

/// Decides a call by what it needs, and turns it into a permit.
pub(crate) fn authorize<O: Authorize>(
    context: &Context,
    conditions: &policy::Context,
    operation: O,
    needs: Vec<policy::Need>,
) -> Result<Permit<O>, ApiError> {
    let exempt = match needs.as_slice() {
        [only] => policy::exempt(only.action),
        _ => None,
    };
    let proof = match exempt {
        Some(proof) => proof,
        None => decide(context, conditions, &operation, needs)
            .map_err(|denied| refuse(context, &operation, &denied))?,
    };
    Permit::new(operation, context.scope.clone(), &proof)
        .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
}

/// What a policy would say to a call that is not to run: nothing is recorded, and no permit made.
pub fn preview<O: Authorize>(context: &Context, operation: O) -> Result<(), ApiError> {
    let needs = operation.needs(&context.scope);
    authorize(context, &context.conditions(), operation, needs).map(drop)
}

fn decide<O: Authorize>(
    context: &Context,
    conditions: &policy::Context,
    operation: &O,
    needs: Vec<policy::Need>,
) -> Result<Allowed, Denied> {
    // A call that takes on a role needs that role's consent, and the account itself has no role.
    let trusting = operation.trusting_role();
    let trust = trusting.as_ref().and_then(|role| {
        let name = role.relative.strip_prefix("role/")?;
        let account = rolecall_types::AccountId::parse(&role.account)?;
        context.snapshot.role(&account, name).cloned()
    });
    let object = matches!(operation.spec().product.style(), Style::Object);
    // A role that does not exist has no say: its absence is the handler's to tell, to those of its
    // own account who may take on roles. Strangers cannot tell it from one that does not trust
    // them.
    let stranger = trusting.as_ref().is_some_and(|role| {
        context.caller.account().is_none_or(|own| role.account != own.as_str())
    });
    let combine = match (trust.is_some() || stranger, object) {
        (true, _) => Combine::And,
        (false, true) => Combine::Or,
        (false, false) => Combine::Identity,
    };
    let (identity, sessions) = policies(&context.caller);
    let principal = context.caller.facts(&context.scope.account);
    let authority = Authority {
        root: matches!(context.caller, Caller::Root(_)) && trusting.is_none(),
        control: &[],
        sessions: &sessions,
        identity: &identity,
        resource_group: &[],
        resource: trust.as_ref().map(|role| &role.trust),
        combine,
        principal: &principal,
    };
    policy::authorize(&authority, conditions, needs)
}

/// The policies of the caller itself, and those of its session.
fn policies(caller: &Caller) -> (Vec<&PolicySet>, Vec<&PolicySet>) {
    match caller {
        Caller::Anonymous | Caller::Root(_) => (Vec::new(), Vec::new()),
        Caller::User(user) => (vec![&user.policies], Vec::new()),
        Caller::Session(session) => {
            (vec![&session.role.policies], session.policies.iter().collect())
        }
    }
}

fn refuse<O: Authorize>(context: &Context, operation: &O, denied: &Denied) -> ApiError {
    let code = operation.denied(&denied.need);
    let resource = denied.need.resource.to_string();
    let error = ApiError::with(code, vec![resource, denied.need.action.to_owned()]);
    match context.caller.denied_detail(&denied.need, &denied.verdict) {
        Some(detail) => error.detailed(detail),
        None => error,
    }
}
