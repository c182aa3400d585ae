//! Which statements of a bucket policy are public. Source: OSS, the page "Block public access".

use std::net::IpAddr;

use rolecall_policy::{Condition, Effect, Family, Quantifier, Statement, TrusteeKind};

/// Condition keys that keep a statement from being public, where they demand values without a
/// wildcard.
const NARROWING_KEYS: [&str; 3] = ["acs:sourcevpc", "acs:sourcevpcid", "acs:accessid"];

/// The condition key of addresses, which must not be nearly all that there are.
const ADDRESS_KEY: &str = "acs:sourceip";

/// The shortest prefixes of address ranges that are not nearly everybody's. Limits of ours, for the
/// vendor tells none; other clouds have the same.
const V4_PREFIX_MIN: u8 = 8;
const V6_PREFIX_MIN: u8 = 32;

/// Whether a statement allows something to everybody. What it allows does not matter.
pub(crate) fn is_public(statement: &Statement) -> bool {
    statement.effect() == Effect::Allow
        && statement.principals().iter().any(|it| *it.kind() == TrusteeKind::Everybody)
        && !statement.conditions().iter().any(narrows)
}

/// Whether a condition leaves only some who are known.
fn narrows(condition: &Condition) -> bool {
    let operator = condition.operator();
    // `ForAllValues` holds where a request has no value at all.
    if operator.negated || operator.quantifier == Some(Quantifier::All) {
        return false;
    }
    let key = condition.key().to_ascii_lowercase();
    let values = condition.values();
    match operator.family {
        Family::Text | Family::TextFolded | Family::Like
            if NARROWING_KEYS.contains(&key.as_str()) =>
        {
            values.iter().all(|value| !value.contains(['*', '?']))
        }
        Family::Ip if key == ADDRESS_KEY => values.iter().all(|value| is_narrow(value)),
        _ => false,
    }
}

fn is_narrow(range: &str) -> bool {
    let (address, prefix) = match range.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse::<u8>().ok()),
        None => (range, Some(u8::MAX)),
    };
    match (address.parse(), prefix) {
        (Ok(IpAddr::V4(_)), Some(prefix)) => prefix >= V4_PREFIX_MIN,
        (Ok(IpAddr::V6(_)), Some(prefix)) => prefix >= V6_PREFIX_MIN,
        _ => false,
    }
}
