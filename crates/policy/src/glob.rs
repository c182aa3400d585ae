//! Texts with wildcards: `*` stands for any characters, `?` for exactly one. Both ends are anchored
//! and nothing escapes a wildcard.

/// A pattern: `*` stands for any characters, `?` for exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    text: Box<str>,
    shape: Shape,
}

/// What a pattern needs to be compared with. Most patterns in use have a simple shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Everything,
    Literal,
    /// A literal and one `*` behind it.
    Prefix,
    Mixed,
}

impl Glob {
    /// Takes a pattern. Every text is one.
    pub fn new(text: &str) -> Self {
        let shape = match text.find(['*', '?']) {
            None => Shape::Literal,
            Some(_) if text == "*" => Shape::Everything,
            Some(at) if at.checked_add(1) == Some(text.len()) && text.ends_with('*') => {
                Shape::Prefix
            }
            Some(_) => Shape::Mixed,
        };
        Self { text: text.into(), shape }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_literal(&self) -> bool {
        self.shape == Shape::Literal
    }

    /// What every text that matches begins with.
    pub(crate) fn literal_prefix(&self) -> &str {
        self.text.split(['*', '?']).next().unwrap_or_default()
    }

    /// What every text that matches holds in this order.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.text.split(['*', '?']).filter(|literal| !literal.is_empty())
    }

    /// Whether the whole text matches, letter for letter.
    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.text.as_bytes(), text.as_bytes());
        match self.shape {
            Shape::Everything => true,
            Shape::Literal => pattern == text,
            Shape::Prefix => text.starts_with(pattern.strip_suffix(b"*").unwrap_or(pattern)),
            Shape::Mixed => mixed(pattern, text, |a, b| a == b),
        }
    }

    /// Whether the whole text matches, whatever the case of ASCII letters.
    pub fn matches_folded(&self, text: &str) -> bool {
        let (pattern, text) = (self.text.as_bytes(), text.as_bytes());
        match self.shape {
            Shape::Everything => true,
            Shape::Literal => pattern.eq_ignore_ascii_case(text),
            Shape::Prefix => {
                let prefix = pattern.strip_suffix(b"*").unwrap_or(pattern);
                text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            }
            Shape::Mixed => mixed(pattern, text, |a, b| a.eq_ignore_ascii_case(&b)),
        }
    }
}

/// Compares with one point of return: when the text behind a `*` does not fit, that `*` takes one
/// more character. Earlier stars need never be tried again, so the time is at most the product of
/// the lengths.
fn mixed(pattern: &[u8], text: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last star seen, and where in the text its rest was tried.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p).copied(), text.get(t).copied()) {
            (Some(b'*'), _) => {
                p += 1;
                if p == pattern.len() {
                    return true;
                }
                star = Some((p, t));
            }
            (None, None) => return true,
            (Some(b'?'), Some(lead)) => (p, t) = (p + 1, t + width(lead)),
            (Some(wanted), Some(found)) if same(wanted, found) => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((behind, tried)) = star else { return false };
                let Some(lead) = text.get(tried).copied() else { return false };
                let next = tried + width(lead);
                star = Some((behind, next));
                (p, t) = (behind, next);
            }
        }
    }
}

/// The bytes of the UTF-8 character that begins with `lead`.
fn width(lead: u8) -> usize {
    match lead {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, as plainly as it can be written. Exponential.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) if naive(rest, text) => true,
            (Some(('*', _)), Some((_, tail))) => naive(pattern, tail),
            (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
            (Some((a, rest)), Some((b, tail))) if a == b => naive(rest, tail),
            _ => false,
        }
    }

    fn check(pattern: &str, text: &str) -> bool {
        let glob = Glob::new(pattern);
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = naive(&chars(pattern), &chars(text));
        assert_eq!(glob.matches(text), expected, "{pattern:?} {text:?}");
        let lower = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
        let expected_folded = naive(&chars(&lower.0), &chars(&lower.1));
        assert_eq!(glob.matches_folded(text), expected_folded, "{pattern:?} {text:?} folded");
        expected
    }

    #[test]
    fn both_ends_are_anchored() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "a/b:c"),
            ("a*", "a"),
            ("*a", "ba"),
            ("?", "é"),
            ("*é?", "xéy"),
            ("a*b*c", "aXbXbXc"),
            ("**", "x"),
            ("ecs:*SecurityGroup*", "ecs:CreateSecurityGroup"),
            ("${acs:x}", "${acs:x}"),
        ] {
            assert!(check(pattern, text), "{pattern:?} {text:?}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("??", "é"),
            ("a", "ab"),
            ("a", "ba"),
            ("a*", "ba"),
            ("*a", "ab"),
            ("a*b*c", "acb"),
            ("A", "a"),
        ] {
            assert!(!check(pattern, text), "{pattern:?} {text:?}");
        }
        assert!(Glob::new("ECS:Run*").matches_folded("ecs:runinstances"));
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(10_000);
        let pattern = format!("{}b", "*a".repeat(2_000));
        assert!(!Glob::new(&pattern).matches(&text));
        assert!(!Glob::new(&pattern).matches_folded(&text));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn agrees_with_the_definition(pattern in "[abAé*?]{0,8}", text in "[abAé]{0,10}") {
            check(&pattern, &text);
        }

        #[test]
        fn what_a_pattern_is_made_of_matches(text in "[ab]{0,6}", holes in proptest::collection::vec(0..3_u8, 6)) {
            let pattern: String = text
                .chars()
                .zip(holes)
                .map(|(letter, hole)| match hole { 0 => '*', 1 => '?', _ => letter })
                .collect();
            prop_assert!(check(&pattern, &text));
        }
    }
}
