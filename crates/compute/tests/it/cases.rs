//! The calls that the tests of permissions and of errors make, by theme: each operation with the
//! checks that it must pass, and each error that it declares.

use crate::world::{ACCOUNT, Furniture};

mod basic;
mod groups;
mod key_pairs;
mod life;
mod offers;
mod tagging;

/// A call with the checks that it must pass, in the words of the audit record.
pub(crate) struct Case {
    pub(crate) action: &'static str,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) checks: Vec<String>,
    /// How it ends where all of them are allowed.
    pub(crate) end: &'static str,
}

/// An action, parameters in which `{name}` stands for an id of the stage, and the answer.
pub(crate) type Wrong = (&'static str, &'static str, &'static str);

/// A call of every operation.
pub(crate) fn all(it: &Furniture) -> Vec<Case> {
    let mut all = basic::ecs_cases(it);
    all.extend(basic::vpc_cases(it));
    all.extend(life::cases(it));
    all.extend(groups::cases(it));
    all.extend(tagging::cases(it));
    all.extend(key_pairs::cases(it));
    all.extend(offers::cases(it));
    all
}

/// Calls that are refused.
pub(crate) fn wrong() -> impl Iterator<Item = &'static Wrong> {
    [basic::WRONG, life::WRONG, groups::WRONG, tagging::WRONG, key_pairs::WRONG, offers::WRONG]
        .into_iter()
        .flatten()
}

fn case(
    action: &'static str,
    parameters: &[(&'static str, &str)],
    checks: &[(&str, String)],
) -> Case {
    let parameters = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let checks = checks.iter().map(|(action, resource)| format!("{action} {resource}")).collect();
    Case { action, parameters, checks, end: "200" }
}

impl Case {
    fn ends(self, end: &'static str) -> Self {
        Self { end, ..self }
    }
}

fn ecs_of(relative: &str) -> String {
    format!("acs:ecs:cn-hangzhou:{ACCOUNT}:{relative}")
}

fn vpc_of(relative: &str) -> String {
    format!("acs:vpc:cn-hangzhou:{ACCOUNT}:{relative}")
}

/// A role as a region's service names it.
pub(crate) fn role_of(region: &str) -> String {
    format!("acs:ram:{region}:{ACCOUNT}:role/Web")
}
