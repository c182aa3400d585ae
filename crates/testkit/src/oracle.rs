//! A naive evaluator of the RAM policy language: slow, small and meant to be obviously right.
//!
//! It is written from the published behaviour of RAM (documentation pages "Policy structure and
//! syntax", "Policy elements" and "Policy evaluation process") and knows nothing of the engine it
//! judges. The statements of a case are looked up once in its documents and then tried one by one;
//! nothing is compiled or indexed. It presumes documents that [`well_formed`] accepts.

mod case;
mod condition;
mod grammar;
mod policies;

use serde_json::{Map, Value};

pub use self::case::{
    Answer, Case, Combine, Identity, Kind, Layers, Principal, Questions, Request, Target,
};
pub use self::grammar::well_formed;
pub use self::policies::{Asked, Policies};
use self::policies::{Name, Statement};

/// The answer to a call: allowed only if each of its requests is.
pub fn evaluate(case: &Case) -> Answer {
    let policies = Policies::read(case);
    Answer::of_all(case.requests.iter().map(|request| policies.answer(&request.asked())))
}

/// The answer to one (action, resource, context) check.
pub fn evaluate_request(case: &Case, request: &Request) -> Answer {
    Policies::read(case).answer(&request.asked())
}

impl Policies<'_> {
    /// The answer to one (action, resource, context) check ("Policy evaluation process").
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let basic = |statements: &[Statement<'_>]| basic_evaluation(statements.iter(), asked);
        let root = matches!(self.principal, Principal::Account { .. });
        let own = owned_by(self.principal, &asked.resource);

        // The root user passes at what its account owns, only a bucket policy's Deny stops it; but
        // it assumes no role.
        if root && own && self.combine == Combine::IdentityOnly {
            return Answer::Allow;
        }
        if !root {
            for level in &self.control {
                let answer = basic(level);
                if answer != Answer::Allow {
                    return answer;
                }
            }
        }
        if self.combine != Combine::ResourceOnly {
            for document in &self.session {
                let answer = basic(document);
                if answer != Answer::Allow {
                    return answer;
                }
            }
        }
        let identity = match basic(&self.identity_account) {
            _ if root && own && self.combine == Combine::Or => Answer::Allow,
            Answer::ImplicitDeny => basic(&self.identity_resource_group),
            decided => decided,
        };
        // A stranger's own policies do not open a bucket; its owner's policy or ACL must. (OSS
        // pages.)
        let identity = match identity {
            Answer::Allow if !own && self.combine == Combine::Or => Answer::ImplicitDeny,
            identity => identity,
        };
        // "If the Principal is `*` and no Condition is specified, the policy applies only to users
        // other than the bucket owner." (OSS, "Bucket policies".)
        let resource_based = self.resource_based.iter();
        let resource_based = resource_based.filter(|it| !(root && own && it.about_everybody));
        let resource = basic_evaluation(resource_based, asked);
        let denied = identity == Answer::ExplicitDeny || resource == Answer::ExplicitDeny;
        match self.combine {
            Combine::IdentityOnly => identity,
            Combine::ResourceOnly => resource,
            Combine::Or | Combine::And if denied => Answer::ExplicitDeny,
            Combine::Or if identity == Answer::Allow || resource == Answer::Allow => Answer::Allow,
            // What no policy decides, the access control list does. (OSS pages.)
            Combine::Or if self.public => Answer::Allow,
            Combine::And if identity == Answer::Allow && resource == Answer::Allow => Answer::Allow,
            Combine::Or | Combine::And => Answer::ImplicitDeny,
        }
    }
}

/// A matching Deny wins over a matching Allow; without either the answer is an implicit deny.
fn basic_evaluation<'a>(
    statements: impl Iterator<Item = &'a Statement<'a>>,
    asked: &Asked<'_>,
) -> Answer {
    let mut answer = Answer::ImplicitDeny;
    for statement in statements {
        if statement_matches(statement, asked) {
            match statement.effect {
                Some("Deny") => return Answer::ExplicitDeny,
                Some("Allow") => answer = Answer::Allow,
                _ => {}
            }
        }
    }
    answer
}

fn statement_matches(statement: &Statement<'_>, asked: &Asked<'_>) -> bool {
    let Statement { action, not_action, resource, not_resource, condition, .. } = statement;
    let action_in = |patterns: &Vec<&str>| {
        patterns.iter().any(|pattern| glob(pattern, asked.action, whatever_the_case))
    };
    let resource_in = |patterns: &Vec<Name<'_>>| {
        patterns.iter().any(|pattern| resource_matches(pattern, &asked.resource))
    };
    // An absent element restricts nothing; a `Not` element must match none of its patterns.
    action.as_ref().is_none_or(action_in)
        && !not_action.as_ref().is_some_and(action_in)
        && resource.as_ref().is_none_or(resource_in)
        && !not_resource.as_ref().is_some_and(resource_in)
        && condition::holds(*condition, asked.context)
}

/// Pattern and resource are cut at the first four colons and compared part by part. Only `*`
/// matches the resource `*`, which stands for an operation that has no resource of its own.
fn resource_matches(pattern: &Name<'_>, resource: &Name<'_>) -> bool {
    if pattern.whole == "*" {
        return true;
    }
    let (Some([p_acs, p_code, p_region, p_account, p_id]), Some([acs, code, region, account, id])) =
        (pattern.parts, resource.parts)
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

/// An empty region or account is any.
fn filled(part: &str) -> &str {
    if part.is_empty() { "*" } else { part }
}

/// The vendor's own resources belong to everybody.
fn owned_by(principal: &Principal, resource: &Name<'_>) -> bool {
    let account = match principal {
        Principal::Account { account } => account,
        Principal::RamUser(identity) | Principal::Role(identity) => &identity.account,
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => {
            return false;
        }
    };
    resource.whole == "*"
        || resource
            .whole
            .split(':')
            .nth(3)
            .is_some_and(|owner| owner == account || owner == "system")
}

/// A trust policy names principals by kind; a bucket policy lists user, account or session names.
fn principal_matches(entries: &Value, principal: &Principal) -> bool {
    let named =
        |kind: &str, matches: &dyn Fn(&str) -> bool| strings(entries.get(kind)).any(matches);
    // "An empty list is equivalent to `["*"]`." (OSS, "OSS authorization syntax and elements".)
    let empty = entries.as_array().is_some_and(Vec::is_empty);
    let listed = |matches: &dyn Fn(&str) -> bool| {
        empty || strings(Some(entries)).any(|entry| entry == "*" || matches(entry))
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
    let Some((first, others)) = pattern.split_once('*') else {
        return behind(pattern, text, same) == Some("");
    };
    let (between, last) = others.rsplit_once('*').unwrap_or(("", others));
    let Some(mut rest) = behind(first, text, same) else { return false };
    // Where a piece can stand first leaves the most room for those that follow.
    for piece in between.split('*') {
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
