//! A naive evaluator of the RAM policy language: slow, small and meant to be obviously right.
//!
//! It is written from the published behaviour of RAM (documentation pages "Policy structure and
//! syntax", "Policy elements" and "Policy evaluation process") and knows nothing of the engine it
//! judges. Documents stay [`Value`]s; nothing is compiled, indexed or cached. It presumes
//! documents that [`well_formed`] accepts.

mod case;
mod condition;
mod grammar;

use serde_json::{Map, Value};

pub use self::case::{Answer, Case, Combine, Identity, Kind, Layers, Principal, Request};
pub use self::grammar::well_formed;

/// The answer to a call: allowed only if each of its requests is.
pub fn evaluate(case: &Case) -> Answer {
    Answer::of_all(case.requests.iter().map(|request| evaluate_request(case, request)))
}

/// The answer to one (action, resource, context) check ("Policy evaluation process").
pub fn evaluate_request(case: &Case, request: &Request) -> Answer {
    let Layers { control, session, identity_account, identity_resource_group, resource_based } =
        &case.policies;
    let basic = |documents: &[Value]| basic_evaluation(documents, &case.principal, request);

    let root = matches!(case.principal, Principal::Account { .. });
    let own = owned_by(&case.principal, &request.resource);

    // The root user passes at what its account owns, only a bucket policy's Deny stops it; but it
    // assumes no role.
    if root && own && case.combine == Combine::IdentityOnly {
        return Answer::Allow;
    }
    if !root {
        for level in control {
            let answer = basic(level);
            if answer != Answer::Allow {
                return answer;
            }
        }
    }
    if case.combine != Combine::ResourceOnly {
        for document in session {
            let answer = basic(std::slice::from_ref(document));
            if answer != Answer::Allow {
                return answer;
            }
        }
    }
    let identity = match basic(identity_account) {
        _ if root && own && case.combine == Combine::Or => Answer::Allow,
        Answer::ImplicitDeny => basic(identity_resource_group),
        decided => decided,
    };
    // A stranger's own policies do not open a bucket; its owner's policy or ACL must. (OSS pages.)
    let identity = match identity {
        Answer::Allow if !own && case.combine == Combine::Or => Answer::ImplicitDeny,
        identity => identity,
    };
    let resource = basic(resource_based);
    let denied = identity == Answer::ExplicitDeny || resource == Answer::ExplicitDeny;
    match case.combine {
        Combine::IdentityOnly => identity,
        Combine::ResourceOnly => resource,
        Combine::Or | Combine::And if denied => Answer::ExplicitDeny,
        Combine::Or if identity == Answer::Allow || resource == Answer::Allow => Answer::Allow,
        Combine::And if identity == Answer::Allow && resource == Answer::Allow => Answer::Allow,
        Combine::Or | Combine::And => Answer::ImplicitDeny,
    }
}

/// A matching Deny wins over a matching Allow; without either the answer is an implicit deny.
fn basic_evaluation(documents: &[Value], principal: &Principal, request: &Request) -> Answer {
    let mut answer = Answer::ImplicitDeny;
    for statement in documents.iter().flat_map(|document| list(document.get("Statement"))) {
        if statement_matches(statement, principal, request) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Deny") => return Answer::ExplicitDeny,
                Some("Allow") => answer = Answer::Allow,
                _ => {}
            }
        }
    }
    answer
}

fn statement_matches(statement: &Value, principal: &Principal, request: &Request) -> bool {
    let any = |element: &str, matches: &dyn Fn(&str) -> bool| {
        statement.get(element).map(|value| strings(Some(value)).any(matches))
    };
    let action = |pattern: &str| glob(pattern, &request.action, whatever_the_case);
    let resource = |pattern: &str| resource_matches(pattern, &request.resource);
    // An absent element restricts nothing; a `Not` element must match none of its patterns.
    any("Action", &action).unwrap_or(true)
        && !any("NotAction", &action).unwrap_or(false)
        && any("Resource", &resource).unwrap_or(true)
        && !any("NotResource", &resource).unwrap_or(false)
        && statement.get("Principal").is_none_or(|entries| principal_matches(entries, principal))
        && condition::holds(statement.get("Condition"), &request.context)
}

/// Pattern and resource are cut at the first four colons and compared part by part. Only `*`
/// matches the resource `*`, which stands for an operation that has no resource of its own.
fn resource_matches(pattern: &str, resource: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some([p_acs, p_code, p_region, p_account, p_id]), Some([acs, code, region, account, id])) =
        (cut(pattern), cut(resource))
    else {
        return false;
    };
    // Role names are written in lower case in ARNs, whatever case they were created with.
    let role = code.eq_ignore_ascii_case("ram") && id.starts_with("role/");
    glob(p_acs, acs, exactly)
        && glob(p_code, code, whatever_the_case)
        && glob(filled(p_region), filled(region), exactly)
        && glob(filled(p_account), filled(account), exactly)
        && glob(p_id, id, if role { whatever_the_case } else { exactly })
}

