//! Files of cases.
//!
//! ```yaml
//! - name: alice reads her own pictures
//!   principal: user/alice
//!   action: oss:GetObject
//!   resource: acs:oss:*:*:pictures/alice/1.jpg
//!   context: {acs:SourceIp: 10.0.0.1, acs:SecureTransport: true}
//!   expect: allow
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use rolecall_gate::Question;
use serde::Deserialize;

use crate::failure::Failure;
use crate::folder;

/// A question, and the answer that is expected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What a person calls it; without it, the question is its name.
    #[serde(default)]
    name: Option<String>,
    pub(super) principal: String,
    action: String,
    resource: String,
    #[serde(default)]
    context: BTreeMap<String, Values>,
    /// The policy that the session of a role is made with, as its JSON text.
    #[serde(default)]
    session_policy: Option<String>,
    /// The policy of the bucket that the case is about, as its JSON text.
    #[serde(default)]
    bucket_policy: Option<String>,
    pub(super) expect: Expect,
}

/// What is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expect {
    Allow,
    Deny,
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Values {
    One(Scalar),
    Many(Vec<Scalar>),
}

/// A value. Conditions compare texts; a file may leave the quotes out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Expect {
    pub(super) fn is_allow(self) -> bool {
        self == Self::Allow
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_allow() { "allow" } else { "deny" })
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
        }
    }
}

impl Case {
    /// What a person calls it.
    pub(super) fn title(&self) -> String {
        let Self { name, principal, action, resource, .. } = self;
        name.clone().unwrap_or_else(|| format!("{principal} {action} {resource}"))
    }

    pub(super) fn question(&self) -> Question {
        let texts = |values: &Values| match values {
            Values::One(value) => vec![value.to_string()],
            Values::Many(values) => values.iter().map(ToString::to_string).collect(),
        };
        let context = self.context.iter().map(|(key, values)| (key.clone(), texts(values)));
        Question {
            principal: self.principal.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            context: context.collect(),
            session_policy: self.session_policy.clone(),
            bucket_policy: self.bucket_policy.clone(),
        }
    }
}

/// Reads a file of cases, YAML or JSON, which is YAML too. A file without a case is refused: it
/// would pass whatever the policies say.
pub(super) fn read(file: &Path) -> Result<Vec<Case>, Failure> {
    let text = folder::read_text(file)?;
    let fail = |source| Failure::File { attempted: "read cases in", path: file.to_owned(), source };
    let cases = parse(&text).map_err(|error| fail(error.into()))?;
    if cases.is_empty() {
        return Err(fail("it has no case".into()));
    }
    Ok(cases)
}

fn parse(text: &str) -> Result<Vec<Case>, serde_saphyr::Error> {
    serde_saphyr::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = "
- principal: user/alice
  action: oss:GetObject
  resource: acs:oss:*:*:b/k
  context: {acs:SourceIp: 10.0.0.1, acs:SecureTransport: true, n: [1, -2.5, x]}
  expect: allow
- name: all
  principal: role/web
  action: ram:ListUsers
  resource: '*'
  session_policy: '{}'
  bucket_policy: '{}'
  expect: deny
";
        let json = r#"[{"principal":"user/alice","action":"oss:GetObject",
            "resource":"acs:oss:*:*:b/k","context":{"acs:SourceIp":"10.0.0.1",
            "acs:SecureTransport":"true","n":["1","-2.5","x"]},"expect":"allow"},
            {"name":"all","principal":"role/web","action":"ram:ListUsers","resource":"*",
            "session_policy":"{}","bucket_policy":"{}","expect":"deny"}]"#;
        let questions = |text| -> Vec<_> {
            let cases = parse(text).unwrap();
            cases.iter().map(|case| (case.title(), case.question(), case.expect)).collect()
        };
        assert_eq!(questions(yaml), questions(json));
        let [first, second] = &questions(yaml)[..] else { panic!("two cases") };
        assert_eq!(first.0, "user/alice oss:GetObject acs:oss:*:*:b/k");
        assert_eq!((second.0.as_str(), second.2), ("all", Expect::Deny));
    }

    #[test]
    fn what_is_no_case_is_refused() {
        let case = "principal: a, action: b, resource: c";
        for wrong in [
            format!("[{{{case}}}]"),
            format!("[{{{case}, expect: maybe}}]"),
            format!("[{{{case}, expect: allow, effect: deny}}]"),
            format!("[{{{case}, expect: allow, expect: deny}}]"),
            "principal: a".to_owned(),
            "[".to_owned(),
        ] {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }
}
