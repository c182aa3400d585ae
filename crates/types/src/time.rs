//! The spellings of an instant that the vendor's services use.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// `2015-01-23T12:33:18Z`: RAM, STS, the metadata service. Clients parse exactly this layout.
pub fn seconds(at: Timestamp) -> String {
    strtime_utc("%Y-%m-%dT%H:%M:%SZ", at)
}

/// `2015-01-23T12:33Z`: times in ECS answers.
pub fn minutes(at: Timestamp) -> String {
    strtime_utc("%Y-%m-%dT%H:%MZ", at)
}

/// `2015-01-23T12:33:18.000Z`: times in OSS XML. The fraction is three zeros: clients require it.
pub fn milliseconds(at: Timestamp) -> String {
    strtime_utc("%Y-%m-%dT%H:%M:%S.000Z", at)
}

/// `Fri, 23 Jan 2015 12:33:18 GMT`: HTTP dates (RFC 1123).
pub fn http_date(at: Timestamp) -> String {
    strtime_utc("%a, %d %b %Y %H:%M:%S GMT", at)
}

/// `20150123T123318Z`: the date of OSS V4 signatures.
pub fn compact(at: Timestamp) -> String {
    strtime_utc("%Y%m%dT%H%M%SZ", at)
}

/// Reads `2015-01-23T12:33:18Z` and nothing else.
pub fn parse_seconds(text: &str) -> Option<Timestamp> {
    parse_utc("%Y-%m-%dT%H:%M:%SZ", text).filter(|at| seconds(*at) == text)
}

/// Reads `20150123T123318Z` and nothing else.
pub fn parse_compact(text: &str) -> Option<Timestamp> {
    parse_utc("%Y%m%dT%H%M%SZ", text).filter(|at| compact(*at) == text)
}

/// Reads `Fri, 23 Jan 2015 12:33:18 GMT` and nothing else.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    parse_utc("%a, %d %b %Y %H:%M:%S GMT", text).filter(|at| http_date(*at) == text)
}

fn strtime_utc(format: &str, at: Timestamp) -> String {
    // Formats are constants of this module and hold only directives that an instant can fill.
    strtime::format(format, &at.to_zoned_datetime(TimeZone::UTC)).unwrap_or_default()
}

fn parse_utc(format: &str, text: &str) -> Option<Timestamp> {
    let civil = strtime::parse(format, text).ok()?.to_datetime().ok()?;
    civil.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_instant() {
        let at = Timestamp::from_second(1_422_016_398).unwrap();
        assert_eq!(seconds(at), "2015-01-23T12:33:18Z");
        assert_eq!(minutes(at), "2015-01-23T12:33Z");
        assert_eq!(milliseconds(at), "2015-01-23T12:33:18.000Z");
        assert_eq!(http_date(at), "Fri, 23 Jan 2015 12:33:18 GMT");
        assert_eq!(compact(at), "20150123T123318Z");
        assert_eq!(parse_seconds("2015-01-23T12:33:18Z"), Some(at));
        assert_eq!(parse_compact("20150123T123318Z"), Some(at));
        assert_eq!(parse_http_date("Fri, 23 Jan 2015 12:33:18 GMT"), Some(at));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "2015-01-23 12:33:18", "2015-01-23T12:33:18.5Z", "2015-1-23T12:33:18Z"] {
            assert_eq!(parse_seconds(text), None, "{text}");
        }
        assert_eq!(parse_http_date("Mon, 23 Jan 2015 12:33:18 GMT"), None);
        assert_eq!(parse_compact("20150123T126018Z"), None);
    }
}
