//! The policy of a form: what who signed it allows of its fields.
//!
//! Every condition must hold, and a field that one speaks of must be there. Fields that no
//! condition speaks of are the uploader's: the vendor's clients rely on that. Source: OSS
//! `PostObject`, the appendix on the policy.

use rolecall_api::ApiError;
use rolecall_types::json::read_object;
use rolecall_types::{Timestamp, explain};
use serde_json::Value;

use crate::code;

/// The longest policy in Base64, in bytes. A limit of ours.
const POLICY_BYTES_MAX: usize = 64 * 1024;

/// How deep a policy may lie: a list of values in a condition in the list of conditions.
const DEPTH_MAX: usize = 8;

/// The fewest and the most bytes that a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

/// Evaluates a policy in Base64 on the fields whose values `field` tells by their names in lower
/// case. Returns how long the file may be, if it says so.
pub(super) fn check<'a>(
    policy: &str,
    field: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Result<Option<Lengths>, ApiError> {
    if policy.len() > POLICY_BYTES_MAX {
        return Err(invalid("it is too long"));
    }
    let text = rolecall_crypto::decode_base64(policy).ok_or_else(|| invalid("it is no Base64"))?;
    let policy = read_object(&text, DEPTH_MAX).map_err(|error| invalid(explain(&error)))?;
    let expiration = policy.get("expiration").and_then(Value::as_str);
    let expiration: Timestamp = expiration
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid("its expiration is no time"))?;
    let conditions = policy
        .get("conditions")
        .and_then(Value::as_array)
        .ok_or_else(|| invalid("it has no list of conditions"))?;
    if now >= expiration {
        return Err(ApiError::of(&code::POLICY_DENIES, "Policy expired."));
    }
    let mut lengths = None;
    for condition in conditions {
        match read(condition).ok_or_else(|| invalid(format!("the condition {condition}")))? {
            Condition::Length(range) => {
                let Lengths { least, most } = lengths.unwrap_or(range);
                let (least, most) = (least.max(range.least), most.min(range.most));
                lengths = Some(Lengths { least, most });
            }
            Condition::Field(name, test) => {
                let name = name.to_ascii_lowercase();
                if !field(&name).is_some_and(|value| test.holds(value)) {
                    let text = format!("Policy Condition failed: {condition}");
                    return Err(ApiError::of(&code::POLICY_DENIES, text));
                }
            }
        }
    }
    Ok(lengths)
}

enum Condition<'a> {
    Length(Lengths),
    Field(&'a str, Test<'a>),
}

/// What the value of a field must be.
enum Test<'a> {
    Is(&'a str),
    Begins(&'a str),
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
}

impl Test<'_> {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Is(text) => value == *text,
            Self::Begins(text) => value.starts_with(text),
            Self::In(texts) => texts.contains(&value),
            Self::NotIn(texts) => !texts.contains(&value),
        }
    }
}

fn read(condition: &Value) -> Option<Condition<'_>> {
    match condition {
        Value::Object(pairs) => {
            let mut pairs = pairs.iter();
            let (name, value) = pairs.next().filter(|_| pairs.next().is_none())?;
            Some(Condition::Field(name, Test::Is(value.as_str()?)))
        }
        Value::Array(words) => {
            let [operator, first, second] = words.as_slice() else { return None };
            let operator = operator.as_str()?;
            if operator == "content-length-range" {
                let (least, most) = (number(first)?, number(second)?);
                return (least <= most).then_some(Condition::Length(Lengths { least, most }));
            }
            let name = first.as_str()?.strip_prefix('$')?;
            let test = match operator {
                "eq" => Test::Is(second.as_str()?),
                "starts-with" => Test::Begins(second.as_str()?),
                "in" => Test::In(texts(second)?),
                "not-in" => Test::NotIn(texts(second)?),
                _ => return None,
            };
            Some(Condition::Field(name, test))
        }
        _ => None,
    }
}

/// A number of bytes, written as a number or as a text.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn invalid(detail: impl Into<String>) -> ApiError {
    ApiError::of(&code::INVALID_FORM_POLICY, detail.into())
}
