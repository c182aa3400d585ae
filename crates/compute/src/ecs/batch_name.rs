//! Names for the instances of a batch: `web-[1,3].example` names them `web-001.example`, and so on.

/// The greatest first number, which has six digits. Source: ECS "Batch configure sequential names".
const BEGIN_MAX: u32 = 999_999;
/// The most digits, and their number where none is given. Source: as above.
const DIGITS_MAX: usize = 6;

/// A name for each instance of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchName {
    prefix: String,
    /// The first number and the least digits of each; without it all names are equal.
    numbers: Option<(u32, usize)>,
    suffix: String,
}

impl BatchName {
    /// Reads a name with or without `[begin,bits]`; `None` where the brackets are malformed.
    /// `unique_suffix` numbers a name without them from 001 on.
    pub(crate) fn parse(text: &str, unique_suffix: bool) -> Option<Self> {
        let Some((prefix, rest)) = text.split_once('[') else {
            let numbers = unique_suffix.then_some((1, 3));
            return (!text.contains(']')).then(|| Self::new(text, numbers, ""));
        };
        let (numbers, suffix) = rest.split_once(']')?;
        if suffix.contains(['[', ']']) {
            return None;
        }
        let (begin, digits) = numbers.split_once(',')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(begin) || !is_number(digits) {
            return None;
        }
        let first = if begin.is_empty() { 0 } else { begin.parse().ok()? };
        let digits = if digits.is_empty() { DIGITS_MAX } else { digits.parse().ok()? };
        if first > BEGIN_MAX || !(1..=DIGITS_MAX).contains(&digits) {
            return None;
        }
        // The vendor's rule: a first number with more digits than asked for has six.
        let digits = if begin.len() > digits { DIGITS_MAX } else { digits };
        Some(Self::new(prefix, Some((first, digits)), suffix))
    }

    fn new(prefix: &str, numbers: Option<(u32, usize)>, suffix: &str) -> Self {
        Self { prefix: prefix.to_owned(), numbers, suffix: suffix.to_owned() }
    }

    /// The name of the instance at a place in the batch, from 0.
    pub(crate) fn at(&self, index: u32) -> String {
        let Self { prefix, numbers, suffix } = self;
        match numbers {
            None => format!("{prefix}{suffix}"),
            Some((first, digits)) => {
                let number = first.saturating_add(index);
                format!("{prefix}{number:0digits$}{suffix}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, unique_suffix: bool) -> Option<(String, String)> {
        BatchName::parse(text, unique_suffix).map(|name| (name.at(0), name.at(1)))
    }

    #[test]
    fn names_are_numbered() {
        for (text, unique_suffix, first, second) in [
            ("web", false, "web", "web"),
            ("web", true, "web001", "web002"),
            ("web-[1,3]", false, "web-001", "web-002"),
            ("web-[1,3].x", true, "web-001.x", "web-002.x"),
            ("w[9,2]", false, "w09", "w10"),
            ("w[,]", false, "w000000", "w000001"),
            ("w[,1]", false, "w0", "w1"),
            ("w[99,1]", false, "w000099", "w000100"),
            ("w[999999,6]", false, "w999999", "w1000000"),
        ] {
            let expected = Some((first.to_owned(), second.to_owned()));
            assert_eq!(check(text, unique_suffix), expected, "{text}");
        }
    }

    #[test]
    fn malformed_brackets_are_refused() {
        for text in [
            "w[",
            "w]",
            "w[]",
            "w[1]",
            "w[1,2",
            "w[1, 2]",
            "w[a,2]",
            "w[1,7]",
            "w[1,0]",
            "w[1000000,6]",
            "w[1,2][3,4]",
            "w[1,2]]",
            "w[-1,2]",
            "w[+1,2]",
        ] {
            assert_eq!(check(text, false), None, "{text}");
        }
    }
}
