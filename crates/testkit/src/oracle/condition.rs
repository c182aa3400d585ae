//! The `Condition` element ("Policy elements", condition operators and keys).

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::{exactly, glob, members, strings};

/// The operators, each with the one that negates it, if there is one.
pub(super) const OPERATORS: [(&str, &str); 15] = [
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("NumericEquals", "NumericNotEquals"),
    ("NumericLessThan", ""),
    ("NumericLessThanEquals", ""),
    ("NumericGreaterThan", ""),
    ("NumericGreaterThanEquals", ""),
    ("DateEquals", "DateNotEquals"),
    ("DateLessThan", ""),
    ("DateLessThanEquals", ""),
    ("DateGreaterThan", ""),
    ("DateGreaterThanEquals", ""),
    ("Bool", ""),
    ("IpAddress", "NotIpAddress"),
];

/// Whether every operator holds for every one of its keys.
pub(super) fn holds(condition: Option<&Value>, context: &Map<String, Value>) -> bool {
    members(condition).all(|(operator, keys)| {
        members(Some(keys)).all(|(key, listed)| {
            let found = context.iter().find(|(name, _)| same_key(name, key));
            operator_holds(operator, strings(found.map(|(_, value)| value)), &strings(Some(listed)))
        })
    })
}

/// An absent key counts as one without values: no positive operator holds for it, every negated
/// one and `ForAllValues` do, and `ForAnyValue` does not.
fn operator_holds<'a>(
    operator: &str,
    mut found: impl Iterator<Item = &'a str>,
    listed: &(impl Iterator<Item = &'a str> + Clone),
) -> bool {
    let (set, name) = operator.split_once(':').unwrap_or(("", operator));
    let pair = OPERATORS.iter().find(|(positive, negated)| name == *positive || name == *negated);
    let Some((positive, _)) = pair else { return false };
    let negated = name != *positive;
    // A positive operator wants the value to match any listed one, a negated one none of them.
    let satisfied = |found: &str| {
        listed.clone().any(|listed| value_matches(positive, found, listed)) != negated
    };
    match set {
        "ForAllValues" => found.all(satisfied),
        "ForAnyValue" => found.any(satisfied),
        _ if negated => found.all(satisfied),
        _ => found.any(satisfied),
    }
}