/// A name's five parts, which the first four colons separate.
fn cut(name: &str) -> Option<[&str; 5]> {
    let mut parts = name.splitn(5, ':');
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// An empty region or account is any.
fn filled(part: &str) -> &str {
    if part.is_empty() { "*" } else { part }
}

/// The vendor's own resources belong to everybody.
fn owned_by(principal: &Principal, resource: &str) -> bool {
    let account = match principal {
        Principal::Account { account } => account,
        Principal::RamUser(identity) | Principal::Role(identity) => &identity.account,
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => {
            return false;
        }
    };
    resource == "*"
        || resource.split(':').nth(3).is_some_and(|owner| owner == account || owner == "system")
}

/// A trust policy names principals by kind; a bucket policy lists user, account or session names.
fn principal_matches(entries: &Value, principal: &Principal) -> bool {
    let named =
        |kind: &str, matches: &dyn Fn(&str) -> bool| strings(entries.get(kind)).any(matches);
    let listed = |matches: &dyn Fn(&str) -> bool| {
        strings(Some(entries)).any(|entry| entry == "*" || matches(entry))
    };
    let root_of = |account: &str| format!("acs:ram::{account}:root");
    // An empty region is the same as `*`.
    let plain = |entry: &str| entry.replacen("acs:ram:*:", "acs:ram::", 1);
    match principal {
        Principal::Account { account } => listed(&|entry| entry == account),
        Principal::RamUser(user) => {
            listed(&|entry| entry == user.uid)
                || named("RAM", &|entry| {
                    [root_of(&user.account), user.identity_arn.clone()].contains(&plain(entry))
                })
        }
        Principal::Role(role) => {
            listed(&|entry| same_session(entry, &role.arn))
                || named("RAM", &|entry| {
                    plain(entry) == root_of(&role.account)
                        || same_role(&plain(entry), &role.identity_arn)
                })
        }
        Principal::Anonymous => listed(&|_| false),
        Principal::Service { service } => named("Service", &|entry| entry == service),
        Principal::Federated { provider_arn } => {
            named("Federated", &|entry| plain(entry) == plain(provider_arn))
        }
    }
}

/// Whether two role ARNs differ in nothing but the case of the role's name.
fn same_role(left: &str, right: &str) -> bool {
    match (left.split_once(":role/"), right.split_once(":role/")) {
        (Some((left, one)), Some((right, two))) => left == right && one.eq_ignore_ascii_case(two),
        _ => false,
    }
}

/// Whether an entry `arn:sts::<account>:assumed-role/<role>/<session or *>` names a session.
fn same_session(entry: &str, session: &str) -> bool {
    let parts = |arn: &str| arn.splitn(3, '/').map(str::to_owned).collect::<Vec<_>>();
    match (parts(entry).as_slice(), parts(session).as_slice()) {
        ([head, role, entry], [session_head, session_role, session]) => {
            head == session_head
                && role.eq_ignore_ascii_case(session_role)
                && (entry == "*" || entry == session)
        }
        _ => false,
    }
}

/// `*` stands for any number of characters, `?` for exactly one; both ends are anchored.
fn glob(pattern: &str, text: &str, same: fn(char, char) -> bool) -> bool {
    let pieces: Vec<&str> = pattern.split('*').collect();
    let ([first, between @ .., last], true) = (pieces.as_slice(), pieces.len() > 1) else {
        return behind(pattern, text, same) == Some("");
    };
    let Some(mut rest) = behind(first, text, same) else { return false };
    // Where a piece can stand first leaves the most room for those that follow.
    for piece in between {
        match tails(rest).find_map(|tail| behind(piece, tail, same)) {
            Some(tail) => rest = tail,
            None => return false,
        }
    }
    tails(rest).any(|tail| behind(last, tail, same) == Some(""))
}

/// What follows in the text behind a piece of a pattern, which has no `*`.
fn behind<'a>(piece: &str, text: &'a str, same: fn(char, char) -> bool) -> Option<&'a str> {
    let mut found = text.chars();
    for wanted in piece.chars() {
        let found = found.next()?;
        if wanted != '?' && !same(wanted, found) {
            return None;
        }
    }
    Some(found.as_str())
}

/// The text without its first characters: none of them, one, two and so on up to all.
fn tails(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    starts.filter_map(|start| text.get(start..))
}

fn exactly(wanted: char, found: char) -> bool {
    wanted == found
}

fn whatever_the_case(wanted: char, found: char) -> bool {
    wanted.eq_ignore_ascii_case(&found)
}

/// The items of a list; a bare value counts as a list of one, an absent one as an empty list.
fn list(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
    }
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> + Clone {
    list(value).iter().filter_map(Value::as_str)
}

/// The members of an object, none if the value is something else.
fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests;
