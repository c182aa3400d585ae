//! Conditions: an operator, a key, and the values that a document lists.

use std::net::IpAddr;

use rolecall_types::SmolStr;

use crate::Context;
use crate::context::canonical_key;
use crate::glob::Glob;
use crate::instant::Instant;
use crate::operator::{Comparison, Family, Operator, Quantifier};

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    operator: Operator,
    key: String,
    values: Vec<String>,
    canonical: SmolStr,
    wanted: Vec<Value>,
}

impl Condition {
    /// Reads the values; the error says which one is wrong, by its place among them, and why.
    pub(crate) fn new(
        operator: Operator,
        key: String,
        values: Vec<String>,
    ) -> Result<Self, (usize, String)> {
        let mut wanted = Vec::with_capacity(values.len());
        for (place, value) in values.iter().enumerate() {
            wanted.push(Value::wanted(operator.family, value).ok_or_else(|| {
                let what = expected(operator.family);
                (place, format!("`{value}` is no {what}, which `{}` needs", operator.name()))
            })?);
        }
        let canonical = canonical_key(&key);
        Ok(Self { operator, key, values, canonical, wanted })
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The condition key, as it is written in the document.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values that the document lists.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether a request meets the condition.
    ///
    /// Values in the document are alternatives. A request's value that cannot be read as what the
    /// operator compares equals nothing.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let given = context.find(&self.canonical);
        match self.operator.quantifier {
            None => {
                let matched = given.unwrap_or_default().iter().any(|value| self.lists(value));
                matched != self.operator.negated
            }
            Some(Quantifier::All) => given
                .unwrap_or_default()
                .iter()
                .all(|value| self.lists(value) != self.operator.negated),
            Some(Quantifier::Any) => given
                .unwrap_or_default()
                .iter()
                .any(|value| self.lists(value) != self.operator.negated),
        }
    }

    /// Whether the document lists this value, negation aside.
    fn lists(&self, given: &str) -> bool {
        let wanted = &self.wanted;
        match self.operator.family {
            Family::Text => self.values.iter().any(|value| value == given),
            Family::TextFolded => self.values.iter().any(|v| v.eq_ignore_ascii_case(given)),
            Family::Like => {
                wanted.iter().any(|v| matches!(v, Value::Like(glob) if glob.matches(given)))
            }
            Family::Bool => {
                parse_bool(given).is_some_and(|given| wanted.contains(&Value::Bool(given)))
            }
            Family::Ip => parse_ip(given).is_some_and(|given| {
                wanted.iter().any(|v| matches!(v, Value::Network(net) if net.contains(given)))
            }),
            Family::Numeric(comparison) => parse_number(given).is_some_and(|given| {
                wanted.iter().any(|v| matches!(v, Value::Number(n) if comparison.holds(&given, n)))
            }),
            Family::Date(comparison) => Instant::parse(given).is_some_and(|given| {
                wanted.iter().any(|v| matches!(v, Value::Date(d) if comparison.holds(&given, d)))
            }),
        }
    }
}

/// A listed value, read once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    Text,
    Like(Glob),
    Number(i128),
    Date(Instant),
    Bool(bool),
    Network(Network),
}

impl Value {
    fn wanted(family: Family, text: &str) -> Option<Self> {
        match family {
            Family::Text | Family::TextFolded => Some(Self::Text),
            Family::Like => Some(Self::Like(Glob::new(text))),
            Family::Numeric(_) => parse_number(text).map(Self::Number),
            Family::Date(_) => Instant::parse(text).map(Self::Date),
            Family::Bool => parse_bool(text).map(Self::Bool),
            Family::Ip => Network::parse(text).map(Self::Network),
        }
    }
}

fn expected(family: Family) -> &'static str {
    match family {
        Family::Text | Family::TextFolded | Family::Like => "text",
        Family::Numeric(_) => "decimal number",
        Family::Date(_) => "date with `Z` or an offset",
        Family::Bool => "boolean",
        Family::Ip => "IP address or network",
    }
}

impl Comparison {
    fn holds<T: Ord>(self, given: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => given == wanted,
            Self::Less => given < wanted,
            Self::LessOrEqual => given <= wanted,
            Self::Greater => given > wanted,
            Self::GreaterOrEqual => given >= wanted,
        }
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Digits of a number before and behind its point. With both, the largest number still fits `i128`
/// when it is held in units of its last possible digit: numbers compare exactly, as floating point
/// would not.
const INTEGER_DIGITS_MAX: usize = 20;
const FRACTION_DIGITS_MAX: usize = 18;

/// Reads `-12.50`, in units of 10⁻¹⁸.
fn parse_number(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (integer, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let fits = (1..=INTEGER_DIGITS_MAX).contains(&integer.len())
        && fraction.len() <= FRACTION_DIGITS_MAX
        && integer.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !fits {
        return None;
    }
    // A request's value is read at each decision: no allocation.
    let zeros = FRACTION_DIGITS_MAX.saturating_sub(fraction.len());
    let digits = integer.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', zeros));
    let mut scaled = 0_i128;
    for digit in digits {
        scaled = scaled.checked_mul(10)?.checked_add(i128::from(digit.saturating_sub(b'0')))?;
    }
    Some(if negative { -scaled } else { scaled })
}

fn parse_ip(text: &str) -> Option<IpAddr> {
    // An IPv4 client that reached an IPv6 socket is an IPv4 client.
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network {
    four: bool,
    bits: u128,
    mask: u128,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let mapped = address.is_ipv6() && address.to_canonical().is_ipv4();
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => width,
            Some(length) => {
                let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| length.parse::<u32>().ok()).flatten().filter(|n| *n <= width)?
            }
        };
        // `::ffff:a.b.c.d` networks are IPv4 networks if they are inside the mapped range.
        let (address, length) = match length.checked_sub(96) {
            Some(inner) if mapped => (address.to_canonical(), inner),
            _ => (address, length),
        };
        let mask = mask(address.is_ipv4(), length);
        Some(Self { four: address.is_ipv4(), bits: bits(address) & mask, mask })
    }

    fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.four && bits(address) & self.mask == self.bits
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits(),
    }
}

/// The upper `length` bits of an address.
fn mask(four: bool, length: u32) -> u128 {
    let width: u32 = if four { 32 } else { 128 };
    u128::MAX.checked_shl(width.saturating_sub(length)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
