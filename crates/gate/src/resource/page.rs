//! Parts of lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_api::{ApiError, code};

/// The size of a page where the caller names none. Source: ECS `DescribeInstances`, VPC
/// `DescribeVpcs`.
const PAGE_SIZE_DEFAULT: i64 = 10;
/// The fewest elements that a token's page has; who asks for fewer gets as many.
/// Source: ECS `DescribeInstances`.
const RESULTS_MIN: i64 = 10;
/// The most elements that a token's page has; who asks for more gets as many.
/// Source: ECS `DescribeInstances`.
const RESULTS_MAX: i64 = 100;

/// A part of a list, and where it stands.
#[derive(Debug)]
pub struct Page<T> {
    /// The elements.
    pub items: Vec<T>,
    /// How many elements the whole list has.
    pub total: i64,
    /// The page's number, from 1.
    pub number: i64,
    /// The most elements of a page.
    pub size: i64,
    /// What asks for the next part; empty at the end, and in pages by number.
    pub next_token: String,
}

/// Which part of a list a request asks for.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// A page by its number.
    Number {
        /// The number, from 1.
        number: Option<i64>,
        /// The most elements.
        size: Option<i64>,
    },
    /// What follows a token.
    Token {
        /// The most elements.
        results: Option<i64>,
        /// The token of the part before; `None` for the first.
        token: Option<&'a str>,
    },
}

impl<'a> Asked<'a> {
    /// A page by token where the request speaks of one, else by number.
    pub fn either(
        (results, token): (Option<i64>, Option<&'a str>),
        (number, size): (Option<i64>, Option<i64>),
    ) -> Self {
        if results.is_some() || token.is_some() {
            Self::Token { results, token }
        } else {
            Self::Number { number, size }
        }
    }

    /// The part of `all`, a list in the order of its ids.
    pub fn cut<T>(self, all: Vec<T>, id: impl Fn(&T) -> &str) -> Result<Page<T>, ApiError> {
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        match self {
            Self::Number { number, size } => {
                let (number, size) = (number.unwrap_or(1), size.unwrap_or(PAGE_SIZE_DEFAULT));
                let skipped = usize::try_from(number.saturating_sub(1).saturating_mul(size));
                let items = all.into_iter().skip(skipped.unwrap_or(usize::MAX));
                let items = items.take(usize::try_from(size).unwrap_or(0)).collect();
                Ok(Page { items, total, number, size, next_token: String::new() })
            }
            Self::Token { results, token } => {
                let size = results.unwrap_or(RESULTS_MIN).clamp(RESULTS_MIN, RESULTS_MAX);
                let length = usize::try_from(size).unwrap_or(0);
                let after = token.map(read_token).transpose()?;
                let is_behind = |item: &T| after.as_deref().is_none_or(|after| id(item) > after);
                let mut rest = all.into_iter().filter(is_behind);
                let items: Vec<T> = rest.by_ref().take(length).collect();
                let more = rest.next().is_some();
                let last = items.last().filter(|_| more).map(&id);
                let next_token = last.map(|last| URL_SAFE_NO_PAD.encode(last)).unwrap_or_default();
                Ok(Page { items, total, number: 1, size, next_token })
            }
        }
    }
}

/// The id after which the next part begins. A token is no secret: it only names a place in a list
/// that its bearer may read anyway.
fn read_token(token: &str) -> Result<String, ApiError> {
    let id = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    id.ok_or_else(|| ApiError::of(&code::INVALID_PARAMETER, "NextToken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("i-{number:03}")).collect()
    }

    fn cut(asked: Asked<'_>, count: usize) -> Page<String> {
        asked.cut(ids(count), |id| id.as_str()).unwrap()
    }

    #[test]
    fn pages_by_number() {
        for (number, size, count, expected) in [
            (None, None, 12, 0..10),
            (Some(2), None, 12, 10..12),
            (Some(3), None, 12, 12..12),
            (Some(2), Some(5), 12, 5..10),
            (Some(i64::MAX), Some(100), 12, 12..12),
            (Some(1), Some(10), 0, 0..0),
        ] {
            let page = cut(Asked::Number { number, size }, count);
            assert_eq!(page.items, ids(count)[expected], "{number:?} {size:?}");
            assert_eq!(page.total, i64::try_from(count).unwrap());
        }
    }

    #[test]
    fn pages_by_token_join_to_the_whole() {
        for count in [0, 1, 9, 10, 11, 20, 35] {
            let (mut seen, mut token) = (Vec::new(), None::<String>);
            loop {
                let page = cut(Asked::Token { results: Some(1), token: token.as_deref() }, count);
                assert!(page.items.len() <= 10);
                seen.extend(page.items);
                if page.next_token.is_empty() {
                    break;
                }
                token = Some(page.next_token);
            }
            assert_eq!(seen, ids(count));
        }
        assert_eq!(cut(Asked::Token { results: Some(1000), token: None }, 150).items.len(), 100);
    }

    #[test]
    fn a_foreign_token_is_refused() {
        let asked = Asked::Token { results: None, token: Some("%%%") };
        let error = asked.cut(ids(3), |id| id.as_str()).unwrap_err();
        assert_eq!(error.name(), "InvalidParameter");
    }
}
