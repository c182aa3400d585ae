//! Conditions on an object's state: `If-Match` and the like.

use rolecall_types::{Timestamp, time};

/// The conditions of a request, as sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Conditions<'a> {
    /// `If-Match`.
    pub(crate) same: Option<&'a str>,
    /// `If-Unmodified-Since`.
    pub(crate) unmodified_since: Option<&'a str>,
    /// `If-None-Match`.
    pub(crate) other: Option<&'a str>,
    /// `If-Modified-Since`.
    pub(crate) modified_since: Option<&'a str>,
}

/// What they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All hold.
    Holds,
    /// The client has it already: status 304.
    NotModified,
    /// The condition of this header does not hold: status 412.
    Failed(&'static str),
}

impl Conditions<'_> {
    /// Compares them with an object. Of each pair the `ETag` counts before the date, and a date
    /// that cannot be read is no condition. Source: RFC 9110, section 13.2.2, and OSS `GetObject`.
    pub(crate) fn check(&self, etag: &str, modified: Timestamp) -> Outcome {
        match (self.same, since(self.unmodified_since)) {
            (Some(tags), _) if !matches(tags, etag) => return Outcome::Failed("If-Match"),
            (None, Some(second)) if modified.as_second() > second => {
                return Outcome::Failed("If-Unmodified-Since");
            }
            _ => {}
        }
        match (self.other, since(self.modified_since)) {
            (Some(tags), _) if matches(tags, etag) => Outcome::NotModified,
            (None, Some(second)) if modified.as_second() <= second => Outcome::NotModified,
            _ => Outcome::Holds,
        }
    }
}

/// Whether one of these `ETag`s is the object's. Quotes and case do not count: clients send both.
pub(crate) fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        tag == "*" || tag.trim_start_matches("W/").trim_matches('"').eq_ignore_ascii_case(etag)
    })
}

fn since(text: Option<&str>) -> Option<i64> {
    text.and_then(time::parse_http_date).map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "5D41402ABC4B2A76B9719D911017C592";
    const BEFORE: &str = "Fri, 23 Jan 2015 12:33:17 GMT";
    const SAME: &str = "Fri, 23 Jan 2015 12:33:18 GMT";

    fn check(conditions: Conditions<'_>) -> Outcome {
        // 400 milliseconds behind the full second that clients are told.
        let modified = Timestamp::from_millisecond(1_422_016_398_400).unwrap();
        conditions.check(ETAG, modified)
    }

    #[test]
    fn etags() {
        let quoted = format!("\"{ETAG}\"");
        let lower = ETAG.to_lowercase();
        for same in [ETAG, &quoted, &lower, "*", &format!("\"x\", {quoted}")] {
            let conditions = Conditions { same: Some(same), ..Conditions::default() };
            assert_eq!(check(conditions), Outcome::Holds, "{same}");
            let conditions = Conditions { other: Some(same), ..Conditions::default() };
            assert_eq!(check(conditions), Outcome::NotModified, "{same}");
        }
        for other in ["", "\"\"", "x", "\"5D41\""] {
            let conditions = Conditions { same: Some(other), ..Conditions::default() };
            assert_eq!(check(conditions), Outcome::Failed("If-Match"), "{other}");
            let conditions = Conditions { other: Some(other), ..Conditions::default() };
            assert_eq!(check(conditions), Outcome::Holds, "{other}");
        }
    }

    #[test]
    fn dates_count_in_seconds() {
        for (date, modified, unmodified) in [
            (BEFORE, Outcome::Holds, Outcome::Failed("If-Unmodified-Since")),
            (SAME, Outcome::NotModified, Outcome::Holds),
            ("yesterday", Outcome::Holds, Outcome::Holds),
        ] {
            let conditions = Conditions { modified_since: Some(date), ..Conditions::default() };
            assert_eq!(check(conditions), modified, "{date}");
            let conditions = Conditions { unmodified_since: Some(date), ..Conditions::default() };
            assert_eq!(check(conditions), unmodified, "{date}");
        }
    }

    #[test]
    fn pairs() {
        let resumed =
            Conditions { same: Some(ETAG), unmodified_since: Some(SAME), ..Conditions::default() };
        assert_eq!(check(resumed), Outcome::Holds);
        let changed = Conditions { same: Some("x"), ..resumed };
        assert_eq!(check(changed), Outcome::Failed("If-Match"));
        let both =
            Conditions { other: Some("x"), modified_since: Some(SAME), ..Conditions::default() };
        assert_eq!(check(both), Outcome::Holds, "another ETag is another state");
        let refused = Conditions { other: Some(ETAG), ..changed };
        assert_eq!(check(refused), Outcome::Failed("If-Match"));
    }
}