/// Keys compare without regard to case, except for the tag key after a slash.
fn same_key(left: &str, right: &str) -> bool {
    match (left.split_once('/'), right.split_once('/')) {
        (Some((left, left_tag)), Some((right, right_tag))) => {
            left.eq_ignore_ascii_case(right) && left_tag == right_tag
        }
        (None, None) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}

/// What cannot be read as the operator's type matches nothing.
fn value_matches(operator: &str, found: &str, listed: &str) -> bool {
    match operator {
        "StringEquals" => found == listed,
        "StringEqualsIgnoreCase" => found.eq_ignore_ascii_case(listed),
        "StringLike" => glob(listed, found, exactly),
        "Bool" => {
            found.eq_ignore_ascii_case(listed)
                && ["true", "false"].iter().any(|word| found.eq_ignore_ascii_case(word))
        }
        "IpAddress" => !found.contains('/') && in_network(found, listed),
        _ => compares(operator, found, listed) == Some(true),
    }
}

/// `Numeric…` and `Date…`; `None` if a value cannot be read.
fn compares(operator: &str, found: &str, listed: &str) -> Option<bool> {
    let (comparison, ordering) = match operator.strip_prefix("Numeric") {
        Some(comparison) => (comparison, decimal(found)?.cmp(&decimal(listed)?)),
        None => (operator.strip_prefix("Date")?, instant(found)?.cmp(&instant(listed)?)),
    };
    Some(match comparison {
        "Equals" => ordering.is_eq(),
        "LessThan" => ordering.is_lt(),
        "LessThanEquals" => ordering.is_le(),
        "GreaterThan" => ordering.is_gt(),
        "GreaterThanEquals" => ordering.is_ge(),
        _ => false,
    })
}

/// Whether a policy may list the value under the operator.
pub(super) fn readable(operator: &str, listed: &str) -> bool {
    let name = operator.rsplit(':').next().unwrap_or(operator);
    match name {
        "Bool" => ["true", "false"].iter().any(|word| listed.eq_ignore_ascii_case(word)),
        "IpAddress" | "NotIpAddress" => network(listed).is_some(),
        _ if name.starts_with("Numeric") => decimal(listed).is_some(),
        _ if name.starts_with("Date") => instant(listed).is_some(),
        _ => true,
    }
}

/// A decimal number in units of 10^-18; up to 20 digits before and 18 behind the point.
fn decimal(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let digits = if sign == 1 { text.strip_prefix('+').unwrap_or(text) } else { digits };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let readable = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !readable(whole, 20) || !readable(fraction, 18) {
        return None;
    }
    let scaled: i128 = format!("{whole}{fraction:0<18}").parse().ok()?;
    Some(sign * scaled)
}

/// Nanoseconds since the year 0 of `YYYY-MM-DDThh:mm[:ss[.fraction]]` followed by `Z` or an offset
/// `±hh`, `±hhmm` or `±hh:mm` (ISO 8601).
fn instant(text: &str) -> Option<i128> {
    let (date, rest) = text.split_once('T')?;
    let (time, sign, offset) = if let Some(time) = rest.strip_suffix('Z') {
        (time, 0, "00")
    } else if let Some((time, offset)) = rest.split_once('+') {
        (time, 1, offset)
    } else {
        let (time, offset) = rest.split_once('-')?;
        (time, -1, offset)
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if fraction.is_empty() {
        return None;
    }
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2]).or_else(|| {
        let [hour, minute] = numbers(time, ':', [2, 2])?;
        Some([hour, minute, 0])
    })?;
    let [nanos] = numbers(&format!("{fraction:0<9}"), ':', [9])?;
    let [offset_hour, offset_minute] = numbers(offset, ':', [2, 2])
        .or_else(|| numbers(offset, ':', [2]).map(|[hour]| [hour, 0]))
        .or_else(|| numbers(offset, ':', [4]).map(|[both]| [both / 100, both % 100]))?;
    let leap = |year: i128| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = |month: i128| match month {
        2 => 28 + i128::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let in_range = (1..=12).contains(&month)
        && (1..=length(month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && offset_hour < 24
        && offset_minute < 60;
    if !in_range {
        return None;
    }
    let leap_days = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    let days = year * 365 + leap_days + (1..month).map(length).sum::<i128>() + day - 1;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - sign * (offset_hour * 3600 + offset_minute * 60)) * 1_000_000_000 + nanos)
}

/// Reads as many numbers of exactly the given widths as the text has parts.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i128; N]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let well_spelt = parts.len() == N
        && parts
            .iter()
            .zip(widths)
            .all(|(part, width)| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()));
    let values: Option<Vec<i128>> = parts.iter().map(|part| part.parse().ok()).collect();
    if well_spelt { values?.try_into().ok() } else { None }
}

/// Whether an address lies in a network, or is the address listed. The versions never mix.
fn in_network(found: &str, listed: &str) -> bool {
    let (Some((found, _)), Some((network, length))) = (network(found), network(listed)) else {
        return false;
    };
    found.len() == network.len()
        && found.iter().zip(&network).take(length).all(|(left, right)| left == right)
}

/// The bits of an address and how many of them tell the network. `::ffff:a.b.c.d` is another
/// spelling of the IPv4 address `a.b.c.d`, unless it names a network of more than those.
fn network(text: &str) -> Option<(Vec<bool>, usize)> {
    let (address, length) = match text.split_once('/') {
        None => (text, None),
        Some((address, digits)) => {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            (address, Some(digits.parse::<usize>().ok().filter(|_| plain)?))
        }
    };
    let bytes = match address.parse().ok()? {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let length = length.unwrap_or(bits.len());
    if length > bits.len() {
        return None;
    }
    match bytes.strip_prefix(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
        Some(_) if length >= 96 => Some((bits.into_iter().skip(96).collect(), length - 96)),
        _ => Some((bits, length)),
    }
}
